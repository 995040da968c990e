/** captureConsole: calls of the console become events of the logger `console`, are printed once, and never go round in a circle. */

// own process: what the library reports once a minute must be said here first

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ConfigParts,
  configure,
  ConsoleHandler,
  explain,
  flush,
  getLogger,
  Handler,
  type LogEvent,
  type LoggingConfig,
  MemoryHandler,
  onDiagnostic,
  shutdown,
} from "../../mod.ts";
import { configureFromYaml, pythonParts } from "../../src/yaml/yaml.ts";
import { FakeSeq, hearConsole, hearDiagnostics, propertiesOf, remember } from "../support/seq.ts";

/** Shuts down with the block. */
const ending = (): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => void (await shutdown()) });

const methods = ["trace", "debug", "log", "info", "warn", "error"] as const;

/** Captures the console into a memory at the root, everything enabled. */
function capture(config: LoggingConfig<ConfigParts> = {}): MemoryHandler {
  const memory = new MemoryHandler();
  configure({
    captureConsole: true,
    ...config,
    root: { level: "trace", handlers: ["memory", ...Object.keys(config.handlers ?? {})] },
    handlers: { memory, ...config.handlers },
  }, pythonParts);
  return memory;
}

const messagesOf = ({ events }: MemoryHandler): string[] => events.map(({ message }) => message);
const templatesOf = ({ events }: MemoryHandler): string[] => events.map(({ messageTemplate }) => messageTemplate);

// ---- what becomes an event ----

test("captureConsole makes an event of each call, of the logger console, at the level of its method, and the call is printed", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  const memory = capture();
  for (const method of methods) console[method](`by ${method}`);
  assert.deepEqual(memory.events.map(({ level, loggerName, message }) => [level, loggerName, message]), [
    ["trace", "console", "by trace"],
    ["debug", "console", "by debug"],
    ["info", "console", "by log"],
    ["info", "console", "by info"],
    ["warn", "console", "by warn"],
    ["error", "console", "by error"],
  ]);
  assert.deepEqual(onConsole.heard, methods.map((method) => ({ method, text: `by ${method}` })));
});

test("captureConsole is read in a file and in the shorthand, too; absent, nothing is captured", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  const seq = new FakeSeq();
  for (const word of ["yes", "on", "true"]) {
    await configureFromYaml(`{ server_url: "http://seq.test", capture_console: ${word} }`, { overrides: { fetch: seq.fetch } });
    console.log(word);
  }
  configure({ serverUrl: "http://seq.test", captureConsole: true, fetch: seq.fetch });
  console.log("object");
  configure({ serverUrl: "http://seq.test", fetch: seq.fetch });
  console.log("absent");
  configure({ serverUrl: "http://seq.test", fetch: seq.fetch, captureConsole: false });
  console.log("false");
  await flush();
  assert.deepEqual(
    seq.events.map((clef) => [clef["@mt"], clef.SourceContext]),
    ["yes", "on", "true", "object"].map((word) => [word, "console"]),
  );
  assert.equal(onConsole.heard.length, 6);
});

/** Calls, and the template, properties and message of their events. */
const calls: readonly (readonly [args: readonly unknown[], template: string, properties: object, message: string])[] = [
  [["plain"], "plain", {}, "plain"],
  [[], "", {}, ""],
  [[""], "", {}, ""],
  [["a", "b", 3], "a {0} {1}", { 0: "b", 1: 3 }, "a b 3"],
  [["%s is %d years old", "Ada", 36], "{0} is {1} years old", { 0: "Ada", 1: 36 }, "Ada is 36 years old"],
  [["%s and more", "one", "two"], "{0} and more {1}", { 0: "one", 1: "two" }, "one and more two"],
  [
    ["%i %f %j %o %O", 1, 1.5, { a: 1 }, [1], null],
    "{0} {1} {2} {3} {4}",
    { 0: 1, 1: 1.5, 2: { a: 1 }, 3: [1], 4: null },
    '1 1.5 {"a":1} [1] null',
  ],
  [["%cred%c", "color: red", ""], "red", { 0: "color: red", 1: "" }, "red"],
  [["100 %% of %s", "it"], "100 % of {0}", { 0: "it" }, "100 % of it"],
  [["%s %s", "one"], "{0} %s", { 0: "one" }, "one %s"],
  [["50% done"], "50% done", {}, "50% done"],
  [["{Id} is no hole", 1], "{{Id}} is no hole {0}", { 0: 1 }, "{Id} is no hole 1"],
  [["{%s}", "x"], "{{{0}}}", { 0: "x" }, "{x}"],
  [[{ a: 1 }], "{0}", { 0: { a: 1 } }, '{"a":1}'],
  [[1, "%s", true], "{0} {1} {2}", { 0: 1, 1: "%s", 2: true }, "1 %s true"],
  [[null, undefined], "{0} {1}", { 0: null, 1: "undefined" }, "null undefined"],
  [[undefined], "{0}", { 0: "undefined" }, "undefined"],
];

