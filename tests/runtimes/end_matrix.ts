/** The natural end of a process beside every kind of bad server: it keeps its deadline, and every event is delivered, counted or on disk. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { Folder } from "../support/folder.ts";
import { findRuntime, runProgram, type RuntimeName } from "../support/runtimes.ts";

const timeout = 600_000;
const events = 3;
/** What the program gives the end. */
const exitTimeoutMs = 1500;
/** A request of the program's would hold it for so long: an end that waits for it is found out on a machine of any speed. */
const requestTimeoutMs = 240_000;

/** What a server does with a request. */
const servers: Readonly<Record<string, ((response: ServerResponse) => void) | "refuses">> = {
  "takes events": (response) => void response.writeHead(201).end("{}"),
  "hangs": () => {},
  "drips a reply": (response) => {
    response.writeHead(503);
    const timer = setInterval(() => response.write(" "), 100);
    response.once("close", () => clearInterval(timer));
  },
  "answers 503 after a second": (response) => void setTimeout(() => response.writeHead(503).end(), 1000).unref(),
  "refuses connections": "refuses",
};

/** The lines that a queue on disk has kept. */
function linesBelow(path: string): string[] {
  const files = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".clef"));
  return files.flatMap((name) => readFileSync(join(path, name), "utf8").split("\n").filter((line) => line.trim() !== ""));
}

/** Declares the tests of the matrix for a runtime. */
export function testEndMatrix(runtime: RuntimeName): void {
  for (const [what, reply] of Object.entries(servers)) {
    for (const kind of ["memory", "disk"]) {
      test(`the natural end on ${runtime} keeps its deadline, with a queue in ${kind}, where the server ${what}`, {
        timeout,
        skip: findRuntime(runtime) === undefined,
      }, async () => {
        using folder = new Folder();
        let received = 0;
        const server = createServer((request, response) => {
          let body = "";
          request.on("data", (piece) => (body += piece));
          request.on("end", () => {
            if (typeof reply !== "function") return;
            if (what === "takes events") received += body.split("\n").filter(Boolean).length;
            reply(response);
          });
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as { port: number };
        if (reply === "refuses") await new Promise((resolve) => server.close(resolve));
        const options = { serverUrl: `http://127.0.0.1:${port}`, exitTimeoutMs, requestTimeoutMs };
        try {
          const { code, timedOut, stdout, stderr } = await runProgram(runtime, "tests/runtimes/programs/ends_beside.ts", {
            args: [JSON.stringify(options), kind, folder.path, String(events)],
            timeoutMs: requestTimeoutMs / 2,
          });
          assert.deepEqual({ code, timedOut }, { code: 0, timedOut: false }, `${stdout}${stderr}`);
          const lost = Array.from(stderr.matchAll(/(\d+) events? could not be delivered/g)).reduce(
            (sum, [, count]) => sum + Number(count),
            0,
          );
          const kept = kind === "disk" ? linesBelow(folder.path).length : 0;
          assert.deepEqual({ received, lost, kept }, {
            received: what === "takes events" ? events : 0,
            lost: what === "takes events" || kind === "disk" ? 0 : events,
            kept: what === "takes events" || kind === "memory" ? 0 : events,
          }, `${stdout}${stderr}`);
        } finally {
          server.closeAllConnections();
          server.close();
        }
      });
    }
  }
}
