/** Loggers: names, levels, which handler receives which event, and failures of handlers and filters. */

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as library from "../mod.ts";
import {
  type ConfigParts,
  configure,
  ConsoleHandler,
  encodeClef,
  type Filter,
  flush,
  getLogger,
  Handler,
  type Level,
  type LogEvent,
  type Logger,
  type LoggingConfig,
  MemoryHandler,
  SeqHandler,
  shutdown,
  type Threshold,
  withContext,
} from "../mod.ts";
import { anonymous, type Clef, FakeSeq, hearConsole, hearDiagnostics, observe, propertiesOf, remember } from "./support/seq.ts";

const levels: readonly Level[] = ["trace", "debug", "info", "warn", "error", "fatal"];

/** Puts a configuration into force that ends with the block. */
function configured(config: LoggingConfig<ConfigParts>, parts?: ConfigParts): AsyncDisposable {
  configure({ properties: anonymous, ...config }, parts);
  return { [Symbol.asyncDispose]: async () => void (await shutdown()) };
}

const messages = ({ events }: MemoryHandler): string[] => events.map(({ message }) => message);

// ---- names ----

test("getLogger() gives the same object for the same name, and the root without one", () => {
  assert.equal(getLogger("a.b"), getLogger("a.b"));
  assert.notEqual(getLogger("a.b"), getLogger("a.c"));
  assert.equal(getLogger(), getLogger(""));
  assert.equal(getLogger(undefined), getLogger(""));
  assert.deepEqual([getLogger().name, getLogger("a.b").name], ["", "a.b"]);
});

test("getLogger() accepts names that objects keep for themselves", () => {
  for (const name of ["__proto__", "constructor", "hasOwnProperty", "toString.x"]) {
    assert.equal(getLogger(name).name, name);
    assert.equal(getLogger(name), getLogger(name));
    assert.equal(getLogger(name).level, undefined);
  }
});

test("getChild() is the logger of the longer name", () => {
  assert.equal(getLogger("a").getChild("b"), getLogger("a.b"));
  assert.equal(getLogger("a").getChild("b.c"), getLogger("a").getChild("b").getChild("c"));
  assert.equal(getLogger().getChild("a"), getLogger("a"));
});

// ---- levels down the tree ----

test("level holds for the loggers below, until one of them has its own", async () => {
  await using _ = configured({ root: { level: "warn", handlers: [] } });
  const [a, ab, abc, other] = ["lv.a", "lv.a.b", "lv.a.b.c", "lv.ab"].map(getLogger) as [Logger, Logger, Logger, Logger];
  const enabled = (logger: Logger): Level | undefined => levels.find((level) => logger.isEnabled(level));
  assert.deepEqual([a, ab, abc, other].map(enabled), ["warn", "warn", "warn", "warn"]);
  a.level = "debug";
  assert.deepEqual([a, ab, abc, other].map(enabled), ["debug", "debug", "debug", "warn"], "a name that only begins alike is not below");
  ab.level = "error";
  assert.deepEqual([a, ab, abc].map(enabled), ["debug", "error", "error"]);
  a.level = "off";
  assert.deepEqual([a, ab, abc].map(enabled), [undefined, "error", "error"]);
  ab.level = undefined;
  assert.deepEqual([a, ab, abc].map(enabled), [undefined, undefined, undefined]);
  a.level = undefined;
  assert.deepEqual([a, ab, abc].map(enabled), ["warn", "warn", "warn"]);
});

test("level changed at run time reaches loggers, bound loggers and methods that exist already, at once", async () => {
  await using _ = configured({ root: { level: "warn", handlers: [] } });
  using seen = remember(getLogger("rt"));
  const bound = getLogger("rt.deep.down").with({ A: 1 });
  const { info } = getLogger("rt.deep");
  const say = (): void => {
    info("method");
    bound.info("bound");
    getLogger("rt.deep.down.new").info("new");
  };
  say();
  assert.deepEqual(seen.messages, []);
  getLogger("rt").level = "info";
  say();
  getLogger("rt").level = undefined;
  getLogger().level = "trace";
  say();
  getLogger().level = "error";
  say();
  assert.deepEqual(seen.messages, ["method", "bound", "new", "method", "bound", "new"]);
});

test("level of a logger that is made between two others holds for the one below", async () => {
  await using _ = configured({ root: { level: "warn", handlers: [] } });
  const deep = getLogger("mid.a.b.c");
  assert.equal(deep.isEnabled("info"), false);
  getLogger("mid.a").level = "info";
  assert.equal(deep.isEnabled("info"), true);
  getLogger("mid.a").level = undefined;
});

// ---- handlers up the tree ----

test("handlers receive the events of their logger and of all below, the nearest handlers first", async () => {
  const order: string[] = [];
  class Named extends Handler {
    readonly #name: string;
    constructor(name: string) {
      super();
      this.#name = name;
    }
    override emit(event: LogEvent): void {
      order.push(`${this.#name}:${event.message}`);
    }
  }
  await using _ = configured({
    root: { level: "trace", handlers: ["root"] },
    loggers: { up: { handlers: ["a1", "a2"] }, "up.b.c": { handlers: ["c"] } },
    handlers: { root: new Named("root"), a1: new Named("a1"), a2: new Named("a2"), c: new Named("c") },
  });
  getLogger("up.b.c").info("1");
  getLogger("up.b").info("2");
  getLogger("upper").info("3");
  getLogger().info("4");
  assert.deepEqual(order, ["c:1", "a1:1", "a2:1", "root:1", "a1:2", "a2:2", "root:2", "root:3", "root:4"]);
});

