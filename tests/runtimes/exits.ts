/** Processes that end by a request, a signal or an error: the queued events, the exit code, and the printed text. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CollectedEvent, type RunningCollector, serveCollector } from "../support/collector.ts";
import { black, oneOfThree } from "../support/effort.ts";
import {
  findRuntime,
  type Program,
  type ProgramOptions,
  type ProgramResult,
  runProgram,
  type RuntimeName,
  startProgram,
} from "../support/runtimes.ts";
import { range } from "../support/shipping.ts";
import type { Ending, Listening, Plan } from "./programs/exits.ts";

const timeout = 600_000;
const timeoutMs = 300_000;
/** Longer than any program may run here. */
const forEver = 600_000;
const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** How the parent sees that a process has ended. */
interface End {
  readonly code: number | null;
  readonly signal: string | null;
}

const exited = (code: number): End => ({ code, signal: null });
const killed = (signal: string): End => ({ code: null, signal });

/** The ends of a process as they are without the library. */
const bareEnds: readonly (readonly [ending: Ending, end: End])[] = [
  ["process.exit", exited(3)],
  ["throw", exited(1)],
  ["throw late", exited(1)],
  ["throw a text late", exited(1)],
  ["reject", exited(1)],
  ["reject late", exited(1)],
  ["reject last", exited(1)],
];

function assertEnd({ code, signal, timedOut, stdout, stderr }: ProgramResult, end: End): void {
  assert.deepEqual({ code, signal, timedOut }, { ...end, timedOut: false }, `${stdout}${stderr}`);
}

/** The numbers of the events that the program has logged. */
const numbers = (events: readonly CollectedEvent[]): unknown[] =>
  events.map(({ properties }) => properties.N).filter((n) => n !== undefined);

/** What the library has said of the end, and the lines that it has printed. */
function lossIn(stderr: string): { readonly told: string[]; readonly printed: Record<string, unknown>[] } {
  const lines = stderr.split("\n");
  return {
    told: lines.filter((line) => /^seqlog: \d+ events? (?:is|are|may be) lost/.test(line)),
    printed: lines.filter((line) => line.startsWith('{"@t":')).map((line) => JSON.parse(line)),
  };
}

/** The texts of the event that reports the end. */
function toldOfEnd({ events }: RunningCollector): Record<string, unknown>[] {
  const ours = events.filter(({ properties }) => properties.SourceContext === "process");
  return ours.map(({ level, messageTemplate, properties, exception }) => {
    const { Signal, Origin } = properties;
    return { level, messageTemplate, ...(Signal !== undefined && { Signal }), ...(Origin !== undefined && { Origin, exception }) };
  });
}

const signalled = (Signal: string): object => ({
  level: "Information",
  messageTemplate: "The process received {Signal}",
  Signal,
});