for (const [args, template, properties, message] of calls) {
  test(`console.log(${JSON.stringify(args).slice(1, -1)}) is the template ${JSON.stringify(template)}`, async () => {
    using onConsole = hearConsole();
    await using _ = ending();
    const memory = capture();
    console.log(...args);
    const [event] = memory.events as [LogEvent];
    assert.deepEqual([event.messageTemplate, event.message], [template, message]);
    assert.deepEqual({ ...event.properties }, properties);
    assert.deepEqual(onConsole.heard, [{ method: "log", text: args.join(" ") }]);
  });
}

test("an error among the arguments is the event's exception, whatever comes before it", async () => {
  using _ = hearConsole();
  await using __ = ending();
  const seq = new FakeSeq();
  configure({ serverUrl: "http://seq.test", fetch: seq.fetch, captureConsole: true, properties: { MachineName: null, ProcessId: null } });
  console.error("Failed:", new RangeError("no paper"));
  console.error(new TypeError("no ink"));
  console.error("%s at %d", new Error("no power"), 5);
  console.error("two", new Error("first"), new Error("second"));
  await flush();
  assert.deepEqual(seq.events.map((clef) => clef["@mt"]), ["Failed: {0}", "{0}", "{0} at {1}", "two {0} {1}"]);
  assert.deepEqual(seq.events.map((clef) => propertiesOf(clef)[0]), [
    "RangeError: no paper",
    "TypeError: no ink",
    "Error: no power",
    "Error: first",
  ]);
  for (const [i, says] of ["no paper", "no ink", "no power", "first"].entries()) {
    assert.match(String(seq.events[i]!["@x"]), new RegExp(`${says}[^]*\\n\\s+at |${says}[^]*@`));
  }
});

test("a captured call is filtered by the logger console as any other", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  const memory = capture({ loggers: { console: { level: "warn" } } });
  console.log("too low");
  console.warn("shown");
  getLogger("console").level = "off";
  console.error("off");
  assert.deepEqual([messagesOf(memory), onConsole.heard.length], [["shown"], 3]);
});

test("a captured call never throws, whatever its arguments are, and is printed as it is", async () => {
  using _ = hearConsole();
  await using __ = ending();
  using diagnostics = hearDiagnostics();
  const memory = capture();
  const proxy = new Proxy({}, {
    get: () => assert.fail("no get"),
    ownKeys: () => assert.fail("no keys"),
    getPrototypeOf: () => assert.fail("no prototype"),
  });
  const cycle: Record<string, unknown> = {};
  cycle.cycle = cycle;
  const seen: unknown[] = [];
  const { log } = console;
  await shutdown();
  console.log = (...args: unknown[]) => void seen.push(args);
  const own = capture();
  console.log(proxy, cycle, Symbol("s"), 5n);
  assert.equal((seen[0] as unknown[])[0], proxy);
  assert.equal(own.events.length, 1);
  assert.deepEqual([memory.events.length, diagnostics.heard], [0, []]);
  await shutdown();
  console.log = log;
});

/** What console.trace does on Node: it prints by the console's own method for errors. */
function traceOfNode(this: Console, ...args: unknown[]): void {
  this.error(`Trace: ${args.join(" ")}\n    at here`);
}

