/** Every function and constructor of every entry, called wrongly: it works as documented, or names itself and the argument. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, onDiagnostic } from "../mod.ts";
import * as core from "../mod.ts";
import * as adapters from "../src/adapters/adapters.ts";
import * as collector from "../src/collector/serve.ts";
import * as durable from "../src/durable/durable.ts";
import * as relay from "../src/relay/relay_events.ts";
import * as testing from "../src/testing/testing.ts";
import * as tracing from "../src/tracing/tracing.ts";
import * as yaml from "../src/yaml/yaml.ts";

const exported: Readonly<Record<string, unknown>> = {
  ...{ ...core, ...adapters, ...collector, ...durable, ...relay, ...testing, ...tracing, ...yaml },
};

/** An argument: its name in messages, what it may be, and what it may not. */
interface Argument {
  readonly name: string;
  readonly right?: unknown;
  readonly wrong: readonly unknown[];
}

const misspelt = { typoo: 1 };
const options: Argument = { name: "options", right: {}, wrong: [null, 5, "text", [], misspelt] };
const needed: Argument = { name: "options", wrong: [undefined, null, 5, "text", [], {}, misspelt] };
const fn = (name: string): Argument => ({ name, right: () => {}, wrong: [undefined, null, 5, "text", {}, []] });
const text = (name: string): Argument => ({ name, right: "a: 1", wrong: [undefined, null, 5, {}, [], () => {}] });
const logger = (wrong: readonly unknown[] = [null, 5, {}]): Argument => ({ name: "logger", right: getLogger("calls"), wrong });
const anything: Argument = { name: "anything", right: {}, wrong: [] };
const withOptions = (...names: readonly string[]): [string, Argument[]][] => names.map((name) => [name, [options]]);
const withNeeded = (...names: readonly string[]): [string, Argument[]][] => names.map((name) => [name, [needed]]);

/** What each function refuses. */
const refusals: ReadonlyMap<string, readonly Argument[]> = new Map<string, readonly Argument[]>([
  ...withOptions("MemoryHandler", "StreamHandler", "flush", "ready", "shutdown", "levelFilter", "pythonFormatter"),
  ...withOptions("bunyanStream", "consolaReporter", "debugLog", "evlogDrain", "loglayerTransport", "logtapeSink", "nestLogger"),
  ...withOptions("pinoStream", "seqSink", "tslogTransport", "winstonTransport", "relayEvents", "createCollector", "serveCollector"),
  ...withNeeded("SeqHandler", "FileHandler", "durableQueue", "propertyFilter", "rateLimitFilter", "redactFilter", "sampleFilter"),
  ...withNeeded("templateFilter"),
  ["ConsoleHandler", [{ name: "options", wrong: [null, 5, "text", misspelt] }]],
  ["ClefDecoderStream", [{ name: "maxLineBytes", wrong: [{ maxLineBytes: 0 }, { maxLineBytes: "many" }] }]],
  ["configureTracing", [{ ...needed, wrong: [undefined, null, 5, "text", [], misspelt] }]],
  ["encodeClef", [{ name: "event", wrong: [undefined, null, 5, "text", {}, [], misspelt] }]],
  ["onDiagnostic", [fn("listener")]],
  ["withContext", [anything, fn("fn")]],
  ["flushAfter", [fn("handler"), options]],
  ["logRequests", [fn("handler"), options]],
  ["logNodeRequests", [fn("listener"), options]],
  ["bindContext", [fn("callback")]],
  ["tracedFetch", [{ ...fn("fetch"), wrong: [null, 5, "text", {}] }, options]],
  ["withSpan", [logger([]), { ...anything, right: "Template" }, fn("fn")]],
  ["withTrace", [anything, fn("fn")]],
  ["configureFromFile", [{ name: "files", right: "none.yml", wrong: [undefined, null, 5, {}, [], [5], () => {}] }, options]],
  ["configureFromYaml", [text("text"), options]],
  ["jsonSchema", [{ ...options, name: "parts" }]],
  ["recordEvents", [logger(), options]],
  ["eventsOf", [{ name: "source", wrong: [undefined, null, 5, "text", {}, () => {}] }]],
  ["EventList", [{ name: "events", wrong: [undefined, null, 5, "text", {}, () => {}] }]],
  ["FakeClock", [{ name: "nowMs", wrong: [null, "text", {}, NaN, () => {}] }]],
  ["parseFilter", [text("filter")]],
  ["formatCollectedEvent", [{ name: "event", wrong: [undefined, null, 5, "text", {}, []] }]],
  ["traceTree", [{ name: "events", wrong: [undefined, null, 5, "text", {}, [5]] }]],
  ["formatTrace", [{ name: "events", wrong: [undefined, null, 5, "text", {}, [5]] }]],
]);