test("handlers above receive an event whatever the level of their own logger, as in Python", async () => {
  const memory = new MemoryHandler();
  await using _ = configured({
    root: { level: "error", handlers: ["memory"] },
    loggers: { loud: { level: "debug" } },
    handlers: { memory },
  });
  getLogger("loud.x").debug("heard");
  getLogger("quiet").warn("not heard");
  assert.deepEqual(messages(memory), ["heard"]);
});

test("propagate false keeps events from the handlers above, and not from its own", async () => {
  const [top, middle, low] = [new MemoryHandler(), new MemoryHandler(), new MemoryHandler()];
  await using _ = configured({
    root: { level: "trace", handlers: ["top"] },
    loggers: { pr: { handlers: ["middle"], propagate: false }, "pr.low": { handlers: ["low"] } },
    handlers: { top, middle, low },
  });
  getLogger("pr").info("1");
  getLogger("pr.low").info("2");
  getLogger("pr.low.lower").info("3");
  getLogger("other").info("4");
  assert.deepEqual([top, middle, low].map(messages), [["4"], ["1", "2", "3"], ["2", "3"]]);
});

test("propagate false without any handler of its own drops info, and shows what is worse on the console", async () => {
  const top = new MemoryHandler();
  using onConsole = hearConsole();
  await using _ = configured({ root: { level: "trace", handlers: ["top"] }, loggers: { alone: { propagate: false } }, handlers: { top } });
  getLogger("alone").info("1");
  assert.deepEqual([messages(top), onConsole.heard], [[], []]);
});

test("handler on two loggers of a line receives an event twice, as in Python, and once for each place", async () => {
  const memory = new MemoryHandler();
  await using _ = configured({
    root: { level: "trace", handlers: ["memory"] },
    loggers: { twice: { handlers: ["memory"] } },
    handlers: { memory },
  });
  const added = getLogger("twice").addHandler(memory);
  getLogger("twice.x").info("both");
  getLogger("other").info("root");
  added[Symbol.dispose]();
  assert.deepEqual(messages(memory), ["both", "both", "root"]);
});

test("level of a handler lets through what is as severe or more, and accepts any alias", () => {
  const memory = new MemoryHandler();
  const logger = getLogger("hl");
  logger.level = "trace";
  const added = logger.addHandler(memory);
  assert.equal(memory.level, "trace");
  memory.level = "CRITICAL" as Threshold;
  assert.equal(memory.level, "fatal");
  for (const [rank, level] of levels.entries()) {
    memory.clear();
    memory.level = level;
    for (const name of levels) logger[name](name);
    assert.deepEqual(messages(memory), levels.slice(rank));
  }
  memory.clear();
  memory.level = "off";
  for (const name of levels) logger[name](name);
  assert.deepEqual(messages(memory), []);
  assert.throws(() => memory.level = "loud" as Threshold, { name: "TypeError", message: /loud/ });
  assert.equal(memory.level, "off");
  added[Symbol.dispose]();
  logger.level = undefined;
});

// ---- addHandler() ----

test("addHandler() adds until disposed, by a method or by its symbol, and disposing twice does no harm", async () => {
  await using _ = configured({ root: { level: "trace", handlers: [] } });
  const logger = getLogger("add");
  const [one, two] = [new MemoryHandler(), new MemoryHandler()];
  const first = logger.addHandler(one);
  const second = logger.addHandler(two);
  logger.info("1");
  first[Symbol.dispose]();
  logger.info("2");
  first[Symbol.dispose]();
  logger.info("3");
  second[Symbol.dispose]();
  logger.info("4");
  assert.deepEqual([one, two].map(messages), [["1"], ["1", "2", "3"]]);
});

test("addHandler() of one handler twice delivers an event once, until both are disposed", async () => {
  await using _ = configured({ root: { level: "trace", handlers: [] } });
  const logger = getLogger("add.twice");
  const memory = new MemoryHandler();
  const added = [logger.addHandler(memory), logger.addHandler(memory)];
  logger.info("1");
  added[0]![Symbol.dispose]();
  logger.info("2");
  added[1]![Symbol.dispose]();
  logger.info("3");
  assert.deepEqual(messages(memory), ["1", "2"]);
});

test("addHandler() adds to what configure sets, and survives it and shutdown()", async () => {
  const logger = getLogger("add.survives");
  using seen = remember(logger);
  const configuredOne = new MemoryHandler();
  const config: LoggingConfig = {
    root: { level: "info", handlers: [] },
    loggers: { "add.survives": { handlers: ["memory"] } },
    handlers: { memory: configuredOne },
  };
  logger.warn("before");
  {
    await using _ = configured(config);
    logger.warn("first");
    configure(config);
    logger.warn("second");
    configure({ serverUrl: "http://seq.test", fetch: new FakeSeq().fetch });
    logger.warn("third");
  }
  logger.warn("after");
  assert.deepEqual(seen.messages, ["before", "first", "second", "third", "after"]);
  assert.deepEqual(messages(configuredOne), ["first", "second"]);
});

test("addHandler() throws a TypeError for what is no handler", () => {
  for (const wrong of [null, undefined, {}, { emit: () => {} }, () => {}, "console", MemoryHandler]) {
    assert.throws(() => getLogger("add.wrong").addHandler(wrong as unknown as Handler), { name: "TypeError" });
  }
});

