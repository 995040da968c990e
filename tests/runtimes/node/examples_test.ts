import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { shutdown } from "../../../mod.ts";
import { deadUrl } from "../../support/unused_port.ts";
import { serveCollector } from "../../support/collector.ts";
import { entryUrls } from "../../support/entries.ts";
import { captures, logsByYaml, passes, serves, starts } from "../../support/examples.ts";
import { linesOfPicture } from "../../support/picture.ts";
import { allPages, blocksOf, pageText, withImports } from "../../support/readme.ts";
import { runProgram, tsxLoader } from "../../support/runtimes.ts";

for (const runtime of ["node20", "node"] as const) {
  for (const name of ["node", "hono", "express", "koa", "fastify"]) {
    test(`examples/${name}.ts serves on ${runtime}`, () => serves(runtime, `examples/${name}.ts`));
  }

  test(`examples/yaml.ts logs by its file on ${runtime}`, () => logsByYaml(runtime));

  test(`examples/start.ts prints 31 events on ${runtime}, as the picture of the README shows`, async () => {
    const stdout = await starts(runtime);
    const general = (text: string): string[] =>
      text.replace(/\d\d:\d\d:\d\d\.\d{3}/g, "time").replace(/:\d{4,}/g, ":port").replace(
        /(?<=MachineName=)"[^"]*"|(?<=ProcessId=)\d+/g,
        "it",
      ).split("\n");
    const printed = general(stdout);
    for (const line of general(linesOfPicture().join("\n")).filter((line) => line !== "…")) {
      assert.ok(printed.includes(line), `${line}\nis not in\n${stdout}`);
    }
  });
}

test("examples/capture.ts ships what other libraries log on node20", () => captures("node20"));

test("examples/lambda.ts delivers before it replies", async () => {
  await using seq = await serveCollector({ port: 0 });
  process.env.SEQ_URL = seq.url;
  const { handler } = await import("../../../examples/lambda.ts");
  assert.deepEqual(await handler({ OrderId: 42 }), { statusCode: 200 });
  assert.deepEqual(seq.events.map(({ message }) => message), ["Order 42 shipped"]);
  await shutdown();
});

test("examples/testing.ts passes on node20", () => passes("node20", "--import", tsxLoader(), "--test"));
test("examples/testing.ts passes on node", () => passes("node", "--test"));

test("examples/start.ts uses another port where Seq's is in use", async () => {
  const seq = await serveCollector().catch(() => undefined); // another process uses the port, which is just as good
  try {
    assert.doesNotMatch(await starts("node20"), /:5341\./);
  } finally {
    await seq?.close();
  }
});

test("examples/start.ts ships to the Seq that SEQ_URL names", async () => {
  const seq = await serveCollector({ port: 0, apiKeys: ["key-1"] });
  try {
    const { code, stdout, stderr } = await runProgram("node20", "examples/start.ts", { env: { SEQ_URL: seq.url, SEQ_API_KEY: "key-1" } });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /^31 events logged: 31 delivered, 0 lost\.$/m);
    assert.equal(seq.received, 31);
  } finally {
    await seq.close();
  }
});

test("examples/start.ts says once, and the same everywhere, how many events are lost where no server listens at SEQ_URL", async () => {
  const { code, stdout, stderr } = await runProgram("node20", "examples/start.ts", { env: { SEQ_URL: await deadUrl() } });
  assert.equal(code, 1);
  assert.match(stdout, /^31 events logged: 0 delivered, 31 lost\.$/m);
  assert.match(stderr, /^seqlog: 31 events could not be delivered and are lost /m);
  assert.doesNotMatch(stderr, /\.\.|\.\)?\. /, "two full stops");
});

test("examples/start.ts ends with 1 where SEQ_URL is wrong", async () => {
  const { code, stderr } = await runProgram("node20", "examples/start.ts", { env: { SEQ_URL: "localhost:5341" } });
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot configure logging:.*\n {2}serverUrl: /);
});

test("src/delivery: a process that exits prints what the guide shows", async () => {
  const page = allPages().find(({ folder }) => folder === "src/delivery")!;
  const { source } = blocksOf(page).find(({ endsProcess }) => endsProcess)!;
  const [, promised = ""] = /^On stderr:\n\n```text\n(.*?)^```/ms.exec(page.text) ?? [];
  const folder = mkdtempSync(join(tmpdir(), "seqlog-exits-"));
  try {
    const file = join(folder, "program.mts");
    writeFileSync(file, withImports(source, entryUrls()).replace("localhost:5341", "127.0.0.1:9"));
    const { stderr } = await runProgram("node20", file);
    const general = (text: string): string => text.replace(/(?<="@t":)"[^"]*"|(?<="MachineName":)"[^"]*"|(?<="ProcessId":)\d+/g, "it");
    assert.equal(general(stderr), general(promised));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("README: a bundle carries at most what README says, and not much less", async () => {
  const { weigh } = await import("../../bench/bundle.ts");
  const [, told = ""] = /^A bundle, .*?:(.*)\.$/m.exec(pageText("").replace(" A test weighs them.", "")) ?? [];
  const figures = [...told.matchAll(/`([^`]+)` (\d+) kB/g)];
  assert.equal(figures.length, 5);
  for (const [, names = "", kilobytes] of figures) {
    const { gzipped } = await weigh(`export ${names === "*" ? "*" : `{ ${names} }`} from "./mod.ts";`);
    assert.ok(gzipped <= Number(kilobytes) * 1000 && gzipped > Number(kilobytes) * 700, `${names}: ${gzipped} bytes`);
  }
});

test("README: a program with handleUncaught delivers what it has logged when it crashes", async () => {
  const program = "tests/runtimes/node/crash.ts";
  const seq = await serveCollector({ port: 0 });
  try {
    const { code } = await runProgram("node20", program, { env: { SEQ_URL: seq.url } });
    assert.equal(code, 1);
    assert.deepEqual(seq.events.map(({ message }) => message), ["Before", "The process ends: uncaught exception"]);
    assert.match(seq.events[1]?.exception ?? "", /^Error: Crash/);
  } finally {
    await seq.close();
  }
});
