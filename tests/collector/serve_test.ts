import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { serveCollector } from "../../src/collector/serve.ts";

async function post(url: string, body: string): Promise<number> {
  const response = await fetch(url, { method: "POST", body });
  await response.text();
  return response.status;
}

/** Starts the collector as a program of the runtime that runs this test. */
function start(...args: string[]) {
  const file = fileURLToPath(new URL("../../src/collector/serve.ts", import.meta.url));
  const isDeno = "Deno" in globalThis;
  const flags = isDeno
    ? ["run", "--allow-net", "--no-check", "--no-prompt"]
    : process.execArgv.filter((flag) => !flag.startsWith("--test"));
  const child = spawn(process.execPath, [...flags, file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const heard = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      heard[name] += text;
      for (const look of [...listeners]) look();
    });
  }
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
  const line = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(heard.stdout);
        if (match === null) return;
        listeners.delete(look);
        resolve(match);
      };
      listeners.add(look);
      look();
      void exit.then(() => reject(new Error(`The program ended: ${JSON.stringify(heard)}`)));
    });
  return { child, heard, exit, line };
}

test("serve.ts as a program prints each event on one line", async () => {
  const program = start("0");
  try {
    const [, url] = await program.line(/listens on (http:\/\/\S+);/);
    const body =
      '{"@t":"2026-03-01T10:15:00Z","@mt":"Hi {Name}\\u001b[2J","@l":"Warning","Name":"you","SourceContext":"shop","City":"Oslo"}';
    assert.equal(await post(`${url}/ingest/clef`, body), 201);
    await program.line(/^\d\d:\d\d:\d\d\.000 WRN shop: Hi you\\x1b\[2J City="Oslo"$/m);
    assert.equal(await post(`${url}/ingest/clef`, "broken"), 400);
    await program.line(/^Answered 400 to POST \/ingest\/clef: Cannot ingest the event on line 1/m);
  } finally {
    program.child.kill();
    await program.exit;
  }
});

test("serve.ts as a program says what keeps it from listening, and ends with 1", async () => {
  const seq = await serveCollector({ port: 0 });
  const busy = start(String(seq.port));
  assert.equal(await busy.exit, 1);
  assert.equal(busy.heard.stderr.trim(), `Cannot listen on 127.0.0.1:${seq.port}: the port is in use`);
  const wrong = start("many");
  assert.equal(await wrong.exit, 1);
  assert.equal(wrong.heard.stderr.trim(), 'Cannot use this as a port, a whole number from 0 to 65535: current value is "many"');
  await seq.close();
});
