/** Programs that log while they end: what is logged during the last request, the first process of a container, a console that nobody reads. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { platform } from "node:process";
import { test } from "node:test";
import { type RunningCollector, serveCollector } from "../../src/collector/serve.ts";
import { cleanEnvironment, commandLine, findRuntime, type RuntimeName, startCommand } from "../support/runtimes.ts";
import { range } from "../support/shipping.ts";
import type { EndsPlan } from "./programs/process_ends.ts";

const timeout = 120_000;
/** A program that does not end is killed then, and the test fails. */
const timeoutMs = 60_000;
const forEver = 600_000;
const file = "tests/runtimes/programs/process_ends.ts";
const namespace = ["unshare", "-p", "-f", "--kill-child", "--"];
/** Whether this machine lets a test make a process the first of its namespace. */
const hasNamespaces = platform === "linux" && spawnSync(namespace[0]!, [...namespace.slice(1), "true"]).status === 0;

const numbers = ({ events }: RunningCollector): unknown[] => events.map(({ properties }) => properties.N).filter((n) => n !== undefined);
const printedIn = (stderr: string): unknown[] =>
  stderr.split("\n").filter((line) => line.startsWith('{"@t":')).map((line) => JSON.parse(line).N);

/** Declares the tests of ends for a runtime. */
export function testProcessEnds(runtime: RuntimeName): void {
  const isMissing = findRuntime(runtime) === undefined;
  const command = (plan: Partial<EndsPlan>): string[] =>
    commandLine(runtime, file, { args: [JSON.stringify({ everyMs: 5, times: 60, ...plan })] });
  const ends = (does: string, skip: boolean, body: (seq: RunningCollector) => Promise<void>): void => {
    test(`${runtime}: ${does}`, { timeout, skip: isMissing || skip }, async () => {
      await using seq = await serveCollector({ port: 0 });
      await body(seq);
    });
  };

  ends("handleSignals delivers what is logged during its last requests, every event of it", false, async (seq) => {
    seq.fail({ delayMs: 100, times: Infinity });
    const program = startCommand(command({ options: { serverUrl: seq.url, handleSignals: true } }), { timeoutMs });
    await program.waitFor("Ready");
    program.kill("SIGTERM");
    const { signal, timedOut, stderr } = await program.ended;
    assert.deepEqual([signal, timedOut, stderr], ["SIGTERM", false, ""]);
    assert.deepEqual(numbers(seq), range(1, numbers(seq).length));
    assert.ok(numbers(seq).length >= 60);
  });

  ends("handleSignals ends a program that never stops logging, and each event is delivered or printed", false, async (seq) => {
    seq.fail({ delayMs: 100, times: Infinity });
    const options = { serverUrl: seq.url, handleSignals: { timeoutMs: 1000 } };
    const program = startCommand(command({ options, times: forEver }), { timeoutMs });
    await program.waitFor("Ready");
    program.kill("SIGTERM");
    const { signal, timedOut, stderr } = await program.ended;
    assert.deepEqual([signal, timedOut], ["SIGTERM", false]);
    const all = [...new Set([...numbers(seq), ...printedIn(stderr)])]; // what a request had that was under way may be both
    assert.deepEqual(all, range(1, all.length));
  });

  for (const isFirst of [true, false]) {
    const where = isFirst ? "as process 1" : "as any process";
    ends(`a process ends by SIGTERM ${where} with handleSignals`, isFirst && !hasNamespaces, async (seq) => {
      const line = command({ options: { serverUrl: seq.url, periodMs: forEver, handleSignals: true }, times: 0 });
      const shell = `"$@" & child=$!; trap 'kill -TERM $child' TERM; wait $child; wait $child; echo "Exit $?"`;
      // the shell stands outside of the namespace, where a signal for the first process of it can be sent from
      const inside = isFirst
        ? [
          "sh",
          "-c",
          `${namespace.join(" ")} "$@" & outer=$!
        trap 'kill -TERM $(cat /proc/$outer/task/$outer/children)' TERM; wait $outer; wait $outer; echo "Exit $?"`,
          "sh",
        ]
        : ["sh", "-c", shell, "sh"];
      const program = startCommand([...inside, ...line], { timeoutMs });
      await program.waitFor("Ready");
      program.kill("SIGTERM");
      const { stdout, timedOut } = await program.ended;
      assert.deepEqual([/Exit (\d+)/.exec(stdout)?.[1], timedOut], ["143", false], stdout);
      assert.deepEqual(numbers(seq), range(1, numbers(seq).length));
      assert.equal(seq.events.at(-1)?.properties.Signal, "SIGTERM");
    });
  }

  ends("handleUncaught ends a program whose console nobody reads, and Seq has why", platform === "win32", async (seq) => {
    const options = { serverUrl: seq.url, handleUncaught: true, console: true };
    const line = command({ options, times: forEver, prints: true });
    const isEnding = runtime.startsWith("node"); // Deno and Bun pass over what cannot be written
    const shell = isEnding ? `"$@" 2>&1 | head -1` : `timeout 3 "$@" 2>&1 | head -1`;
    const { timedOut } = await startCommand(["sh", "-c", shell, "sh", ...line], { timeoutMs }).ended;
    assert.equal(timedOut, false);
    const told = seq.events.filter(({ properties }) => properties.SourceContext === "process");
    assert.deepEqual(told.map(({ level }) => level), isEnding ? ["Fatal"] : []);
    assert.deepEqual(numbers(seq), range(1, numbers(seq).length));
  });

  ends("handleSignals hears pm2's message", runtime.startsWith("deno"), async (seq) => {
    const options = { serverUrl: seq.url, periodMs: forEver, handleSignals: true };
    const [binary = "", ...args] = command({ options, times: 0 });
    const env = cleanEnvironment({ pm_id: "0" });
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit", "ipc"], env });
    const guard = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.stdout!.setEncoding("utf8").on("data", (text: string) => text.includes("Ready") && child.send("shutdown"));
    const code = await new Promise((resolve) => child.once("exit", resolve));
    clearTimeout(guard);
    assert.equal(code, 0);
    assert.equal(seq.events.at(-1)?.properties.Signal, "shutdown");
    assert.deepEqual(numbers(seq), range(1, numbers(seq).length));
  });
}
