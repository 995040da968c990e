/** configure(): both shapes, every mistake at once, nothing half in force, nothing lost or doubled from one configuration to the next. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConfigError,
  type ConfigParts,
  configure,
  ConsoleHandler,
  type Filter,
  flush,
  getLogger,
  Handler,
  type LogEvent,
  type Logging,
  type LoggingConfig,
  MemoryHandler,
  onDiagnostic,
  ready,
  redactFilter,
  SeqHandler,
  type SeqOptions,
  shutdown,
  stats,
} from "../../mod.ts";
import { rounds } from "../support/effort.ts";
import { eventually } from "../support/fake_clock.ts";
import { anonymous, type Clef, FakeSeq, hearConsole, hearDiagnostics, namesIn, propertiesOf } from "../support/seq.ts";

const serverUrl = "http://seq.test";

/** Shuts down with the block. */
const ending = (): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => void (await shutdown()) });

/** Configures with anything. */
const configureAny = (config: unknown, parts?: unknown): Logging => configure(config as LoggingConfig, parts as ConfigParts);

/** What a configuration is refused for. */
function issuesOf(config: unknown, parts?: unknown): readonly { readonly path: string; readonly message: string }[] {
  try {
    configureAny(config, parts);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String((error as Error)?.stack ?? error));
    assert.ok(error instanceof TypeError);
    assert.equal(error.name, "ConfigError");
    assert.ok(error.issues.length > 0);
    for (const { path, message } of error.issues) {
      assert.ok(typeof path === "string" && message.length > 0);
      assert.ok(error.message.includes(path) && error.message.includes(message), "the error's text has every issue");
    }
    return error.issues;
  }
  assert.fail("the configuration was taken");
}

const messages = ({ events }: MemoryHandler): string[] => events.map(({ message }) => message);

// ---- the shorthand ----

test("configure() accepts a serverUrl, and ships from info on, under the root", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const logging = configure({ serverUrl: "http://seq.test:5341/behind/", apiKey: "key1", headers: { "x-own": "a" }, fetch: seq.fetch });
  assert.deepEqual(Object.keys(logging.handlers), ["seq"]);
  assert.ok(logging.handlers.seq instanceof SeqHandler);
  getLogger("short").debug("not shipped");
  getLogger("short").info("shipped");
  assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 });
  assert.deepEqual(seq.events.map((clef) => clef["@mt"]), ["shipped"]);
  const [{ url, headers }] = seq.requests as [FakeSeq["requests"][number]];
  assert.equal(url, "http://seq.test:5341/behind/api/events/raw?clef");
  assert.deepEqual(
    ["x-seq-apikey", "x-own", "content-type"].map((name) => headers.get(name)),
    ["key1", "a", "application/vnd.serilog.clef"],
  );
});

test("configure() accepts level, properties, console and loggers together with the serverUrl", async () => {
  await using _ = ending();
  using onConsole = hearConsole();
  const seq = new FakeSeq();
  const logging = configure({
    serverUrl,
    fetch: seq.fetch,
    level: "WARNING",
    console: "error",
    properties: { ...anonymous, Application: "shop" },
    loggers: {
      "s.loud": "debug",
      "s.off": "off",
      "s.number": 10,
      "s.full": { level: "trace", propagate: true },
      "s.alone": { propagate: false },
    },
  });
  assert.deepEqual(Object.keys(logging.handlers).sort(), ["console", "seq"]);
  getLogger("s").info("no");
  getLogger("s").error("yes 1");
  getLogger("s.loud.below").debug("yes 2");
  getLogger("s.off").fatal("no");
  getLogger("s.number").debug("yes 3");
  getLogger("s.full").trace("yes 4");
  getLogger("s.alone").warn("no", { it: "goes to the last resort" });
  await flush();
  assert.deepEqual(seq.events.map((clef) => clef["@mt"]), ["yes 1", "yes 2", "yes 3", "yes 4"]);
  assert.ok(seq.events.every(({ Application }) => Application === "shop"));
  assert.ok(onConsole.heard.some(({ method, text }) => method === "error" && text.includes("yes 1")));
  assert.ok(!onConsole.heard.some(({ text }) => /yes [234]/.test(text)));
});

test("configure() with serverUrl null writes to the console only", async () => {
  await using _ = ending();
  using onConsole = hearConsole();
  const logging = configure({ serverUrl: null });
  assert.deepEqual(Object.keys(logging.handlers), ["console"]);
  getLogger("only").debug("no");
  getLogger("only").info("yes");
  assert.deepEqual(onConsole.heard.map(({ method }) => method), ["info"]);
  assert.deepEqual(await logging.flush(), { delivered: 0, pending: 0, lost: 0 });
});

test("configure() lets apiKey and headers be functions, called before each request", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  let asked = 0;
  configure({ serverUrl, fetch: seq.fetch, apiKey: () => `key${++asked}`, headers: () => Promise.resolve({ "x-asked": String(asked) }) });
  for (let i = 0; i < 2; i++) {
    getLogger("asked").info("x");
    await flush();
  }
  const keys = seq.requests.map(({ headers }) => headers.get("x-seq-apikey"));
  assert.equal(keys.length, 2);
  assert.equal(new Set(keys).size, 2);
});

// ---- dictConfig ----

test("configure() accepts the grammar of dictConfig", async () => {
  await using _ = ending();
  using onConsole = hearConsole();
  const seq = new FakeSeq();
  const logging = configure({
    version: 1,
    root: { level: "INFO", handlers: ["seq", "memory"] },
    loggers: { "long.quiet": { level: "ERROR" }, "long.alone": { level: 10, handlers: ["console"], propagate: false }, "long.off": "off" },
    handlers: {
      seq: { class: "seq", serverUrl, fetch: seq.fetch, level: "WARNING", filters: ["below"] },
      memory: { class: "memory", capacity: 3 },
      console: { class: "console", formatter: "short", colour: false },
    },
    filters: { below: { name: "long" } },
    formatters: { short: ({ message }: LogEvent) => `short ${message}` },
    properties: anonymous,
  });
  assert.deepEqual(Object.keys(logging.handlers).sort(), ["console", "memory", "seq"]);
  getLogger("long").info("1");
  getLogger("long").warn("2");
  getLogger("other").warn("3");
  getLogger("long.quiet.below").warn("4");
  getLogger("long.alone").debug("5");
  getLogger("long.off").fatal("6");
  getLogger("longer").error("7");
  getLogger("long.x").error("8");
  await flush();
  assert.deepEqual(seq.events.map((clef) => clef["@mt"]), ["2", "8"]);
  assert.deepEqual(messages(logging.handlers.memory as MemoryHandler), ["3", "7", "8"]);
  assert.deepEqual(onConsole.heard.map(({ text }) => text), ["short 5"]);
});

test('configure() takes "" among the loggers for the root', async () => {
  await using _ = ending();
  configure({ loggers: { "": { level: "debug", handlers: ["memory"] } }, handlers: { memory: new MemoryHandler() } });
  assert.equal(getLogger().level, "debug");
});

test("configure() accepts an empty configuration: the only report is that it has no handler, and the last resort applies", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  using onConsole = hearConsole();
  configure({});
  configure({ version: 1 });
  getLogger("empty").warn("x");
  getLogger("empty").info("x");
  assert.equal(onConsole.heard.length, 1);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["reaches-nothing", "reaches-nothing"]);
});