test("addHandler() of a SeqHandler is flushed and counted with the others, and not closed by shutdown()", async () => {
  const seq = new FakeSeq();
  const handler = new SeqHandler({ serverUrl: "http://seq.test", fetch: seq.fetch });
  const added = getLogger("add.seq").addHandler(handler);
  getLogger("add.seq").warn("1");
  assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 });
  await shutdown();
  getLogger("add.seq").warn("2");
  assert.deepEqual(await handler.flush(), { delivered: 1, pending: 0, lost: 0 });
  added[Symbol.dispose]();
  await handler.close();
  assert.deepEqual(seq.events.map((clef) => clef["@mt"]), ["1", "2"]);
});

// ---- with(), methods on their own ----

test("with() has the same name and level, and leaves the logger as it was", async () => {
  await using observed = observe();
  const logger = getLogger("wi");
  const bound = logger.with({ A: 1 });
  logger.level = "error";
  assert.deepEqual([bound.name, bound.level, bound.isEnabled("warn")], ["wi", "error", false]);
  bound.level = undefined;
  assert.equal(logger.level, undefined);
  bound.info("{A}", { B: 2 });
  logger.info("{A}" as string);
  bound.with({ B: 3 }).info("x");
  bound.getChild("child").info("x");
  assert.deepEqual(
    (await observed.events()).map((clef) => [clef.SourceContext, propertiesOf(clef)]),
    [["wi", { A: 1, B: 2 }], ["wi", {}], ["wi", { A: 1, B: 3 }], ["wi.child", { A: 1 }]],
  );
  assert.equal(getLogger("wi"), logger);
});

test("methods work without their logger", async () => {
  await using observed = observe();
  const { trace, debug, info, warn, error, fatal } = getLogger("detached");
  for (const method of [trace, debug, info, warn, error, fatal]) {
    method("{A}", { A: 1 });
  }
  [1, 2].forEach((value) => info("{Value}", [value]));
  Promise.reject(new Error("no paper")).catch(error);
  await new Promise((resolve) => queueMicrotask(() => resolve(null)));
  const events = await observed.events();
  assert.deepEqual(events.map((clef) => clef["@l"] ?? "Information"), [
    "Verbose",
    "Debug",
    "Information",
    "Warning",
    "Error",
    "Fatal",
    "Information",
    "Information",
    "Error",
  ]);
  assert.ok(events.every((clef) => clef.SourceContext === "detached"));
  assert.match(events.at(-1)!["@x"] as string, /no paper/);
});

test("methods of a bound logger work without it, and keep its properties", async () => {
  await using observed = observe();
  const { info, error } = getLogger("detached").with({ A: 1 });
  info("x");
  error(new Error("no paper"));
  assert.deepEqual((await observed.events()).map(({ A }) => A), [1, 1]);
});

// ---- before configure, and without it ----

test("logger made before configure follows it, its methods and bound loggers too", async () => {
  const early = getLogger("early.bird");
  const bound = early.with({ A: 1 });
  const { info } = early;
  await using observed = observe();
  early.info("logger");
  bound.info("bound");
  info("method");
  assert.deepEqual(
    (await observed.events()).map((clef) => [clef["@mt"], clef.A]),
    [["logger", undefined], ["bound", 1], ["method", undefined]],
  );
});

test("ConsoleHandler finds the console's methods when it writes", async () => {
  await using _ = configured({
    root: { level: "trace", handlers: ["console"] },
    handlers: { console: new ConsoleHandler({ colour: false }) },
  });
  {
    using first = hearConsole();
    getLogger("cons").info("one");
    assert.equal(first.heard.length, 1);
  }
  using second = hearConsole();
  for (const level of levels) {
    getLogger("cons")[level]("{Level} of {@Many}", { Level: level, Many: [1, { a: "b" }], More: "there" });
  }
  assert.deepEqual(second.heard.map(({ method }) => method), ["debug", "debug", "info", "warn", "error", "error"]);
  for (const { text } of second.heard) {
    assert.match(text, /cons.*of \[1,\{"a":"b"\}\].*More.*there/);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(text, /\x1b/);
  }
  getLogger("cons").error(new Error("no paper", { cause: new Error("no trees") }), "x");
  assert.match(second.heard.at(-1)!.text, /no paper[^]*Caused by[^]*no trees/);
});

test("ConsoleHandler lets no event move the cursor or forge a line", async () => {
  using onConsole = hearConsole();
  await using _ = configured({
    root: { level: "trace", handlers: ["console"] },
    handlers: { console: new ConsoleHandler({ colour: false }) },
  });
  const evil = "\x1b[2J\x1b]0;title\x07\r\b\x9b31m\0";
  getLogger(`cons${evil}`).info(`${evil}{A}`, {
    A: evil,
    [`B${evil}`]: evil,
    C: { deep: evil },
  });
  getLogger("cons").error(new Error(evil), evil);
  for (const { text } of onConsole.heard) {
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  }
  assert.equal(onConsole.heard.length, 2);
});

test("ConsoleHandler whose console throws harms neither the caller nor the other handlers", async () => {
  using diagnostics = hearDiagnostics();
  using _ = hearConsole();
  const memory = new MemoryHandler();
  await using __ = configured({
    root: { level: "trace", handlers: ["console", "memory"] },
    handlers: { console: new ConsoleHandler(), memory },
  });
  console.info = () => assert.fail("no console");
  getLogger("cons").info("x");
  assert.deepEqual(messages(memory), ["x"]);
  assert.match(diagnostics.heard[0]!.message, /no console/);
});

// ---- failures of others ----

class Broken extends Handler {
  override emit(): void {
    throw new Error("no ink");
  }
}