test("a method that prints by another one makes one event, of its own level", async () => {
  const { trace } = console; // this runtime's
  using onConsole = hearConsole();
  const heard = console.trace;
  for (const original of [traceOfNode, trace]) {
    await using _ = ending();
    onConsole.heard.length = 0;
    console.trace = original;
    const memory = capture();
    console.trace("tr %d", 1);
    console.error("afterwards");
    assert.deepEqual(memory.events.map(({ level, messageTemplate, message }) => [level, messageTemplate, message]), [
      ["trace", "tr {0}", "tr 1"],
      ["error", "afterwards", "afterwards"],
    ]);
    if (original === traceOfNode) assert.deepEqual(onConsole.heard[0], { method: "error", text: "Trace: tr %d 1\n    at here" });
  }
  console.trace = heard;
});

// ---- no circles ----

test("a captured call is printed once: handlers of the console do not print it again", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  const out = new MemoryHandler();
  const memory = capture({
    handlers: {
      ...{
        pretty: { class: "console" },
        ready: new ConsoleHandler(),
        stdout: { class: "logging.StreamHandler", stream: "ext://sys.stdout" },
      },
      ...{ python: { class: "seqlog.structured_logging.ConsoleStructuredLogHandler" }, out },
    },
  });
  console.log("captured");
  assert.deepEqual(onConsole.heard, [{ method: "log", text: "captured" }]);
  assert.deepEqual([messagesOf(memory), messagesOf(out)], [["captured"], ["captured"]]);
});

test("a captured call that a filter has changed is not printed again, either", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  const changed = (event: LogEvent): LogEvent => ({
    ...event,
    level: "error",
    loggerName: "other",
    properties: { ...event.properties, Changed: 1 },
  });
  for (const filter of [changed, { class: "redact", patterns: ["secret"] }, { class: "sample", rate: 1, maxLevel: "fatal" }]) {
    const memory = new MemoryHandler();
    configure({
      captureConsole: true,
      root: { level: "trace", handlers: ["out", "memory"] },
      loggers: { console: { filters: ["f"] } },
      handlers: { memory, out: { class: "console", filters: ["f"] }, python: { class: "logging.StreamHandler", filters: ["f"] } },
      filters: { f: filter },
    }, pythonParts);
    onConsole.heard.length = 0;
    console.log("a secret", 1);
    assert.deepEqual(onConsole.heard, [{ method: "log", text: "a secret 1" }]);
    assert.equal(memory.events.length, 1);
  }
});

test("what handlers of the console print is no event again", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  const memory = capture({
    handlers: {
      pretty: { class: "console", colour: false },
      stdout: { class: "logging.StreamHandler", stream: "ext://sys.stdout" },
      stderr: { class: "logging.StreamHandler" },
    },
  });
  getLogger("shop").warn("Order {Id}", { Id: 1 });
  assert.deepEqual(messagesOf(memory), ["Order 1"]);
  assert.deepEqual(onConsole.heard.map(({ method }) => method), ["warn", "log", "error"]);
});

test("the last resort prints a captured warning no second time", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  configure({ captureConsole: true, root: { level: "trace" } });
  console.error("captured");
  getLogger("shop").error("logged");
  assert.deepEqual(onConsole.heard.map(({ text }) => text.includes("captured") ? "captured" : text.includes("logged") && "logged"), [
    "captured",
    "logged",
  ]);
});

/** Uses the console while it handles. */
class Chatty extends Handler {
  readonly messages: string[] = [];
  emit({ message }: LogEvent): void {
    this.messages.push(message);
    console.log(`handling ${message}`);
  }
}

test("a handler that prints while it handles a captured call makes no event of that", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  const chatty = new Chatty();
  capture({ handlers: { chatty } });
  console.log("x");
  assert.deepEqual(chatty.messages, ["x"]);
  assert.deepEqual(onConsole.heard.map(({ text }) => text), ["x", "handling x"]);
  onConsole.heard.length = 0;
  getLogger("shop").info("y");
  assert.ok(chatty.messages.length <= 3, chatty.messages.join());
  assert.deepEqual(diagnostics.heard, []);
});