test("configure() reports once what is declared and reaches nothing", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  using _console = hearConsole();
  const texts = (): string[] => diagnostics.heard.splice(0).map(({ code, message }) => `${code}: ${message}`);
  const memory = { class: "memory" } as const;
  configure({ handlers: { a: memory, b: memory, c: memory }, loggers: { x: { handlers: ["b"] } } });
  getLogger("x").error("x");
  const noEffect = "reaches-nothing: These handlers or filters have no effect, because nothing names them: ";
  assert.deepEqual(texts(), [`${noEffect}a, c`]);
  const filters = {
    own: { class: "level", min: "info" },
    of: { class: "level", min: "info" },
    secrets: redactFilter({ keys: ["pin"] }),
  } as const;
  configure({ handlers: { a: { ...memory, filters: ["of"] } }, filters, loggers: { x: { handlers: ["a"], filters: ["own"] } } });
  assert.deepEqual(texts(), [`${noEffect}secrets`]);
  configure({ loggers: { x: "debug", y: { level: "info" } } });
  getLogger("x").error("x");
  assert.deepEqual(texts(), ["reaches-nothing: The configuration has no handler: only warnings and above are shown, on the console"]);
  using _added = getLogger("x").addHandler(new MemoryHandler());
  configure({ loggers: { x: "debug" } });
  const seq = { class: "seq", serverUrl, fallback: "last", fetch: new FakeSeq().fetch } as const;
  configure({ root: { handlers: ["seq"] }, handlers: { seq, last: memory } });
  configure({ serverUrl, fetch: new FakeSeq().fetch });
  configure({ incremental: true, loggers: { x: "debug" } });
  assert.deepEqual(texts(), []);
});

test("parts passed with a configuration are read as strictly as the configuration", async () => {
  await using _ = ending();
  const paths = (parts: object): string[] => {
    try {
      configure({ version: 1 }, parts);
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.issues.map(({ path }) => path);
    }
    return [];
  };
  assert.deepEqual(paths({ handler: {} }), ["parts.handler"]);
  assert.deepEqual(paths({ handlers: { a: "text" }, filters: [], encoders: { b: 1 } }), [
    "parts.handlers.a",
    "parts.filters",
    "parts.encoders.b",
  ]);
  assert.deepEqual(paths({ handlers: {}, encoders: null, prepare: undefined }), []);
  for (const wait of [flush, shutdown, ready]) {
    for (const wrong of [{ timeout: 1 }, { timeoutMs: NaN }, { timeoutMs: -1 }, { timeoutMs: "1" }, { givesUp: "perhaps" }, 5, null]) {
      await assert.rejects(async () => await wait(wrong as never), ConfigError);
    }
  }
  configure({ serverUrl, fetch: new FakeSeq().fetch });
  getLogger().info("x");
  assert.deepEqual(await flush({ timeoutMs: Infinity }), { delivered: 1, pending: 0, lost: 0 });
  getLogger().info("y");
  assert.deepEqual(await flush({ timeoutMs: null as never }), { delivered: 1, pending: 0, lost: 0 });
});

test("configure() accepts NOTSET for the level that is inherited, and at the root for all", async () => {
  await using _ = ending();
  const memory = new MemoryHandler();
  configure({ root: { level: "NOTSET", handlers: ["memory"] }, handlers: { memory } });
  getLogger("notset").trace("x");
  assert.deepEqual(messages(memory), ["x"]);
});

test("configure() accepts undefined for an option that is absent", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  configure({
    serverUrl,
    fetch: seq.fetch,
    apiKey: undefined,
    batchSize: undefined,
    level: undefined,
    properties: undefined,
    loggers: undefined,
    console: undefined,
  });
  configureAny({
    version: undefined,
    root: undefined,
    handlers: { seq: { class: "seq", serverUrl, level: undefined, filters: undefined, formatter: undefined } },
  });
});

// ---- names of options ----

test("configure() reads snake_case names of options as camelCase ones, in both shapes", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const long = {
    version: 1,
    disable_existing_loggers: false,
    root: { level: "INFO", handlers: ["seq"] },
    handlers: {
      seq: {
        class: "seq",
        server_url: serverUrl,
        api_key: "key1",
        fetch: seq.fetch,
        batch_size: 2,
        max_batch_bytes: 100_000,
        logger_name_property: "Logger",
        preserve_dotted_property_names: true,
        event_body_limit_bytes: 5000,
        period_ms: 10,
      },
    },
    properties: anonymous,
  };
  const short = {
    server_url: serverUrl,
    api_key: "key1",
    fetch: seq.fetch,
    batch_size: 2,
    logger_name_property: "Logger",
    preserve_dotted_property_names: true,
    event_body_limit_bytes: 5000,
    properties: anonymous,
  };
  for (const config of [long, short]) {
    seq.bodies.length = seq.requests.length = 0;
    configureAny(config);
    for (let i = 0; i < 4; i++) getLogger("snake").info("x", { "a.b": i, snake_case: i, camelCase: i });
    getLogger("snake").info("y".repeat(10_000));
    await flush();
    assert.deepEqual(
      seq.events.slice(0, 4).map(propertiesOf),
      [0, 1, 2, 3].map((i) => ({ "a.b": i, snake_case: i, camelCase: i, Logger: "snake" })),
    );
    assert.ok(JSON.stringify(seq.events[4]).length <= 5000, "the limit holds");
    assert.ok(seq.requests.length >= 3, "no batch has more than two events");
    assert.equal(seq.requests[0]!.headers.get("x-seq-apikey"), "key1");
  }
});

test("configure() never touches the names of loggers, handlers, filters, formatters and properties", async () => {
  await using _ = ending();
  using __ = hearConsole();
  const seq = new FakeSeq();
  const logging = configureAny({
    root: { handlers: ["my_handler", "console_handler"], level: "debug" },
    loggers: { snake_case_logger: { level: "trace" }, "dotted.snake_case": "off" },
    handlers: {
      my_handler: { class: "seq", server_url: serverUrl, fetch: seq.fetch, filters: ["my_filter"], properties: { handler_property: 1 } },
      console_handler: { class: "console", formatter: "my_formatter" },
    },
    filters: { my_filter: { name: "snake_case_logger" } },
    formatters: { my_formatter: { class: "text", colour: false } },
    properties: { ...anonymous, my_property: "a", myProperty: "b" },
  });
  assert.deepEqual(Object.keys(logging.handlers), ["my_handler", "console_handler"]);
  getLogger("snake_case_logger").trace("x");
  getLogger("snakeCaseLogger").trace("no");
  getLogger("dotted.snake_case").fatal("no");
  await flush();
  assert.deepEqual(seq.events.map(({ "@t": _, "@mt": __, "@l": ___, ...rest }) => rest), [
    { my_property: "a", myProperty: "b", handler_property: 1, SourceContext: "snake_case_logger" },
  ]);
});

// ---- what is wrong ----

const key = "sEcReT-kEy-123";
const seqWith = (options: object): unknown => ({ root: { handlers: ["seq"] }, handlers: { seq: { class: "seq", serverUrl, ...options } } });