test("handler that throws harms neither the caller nor the other handlers, and is reported", async () => {
  using diagnostics = hearDiagnostics();
  const [before, after] = [new MemoryHandler(), new MemoryHandler()];
  await using _ = configured(
    { root: { level: "trace", handlers: ["before", "broken", "after"] }, handlers: { before, broken: { class: "broken" }, after } },
    { handlers: { broken: () => new Broken() } },
  );
  getLogger("fail").info("1");
  getLogger("fail").info("2");
  assert.deepEqual([before, after].map(messages), [["1", "2"], ["1", "2"]]);
  assert.equal(diagnostics.heard.length, 2);
  assert.match(diagnostics.heard[0]!.message, /no ink/);
  assert.equal(diagnostics.heard[0]!.handler, "broken");
});

test("handler that throws something odd is reported", () => {
  using diagnostics = hearDiagnostics();
  const things: readonly unknown[] = [null, undefined, "text", 5, Symbol("s"), new Proxy({}, { get: () => assert.fail("it was read") })];
  for (const thing of things) {
    class Odd extends Handler {
      override emit(): void {
        throw thing;
      }
    }
    const added = getLogger("fail.odd").addHandler(new Odd());
    getLogger("fail.odd").error("x");
    added[Symbol.dispose]();
  }
  assert.equal(diagnostics.heard.length, things.length);
});

test("filter that throws harms neither the caller nor the other handlers, and is reported", async () => {
  using diagnostics = hearDiagnostics();
  const failing: Filter = () => {
    throw new Error("no sieve");
  };
  const [filtered, other] = [new MemoryHandler(), new MemoryHandler()];
  filtered.filters = [failing];
  await using _ = configured({
    root: { level: "trace", handlers: ["filtered", "other"] },
    loggers: { sieve: { filters: [failing] } },
    handlers: { filtered, other },
  });
  getLogger("fail").info("handler's");
  getLogger("sieve").info("logger's");
  assert.ok(messages(other).includes("handler's"));
  assert.ok(diagnostics.heard.length >= 2);
  for (const { message } of diagnostics.heard) {
    assert.match(message, /no sieve/);
  }
});

test("handler whose emit is async and rejects does no harm, and is reported", async () => {
  using diagnostics = hearDiagnostics();
  class Late extends Handler {
    override async emit(): Promise<void> {
      await null;
      throw new Error("no ink, later");
    }
  }
  {
    using _ = getLogger("fail.late").addHandler(new Late());
    getLogger("fail.late").error("x");
  }
  for (let i = 0; i < 10; i++) await null;
  assert.match(diagnostics.heard[0]?.message ?? "", /no ink, later/);
});

test("level of a handler that throws, and filters that are none, do no harm", () => {
  using diagnostics = hearDiagnostics();
  const strange = new MemoryHandler();
  strange.filters = [null, 5, "text"] as unknown as Filter[];
  const listless = new MemoryHandler();
  listless.filters = null as unknown as Filter[];
  const good = new MemoryHandler();
  const added = [strange, listless, good].map((handler) => getLogger("fail.strange").addHandler(handler));
  getLogger("fail.strange").error("x");
  for (const one of added) one[Symbol.dispose]();
  assert.deepEqual(messages(good), ["x"]);
  assert.ok(diagnostics.heard.length > 0);
});

test("handler that logs while it handles an event ends, and loses no event of the caller", async () => {
  using diagnostics = hearDiagnostics();
  class Chatty extends Handler {
    override emit(event: LogEvent): void {
      getLogger("chatty").info("handled {What}", { What: event.message });
      getLogger("chatty").with({ A: 1 }).write({ message: "written" });
    }
  }
  const memory = new MemoryHandler();
  await using _ = configured({ root: { level: "trace", handlers: ["chatty", "memory"] }, handlers: { chatty: new Chatty(), memory } });
  for (let i = 0; i < 3; i++) getLogger("caller").info("{i}", { i });
  const own = memory.events.filter(({ loggerName }) => loggerName === "caller")
    .map(({ message }) => message);
  assert.deepEqual(own, ["0", "1", "2"]);
  assert.ok(memory.events.length < 1000, `${memory.events.length} events`);
  assert.ok(diagnostics.heard.length > 0);
});

test("filter, getter and diagnostic listener that log end", async () => {
  const memory = new MemoryHandler();
  const logger = getLogger("reentrant");
  memory.filters = [() => {
    logger.info("from the filter");
    return true;
  }];
  const listening = library.onDiagnostic(() => logger.info("from the listener"));
  await using _ = configured({ root: { level: "trace", handlers: ["memory"] }, handlers: { memory } });
  const bag = {
    get A() {
      logger.info("from the getter", bag);
      return 1;
    },
  };
  logger.info("{A}", bag);
  listening[Symbol.dispose]();
  assert.ok(memory.events.some(({ messageTemplate }) => messageTemplate === "{A}"));
  assert.ok(memory.events.length < 10_000, `${memory.events.length} events`);
});

test("onDiagnostic() listener that throws does no harm; without a listener the console shows the reports, at a bounded rate", () => {
  using onConsole = hearConsole();
  const added = getLogger("diag").addHandler(new Broken());
  const listening = library.onDiagnostic(() => assert.fail("no ear"));
  getLogger("diag").error("x");
  listening[Symbol.dispose]();
  onConsole.heard.length = 0;
  for (let i = 0; i < 1000; i++) getLogger("diag").error("x");
  added[Symbol.dispose]();
  assert.ok(onConsole.heard.length <= 2, `${onConsole.heard.length} lines`);
});

// ---- filters ----

