/** What the library touches on Deno: nothing that is not already granted, and so it never makes Deno ask. */

import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";
import { type CollectedEvent, serveCollector } from "../../support/collector.ts";
import { hasTerminal, type ProgramResult, runProgram } from "../../support/runtimes.ts";

const timeout = 600_000;
const skip = hasTerminal ? false : "there is no pseudo-terminal here";
/** What Deno shows when it asks. */
const prompt = /permission|prompt|Allow\?|\[y\/n/i;

/** Runs a small program with a terminal at which nobody types. */
function runExample(serverUrl: string, denoFlags: readonly string[]): Promise<ProgramResult> {
  return runProgram("deno", "tests/runtimes/programs/order.ts", { args: [serverUrl], denoFlags, terminal: true, timeoutMs: 300_000 });
}

/** Runs a program that logs one event and ends soon, though it cannot ship it. */
function runInVain(serverUrl: string, denoFlags: readonly string[], terminal = true): Promise<ProgramResult> {
  const args = [JSON.stringify({ serverUrl, exitTimeoutMs: 300 }), "1"];
  return runProgram("deno", "tests/runtimes/programs/ends.ts", { args, denoFlags, terminal, timeoutMs: 300_000 });
}

/** Runs the example against a collector, and gives the event that came. */
async function shipExample(denoFlags: readonly string[]): Promise<{ event: CollectedEvent; output: string }> {
  await using seq = await serveCollector({ port: 0 });
  const { code, timedOut, stdout } = await runExample(seq.url, denoFlags);
  assert.doesNotMatch(stdout, prompt);
  assert.deepEqual({ code, timedOut }, { code: 0, timedOut: false }, stdout);
  assert.equal(seq.received, 1);
  return { event: seq.events[0]!, output: stdout };
}

test("a program runs on Deno with --allow-net alone, and Deno asks for no permission", { timeout, skip }, async () => {
  const { event, output } = await shipExample(["--allow-net"]);
  assert.equal(output, "");
  assert.equal(event.message, "Order 42 shipped to Oslo");
  assert.equal(event.properties.Application, "shop");
  assert.equal("MachineName" in event.properties, false);
  assert.equal(typeof event.properties.ProcessId, "number");
});

test("--allow-net for Seq's address alone is enough", { timeout, skip }, async () => {
  await using seq = await serveCollector({ port: 0 });
  const { code, stdout } = await runExample(seq.url, [`--allow-net=127.0.0.1:${seq.port}`]);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
  assert.equal(seq.received, 1);
});

test("--allow-sys=hostname adds the machine's name", { timeout, skip }, async () => {
  const { event } = await shipExample(["--allow-net", "--allow-sys=hostname"]);
  assert.equal(event.properties.MachineName, hostname());
});

for (const terminal of [true, false]) {
  const where = terminal ? "at a terminal" : "without a terminal";
  test(`without any permission, ${where}, Deno asks nothing, the program ends, and one diagnostic says why`, {
    timeout,
    skip: terminal && skip,
  }, async () => {
    await using seq = await serveCollector({ port: 0 });
    const { code, timedOut, stdout, stderr } = await runInVain(seq.url, [], terminal);
    const output = `${stdout}${stderr}`;
    assert.doesNotMatch(output, /\[y\/n|Allow\?/, output);
    assert.deepEqual({ code, timedOut }, { code: 0, timedOut: false }, output);
    assert.match(output, /Run Deno with --allow-net/);
    assert.doesNotMatch(output, /Seq is running/);
    assert.equal(output.match(/Seq cannot be reached/g)?.length, 1, output);
    assert.equal(seq.requests.length, 0);
  });
}

test("with permission denied outright the program ends, and the events are reported as lost", { timeout, skip }, async () => {
  await using seq = await serveCollector({ port: 0 });
  const { code, timedOut, stdout } = await runInVain(seq.url, ["--deny-net", "--deny-sys", "--deny-env"]);
  assert.deepEqual({ code, timedOut }, { code: 0, timedOut: false }, stdout);
  assert.match(stdout, /1 events? could not be delivered/);
});