/** These take anything: a name becomes text, a value is shown, further arguments are ignored. */
const takesAnything = [
  ...["Handler", "NullHandler", "getLogger", "explain", "stats", "stackInfo", "parseTemplate", "renderMessage", "enrichRequest"],
  ...["currentTraceContext", "traceHeaders", "tracingStats", "startSpan"],
];

/** These have messages of their own, which the tests of their files hold. */
const others: Readonly<Record<string, string>> = {
  configure: "Cannot configure logging: what is wrong is a configuration",
  parseLevel: "Cannot read a level: what is wrong is a word from outside",
  runCollector: "a program, whose arguments are texts",
  ConfigError: "the library makes it",
  ConnectionReset: "the collector makes it",
  FilterSyntaxError: "parseFilter makes it",
  EventAssertionError: "an EventList makes it",
};

const functions = Object.entries(exported).filter(([, one]) => typeof one === "function").map(([name]) => name);
const isClass = (called: unknown): boolean => /^class\b/.test(Function.prototype.toString.call(called));

/** Calls a function or a constructor. */
function call(name: string, args: readonly unknown[]): unknown {
  const called = exported[name] as (new (...args: unknown[]) => unknown) & ((...args: unknown[]) => unknown);
  return isClass(called) ? new called(...args) : called(...args);
}

test("every exported function and constructor is here", () => {
  assert.deepEqual([...refusals.keys(), ...takesAnything, ...Object.keys(others)].sort(), functions.sort());
});

for (const [name, parameters] of refusals) {
  test(`${name}() that is called wrongly names itself and the argument`, async () => {
    const called = isClass(exported[name]) ? `new ${name}` : name;
    for (const [at, { name: argument, wrong }] of parameters.entries()) {
      const before = parameters.slice(0, at).map(({ right }) => right);
      for (const given of wrong) {
        const shown = `${called}(${[...before, given].map((one) => String(JSON.stringify(one))).join(", ")})`;
        await assert.rejects(async () => await call(name, [...before, given]), (error: Error) => {
          assert.ok(error instanceof TypeError, `${shown}: ${error.stack}`);
          const place = given === misspelt && !["event", "colour"].includes(argument) && name !== "ConsoleHandler" ? "typoo" : argument;
          assert.ok(error.message.startsWith(`Cannot call ${called}():`), `${shown}: ${error.message}`);
          assert.ok(error.message.includes(place) || (given as object)?.constructor === Object, `${shown}: ${error.message}`);
          return true;
        });
      }
    }
  });
}

test("what takes anything throws for nothing, and a span that cannot begin is reported with the function and the argument", async () => {
  const heard: string[] = [];
  using _listening = onDiagnostic(({ message }) => heard.push(message));
  for (const name of takesAnything) {
    for (const given of [undefined, null, 5, "text", {}, misspelt, [], () => {}]) await call(name, [given]);
  }
  assert.ok(heard.length > 0);
  for (const message of heard) assert.match(message, /Cannot call startSpan\(\): logger\.write is not a function/);
});

test("the methods of a logger name themselves, and a log call throws for nothing", () => {
  const log = getLogger("calls") as never as Record<string, (...args: unknown[]) => unknown>;
  using _quiet = onDiagnostic(() => {});
  for (const given of [undefined, null, 5, "text", {}, [], () => {}]) {
    assert.throws(() => log["addHandler"]!(given), /^TypeError: Cannot call addHandler\(\): handler is not a Handler$/);
    for (const method of ["trace", "debug", "info", "warn", "error", "fatal", "log", "write", "with", "getChild", "isEnabled"]) {
      log[method]!(given);
      log[method]!(given, 5);
    }
  }
  assert.throws(() => Object.assign(log, { level: "loud" }), /Cannot read a level as one of trace, .*, off: current value is "loud"/);
});