test("filters of a logger see what is logged there, not what is logged below", async () => {
  const memory = new MemoryHandler();
  const none: Filter = () => false;
  await using _ = configured({
    root: { level: "trace", handlers: ["memory"] },
    loggers: { fi: { filters: [none] } },
    handlers: { memory },
  });
  getLogger("fi").info("here");
  getLogger("fi").with({ A: 1 }).info("here too");
  getLogger("fi").write({ message: "and here" });
  getLogger("fi.below").info("below");
  assert.deepEqual(messages(memory), ["below"]);
});

test("filters of a handler see all events of that handler, and none of other handlers", async () => {
  const [filtered, other] = [new MemoryHandler(), new MemoryHandler()];
  await using _ = configured({ root: { level: "trace", handlers: ["filtered", "other"] }, handlers: { filtered, other } });
  filtered.filters = [({ loggerName }) => loggerName !== "fh.b", ({ properties }) => properties.Secret === undefined];
  getLogger("fh.a").info("1");
  getLogger("fh.b").info("2");
  getLogger("fh.a").info("3", { Secret: 1 });
  assert.deepEqual([filtered, other].map(messages), [["1"], ["1", "2", "3"]]);
});

test("filters are called in turn, each with the result of the previous one, until one stops the event", async () => {
  const asked: string[] = [];
  const mark = (name: string): Filter => (event) => {
    asked.push(`${name}:${Object.keys(event.properties)}`);
    return { ...event, properties: { ...event.properties, [name]: true } };
  };
  const memory = new MemoryHandler();
  memory.filters = [mark("c"), mark("d"), ({ properties }) => properties.Stop !== true, mark("e")];
  await using _ = configured({ root: { level: "trace", handlers: ["memory"], filters: [mark("a"), mark("b")] }, handlers: { memory } });
  getLogger().info("x");
  getLogger().info("y", { Stop: true });
  assert.deepEqual(asked, ["a:", "b:a", "c:a,b", "d:a,b,c", "e:a,b,c,d", "a:Stop", "b:Stop,a", "c:Stop,a,b", "d:Stop,a,b,c"]);
  assert.deepEqual(memory.events.map(({ properties }) => Object.keys(properties)), [["a", "b", "c", "d", "e"]]);
});

test("filters of a logger may return other things than a boolean or an event without harm", async () => {
  using _ = hearDiagnostics();
  const memory = new MemoryHandler();
  const answers: readonly unknown[] = [undefined, null, 0, 1, "", "text", {}, [], Symbol("s"), () => true, Promise.resolve(false)];
  await using __ = configured({ root: { level: "trace", handlers: ["memory"] }, handlers: { memory } });
  for (const answer of answers) {
    memory.filters = [(() => answer) as Filter];
    getLogger("answers").info("x");
  }
  for (const event of memory.events) {
    assert.equal(typeof event.message, "string");
  }
});

// ---- redaction ----

/** Takes the secret out of properties, and out of the error where there is one. */
const redact: Filter = (event) => {
  const properties = { ...event.properties };
  if ("Password" in properties) properties.Password = "***";
  const error = event.error === undefined ? undefined : new Error("redacted");
  return { ...event, properties, error };
};

test("filter's changed event is what the message, the properties, the renderings and the exception say", async () => {
  const seq = new FakeSeq();
  await using observed = observe({ filters: [redact], properties: { Application: "shop" } });
  const untouched = new SeqHandler({ serverUrl: "http://seq.test", fetch: seq.fetch });
  const memory = new MemoryHandler();
  memory.filters = [redact];
  const added = [untouched, memory].map((handler) => getLogger("redact").addHandler(handler));
  getLogger("redact").with({ Password: "hidden0" }).error(
    new TypeError("hidden1"),
    "{User} has {Password} and {Password:u}",
    { User: "ada", Password: "hidden2" },
  );
  getLogger("redact").error("{User} has {Password,5:l}", { User: "ada", Password: "hidden3" });
  await untouched.flush();
  for (const one of added) one[Symbol.dispose]();
  await untouched.close();
  const [first, second] = await observed.events() as [Clef, Clef];
  for (const clef of [first, second]) {
    assert.doesNotMatch(JSON.stringify(clef), /hidden/);
  }
  assert.deepEqual([
    first["@mt"],
    first["@r"],
    first["@l"],
    first.SourceContext,
  ], ["{User} has {Password} and {Password:u}", ["***"], "Error", "redact"]);
  assert.deepEqual([first.User, first.Password, second.Password], ["ada", "***", "***"]);
  assert.match(first["@x"] as string, /redacted/);
  assert.equal("@x" in second, false);
  assert.deepEqual(memory.events.map(({ message }) => message), ["ada has *** and ***", "ada has   ***"]);
  assert.match(memory.events[0]!.exception ?? "", /redacted/);
  assert.match(JSON.stringify(seq.events), /hidden1.*hidden2.*hidden3/, "the other handlers see what was logged");
});

test("filter's changed event keeps the time, the global properties, the ids and the exception that it has not touched", async () => {
  const change: Filter = (event) => ({ ...event, properties: { ...event.properties, Password: "***" } });
  const plain = new FakeSeq();
  await using observed = observe({ filters: [change], properties: { Application: "shop", Asked: () => "asked", "@at": 1 } });
  const other = new SeqHandler({ serverUrl: "http://seq.test", fetch: plain.fetch });
  const logger = getLogger("redact.keeps");
  const added = logger.addHandler(other);
  withContext(
    { Ambient: 1 },
    () =>
      logger.with({ Bound: 2, Password: "x" }).error(
        new Error("no paper", { cause: "no trees" }),
        "{A:0.0}",
        { A: 1, "b.c": 2, Password: "x" },
      ),
  );
  logger.write({
    message: "x",
    timestampMs: 5,
    ticks: 6,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    eventType: 7,
    error: "text\n  at home",
    properties: { Password: "x" },
  });
  logger.info("x", { Error: Object.assign(new Error("as a property"), { code: 5 }), Password: "x" });
  logger.info("x", { Big: 5n, When: new Date(0), NaN: NaN, Password: "x" });
  await other.flush();
  added[Symbol.dispose]();
  await other.close();
  const untouched = plain.events;
  const changed = await observed.events();
  assert.equal(changed.length, 4);
  assert.deepEqual(changed, untouched.map((clef) => ({ ...clef, Password: "***" })));
});