test("filters, encoders, properties and formatters may use the console, and nothing goes round", async () => {
  using _ = hearConsole();
  await using __ = ending();
  using diagnostics = hearDiagnostics();
  const seq = new FakeSeq();
  const memory = capture({
    root: {},
    properties: { P: () => (console.log("asked"), 1) },
    handlers: {
      seq: {
        class: "seq",
        serverUrl: "http://seq.test",
        fetch: seq.fetch,
        encoder: () => void console.debug("encoding"),
        filters: [() => (console.info("filtering"), true)],
      },
    },
  });
  console.log("x", { a: 1 });
  assert.deepEqual(messagesOf(memory), ['x {"a":1}']);
  getLogger("shop").info("y", { a: {} });
  assert.ok(memory.events.length < 20, templatesOf(memory).join());
  await flush();
  assert.deepEqual(diagnostics.heard, []);
});

test("our own diagnostics go to the original console and become no events", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  class Failing extends Handler {
    emit(): never {
      throw new Error(`no paper`);
    }
  }
  const memory = capture({ handlers: { failing: new Failing() } });
  console.log("x");
  getLogger("shop").info("y");
  assert.deepEqual(messagesOf(memory), ["x", "y"]);
  assert.equal(onConsole.heard[0]!.text, "x");
  assert.match(onConsole.heard[1]!.text, /^seqlog: A handler failed: .*no paper/);
});

test("a listener that prints what it receives causes no endless recursion", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  using __ = onDiagnostic(({ message }) => console.warn(message));
  let count = 0;
  class Failing extends Handler {
    emit(): never {
      count++;
      throw new Error("no paper");
    }
  }
  capture({ handlers: { failing: new Failing() } });
  console.log("x");
  assert.equal(count, 1);
  getLogger("shop").info("y");
  assert.ok(count <= 3 && onConsole.heard.length <= 6, `${count} calls, ${onConsole.heard.length} lines`);
});

test("an asynchronous failure that is printed is printed once, and is no event", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  class Failing extends Handler {
    override emit(): Promise<never> & undefined {
      return Promise.reject(new Error("no network")) as Promise<never> & undefined;
    }
  }
  const memory = capture({ handlers: { failing: new Failing() } });
  console.log("x");
  for (let i = 0; i < 20; i++) await null;
  assert.deepEqual([messagesOf(memory), onConsole.heard.filter(({ text }) => text.includes("no network")).length <= 1], [["x"], true]);
});

// ---- beginning and end ----

test("captureConsole is undone by shutdown(), and by a configuration without it", async () => {
  using _ = hearConsole();
  const before = methods.map((method) => console[method]);
  capture();
  assert.ok(methods.every((method, i) => console[method] !== before[i]));
  await shutdown();
  assert.deepEqual(methods.map((method) => console[method]), before);
  capture();
  configure({});
  assert.deepEqual(methods.map((method) => console[method]), before);
  await shutdown();
});

test("captureConsole again and again captures once", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  const before = console.log;
  for (let i = 0; i < 5; i++) capture();
  const memory = capture();
  const stand = console.log;
  capture();
  assert.equal(console.log, stand);
  const last = capture();
  console.log("x");
  assert.deepEqual([memory.events.length, messagesOf(last), onConsole.heard.length], [0, ["x"], 1]);
  await shutdown();
  assert.equal(console.log, before);
});

test("a method that other code has put in place of the captured one stays, and the captured one only prints", async () => {
  using onConsole = hearConsole();
  const memory = capture();
  const [before, ours] = [console.warn, console.log];
  const theirs: string[] = [];
  console.log = (...args: unknown[]) => {
    theirs.push(args.join(" "));
    ours(...args);
  };
  const own = console.log;
  console.log("while captured");
  await shutdown();
  assert.equal(console.log, own);
  assert.notEqual(console.warn, before);
  console.log("afterwards");
  assert.deepEqual([theirs, messagesOf(memory)], [["while captured", "afterwards"], ["while captured"]]);
  assert.deepEqual(onConsole.heard.map(({ text }) => text), ["while captured", "afterwards"]);

  const again = capture(); // over the other replacement: one event for one call, although the capture is in the chain twice
  console.log("again");
  assert.deepEqual(messagesOf(again), ["again"]);
  assert.deepEqual(onConsole.heard.length, 3);
  await shutdown();
  assert.equal(console.log, own);
});