/** A wrong configuration, and for each of its issues where it is and what its message says. */
const wrong: readonly (readonly [name: string, config: unknown, ...issues: readonly (readonly [path: string, says: RegExp])[]])[] = [
  ["nothing", undefined, ["", /object/]],
  ["null", null, ["", /object/]],
  ["a text", "http://seq.test", ["", /object/]],
  ["a number", 5, ["", /object/]],
  ["a list", [{ serverUrl }], ["", /object/]],
  ["a serverUrl that is undefined", { serverUrl: undefined }, ["serverUrl", /URL/]],
  ["an empty serverUrl", { serverUrl: "" }, ["serverUrl", /URL/]],
  ["a serverUrl without a scheme", { serverUrl: "localhost:5341" }, ["serverUrl", /http/]],
  ["a serverUrl of another scheme", { serverUrl: "ftp://seq.test" }, ["serverUrl", /http/]],
  ["a serverUrl that is none", { serverUrl: "http://" }, ["serverUrl", /URL/]],
  ["a serverUrl that is no text", { serverUrl: 5341 }, ["serverUrl", /5341/]],
  ["a serverUrl with a password", { serverUrl: `http://user:${key}@seq.test` }, ["serverUrl", /without credentials/]],
  ["a serverUrl with the key in its query", { serverUrl: `http://seq.test/?apiKey=${key}` }, ["serverUrl", /query/]],
  ["a misspelt serverUrl", { serverURL: serverUrl }, ["serverURL", /did you mean serverUrl/], ["serverUrl", /URL/]],
  ["an option that does not exist", { serverUrl, apiKye: key }, ["apiKye", /did you mean apiKey/]],
  ["an option of snake_case that does not exist", { serverUrl, bach_size: 5 }, ["bach_size", /did you mean batch_size/]],
  ["an option under both of its names", { serverUrl, apiKey: key, api_key: key }, ["api_key", /api_key/]],
  ["an apiKey with a line break", { serverUrl, apiKey: `${key}\n${key}` }, ["apiKey", /line break|header/]],
  ["an apiKey with characters beyond Latin-1", { serverUrl, apiKey: `${key}€` }, ["apiKey", /Latin|header/]],
  ["an apiKey that is no text", { serverUrl, apiKey: 5 }, ["apiKey", /header|text/]],
  ["a header's value with a line break", { serverUrl, headers: { "x-own": `${key}\r\nx: y` } }, ["headers.x-own", /line break|header/]],
  ["a header's value that is no text", { serverUrl, headers: { "x-own": 5 } }, ["headers.x-own", /header/]],
  ["a header's name that is none", { serverUrl, headers: { "x own": key } }, ["headers", /name of an?.* header/]],
  ["headers that are no object", { serverUrl, headers: `x-own: ${key}` }, ["headers", /object/]],
  ["a level that does not exist", { serverUrl, level: "warnn" }, ["level", /warnn.*did you mean warn/]],
  ["a level's number that does not exist", { serverUrl, level: NaN }, ["level", /NaN/]],
  ["a level that is no word", { serverUrl, level: {} }, ["level", /trace.*fatal.*off/]],
  ["a console that is no level", { serverUrl, console: "eror!" }, ["console", /error/]],
  ["a batchSize of nothing", { serverUrl, batchSize: 0 }, ["batchSize", /\b1\b.*\b0$/]],
  ["a batchSize that is a fraction", { serverUrl, batchSize: 1.5 }, ["batchSize", /whole number.*1\.5/]],
  ["a batchSize that is a text", { serverUrl, batchSize: "ten" }, ["batchSize", /number.*ten/]],
  ["a periodMs below zero", { serverUrl, periodMs: -1 }, ["periodMs", /\b0\b.*-1$/]],
  ["a requestTimeoutMs that is no number", { serverUrl, requestTimeoutMs: NaN }, ["requestTimeoutMs", /NaN/]],
  ["an eventBodyLimitBytes that is too small for any event", { serverUrl, eventBodyLimitBytes: 10 }, [
    "eventBodyLimitBytes",
    /\b10$/,
  ]],
  ["an overflow that does not exist", { serverUrl, overflow: "drop-oldst" }, ["overflow", /did you mean drop-oldest/]],
  ["a flag that is a text", { serverUrl, preserveDottedPropertyNames: "yep" }, ["preserveDottedPropertyNames", /true or false.*yep/]],
  ["a fetch that is no function", { serverUrl, fetch: "fetch" }, ["fetch", /function/]],
  ["a loggerNameProperty that is no text", { serverUrl, loggerNameProperty: [5] }, ["loggerNameProperty.0", /text/]],
  ["properties that are no object", { serverUrl, properties: "Application" }, ["properties", /object/]],
  ["properties that are a list", { serverUrl, properties: ["Application"] }, ["properties", /object/]],
  ["filters that are no functions", { serverUrl, filters: ["secrets"] }, ["filters", /secrets/]],
  ["handlers beside a serverUrl", { serverUrl, handlers: {} }, ["handlers", /serverUrl/]],
  ["a root beside a serverUrl", { serverUrl, root: { level: "info" } }, ["root", /serverUrl/]],
  ["formatters beside a serverUrl", { serverUrl, formatters: {} }, ["formatters", /serverUrl/]],
  ["a logger's level that does not exist, in the shorthand", { serverUrl, loggers: { "a.b": "loud", c: { level: "errr" } } }, [
    'loggers["a.b"]',
    /loud/,
  ], ["loggers.c.level", /did you mean error/]],
  ["another version", { version: 2, root: {} }, ["version", /1.*2/]],
  ["a key at the top that does not exist", { version: 1, handelrs: {} }, ["handelrs", /did you mean handlers/]],
  ["a root that is no object", { root: [] }, ["root", /object/]],
  ["a root with a key that does not exist", { root: { handler: ["console"] }, handlers: { console: { class: "console" } } }, [
    "root.handler",
    /did you mean handlers/,
  ]],
  ["handlers of a root that are no list", { root: { handlers: "console" }, handlers: { console: { class: "console" } } }, [
    "root.handlers",
    /list.*console/,
  ]],
  ["a handler that is not described", { root: { handlers: ["consle"] }, handlers: { console: { class: "console" } } }, [
    "root.handlers.0",
    /consle.*did you mean console/,
  ]],
  ["a handler where none is described", { root: { handlers: ["console"] } }, ["root.handlers.0", /console/]],
  ["one of several handlers that is not described", { root: { handlers: ["a", "b"] }, handlers: { a: { class: "console" } } }, [
    "root.handlers.1",
    /b/,
  ]],
  ["a handler without a class", { handlers: { out: { level: "info" } } }, ["handlers.out.class", /class/]],
  ["a handler of a class that does not exist", { handlers: { out: { class: "consol" } } }, [
    "handlers.out.class",
    /consol.*did you mean console/,
  ]],
  ["a handler that is no description", { handlers: { out: "console" } }, ["handlers.out", /console/]],
  ["a handler that is null", { handlers: { out: null } }, ["handlers.out", /null/]],
  ["a handler with an option that does not exist", { handlers: { out: { class: "console", color: true } } }, [
    "handlers.out.color",
    /did you mean colour/,
  ]],
  ["a handler with an option that is wrong", { handlers: { kept: { class: "memory", capacity: "many" } } }, [
    "handlers.kept.capacity",
    /number.*many/,
  ]],
  ["a handler of a level that does not exist", { handlers: { out: { class: "console", level: "loud" } } }, ["handlers.out.level", /loud/]],
  ["a handler with a filter that is not described", {
    handlers: { out: { class: "console", filters: ["sieve"] } },
    filters: { sieves: { name: "a" } },
  }, ["handlers.out.filters.0", /did you mean sieves/]],
  ["a handler with a formatter that is not described", {
    handlers: { out: { class: "console", formatter: "shrot" } },
    formatters: { short: {} },
  }, ["handlers.out.formatter", /did you mean short/]],
  ["a handler's name with a dot in its path", { handlers: { "a.b": { class: "none" } } }, ['handlers["a.b"].class', /none/]],
  ["a Seq handler without a serverUrl", { handlers: { seq: { class: "seq" } } }, ["handlers.seq.serverUrl", /URL/]],
  ["a Seq handler with a serverUrl of null", { handlers: { seq: { class: "seq", serverUrl: null } } }, ["handlers.seq.serverUrl", /URL/]],
  ["a Seq handler with wrong options of snake_case", seqWith({ api_key: `${key}\n${key}`, batch_size: 0 }), [
    "handlers.seq.api_key",
    /header/,
  ], [
    "handlers.seq.batch_size",
    /\b1\b.*\b0$/,
  ]],
  ["a filter of a class that does not exist", { filters: { f: { class: "nam" } } }, ["filters.f.class", /did you mean name/]],
  ["a filter with an option that does not exist", { filters: { f: { nmae: "a" } } }, ["filters.f.nmae", /did you mean name/]],
  ["a filter that is no description", { filters: { f: 5 } }, ["filters.f", /5/]],
  ["a formatter of a class that does not exist", { formatters: { f: { class: "txt" } } }, ["formatters.f.class", /did you mean text/]],
  ["a logger with a filter that is not described", { loggers: { a: { filters: ["f"] } } }, ["loggers.a.filters.0", /f/]],
  ["a logger with a propagate that is no flag", { loggers: { a: { propagate: "never" } } }, ["loggers.a.propagate", /true or false/]],
  ["a logger that is null", { loggers: { a: null } }, ["loggers.a", /object|null/]],
  ["loggers that are a list", { version: 1, loggers: ["a"] }, ["loggers", /object/]],
  ["a disable_existing_loggers that is no flag", { version: 1, disable_existing_loggers: "falsch" }, [
    "disable_existing_loggers",
    /true or false/,
  ]],
  ["an incremental level that does not exist", { incremental: true, loggers: { a: { level: "loud" } } }, ["loggers.a.level", /loud/]],
  ["an incremental handler that is not in force", { incremental: true, handlers: { nowhere: { level: "info" } } }, [
    "handlers.nowhere",
    /nowhere/,
  ]],
  [
    "mistakes everywhere",
    {
      version: 3,
      rooot: {},
      root: { level: "loud", handlers: ["seq", "nowhere"] },
      loggers: { a: { level: "lowd", propagate: 2 } },
      handlers: {
        seq: { class: "seq", serverUrl: "nonsense", apiKey: `${key}\n${key}`, headers: { a: `${key}\0` }, batchSize: -1, levle: "info" },
        out: { class: "cnsole" },
      },
      filters: { f: { class: "?" } },
    },
    ["version", /3/],
    ["rooot", /did you mean root/],
    ["root.level", /loud/],
    ["root.handlers.1", /nowhere/],
    ["loggers.a.level", /lowd/],
    ["loggers.a.propagate", /2/],
    ["handlers.seq.serverUrl", /nonsense/],
    ["handlers.seq.apiKey", /header/],
    ["handlers.seq.headers.a", /header/],
    ["handlers.seq.batchSize", /-1/],
    ["handlers.seq.levle", /did you mean level/],
    ["handlers.out.class", /did you mean console/],
    ["filters.f.class", /\?/],
  ],
];