/** Declares the tests of exits for a runtime. */
export function testExits(runtime: RuntimeName): void {
  const skip = findRuntime(runtime) === undefined;
  const isDeno = runtime.startsWith("deno");
  const isNode = runtime.startsWith("node");
  const start = (plan: Plan, options: ProgramOptions = {}): Program =>
    startProgram(runtime, "tests/runtimes/programs/exits.ts", { args: [JSON.stringify(plan)], timeoutMs, ...options });
  const run = (plan: Plan, options?: ProgramOptions): Promise<ProgramResult> => start(plan, options).ended;
  const skipNext = oneOfThree(runtime);
  const declare = (does: string, body: () => Promise<void>, isLeft: string | false = false): void =>
    void test(`${runtime}: ${does}`, { timeout, skip: skip || isLeft || skipNext() }, body);
  const withSeq = (does: string, body: (seq: RunningCollector) => Promise<void>, isLeft?: string | false): void =>
    declare(does, async () => {
      await using seq = await serveCollector({ port: 0 });
      await body(seq);
    }, isLeft);
  /** Runs a program that waits, and sends it the signal. */
  const signal = async (plan: Omit<Plan, "ending">, name: NodeJS.Signals, options?: ProgramOptions): Promise<ProgramResult> => {
    const program = start({ ...plan, ending: "wait" }, options);
    await program.waitFor("Ready");
    program.kill(name);
    return await program.ended;
  };

  declare("process ends without the library as these tests believe", async () => {
    for (const [ending, end] of bareEnds) assertEnd(await run({ ending }), end);
    for (const name of signals) assertEnd(await signal({}, name), killed(name));
  });

  // ---- the last resort ----

  for (const ending of isDeno ? ["process.exit", "Deno.exit"] as const : ["process.exit"] as const) {
    withSeq(`${ending}() right after logging tells what is lost, and prints it`, async (seq) => {
      const result = await run({ options: { serverUrl: seq.url }, count: 5, ending });
      assertEnd(result, exited(3));
      const { told, printed } = lossIn(result.stderr);
      assert.equal(told.length, 1, result.stderr);
      assert.match(
        told[0]!,
        /^seqlog: 5 events are lost, because the process ended before they were delivered\. Await shutdown\(\).* \[lost, seq\]$/,
      );
      assert.deepEqual(printed.map(({ N }) => N), range(1, 5));
      assert.deepEqual(result.stderr.trimEnd().split("\n").length, 6, result.stderr);
      assert.equal(seq.received, 0);
    });
  }

  withSeq("process.exit() prints at most 64 KiB of whole lines, the oldest, and counts all", async (seq) => {
    const properties = { Padding: "é".repeat(300) };
    const result = await run({ options: { serverUrl: seq.url, properties }, count: 500, ending: "process.exit" });
    const { told, printed } = lossIn(result.stderr);
    assert.match(told.join(), /500 events are lost/);
    assert.deepEqual(printed.map(({ N }) => N), range(1, printed.length));
    const [, ...lines] = result.stderr.split("\n").map((line) => `${line}\n`);
    const bytes = new TextEncoder().encode(lines.slice(0, -1).join("")).length;
    assert.ok(bytes <= 65_536 && bytes > 64_000, `${bytes} bytes`);
  });

  withSeq("process.exit() prints nothing with exitReport false, and counts all the same", async (seq) => {
    const options = { serverUrl: seq.url, exitReport: false };
    const result = await run({ options, count: 5, ending: "process.exit", after: ["on exit"] });
    assertEnd(result, exited(3));
    assert.deepEqual([result.stdout, result.stderr], ['Exit 3 {"exit":7}\n', ""]);
  });

  withSeq("process.exit() tells of what is logged by listeners of the exit, too", async (seq) => {
    const result = await run({ options: { serverUrl: seq.url }, count: 2, ending: "process.exit", after: ["on exit"] });
    assertEnd(result, exited(3));
    const { told, printed } = lossIn(result.stderr);
    assert.equal(told.length, 3, result.stderr);
    assert.deepEqual(printed.map(({ N }) => N), range(1, 4));
    assert.equal(result.stdout, 'Exit 3 {"exit":4}\n');
  });

  withSeq("process.exit() while a request is under way says that its events may be lost", async (seq) => {
    seq.fail({ hang: true });
    const result = await run({ options: { serverUrl: seq.url }, count: 3, ending: "process.exit in a request" });
    assertEnd(result, exited(3));
    const { told, printed } = lossIn(result.stderr);
    assert.match(told.join(), /3 events are lost.*\(the oldest may have arrived, as a request was running\)/);
    assert.deepEqual(printed.map(({ N }) => N), [1, 2, 3]);
  });

  withSeq("process prints nothing where all is delivered", async (seq) => {
    const shut = await run({ options: { serverUrl: seq.url }, count: 3, ending: "process.exit after shutdown" });
    assertEnd(shut, exited(3));
    const handles = ["handleSignals", "handleUncaught"] as const;
    const natural = await run({ options: { serverUrl: seq.url }, count: 3, handles, ending: "naturally" });
    assertEnd(natural, exited(0));
    assert.deepEqual([shut.stderr, natural.stderr, seq.received], ["", "", 6]);
  });

  for (const ending of ["throw", "throw late", "reject", "reject late"] as const) {
    withSeq(`${ending} without handleUncaught says what is lost`, async (seq) => {
      seq.fail({ hang: true });
      const result = await run({ options: { serverUrl: seq.url }, count: 3, ending });
      assertEnd(result, exited(1));
      assert.match(result.stderr, /Error: Crash|error: Crash/);
      const { told, printed } = lossIn(result.stderr);
      assert.equal(told.length, 1, result.stderr);
      assert.deepEqual(printed.map(({ N }) => N), [1, 2, 3]);
    });
  }

  // ---- signals ----

  for (const name of signals) {
    withSeq(`handleSignals delivers at ${name}, and the process dies by it`, async (seq) => {
      const options = { serverUrl: seq.url, periodMs: forEver };
      const result = await signal({ options, count: 3, handles: ["handleSignals"] }, name);
      assertEnd(result, killed(name));
      assert.deepEqual(numbers(seq.events), [1, 2, 3]);
      assert.deepEqual(toldOfEnd(seq), [signalled(name)]);
      assert.equal(result.stderr, "");
    });
  }

  withSeq("handleSignals and handleUncaught are options of configure()", async (seq) => {
    const options = { serverUrl: seq.url, periodMs: forEver, handleSignals: true, handleUncaught: true };
    assertEnd(await signal({ options, count: 3 }, "SIGTERM"), killed("SIGTERM"));
    assertEnd(await run({ options, ending: "throw late" }), exited(1));
    assert.deepEqual(numbers(seq.events), [1, 2, 3]);
    assert.deepEqual(toldOfEnd(seq).map(({ level }) => level), ["Information", "Fatal"]);
  });

  for (
    const [when, listener] of [
      ["before", "on SIGTERM"],
      ["before", "once SIGTERM"],
      ["after", "on SIGTERM"],
      ["after", "once SIGTERM"],
      ...(isDeno ? [["after", "Deno SIGTERM"]] as const : []),
    ] as const
  ) {
    withSeq(`handleSignals leaves the end to a program that listens ${when} it (${listener})`, async (seq) => {
      const options = { serverUrl: seq.url, periodMs: forEver };
      const result = await signal({ options, count: 3, handles: ["handleSignals"], [when]: [listener] }, "SIGTERM");
      assertEnd(result, exited(7));
      assert.equal(result.stdout, "Ready\nHeard SIGTERM\n");
      assert.deepEqual(numbers(seq.events), [1, 2, 3]);
      assert.deepEqual(toldOfEnd(seq), [signalled("SIGTERM")]);
      assert.equal(result.stderr, "");
    });
  }

  for (const when of ["before", "after"] as const) {
    withSeq(`handleSignals does not wait for a listener that waits for others to be gone (${when} it)`, async (seq) => {
      const options = { serverUrl: seq.url, periodMs: forEver };
      const result = await signal({ options, count: 3, handles: ["handleSignals"], [when]: ["modest SIGTERM"] }, "SIGTERM");
      assertEnd(result, killed("SIGTERM"));
      assert.equal(result.stdout, "Ready\nAlone with SIGTERM\n");
      assert.deepEqual(numbers(seq.events), [1, 2, 3]);
      assert.equal(result.stderr, "");
    });
  }

  withSeq("handleSignals dies in time with Seq hanging, and says what is lost", async (seq) => {
    seq.fail({ hang: true, times: Infinity });
    const options = { serverUrl: seq.url, requestTimeoutMs: forEver, exitTimeoutMs: forEver };
    const result = await signal({ options, count: 3, handles: ["handleSignals"], timeoutMs: 300 }, "SIGTERM");
    assertEnd(result, killed("SIGTERM"));
    const { told, printed } = lossIn(result.stderr);
    assert.match(told.join(), /4 events are lost/);
    assert.ok(!told.join().includes("handleSignals"), "nothing is advised that is on");
    assert.deepEqual(printed.map(({ N, Signal }) => N ?? Signal), [1, 2, 3, "SIGTERM"]);
  });

  withSeq("handleSignals ends at once at a second signal", async (seq) => {
    seq.fail({ hang: true, times: Infinity });
    const options = { serverUrl: seq.url, console: true };
    const program = start({ options, count: 3, handles: ["handleSignals"], timeoutMs: forEver, ending: "wait" });
    await program.waitFor("Ready");
    program.kill("SIGTERM");
    await program.waitFor("The process received SIGTERM");
    program.kill("SIGINT");
    const result = await program.ended;
    assertEnd(result, killed("SIGINT"));
    assert.match(lossIn(result.stderr).told.join(), /4 events are lost/);
  });

  if (isDeno) {
    withSeq("handleSignals needs no permission but the network's", async (seq) => {
      const denoFlags = ["--no-prompt", "--allow-net", "--allow-read"];
      const plan = { options: { serverUrl: seq.url }, count: 3, handles: ["handleSignals"] } as const;
      const result = await signal(plan, "SIGTERM", { denoFlags });
      assertEnd(result, runtime === "deno" ? killed("SIGTERM") : exited(143)); // an older one may not kill itself
      assert.deepEqual(numbers(seq.events), [1, 2, 3]);
      assert.equal(result.stderr, "");
    });
  }

  // ---- errors ----

  for (
    const [ending, Origin] of [
      ["throw late", "exception"],
      ["throw a text late", "exception"],
      ["throw null late", "exception"],
      ["throw twice", "exception"],
      ["throw", "rejection"], // of the promise of the module
      ["reject", "rejection"],
      ["reject late", "rejection"],
    ] as const
  ) {
    withSeq(`handleUncaught logs, delivers and dies: ${ending}`, async (seq) => {
      const options = { serverUrl: seq.url, periodMs: forEver };
      const result = await run({ options, count: 3, handles: ["handleUncaught"], ending, after: ["on exit"] });
      assertEnd(result, exited(1));
      assert.deepEqual(numbers(seq.events.slice(0, 3)), [1, 2, 3]);
      const [told] = toldOfEnd(seq);
      assert.deepEqual([told?.level, told?.messageTemplate], ["Fatal", "The process ends: uncaught {Origin}"]);
      assert.match(String(told?.exception), ending === "throw null late" ? /^Uncaught null$/ : /Crash/);
      assert.equal(told?.Origin, Origin);
      assert.match(result.stderr, /Crash|Uncaught null/);
      assert.match(result.stdout, /^Exit 1 /);
    });
  }

  withSeq("handleUncaught dies in time with Seq hanging, and says what is lost", async (seq) => {
    seq.fail({ hang: true, times: Infinity });
    const result = await run({
      ...{ options: { serverUrl: seq.url }, count: 3, handles: ["handleUncaught"], timeoutMs: 300 },
      ending: "throw late",
    });
    assertEnd(result, exited(1));
    const { told, printed } = lossIn(result.stderr);
    assert.match(told.join(), /4 events are lost/);
    assert.ok(!told.join().includes("handleUncaught"), "nothing is advised that is on");
    assert.deepEqual(printed.map(({ N, Origin }) => N ?? Origin), [1, 2, 3, "exception"]);
  });

  withSeq(
    "handleUncaught delivers at a rejection that is the last thing a program does; what Bun does not wait for is printed",
    async (seq) => {
      const result = await run({
        options: { serverUrl: seq.url, periodMs: forEver },
        count: 3,
        handles: ["handleUncaught"],
        ending: "reject last",
      });
      assertEnd(result, exited(1));
      const { printed } = lossIn(result.stderr);
      const arrived = new Set([...seq.events.map(({ properties }) => properties), ...printed].map(({ N, Origin }) => N ?? Origin));
      assert.deepEqual([...arrived], [1, 2, 3, "rejection"]);
      if (runtime !== "bun") assert.deepEqual([printed.length, toldOfEnd(seq)[0]?.level], [0, "Fatal"]);
    },
  );

  if (isNode) {
    for (const when of ["before", "after"] as const) {
      withSeq(`handleUncaught dies though Node's domains listen as well (loaded ${when} it)`, async (seq) => {
        const result = await run({
          options: { serverUrl: seq.url },
          handles: ["handleUncaught"],
          [when]: ["domain"],
          ending: "throw late",
        });
        assertEnd(result, exited(1));
        assert.deepEqual(toldOfEnd(seq).map(({ level }) => level), ["Fatal"]);
      });
    }
  }

  if (runtime !== "node20") { // whose worker threads read no TypeScript
    declare("handleUncaught does nothing in a worker thread, and says so once: its errors are its parent's", async () => {
      const result = await runProgram(runtime, "tests/runtimes/programs/throws_in_worker.ts", { timeoutMs });
      assertEnd(result, exited(0));
      const told = "The option handleUncaught has no effect here: it works on the main thread on Node, Deno and Bun";
      const heard = runtime === "deno2.1" ? [] : ["Heard Crash"]; // that version reports no such error to a parent
      assert.deepEqual(result.stdout.trimEnd().split("\n").sort(), [...heard, told]); // in either order
    });
  }

  const takers: readonly (readonly [ending: Ending, listener: Listening, heard: string])[] = [
    ["throw late", "on uncaughtException", "an exception"],
    ["throw late", "once uncaughtException", "an exception"],
    ["throw late", "modest uncaughtException", "an exception alone"],
    ...(isNode ? [["throw late", "capture", "an error"]] as const : []),
    ["reject late", "on unhandledRejection", "a rejection"],
    ...(runtime === "bun" ? [] : [["reject late", "on uncaughtException", "an exception"]] as const),
    ...(isDeno ? [["throw late", "Deno error", "error"], ["reject late", "Deno unhandledrejection", "unhandledrejection"]] as const : []),
  ];
  for (const [row, [ending, listener, heard]] of takers.entries()) {
    for (const [column, when] of (["before", "after"] as const).entries()) {
      withSeq(`handleUncaught leaves the end to a program that listens ${when} it (${ending}, ${listener})`, async (seq) => {
        const bare = await run({ [when]: [listener], ending });
        assertEnd(bare, exited(7));
        const options = { serverUrl: seq.url, periodMs: forEver };
        const result = await run({ options, count: 3, handles: ["handleUncaught"], [when]: [listener], ending });
        assertEnd(result, exited(7));
        assert.equal(result.stdout, `Heard ${heard}\n`);
        assert.deepEqual(numbers(seq.events), [1, 2, 3]);
        assert.equal(toldOfEnd(seq).length, 1);
        assert.equal(result.stderr, "");
      }, black(row, column));
    }
  }

  if (!isDeno) {
    withSeq("handleUncaught keeps what --unhandled-rejections says", async (seq) => {
      const plan: Plan = { options: { serverUrl: seq.url }, count: 1, handles: ["handleUncaught"], ending: "reject, and go on" };
      for (const [mode, code] of [["none", 0], ["warn", 0], ["throw", 1], ["strict", 1]] as const) {
        seq.clear();
        const runtimeArgs = [`--unhandled-rejections=${mode}`];
        assertEnd(await run({ ending: "reject, and go on" }, { runtimeArgs }), exited(code));
        assertEnd(await run(plan, { runtimeArgs }), exited(code));
        assert.deepEqual(toldOfEnd(seq).map(({ level }) => level), [code === 0 ? "Error" : "Fatal"], mode);
      }
    });
  }
}