test("a captured method may be called without its console, and gives what it is given", async () => {
  using onConsole = hearConsole();
  await using _ = ending();
  const memory = capture();
  const { log, error } = console;
  log("alone");
  ["a", "b"].forEach((word) => error(word));
  assert.deepEqual(messagesOf(memory), ["alone", "a", "b"]);
  assert.deepEqual(onConsole.heard.map(({ text }) => text), ["alone", "a", "b"]);
});

test("a console whose method throws throws as before, and the next call is captured", async () => {
  using _ = hearConsole();
  const { log } = console;
  console.log = () => {
    throw new Error("EPIPE");
  };
  const memory = capture();
  assert.throws(() => console.log("x"), /EPIPE/);
  console.info("y");
  assert.deepEqual(messagesOf(memory), ["y"]);
  await shutdown();
  console.log = log;
});

test("configure() captures a method again that other code has replaced, and the whole console; each call is one event and printed once", async () => {
  const { console: before } = globalThis;
  const { log } = console;
  const printed: string[] = [];
  using diagnostics = hearDiagnostics();
  try {
    await using _ = ending();
    console.log = (...args: unknown[]) => void printed.push(args.join(" "));
    capture();
    const ours = console.log;
    assert.doesNotMatch(String(explain("console")), /replaced/);
    console.log = (...args: unknown[]) => ours("replaced:", ...args); // as a platform's runtime wraps it
    assert.match(String(explain("console")), /\n {2}somebody has replaced console\.log since the capture began: configure after that\n/);
    const second = capture();
    console.log("one");
    globalThis.console = { ...before, log: (...args: unknown[]) => void printed.push(`new console: ${args.join(" ")}`) } as Console;
    const last = capture();
    console.log("two");
    assert.deepEqual(printed, ["replaced: one", "new console: two"]);
    assert.deepEqual([messagesOf(second), messagesOf(last)], [["one"], ["two"]]);
    assert.deepEqual(diagnostics.heard.map(({ code, message }) => [code, /: (.*)$/.exec(message)?.[1]]), [
      ["capture-replaced", "log"],
      ["capture-replaced", "log"], // of the new console the other methods are still those that were captured
    ]);
    globalThis.console = { ...before, warn: () => {} } as Console;
    console.log = () => {};
    capture();
    assert.match(diagnostics.heard.at(-1)!.message, /: log, warn$/);
  } finally {
    globalThis.console = before;
    console.log = log;
  }
});

test("captureConsole where a method cannot be replaced leaves that one, and configures nevertheless", async () => {
  using _ = hearConsole();
  await using __ = ending();
  const own = Object.getOwnPropertyDescriptor(console, "debug")!;
  Object.defineProperty(console, "debug", { ...own, writable: false });
  try {
    const memory = capture();
    console.log("x");
    assert.deepEqual(messagesOf(memory), ["x"]);
    await shutdown();
  } finally {
    Object.defineProperty(console, "debug", own);
  }
});

test("captureConsole that is refused with its configuration captures nothing", () => {
  using _ = hearConsole();
  const before = methods.map((method) => console[method]);
  assert.throws(() => configure({ captureConsole: true, root: { level: "loud" } }), /root\.level/);
  assert.throws(() => configure({ captureConsole: "yep" as never }), /captureConsole.*true or false/);
  assert.deepEqual(methods.map((method) => console[method]), before);
});

test("handlers that the program has added receive captured calls, too", async () => {
  using _ = hearConsole();
  await using __ = ending();
  using heard = remember(getLogger("console"));
  capture();
  console.warn("x %d", 1);
  assert.deepEqual([heard.event.messageTemplate, heard.event.level], ["x {0}", "warn"]);
});