const shorten = (path: string): string => path.replace(/\.0$|(?<=^root|^loggers\.a|^loggers\["a\.b"\])\.level$/, "");

for (const [name, config, ...expected] of wrong) {
  test(`configure() refuses ${name}`, () => {
    const issues = issuesOf(config);
    // The only entry of a list, and the level that stands for a whole logger, may be named by what they stand in.
    const found = new Map(issues.map(({ path, message }) => [shorten(path), message]));
    assert.deepEqual([...found.keys()].sort(), expected.map(([path]) => shorten(path)).sort(), JSON.stringify(issues, null, 1));
    assert.equal(found.size, issues.length);
    for (const [path, says] of expected) assert.match(found.get(shorten(path))!, says);
    assert.ok(!JSON.stringify(issues).includes(key), "a secret is told");
  });
}

test("configure() that is refused leaves everything as it was", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  const seq = new FakeSeq();
  const memory = new MemoryHandler();
  configure({
    root: { level: "info", handlers: ["seq"] },
    loggers: { "kept.debug": { level: "debug", handlers: ["memory"] } },
    handlers: { seq: { class: "seq", serverUrl, fetch: seq.fetch }, memory },
    properties: { ...anonymous, Application: "shop" },
  });
  const queued = stats();
  for (const [, config] of wrong) issuesOf(config);
  issuesOf({
    ...{ root: { level: "trace", handlers: ["other"] }, handlers: { other: new MemoryHandler(), broken: { class: "none" } } },
    disableExistingLoggers: true,
    properties: { Application: "other" },
  });
  assert.deepEqual([getLogger().level, getLogger("kept.debug").level, getLogger("a").level], ["info", "debug", undefined]);
  assert.deepEqual(stats(), queued);
  getLogger("kept").debug("no");
  getLogger("kept").info("1");
  getLogger("kept.debug").debug("2");
  getLogger("a").info("3");
  await flush();
  assert.deepEqual(seq.events.map((clef) => [clef["@mt"], clef.Application]), [["1", "shop"], ["2", "shop"], ["3", "shop"]]);
  assert.deepEqual(messages(memory), ["2"]);
  assert.deepEqual(diagnostics.heard, []);
});

test("configure() that is refused makes no request and calls no function", () => {
  const seq = new FakeSeq();
  const asked = (): never => assert.fail("it was asked");
  issuesOf({ serverUrl, fetch: seq.fetch, apiKey: asked, headers: asked, properties: { P: asked }, levle: "info" });
  assert.deepEqual(seq.requests, []);
});

test("SeqHandler refuses its options as configure() does", () => {
  const cases: readonly (readonly [unknown, string, RegExp])[] = [
    [{}, "serverUrl", /URL/],
    [undefined, "", /object/],
    [{ serverUrl, apiKey: `${key}\n${key}` }, "apiKey", /header/],
    [{ serverUrl, batchSize: 0 }, "batchSize", /\b1\b.*\b0$/],
    [{ serverUrl, levle: "info" }, "levle", /did you mean level/],
  ];
  for (const [options, path, says] of cases) {
    assert.throws(() => new SeqHandler(options as { serverUrl: string }), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.issues[0]!.path, path);
      assert.match(error.issues[0]!.message, says);
      return !error.message.includes(key);
    });
  }
});

