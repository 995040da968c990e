/** The queue on disk on Deno: how a process ends, and what it may do without being asked for permission. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { oneOfThree } from "../../support/effort.ts";
import { Folder } from "../../support/folder.ts";
import { hasTerminal } from "../../support/runtimes.ts";
import { runTicks, startTicks, testDurable } from "../durable.ts";

testDurable("deno", 20);
testDurable("deno2.1", 10);

const timeout = 600_000;
const skip = hasTerminal ? false : "there is no pseudo-terminal here";
/** What Deno shows when it asks. */
const prompt = /\[y\/n|Allow\?/;

for (const runtime of ["deno", "deno2.1"] as const) {
  const skipNext = oneOfThree(runtime);
  test(`a queue on disk on ${runtime} needs its folder to be granted alone, and Deno asks for nothing`, {
    timeout,
    skip: skip || skipNext(),
  }, async () => {
    using folder = new Folder();
    const path = folder.at("queue");
    const denoFlags = [`--allow-read=${path}`, `--allow-write=${path}`];
    const { code, stdout } = await runTicks(runtime, path, "process.exit", { denoFlags, terminal: true });
    assert.deepEqual([code, stdout.trim()], [3, "ready"]);
    const next = await runTicks(runtime, path, "delivering all", { denoFlags, terminal: true });
    assert.match(next.stdout, /^ready\s+took it:1 .*it:20/);
    assert.doesNotMatch(next.stdout, prompt);
  });

  test(`a queue on disk on ${runtime} finds out whether another process has died without making Deno ask`, {
    timeout,
    skip: skip || skipNext(),
  }, async () => {
    const most = ["read", "write", "net", "env", "sys", "run", "ffi"].map((kind) => `--allow-${kind}`);
    for (
      const denoFlags of [most, most.slice(0, 4), [...most, "--deny-run=ls", "--deny-sys=statfs"], ["-A", "--deny-read=/proc"], ["-A"]]
    ) {
      using folder = new Folder();
      const killed = startTicks(runtime, folder.path);
      await killed.waitFor("ended ");
      killed.kill("SIGKILL");
      await killed.ended;
      const next = await runTicks(runtime, folder.path, "delivering all", { denoFlags, terminal: true });
      const isShown = denoFlags.join() === "-A";
      assert.match(next.stdout, isShown ? /took killed:1 / : /^ready\s+took it:1 /, denoFlags.join(" "));
      assert.doesNotMatch(next.stdout, prompt);
      assert.deepEqual([next.code, next.timedOut], [0, false]);
    }
  });

  test(`a queue on disk on ${runtime} without permission is refused, with the flags that are missing, and Deno asks for nothing`, {
    timeout,
    skip: skip || skipNext(),
  }, async () => {
    using folder = new Folder();
    const path = folder.at("queue");
    for (const denoFlags of [[], ["--deny-read", "--deny-write"], [`--allow-read=${path}`]]) {
      const { code, stdout } = await runTicks(runtime, path, "process.exit", { denoFlags, terminal: true });
      assert.doesNotMatch(stdout, prompt);
      const flags = denoFlags.length === 1 ? `--allow-write=${path}` : `--allow-read=${path} --allow-write=${path}`;
      assert.ok(
        stdout.includes(`path: Cannot use this as a folder for events, because Deno lacks permission; run it with ${flags}: `),
        stdout,
      );
      assert.equal(code, 4);
      assert.deepEqual(folder.names, []);
    }
  });
}