test("filter's changed event describes a cut value in the same way as the untouched one, in its message and its line", async () => {
  const change: Filter = (event) => ({ ...event, properties: { ...event.properties, Password: "***" } });
  const plain = new FakeSeq();
  await using observed = observe({ filters: [change] });
  const other = new SeqHandler({ serverUrl: "http://seq.test", fetch: plain.fetch });
  using _ = getLogger("redact.cut").addHandler(other);
  using seen = remember(getLogger("redact.cut"));
  let deep: unknown = "bottom";
  for (let i = 0; i < 100; i++) deep = { deep };
  const values = {
    text: "x".repeat(70_000),
    list: Array.from({ length: 5000 }, (_, i) => i),
    fields: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i])),
    bytes: new Uint8Array(5000),
    deep,
  };
  for (const [name, value] of Object.entries(values)) getLogger("redact.cut").info(`{${name}}`, { [name]: value, Password: "x" });
  await other.flush();
  await other.close();
  const changed = await observed.events();
  assert.equal(changed.length, 5);
  for (const [i, clef] of changed.entries()) assert.deepEqual(clef, { ...plain.events[i], Password: "***" });
  assert.match(seen.messages[0]!, /70000/);
  for (const [i, event] of seen.events.entries()) {
    assert.deepEqual(propertiesOf(JSON.parse(encodeClef(event))), propertiesOf(plain.events[i]!), "encodeClef() says the same");
  }
});

test("filter of a logger redacts for every handler", async () => {
  using onConsole = hearConsole();
  const memory = new MemoryHandler();
  const seq = new FakeSeq();
  await using _ = configured({
    root: { level: "trace", handlers: ["console", "memory", "seq"], filters: [redact] },
    handlers: { console: { class: "console" }, memory, seq: { class: "seq", serverUrl: "http://seq.test", fetch: seq.fetch } },
  });
  getLogger().error(new Error("hidden1"), "{Password}", { Password: "hidden2" });
  await flush();
  assert.doesNotMatch(
    JSON.stringify([
      onConsole.heard,
      seq.events,
      memory.events.map(({ message, exception, properties }) => [message, exception, properties]),
    ]),
    /hidden/,
  );
  assert.deepEqual([onConsole.heard.length, memory.events.length, seq.events.length], [1, 1, 1]);
});

test("filter may change the level, the name and the template of an event", async () => {
  await using observed = observe({
    filters: [(event) => ({ ...event, level: "warn", loggerName: "renamed", messageTemplate: "{B:0.0}", properties: { B: 2 } })],
  });
  getLogger("original").info("{A}", { A: 1 });
  const { "@t": _, ...rest } = await observed.event();
  assert.deepEqual(rest, { "@mt": "{B:0.0}", "@r": ["2.0"], "@l": "Warning", B: 2, SourceContext: "renamed" });
});