/** Configurations that are mostly right, with something odd here and there. */
function configurations(fetch: unknown): fc.Arbitrary<object> {
  const words = [
    "info",
    "seq",
    "console",
    "memory",
    "name",
    "text",
    "http://seq.test",
    "a.b",
    "",
    "__proto__",
    "constructor",
    0,
    -1,
    NaN,
    5n,
    true,
    null,
  ];
  const odd = fc.oneof(fc.anything({ maxDepth: 2 }), fc.constantFrom<unknown>(...words, undefined, Symbol("s"), [Symbol("s")], () => true));
  const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 30, arbitrary: right }, { weight: 1, arbitrary: odd });
  const some = (right: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> =>
    fc.record(Object.fromEntries(Object.entries(right).map(([name, value]) => [name, mostly(value)])), { requiredKeys: [] });
  const named = (names: readonly string[], right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.dictionary(fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...names) }, fc.string()), mostly(right), {
      maxKeys: 3,
      noNullPrototype: true,
    });
  const level = fc.constantFrom("trace", "DEBUG", "Warning", 10, "off", "NOTSET");
  const names = fc.subarray(["h1", "h2"]);
  const logger = some({ level, handlers: names, propagate: fc.boolean(), filters: fc.subarray(["f1"]) });
  const url = fc.constantFrom("http://seq.test", "https://seq.test/path/");
  const secret = fc.constantFrom(key, key, `${key}\n`, () => key);
  const seq = {
    serverUrl: url,
    fetch: fc.constant(fetch),
    apiKey: secret,
    headers: fc.constantFrom({ "x-own": key }, { "x own": key }),
    batchSize: fc.nat(5),
    level,
  };
  const handler = fc.oneof(
    fc.constant(new MemoryHandler()),
    some({ class: fc.constantFrom("console", "memory"), level, filters: fc.subarray(["f1"]) }),
    some({ class: fc.constant("seq"), ...seq }).map((given) => ({ class: "seq", serverUrl: "http://seq.test", fetch, ...given })),
  );
  const long = some({
    ...{
      version: fc.constant(1),
      root: logger,
      loggers: named(["a", "a.b", "b", ""], fc.oneof(logger, level)),
      handlers: named(["h1", "h2"], handler),
    },
    ...{ filters: named(["f1"], fc.constant({ name: "a" })), formatters: named(["t1"], fc.constant({})), properties: named(["P"], odd) },
    ...{ incremental: fc.boolean(), disable_existing_loggers: fc.boolean() },
  });
  const short = some({
    ...seq,
    console: fc.oneof(fc.boolean(), level),
    loggers: named(["a", "a.b"], fc.oneof(logger, level)),
    properties: named(["P"], odd),
  })
    .map((given) => ({ serverUrl: "http://seq.test", fetch, ...given }));
  return fc.oneof(long, short);
}

test("configure() turns anything into a Logging or one ConfigError that reveals no secret (seed 20260306)", async () => {
  await using _ = ending();
  using __ = hearConsole();
  using ___ = hearDiagnostics();
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(configurations(new FakeSeq().fetch), (config) => {
      try {
        assert.ok(configureAny(config).handlers);
        taken++;
      } catch (error) {
        assert.ok(error instanceof ConfigError, String((error as Error).stack));
        assert.ok(!error.message.includes(key), error.message);
        refused++;
      }
      getLogger("a.b").error("x");
    }),
    { seed: 20260306, numRuns: rounds(1000) },
  );
  await shutdown({ timeoutMs: 50 }); // some were given a fetch that fetches nothing
  assert.ok(refused > rounds(100) && taken > rounds(100), `${taken} taken, ${refused} refused`);
});

test("apiKey and headers are in no text that the library makes about itself", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  const seq = new FakeSeq();
  const logging = configure({ serverUrl, apiKey: key, headers: { "x-own": key }, fetch: seq.fetch, requestTimeoutMs: 1000 });
  const said: string[] = [];
  for (const status of [401, 403, 500]) {
    seq.status = status;
    getLogger("secret").info("x");
    await flush({ timeoutMs: 50 });
    said.push(JSON.stringify([stats(), await logging.check()]));
  }
  const inspect = (value: unknown): string =>
    [String(value), JSON.stringify(value), JSON.stringify(Object.entries(value as object))].join(" ");
  const util: { inspect(value: unknown, options: object): string } = await import("node:util");
  said.push(
    ...[logging, logging.handlers, logging.handlers.seq].flatMap((
      thing,
    ) => [inspect(thing), util.inspect(thing, { depth: 9, showHidden: true })]),
  );
  assert.ok(diagnostics.heard.length > 0);
  for (const text of [...said, ...diagnostics.heard.map((heard) => JSON.stringify(heard))]) assert.ok(!text.includes(key), text);
  seq.status = 201;
});

// ---- parts ----

test("configure() makes handlers, filters and formatters of registered classes from their options in camelCase", async () => {
  await using _ = ending();
  using onConsole = hearConsole();
  const asked: unknown[] = [];
  class Kept extends MemoryHandler {}
  const made = new Kept();
  const logging = configureAny(
    {
      root: { level: "trace", handlers: ["own", "out"] },
      handlers: {
        own: { class: "kept", snake_option: 1, camelOption: { inner_name: 2 }, level: "info", filters: ["f"] },
        out: { class: "console", formatter: "g" },
      },
      filters: { f: { class: "without", secret_word: "hidden" } },
      formatters: { g: { class: "loud", exclamation_marks: 2 } },
    },
    {
      handlers: {
        kept: (options: object) => {
          asked.push(options);
          return made;
        },
      },
      filters: {
        without: (options: { secretWord: string }): Filter => {
          asked.push(options);
          return ({ message }) => !message.includes(options.secretWord);
        },
      },
      formatters: {
        loud: (options: { exclamationMarks: number }) => {
          asked.push(options);
          return ({ message }: LogEvent) => message.toUpperCase() + "!".repeat(options.exclamationMarks);
        },
      },
    },
  );
  assert.equal(logging.handlers.own, made);
  assert.deepEqual(asked.map((options) => JSON.stringify(options)).sort(), [
    '{"exclamationMarks":2}',
    '{"secretWord":"hidden"}',
    '{"snakeOption":1,"camelOption":{"inner_name":2}}',
  ]);
  getLogger("parts").info("shown");
  getLogger("parts").info("hidden");
  getLogger("parts").debug("too low");
  assert.deepEqual(messages(made), ["shown"]);
  assert.deepEqual(onConsole.heard.map(({ text }) => text), ["SHOWN!!", "HIDDEN!!", "TOO LOW!!"]);
});

test("configure() accepts encoders by their names", async () => {
  await using _ = ending();
  class Money {
    readonly cents = 1250;
  }
  const seq = new FakeSeq();
  const config = {
    root: { level: "info", handlers: ["seq"] },
    handlers: { seq: { class: "seq", serverUrl, fetch: seq.fetch, encoder: "money" } },
  };
  const encoders = { money: (value: unknown) => value instanceof Money ? `${value.cents / 100} €` : undefined };
  configureAny(config, { encoders });
  getLogger("encoders").info("{Price}", { Price: new Money() });
  await flush();
  assert.equal(seq.events[0]?.Price, "12.5 €");
  const issues = issuesOf({ ...config, handlers: { seq: { ...config.handlers.seq, encoder: "mony" } } }, { encoders });
  assert.deepEqual(issues.map(({ path }) => path), ["handlers.seq.encoder"]);
  assert.match(issues[0]!.message, /mony.*did you mean money/);
});

test("configure() refuses what a registered class throws or makes, at the place of its description", () => {
  const handlers = {
    throws: () => assert.fail("no ink"),
    odd: () => ({ emit: () => {} }),
    nothing: () => undefined,
    wrongOptions: () => new SeqHandler({ serverUrl: "nonsense" }),
  };
  const described = Object.fromEntries(Object.keys(handlers).map((name) => [`h_${name}`, { class: name }]));
  const issues = issuesOf({ handlers: described, filters: { f: { class: "odd" } }, formatters: { f: { class: "throws" } } }, {
    handlers,
    filters: { odd: () => "no function" },
    formatters: { throws: () => assert.fail("no type") },
  });
  assert.deepEqual(issues.map(({ path }) => path).sort(), [
    "filters.f",
    "formatters.f",
    "handlers.h_nothing",
    "handlers.h_odd",
    "handlers.h_throws",
    "handlers.h_wrongOptions.serverUrl",
  ]);
  assert.match(issues.find(({ path }) => path === "handlers.h_throws")!.message, /no ink/);
  assert.match(issuesOf({ handlers: { a: { class: "thorws" } } }, { handlers })[0]!.message, /did you mean throws/);
});

// ---- ready-made handlers ----

class Watched extends Handler {
  closed = 0;
  flushed = 0;
  readonly messages: string[] = [];
  override emit({ message }: LogEvent): void {
    this.messages.push(message);
  }
  override flush(): Promise<{ delivered: number; pending: number; lost: number }> {
    this.flushed++;
    return Promise.resolve({ delivered: this.messages.length, pending: 0, lost: 0 });
  }
  override close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

test("configure() never closes a handler that was given ready-made, and closes one that it has made", async () => {
  const [ready, made] = [new Watched(), new Watched()];
  const config: LoggingConfig<ConfigParts> = {
    root: { level: "info", handlers: ["ready", "made"] },
    handlers: { ready, made: { class: "made" } },
  };
  const logging = configure(config, { handlers: { made: () => made } });
  assert.equal(logging.handlers.ready, ready);
  getLogger("ready").info("x");
  assert.deepEqual(await logging.flush(), { delivered: 2, pending: 0, lost: 0 });
  assert.deepEqual([ready.flushed, made.flushed], [1, 1]);
  configure({ root: { handlers: ["ready"] }, handlers: { ready } });
  await shutdown();
  assert.deepEqual([ready.closed, made.closed], [0, 1]);
  configure(config, { handlers: { made: () => made } });
  await shutdown();
  assert.deepEqual([ready.closed, made.closed, ready.flushed >= 2], [0, 2, true]);
  assert.equal(ready.name === "" || ready.name === "ready", true);
});

test("configure() leaves a ready-made SeqHandler open, so that it continues with the next configuration", async () => {
  const seq = new FakeSeq();
  const ready = new SeqHandler({ serverUrl, fetch: seq.fetch, properties: { H: 1 } });
  for (const i of [1, 2]) {
    configure({ root: { level: "info", handlers: ["mine"] }, handlers: { mine: ready } });
    getLogger("ready.seq").info("{i}", { i });
    if (i === 1) configure({ root: { level: "info" } });
    await shutdown();
  }
  assert.deepEqual(await ready.flush(), { delivered: 0, pending: 0, lost: 0 });
  assert.deepEqual(seq.events.map(({ i }) => i), [1, 2]);
  await ready.close();
});

test("shutdown() and flush() wait for no handler of the caller's that rejects, throws or never returns", async () => {
  using diagnostics = hearDiagnostics();
  class Stuck extends Watched {
    override flush(): Promise<never> {
      return new Promise(() => {});
    }
  }
  class Rejecting extends Watched {
    override flush(): Promise<never> {
      return Promise.reject(new Error("no flush"));
    }
    override close(): Promise<never> {
      return Promise.reject(new Error("no close"));
    }
  }
  class Throwing extends Watched {
    override flush(): never {
      throw new Error("no flush");
    }
    override close(): never {
      throw new Error("no close");
    }
  }
  const classes = { stuck: () => new Stuck(), rejecting: () => new Rejecting(), throwing: () => new Throwing() };
  const handlers = Object.fromEntries(Object.keys(classes).map((name) => [name, { class: name }]));
  configure({ root: { level: "info", handlers: Object.keys(classes) }, handlers }, { handlers: classes } as ConfigParts);
  getLogger("stuck").info("x");
  assert.deepEqual(await flush({ timeoutMs: 20 }), { delivered: 0, pending: 0, lost: 0 });
  await shutdown({ timeoutMs: 20 });
  assert.ok(diagnostics.heard.some(({ message }) => /no flush/.test(message)));
  assert.ok(diagnostics.heard.some(({ message }) => /no close/.test(message)));
});

// ---- configuring again ----

const short = (seq: FakeSeq, options: Partial<SeqOptions> = {}): SeqOptions => ({ serverUrl, fetch: seq.fetch, level: "info", ...options });
const numbers = (seq: FakeSeq): unknown[] => seq.events.map(({ i }) => i);

test("configure() again continues with the queue: no event lost, none doubled, none out of order", async () => {
  await using _ = ending();
  using __ = hearDiagnostics();
  const [first, second] = [new FakeSeq(), new FakeSeq()];
  first.status = 503;
  configure(short(first));
  const logger = getLogger("again");
  for (let i = 0; i < 5; i++) logger.info("x", { i });
  await flush({ timeoutMs: 20 });
  assert.ok(first.requests.length > 0);
  for (let i = 5; i < 10; i++) logger.info("x", { i });
  configure(short(second, { apiKey: "another" }));
  for (let i = 10; i < 15; i++) logger.info("x", { i });
  assert.deepEqual(await flush(), { delivered: 15, pending: 0, lost: 0 });
  assert.deepEqual([numbers(first), numbers(second)], [[], Array.from({ length: 15 }, (_, i) => i)]);
  assert.equal(second.requests[0]!.headers.get("x-seq-apikey"), "another");
  assert.equal(stats().seq!.delivered, 15);
});

test("configure() again from one shape to the other continues with the queue of the same name and server", async () => {
  await using _ = ending();
  using __ = hearDiagnostics();
  const [first, second] = [new FakeSeq(), new FakeSeq()];
  first.status = 503;
  configure(short(first));
  getLogger("again").info("x", { i: 0 });
  configure({
    root: { level: "info", handlers: ["seq"] },
    handlers: { seq: { class: "seq", server_url: serverUrl, fetch: second.fetch } as never },
  });
  getLogger("again").info("x", { i: 1 });
  assert.deepEqual(await flush(), { delivered: 2, pending: 0, lost: 0 });
  assert.deepEqual(numbers(second), [0, 1]);
});

test("configure() again while a request is under way doubles nothing", async () => {
  await using _ = ending();
  const [first, second] = [new FakeSeq(), new FakeSeq()];
  let open = (): void => {};
  first.gate = new Promise<void>((resolve) => open = resolve);
  configure(short(first));
  for (let i = 0; i < 5; i++) getLogger("again").info("x", { i });
  const flushing = flush();
  await Promise.resolve();
  configure(short(second));
  for (let i = 5; i < 10; i++) getLogger("again").info("x", { i });
  open();
  await flushing;
  assert.equal((await flush()).lost, 0);
  const all = [...numbers(first), ...numbers(second)];
  assert.deepEqual(all, Array.from({ length: 10 }, (_, i) => i));
});

test("configure() again to another server retires the old handler, which delivers what it has", async () => {
  await using _ = ending();
  const [first, second] = [new FakeSeq(), new FakeSeq()];
  configure(short(first));
  getLogger("again").info("x", { i: 0 });
  configure(short(second, { serverUrl: "http://other.test" }));
  getLogger("again").info("x", { i: 1 });
  const { delivered, pending, lost } = await flush();
  assert.deepEqual([delivered, pending, lost], [2, 0, 0]);
  assert.deepEqual([numbers(first), numbers(second)], [[0], [1]]);
});

test("configure() again counts what a retired handler could not deliver", async () => {
  using __ = hearDiagnostics();
  const [first, second] = [new FakeSeq(), new FakeSeq()];
  first.status = 503;
  configure(short(first));
  getLogger("again").info("x", { i: 0 });
  configure(short(second, { serverUrl: "http://other.test" }));
  getLogger("again").info("x", { i: 1 });
  await eventually(() => stats().seq!.delivered === 1, "the new one has delivered");
  assert.deepEqual(await flush({ timeoutMs: 30 }), { delivered: 0, pending: 1, lost: 0 });
  assert.equal(Object.values(stats()).reduce((sum, { queued }) => sum + queued, 0), 1);
  assert.deepEqual(await shutdown({ timeoutMs: 30 }), { delivered: 0, pending: 0, lost: 1 });
});

test("configure() a hundred times with events between delivers each of them once, in order", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  for (let i = 0; i < 100; i++) {
    configure(short(seq));
    getLogger("again").info("x", { i });
    if (i % 10 === 0) await Promise.resolve();
  }
  await flush();
  assert.deepEqual(numbers(seq), Array.from({ length: 100 }, (_, i) => i));
  assert.deepEqual(Object.keys(stats()), ["seq"]);
});