test("filter's changed event of hostile parts is one valid line or none, and does no harm", async () => {
  using _ = hearDiagnostics();
  const parts: readonly object[] = [
    { properties: null },
    { properties: 5 },
    { properties: new Proxy({}, { ownKeys: () => assert.fail("no keys") }) },
    { level: "loud" },
    { level: null },
    { messageTemplate: 5 },
    { messageTemplate: undefined },
    { timestampMs: NaN },
    { timestampMs: "now" },
    { ticks: "many" },
    { loggerName: undefined },
    { error: null },
    { traceId: 5, spanId: {}, eventType: {} },
  ];
  let changes: object = {};
  const memory = new MemoryHandler();
  await using observed = observe({ filters: [(event) => ({ ...event, ...changes })] });
  const added = getLogger("hostile").addHandler(memory);
  for (changes of parts) {
    getLogger("hostile").error(new Error("no paper"), "{A}", { A: 1 });
  }
  added[Symbol.dispose]();
  assert.equal(memory.events.length, parts.length);
  for (const clef of await observed.events()) {
    assert.match(clef["@t"] as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    for (const name of ["@mt", "@l", "@x", "@tr", "@sp"]) {
      assert.ok(["undefined", "string"].includes(typeof clef[name]), JSON.stringify(clef));
    }
  }
});

test("handlers and filters that change an event in place change it for nobody else, and not for later events", async () => {
  using _ = hearDiagnostics(); // it may be frozen
  const vandal = new MemoryHandler();
  const spoil = (object: unknown): void => {
    const values = object as Record<string, { name?: string; list?: unknown[] }>;
    for (const name of ["Own", "Bound", "Ambient"]) {
      try {
        values[name]!.name = "spoilt";
        values[name]!.list!.push("spoilt");
        values[name] = {};
      } catch {
        // frozen
      }
    }
  };
  vandal.filters = [(event) => {
    spoil(event.properties);
    return true;
  }];
  const make = (name: string): object => ({ [name]: { name, list: [name] } });
  await using observed = observe();
  using __ = getLogger("vandal").addHandler(vandal); // nearer than Seq's, and so before it
  using seen = remember();
  const bound = getLogger("vandal").with(make("Bound"));
  withContext(make("Ambient"), () => {
    for (let i = 0; i < 3; i++) bound.info("{@Own} {@Bound}", make("Own"));
  });
  assert.equal(vandal.events.length, 3);
  for (const clef of await observed.events()) {
    assert.deepEqual(propertiesOf(clef), { ...make("Own"), ...make("Bound"), ...make("Ambient") });
  }
  for (const { message, properties } of seen.events) {
    assert.equal(message, '{"name":"Own","list":["Own"]} {"name":"Bound","list":["Bound"]}');
    assert.deepEqual({ ...properties }, { ...make("Own"), ...make("Bound"), ...make("Ambient") });
  }
});

// ---- two copies of the module ----

let other: Promise<typeof library> | undefined;

/** A second copy of the library: its sources in another place, as when two packages bring it along. */
const otherCopy = (): Promise<typeof library> => other ??= importCopy();

async function importCopy(): Promise<typeof library> {
  const folder = mkdtempSync(join(tmpdir(), "seqlog-copy-"));
  const here = fileURLToPath(new URL("../", import.meta.url));
  cpSync(join(here, "mod.ts"), join(folder, "mod.ts"));
  cpSync(join(here, "src"), join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  try {
    return await import(pathToFileURL(join(folder, "mod.ts")).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("two copies of the module share one tree: loggers, levels, handlers, configuration", async () => {
  const copy = await otherCopy();
  assert.notEqual(copy.getLogger, getLogger);
  await using observed = observe({ properties: { Application: "shop" } });
  copy.getLogger("two.copies").level = "warn";
  assert.equal(getLogger("two.copies").level, "warn");
  copy.getLogger("two.copies").level = undefined;
  copy.getLogger("two.copies").info("{A}", { A: 1 });
  getLogger("two.copies").info("{A}", { A: 2 });
  assert.deepEqual((await observed.events()).map(propertiesOf), [{ A: 1, Application: "shop" }, { A: 2, Application: "shop" }]);
  assert.deepEqual(Object.keys(copy.stats()), Object.keys(library.stats()));
});

test("two copies of the module cut each other's properties where an event is too large", async () => {
  const copy = await otherCopy();
  using seen = remember(getLogger("two.large"));
  const large = "x".repeat(60_000);
  copy.withContext({ One: large, Two: large, Three: large }, () => getLogger("two.large").warn("{A}", { A: Array(20).fill(large) }));
  assert.deepEqual(Object.keys(seen.event.properties), ["A", "One", "…"]);
});

test("two copies of the module recognise each other's handlers, and pass each other whole events", async () => {
  const copy = await otherCopy();
  await using _ = { [Symbol.asyncDispose]: async () => void (await shutdown()) };
  const seq = new FakeSeq();
  // A logger of this copy, requested before the other copy configures.
  const early = getLogger("two.early").with({ Bound: 1 });
  copy.configure({
    serverUrl: "http://seq.test",
    fetch: seq.fetch,
    level: "trace",
    properties: { ...anonymous, Application: "shop", Asked: () => "asked" },
  });
  const theirs = new copy.MemoryHandler();
  using __ = getLogger("two").addHandler(theirs);
  let reads = 0;
  const error: Error = Object.create(new Error("hidden"), { // whose own stack the runtime would make of its message
    message: { get: () => `read ${++reads}` },
    stack: { value: "Error: at home" },
  });
  copy.withContext({ Ambient: 2 }, () => early.error(error, "{A:0.0}", { A: 1, "b.c": 3, "@d": 4 }));
  copy.getLogger("two.late").info("{A:0.0}", { A: 1 });
  assert.deepEqual(await flush(), { delivered: 2, pending: 0, lost: 0 });
  const [first, second] = seq.events as [Clef, Clef];
  assert.deepEqual(propertiesOf(first), { A: 1, b: { c: 3 }, "@@d": 4, Bound: 1, Ambient: 2, Application: "shop", Asked: "asked" });
  assert.deepEqual([first["@r"], first["@l"], first.SourceContext], [["1.0"], "Error", "two.early"]);
  assert.match(first["@x"] as string, /read 1/);
  assert.equal(reads, 1, "the error's code runs once");
  assert.deepEqual(propertiesOf(second), { A: 1, Application: "shop", Asked: "asked" });
  assert.deepEqual(theirs.events.map(({ message }) => message), ["1.0", "1.0"]);
  assert.equal(JSON.parse(library.encodeClef(theirs.events[0]!)).SourceContext, "two.early");
});

test("two copies of the module share the diagnostics and the context, and one configuration replaces the other's", async () => {
  const copy = await otherCopy();
  await using _ = { [Symbol.asyncDispose]: async () => void (await shutdown()) };
  using diagnostics = hearDiagnostics();
  using __ = copy.getLogger("two.broken").addHandler(new Broken());
  copy.getLogger("two.broken").error("x");
  assert.equal(diagnostics.heard.length, 1);
  const [ours, theirs] = [new FakeSeq(), new FakeSeq()];
  configure({ serverUrl: "http://seq.test", fetch: ours.fetch, level: "trace" });
  getLogger("two.swap").info("1");
  copy.configure({ serverUrl: "http://seq.test", fetch: theirs.fetch, level: "trace" });
  getLogger("two.swap").info("2");
  withContext({ C: 1 }, () => copy.getLogger("two.swap").info("3"));
  const { delivered, pending, lost } = await copy.shutdown();
  assert.deepEqual([delivered, pending, lost], [3, 0, 0]);
  const all = [...ours.events, ...theirs.events];
  assert.deepEqual(all.map((clef) => clef["@mt"]).sort(), ["1", "2", "3"]);
  assert.equal(all.find((clef) => clef["@mt"] === "3")!.C, 1);
});

test("filter may take the error out of an event, and it is nowhere then", async () => {
  await using observed = observe();
  const logger = getLogger("redact.error");
  const memory = new MemoryHandler();
  memory.filters = [(event) => ({ ...event, error: undefined, exception: undefined })];
  using _ = logger.addHandler(memory);
  logger.error(new Error("secret"), "x");
  assert.equal(memory.events[0]?.error, undefined);
  assert.equal(memory.events[0]?.exception, undefined);
  assert.match((await observed.events())[0]!["@x"] as string, /secret/, "the other handler has it still");
});

// ---- a stack that is nearly used up ----

/** Calls the function in each of the deepest frames that the stack has room for, up to so many, the deepest first. Returns how many calls threw. */
function inDeepestFrames(count: number, call: (frame: number) => void): number {
  let frames = 0;
  let thrown = 0;
  const dive = (depth: number): number => {
    const next = depth + 1;
    try {
      dive(next);
    } catch (error) {
      if (frames > 0) throw error;
    }
    if (frames++ < count) {
      try {
        call(frames);
      } catch {
        thrown++;
      }
    }
    return next;
  };
  dive(0);
  return thrown;
}

test("log calls for which the stack has too little room leave every other line whole", async () => {
  using _ = hearDiagnostics();
  await using observed = observe();
  const log = getLogger("deep");
  const bound = log.with({ Request: 1 });
  let n = 0;
  const calls = [
    () => log.info("Deep {N} {Text}", { N: n++, Text: "é".repeat(n % 200) }),
    () => bound.warn("Bound {N}", { N: n++, Data: { list: [1, { b: "a\n".repeat(50) }] } }),
    () => log.error(new Error("No paper"), "Failed {N}", { N: n++ }),
    () => log.info("Long {N}", { N: n++, Text: "x".repeat(3000) }),
    () => log.write({ messageTemplate: `Generated ${n} {N}`, properties: { N: n++ } }),
  ];
  for (let round = 0; round < 30; round++) {
    inDeepestFrames(80, (frame) => calls[(frame + round) % calls.length]!());
    for (const call of calls) call();
    await Promise.resolve();
  }
  const numbers = (await observed.events()).map((clef) => [clef["N"], typeof clef["@mt"]]);
  assert.ok(numbers.length >= 30 * calls.length, `${numbers.length} events`);
  assert.deepEqual(numbers.filter(([number, template]) => typeof number !== "number" || template !== "string"), []);
  assert.equal(new Set(numbers.map(([number]) => number)).size, numbers.length);
});

test("a log call throws only where a disabled one does, because the stack is full; every other that finds it full is counted", async () => {
  using diagnostics = hearDiagnostics();
  using seen = remember(getLogger("deep"));
  getLogger("deep").level = "info";
  const log = (): void => getLogger("deep").info("Order {Id} shipped to {City}", { Id: 7, City: "Oslo" });
  const ignored = (): void => getLogger("deep").debug("Order {Id} shipped to {City}", { Id: 7, City: "Oslo" });
  for (const call of [log, ignored]) call(); // what has not run yet needs more stack, to be compiled
  const least = inDeepestFrames(100, ignored);
  const thrown = inDeepestFrames(100, log);
  log();
  await Promise.resolve().then(() => {}); // the count is reported at the end of the job
  const counted = diagnostics.heard.reduce((sum, { count }) => sum + count, 0);
  // in the very last frames a call may be counted and not thrown, or a listener's failure be shown on the console only
  assert.ok(Math.abs(seen.events.length + thrown + counted - 102) <= 3, JSON.stringify(diagnostics.heard));
  assert.ok(thrown <= least + 10, `${thrown} calls threw, and ${least} disabled ones`);
});

test("a log call that finds the stack used up does not keep later ones from their delivery", { timeout: 60_000 }, async () => {
  using _ = library.onDiagnostic(() => {});
  const waiting = new Set<() => void>();
  let text = "";
  const fetch = (async (_url: string, { body }: { body: Uint8Array }) => {
    text += new TextDecoder().decode(body);
    for (const look of waiting) look();
    return await Promise.resolve(new Response("{}", { status: 201 }));
  }) as unknown as typeof globalThis.fetch;
  await using __ = configured({
    root: { level: "info", handlers: ["seq"] },
    handlers: { seq: { class: "seq", serverUrl: "http://seq.test", fetch, periodMs: 1 } },
  });
  const arrived = (n: number): Promise<void> => new Promise((resolve) => waiting.add(() => text.includes(`"N":${n}}`) && resolve()));
  const log = (n: number): void => getLogger("deep").info("Event {N}", { N: n });
  const alive = setInterval(() => {}, 1000); // the library's timers hold no process
  for (let frame = 1; frame <= 25; frame++) {
    inDeepestFrames(frame, (at) => void (at === frame && log(frame)));
    const arrival = arrived(1000 + frame);
    log(1000 + frame);
    await arrival;
  }
  clearInterval(alive);
});

test("a listener of diagnostics that logs to the handler that logs receives each recursion once", () => {
  const codes: string[] = [];
  class Chatty extends Handler {
    emit(): void {
      getLogger("chatty").warn("Handled");
    }
  }
  using _ = library.onDiagnostic(({ code }) => {
    codes.push(code);
    getLogger("chatty").warn("Reported {Code}", { Code: code });
  });
  const added = getLogger("chatty").addHandler(new Chatty());
  getLogger("chatty").warn("First");
  getLogger("chatty").warn("Second");
  added.dispose();
  assert.deepEqual(codes, ["recursion", "recursion"]);
});