test("configure() again replaces levels, handlers, filters and global properties of the one before", async () => {
  await using _ = ending();
  const [first, second] = [new MemoryHandler(), new MemoryHandler()];
  configure({
    root: { level: "trace", handlers: ["m"], filters: [() => false] },
    loggers: { "re.a": { level: "off", propagate: false, filters: [() => false] } },
    handlers: { m: first },
    properties: { P: 1 },
  });
  configure({ root: { level: "info", handlers: ["m"] }, handlers: { m: second } });
  getLogger("re.a").info("1");
  getLogger().info("2");
  getLogger().debug("3");
  assert.deepEqual([first, second].map(messages), [[], ["1", "2"]]);
  assert.equal(getLogger("re.a").level, undefined);
});

test("disableExistingLoggers turns loggers off that are not named, and says which", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  const memory = new MemoryHandler();
  const [named, below, unnamed, later] = ["dis.named", "dis.named.below", "dis.unnamed", "dis.later"].map((name, i) =>
    i < 3 ? getLogger(name) : undefined
  );
  const config = { root: { level: "info", handlers: ["memory"] }, loggers: { "dis.named": {} }, handlers: { memory } } as const;
  configure({ ...config, disableExistingLoggers: true });
  named!.info("named");
  below!.info("below");
  unnamed!.error("unnamed");
  (later ?? getLogger("dis.later")).info("later");
  getLogger().info("root");
  assert.deepEqual(messages(memory), ["named", "below", "later", "root"]);
  assert.equal(unnamed!.isEnabled("fatal"), false);
  const told = diagnostics.heard.find(({ message }) => message.includes("dis.unnamed"));
  assert.ok(told !== undefined && !told.message.includes("dis.named"));
  assert.ok((told.hint ?? "").length > 0);
  configure(config);
  unnamed!.info("alive again");
  assert.equal(messages(memory).at(-1), "alive again");
});

test("disableExistingLoggers absent or false turns off no logger", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  const old = getLogger("dis.default");
  for (const more of [{}, { disableExistingLoggers: false }, { disable_existing_loggers: false }]) {
    const memory = new MemoryHandler();
    configure({ root: { level: "info", handlers: ["memory"] }, handlers: { memory }, ...more });
    old.info("x");
    assert.deepEqual(messages(memory), ["x"]);
  }
  assert.deepEqual(diagnostics.heard, []);
});

test("incremental changes levels and propagate, and nothing else", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const [root, own] = [new MemoryHandler(), new MemoryHandler()];
  configure({
    root: { level: "info", handlers: ["root", "seq"] },
    loggers: { "inc.a": { handlers: ["own"] } },
    handlers: { root, own, seq: { class: "seq", serverUrl, fetch: seq.fetch } },
    properties: { ...anonymous, P: 1 },
  });
  configure({
    incremental: true,
    root: { level: "warn" },
    loggers: { "inc.a": { level: "debug", propagate: false } },
    handlers: { own: { class: "memory", level: "info" } as const, seq: { level: "error" } as never },
  });
  getLogger().info("no");
  getLogger().warn("warn");
  getLogger().error("error");
  getLogger("inc.a").info("info");
  getLogger("inc.a").debug("too low for the handler");
  await flush();
  assert.deepEqual([root, own].map(messages), [["warn", "error"], ["info"]]);
  assert.deepEqual(seq.events.map((clef) => [clef["@mt"], clef.P]), [["error", 1]]);
  assert.equal(own.level, "info");
});

// ---- Logging ----

test("Logging has handlers, flush, stats and check, and shuts down with await using", async () => {
  const seq = new FakeSeq();
  let logging: Logging;
  {
    await using inner = configure(short(seq));
    logging = inner;
    getLogger("logging").info("x");
    assert.deepEqual(logging.stats().seq, { ...logging.stats().seq!, queued: 1, delivered: 0, state: "ok" });
    assert.ok(logging.stats().seq!.queuedBytes > 50);
    assert.deepEqual(await logging.flush(), { delivered: 1, pending: 0, lost: 0 });
    assert.deepEqual([stats().seq!.queued, stats().seq!.delivered, stats().seq!.lost], [0, 1, {}]);
    getLogger("logging").info("y");
  }
  assert.deepEqual(seq.events.map((clef) => clef["@mt"]), ["x", "y"]);
  assert.deepEqual(stats(), {});
  assert.deepEqual(await shutdown(), { delivered: 0, pending: 0, lost: 0 });
  assert.equal(getLogger("logging").isEnabled("info"), false);
});

test("Logging.check() says for each handler that ships whether it can, and never rejects", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const failing = (): Promise<Response> => Promise.reject(new TypeError("no network"));
  const logging = configure({
    root: { handlers: ["good", "refused", "broken", "console"] },
    handlers: {
      good: { class: "seq", serverUrl, fetch: seq.fetch },
      refused: {
        class: "seq",
        serverUrl,
        apiKey: key,
        fetch: () => Promise.resolve(new Response('{"Error":"Please log in."}', { status: 401 })),
      },
      broken: { class: "seq", serverUrl, fetch: failing },
      console: { class: "console" },
    },
  });
  const { good, refused, broken, ...others } = await logging.check();
  assert.equal(good!.ok, true);
  assert.deepEqual([refused!.ok, broken!.ok], [false, false]);
  assert.match(refused!.message, /401.*Please log in/);
  assert.match(broken!.message, /no network/);
  assert.deepEqual(others, {});
  assert.deepEqual([seq.events, stats().good!.delivered], [[], 0]);
});

test("flush() returns at its deadline with what is left, and the events are kept", async () => {
  await using _ = ending();
  using __ = hearDiagnostics();
  const seq = new FakeSeq();
  seq.status = 503;
  configure(short(seq, { minBackoffMs: 1, maxBackoffMs: 5 }));
  for (let i = 0; i < 3; i++) getLogger("deadline").info("x", { i });
  assert.deepEqual(await flush({ timeoutMs: 30 }), { delivered: 0, pending: 3, lost: 0 });
  seq.status = 201;
  assert.deepEqual(await flush(), { delivered: 3, pending: 0, lost: 0 });
  assert.deepEqual(numbers(seq), [0, 1, 2]);
});

test("shutdown() counts what it could not deliver as lost, and may be called twice at once", async () => {
  using diagnostics = hearDiagnostics();
  const seq = new FakeSeq();
  seq.status = 503;
  configure(short(seq));
  for (let i = 0; i < 3; i++) getLogger("deadline").info("x", { i });
  const results = await Promise.all([shutdown({ timeoutMs: 30 }), shutdown({ timeoutMs: 30 })]);
  assert.ok(results.some(({ delivered, pending, lost }) => delivered === 0 && pending === 0 && lost === 3), JSON.stringify(results));
  assert.ok(diagnostics.heard.some(({ count, message }) => count === 3 || /3 events/.test(message)));
  assert.deepEqual(stats(), {});
});

test("shutdown() that gives up a request under way begins no other, whatever the reply is then", async () => {
  using _ = hearDiagnostics();
  for (const status of [201, 400, 413, 503]) {
    const seq = new FakeSeq();
    let open = (): void => {};
    seq.gate = new Promise<void>((resolve) => open = resolve);
    seq.status = status;
    configure(short(seq));
    for (let i = 0; i < 4; i++) getLogger("deadline").info("x", { i });
    assert.deepEqual(await shutdown({ timeoutMs: 20 }), { delivered: 0, pending: 0, lost: 4 }, String(status));
    open();
    for (let i = 0; i < 100; i++) await null;
    assert.equal(seq.requests.length, 1, String(status));
  }
});

test("log calls after shutdown() are counted, and reported once; configuring again starts new counts", async () => {
  using onConsole = hearConsole();
  using diagnostics = hearDiagnostics();
  const seq = new FakeSeq();
  const reported = (): unknown[] => diagnostics.heard.map(({ code }) => code).filter((code) => code === "after-shutdown");
  configure(short(seq));
  await shutdown();
  await shutdown();
  assert.deepEqual(stats(), {});
  getLogger("late").debug("below the level that was configured");
  getLogger("late").info("one");
  getLogger("late").warn("two");
  getLogger("late.too").error("three");
  assert.deepEqual(stats().shutdown?.lost, { closed: 3 });
  assert.deepEqual(reported(), ["after-shutdown"]);
  assert.equal(onConsole.heard.length, 2);
  configure(short(seq));
  getLogger("late").info("four");
  assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 });
  assert.deepEqual(Object.keys(stats()), ["seq"]);
  await shutdown();
  getLogger("late").info("five");
  assert.deepEqual([stats().shutdown?.lost, reported().length], [{ closed: 1 }, 2]);
});

test("log calls after shutdown() throw nothing", async () => {
  using onConsole = hearConsole();
  const seq = new FakeSeq();
  const logging = configure(short(seq));
  await shutdown();
  getLogger("closed").info("x");
  getLogger("closed").error("y");
  assert.match(onConsole.heard[0]?.text ?? "", /after shutdown/);
  using diagnostics = hearDiagnostics();
  logging.handlers.seq!.handle({ timestampMs: 0, level: "error", loggerName: "", messageTemplate: "z", properties: {}, message: "z" });
  assert.deepEqual(onConsole.heard.length, 2);
  assert.deepEqual(seq.events, []);
  assert.ok(diagnostics.heard.length > 0, "an event to a closed handler is told");
});

// ---- global properties ----

test("properties of the configuration are on every event, a function's result among them, and null leaves one out", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  let count = 0;
  configure(short(seq, {
    properties: {
      ...anonymous,
      Application: "shop",
      Count: () => ++count,
      Nothing: null,
      Undefined: undefined,
      AskedNothing: () => null,
      Object: { a: [1, { b: new Date(0) }] },
      Asked: () => ({ big: 5n }),
    },
  }));
  getLogger("globals").info("x");
  getLogger("globals").info("y", { Application: "own", Count: "own" });
  await flush();
  const common = { Object: { a: [1, { b: "1970-01-01T00:00:00.000Z" }] }, Asked: { big: "5" } };
  const [first, second] = seq.events.map(propertiesOf);
  assert.deepEqual(first, { Application: "shop", Count: 1, ...common });
  assert.deepEqual(second, { Application: "own", Count: "own", ...common });
  for (const line of seq.lines) assert.equal(new Set(namesIn(line)).size, namesIn(line).length, line);
});

test("properties name the machine and the process, unless null leaves them out or another value takes their place", async () => {
  await using _ = ending();
  const written = async (properties: SeqOptions["properties"]): Promise<Clef> => {
    const seq = new FakeSeq();
    configure(short(seq, { properties }));
    getLogger("machine").info("x");
    await flush();
    return propertiesOf(seq.events[0]!);
  };
  const standard = await written(undefined);
  assert.ok(typeof standard.MachineName === "string" && standard.MachineName.length > 0);
  assert.ok(Number.isInteger(standard.ProcessId) && (standard.ProcessId as number) > 0);
  assert.deepEqual(await written({ A: 1 }), { ...standard, A: 1 });
  assert.deepEqual(await written({ MachineName: null }), { ProcessId: standard.ProcessId });
  assert.deepEqual(await written(anonymous), {});
  assert.deepEqual(await written({ MachineName: "mine", ProcessId: () => 5 }), { MachineName: "mine", ProcessId: 5 });
});

test("properties whose function throws, or returns something odd, cost their value and not the event", async () => {
  await using _ = ending();
  using __ = hearDiagnostics();
  const seq = new FakeSeq();
  configure(short(seq, {
    properties: {
      ...anonymous,
      Throws: () => assert.fail("no number"),
      Promised: () => Promise.resolve(5),
      Error: () => new Error("as a value"),
      Good: "there",
    },
  }));
  getLogger("globals").info("x");
  await flush();
  const [clef] = seq.events as [Clef];
  assert.match(String(clef.Throws), /no number/);
  assert.match(String(clef.Promised), /promise/i);
  assert.match(JSON.stringify(clef.Error), /as a value/);
  assert.equal(clef.Good, "there");
  assert.equal("@x" in clef, false, "an error of the configuration is none of the event's");
});

test("configure() captures properties: what changes afterwards changes nothing", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const properties: Record<string, unknown> = { ...anonymous, A: { b: 1 } };
  configure(short(seq, { properties }));
  (properties.A as { b: number }).b = 2;
  properties.C = 3;
  getLogger("globals").info("x");
  await flush();
  assert.deepEqual(propertiesOf(seq.events[0]!), { A: { b: 1 } });
});

test("ConsoleHandler of the configuration is one like any other", async () => {
  await using _ = ending();
  const logging = configure({ serverUrl: null, console: "off" });
  assert.ok(logging.handlers.console instanceof ConsoleHandler);
  assert.equal(logging.handlers.console.level, "off");
});

test("shutdown() of a Logging that another configuration has replaced ends nothing of that", async () => {
  await using _ = ending();
  const first = configure({ handlers: { memory: { class: "memory" } }, root: { level: "info", handlers: ["memory"] } });
  const second = configure({ handlers: { memory: { class: "memory" } }, root: { level: "info", handlers: ["memory"] } });
  await first.shutdown();
  getLogger("replaced").info("x");
  assert.equal((second.handlers.memory as MemoryHandler).events.length, 1);
  await second.shutdown();
  assert.equal(getLogger().isEnabled("info"), false);
});

test("stats() and diagnostics outlive a handler and a listener that fail", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  using __ = onDiagnostic((() => Promise.reject(new Error("no ear"))) as () => void);
  using ___ = hearConsole();
  class Silent extends MemoryHandler {
    override stats(): never {
      throw new Error("no numbers");
    }
  }
  using ____ = getLogger("failing").addHandler(new Silent());
  assert.deepEqual(stats(), {});
  assert.match(diagnostics.heard[0]!.message, /no numbers/);
  for (let i = 0; i < 10; i++) await null;
});
