/** Wrong configurations, as objects and as YAML: each is answered by one ConfigError with every issue, its path and a cure, and changes nothing. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, configure, type Filter, getLogger, Handler, MemoryHandler, shutdown } from "../../mod.ts";
import { inForce } from "../../src/lifecycle.ts";
import { configureFromYaml, pythonParts, type YamlOptions } from "../../src/yaml/yaml.ts";
import { globalProperties } from "../../src/global_properties.ts";
import { hierarchy } from "../../src/hierarchy.ts";
import { rounds } from "../support/effort.ts";
import { issuesOf } from "../support/issues.ts";
import { FakeSeq, hearConsole, hearDiagnostics, propertiesOf } from "../support/seq.ts";

const serverUrl = "http://seq.test";
const key = "sEcReT-kEy-123";

// ---- what is in force ----

/** All there is to see of what is in force: the tree, the handlers, the filters, the properties, the console. */
function picture(): unknown {
  const state = inForce();
  const nodes = Array.from(hierarchy().nodes, ({ logger: _, scope: __, ...node }) => node);
  const methods = ["trace", "debug", "log", "info", "warn", "error"] as const;
  return {
    nodes: nodes.map((node) => ({ ...node })),
    handlers: Object.entries(state.handlers).map((
      [name, handler],
    ) => [name, handler, handler.level, handler.formatter, [...handler.filters]]),
    owned: [...state.owned],
    filters: { ...state.filters },
    retired: state.retired.size,
    properties: globalProperties.get(),
    console: methods.map((method) => console[method]),
  };
}

/** The same things, not only alike. */
function assertSame(after: unknown, before: unknown): void {
  if (typeof before !== "object" || before === null || before instanceof Handler) return assert.equal(after, before);
  assert.deepEqual(Object.keys(after as object), Object.keys(before));
  for (const [name, one] of Object.entries(before)) assertSame((after as Record<string, unknown>)[name], one);
}

/** Applies a configuration, tries another, and checks that the first is unchanged. Returns the outcome of the attempt. */
async function whileInForce<T>(attempt: () => Promise<T>): Promise<T> {
  using diagnostics = hearDiagnostics();
  using onConsole = hearConsole();
  const [seq, memory] = [new FakeSeq(), new MemoryHandler()];
  const quiet: Filter = ({ message }) => message !== "quiet";
  try {
    configure({
      root: { level: "info", handlers: ["seq", "own"], filters: [quiet] },
      loggers: { "kept.debug": { level: "debug", handlers: ["kept"], propagate: false } },
      handlers: {
        seq: { class: "seq", serverUrl, fetch: seq.fetch },
        own: memory,
        kept: { class: "memory", capacity: 5, filters: ["name"] },
      },
      filters: { name: { name: "kept" } },
      properties: { MachineName: null, ProcessId: null, Application: "kept" },
    });
    const log = (word: string): void => {
      getLogger("kept").info(word);
      getLogger("kept").debug(`${word}: too low`);
      getLogger("kept.debug").debug(word);
      getLogger().info("quiet");
      console.log("not captured");
    };
    log("before");
    const before = picture();
    const answer = await attempt();
    assertSame(picture(), before);
    log("after");
    const { kept } = inForce().handlers;
    await shutdown();
    const words = ["before", "after"];
    assert.deepEqual(seq.events.map((clef) => [clef["@mt"], propertiesOf(clef)]), words.map((word) => [word, { Application: "kept" }]));
    assert.deepEqual([memory, kept as MemoryHandler].map(({ events }) => events.map(({ message }) => message)), [words, words]);
    assert.deepEqual(onConsole.heard, words.map(() => ({ method: "log", text: "not captured" })));
    assert.deepEqual(diagnostics.heard, []);
    return answer;
  } finally {
    await shutdown({ timeoutMs: 0 });
  }
}

// ---- the table ----

type Expected = readonly [path: string, says: RegExp];
/** A wrong configuration, an object or YAML, and for each of its issues where it is and what its message says. */
type Wrong = readonly [name: string, config: unknown, ...issues: readonly Expected[]];

const seqWith = (options: object): unknown => ({ handlers: { seq: { class: "seq", serverUrl, ...options } } });
const handler = (description: object): unknown => ({ handlers: { h: description } });
const filter = (description: object): unknown => ({ filters: { f: description } });
const formatter = (description: object): unknown => ({ formatters: { f: description } });
const known = (...words: readonly string[]): RegExp => new RegExp(`known are .*${words.join(".*")}`);

const top: readonly Wrong[] = [
  ["null", null, [
    "",
    /^Cannot use this as an object: current value is null$|a configuration, which is a map of names: current value is null/,
  ]],
  ["a list", [], ["", /an object|a map of names/]],
  ["a text", "http://seq.test", ["", /an object|a map of names/]],
  ["a number", 5, ["", /an object|a map of names/]],
  ["another version", { version: 2 }, ["version", /the version of the grammar, which is 1: current value is 2/]],
  ["a version that is a text", { version: "one" }, ["version", /which is 1/]],
  ["a name of neither form", { appenders: {} }, ["appenders", known("serverUrl", "level")], ["serverUrl", /http:\/\/localhost:5341/]],
  ["a name beside others that is near", { version: 1, formaters: {} }, [
    "formaters",
    /did you mean formatters\?; known are version, disable/,
  ]],
  ["a name beside others that is far", { version: 1, appenders: {} }, [
    "appenders",
    known("root", "loggers", "handlers", "filters", "formatters"),
  ]],
  ["disable_existing_loggers of a word", { version: 1, disable_existing_loggers: "never" }, [
    "disable_existing_loggers",
    /true or false: current value is "never"/,
  ]],
  ["incremental of a number", { incremental: 2 }, ["incremental", /true or false/]],
  ["captureConsole of a level", { captureConsole: "info", root: {} }, ["captureConsole", /true or false: current value is "info"/]],
  ["an option under both of its names", { version: 1, captureConsole: true, capture_console: true }, [
    "capture_console",
    /its other spelling is already given: current value is "capture_console"/,
  ]],
  ["properties that are a list", { version: 1, properties: ["a"] }, ["properties", /an object: current value is a/]],
  ["loggers that are a text", { version: 1, loggers: "shop" }, ["loggers", /an object: current value is "shop"/]],
  ["handlers that are a list, as in other libraries", { version: 1, handlers: [{ class: "console" }] }, ["handlers", /an object/]],
  ["filters that are a list", { version: 1, filters: ["a"] }, ["filters", /an object/]],
  ["formatters that are a text", { version: 1, formatters: "plain" }, ["formatters", /an object/]],
];

const loggers: readonly Wrong[] = [
  ["a root of a list", { root: ["seq"] }, ["root", /an object: current value is a list/]],
  ["a root of a level that is near", { root: { level: "inform" } }, [
    "root.level",
    /did you mean info\?; known are trace, debug, info, warn, error, fatal, off/,
  ]],
  ["a root's number that is none", { root: { level: "12x" } }, ["root.level", /Python's number: current value is "12x"/]],
  ["a root's level true", { root: { level: true } }, ["root.level", /a level.*current value is true; known are trace/]],
  ["a root's handlers that are a text", { root: { handlers: "out" }, handlers: { out: { class: "console" } } }, [
    "root.handlers",
    /a list of names: current value is "out"/,
  ]],
  ["a root's handlers that are descriptions", { root: { handlers: { out: { class: "console" } } } }, [
    "root.handlers",
    /a list of names: current value is an object/,
  ]],
  ["a root's handler that is near", { root: { handlers: ["cosole"] }, handlers: { console: { class: "console" } } }, [
    "root.handlers.0",
    /a name in the section "handlers": current value is "cosole"; did you mean console\?$/,
  ]],
  ["a root's handler that is an object", { root: { handlers: [{ class: "console" }] }, handlers: { out: { class: "console" } } }, [
    "root.handlers.0",
    /a name in the section "handlers": current value is an object/,
  ]],
  ["a root's filter that is not there", { root: { filters: ["mine"] }, filters: { other: { name: "a" } } }, [
    "root.filters.0",
    /a function, or a name in the section "filters": current value is "mine"; known are other/,
  ]],
  ["a root's option that is near", { root: { handler: [] } }, [
    "root.handler",
    /did you mean handlers\?; known are level, handlers, filters, propagate/,
  ]],
  ["a logger's level that is near", { loggers: { "shop.db": "wran" } }, ['loggers["shop.db"]', /did you mean warn\?/]],
  ["a logger's level in an object", { loggers: { shop: { level: "errr" } } }, ["loggers.shop.level", /did you mean error\?/]],
  ["a logger of a flag", { loggers: { shop: true } }, [
    "loggers.shop",
    /a level, by name or by Python's number: current value is true/,
  ]],
  ["a logger of nothing", { loggers: { shop: null } }, ["loggers.shop", /an object: current value is null/]],
  ["a logger's propagate of a word", { loggers: { shop: { propagate: "never" } } }, ["loggers.shop.propagate", /true or false/]],
  ["a logger's propagate of a number", { loggers: { shop: { propagate: 2 } } }, [
    "loggers.shop.propagate",
    /true or false: current value is 2/,
  ]],
  ["a logger's handlers, each", { loggers: { shop: { handlers: ["a", "out", "b"] } }, handlers: { out: { class: "console" } } }, [
    "loggers.shop.handlers.0",
    known("out"),
  ], ["loggers.shop.handlers.2", known("out")]],
  ["a logger's option that is near", { loggers: { shop: { levels: "info" } } }, ["loggers.shop.levels", /did you mean level\?/]],
];

const handlers: readonly Wrong[] = [
  ["a handler without a class", handler({ level: "info" }), [
    "handlers.h.class",
    /^Missing: a class; known are seq, console, memory/,
  ]],
  ["a handler's class that is near", handler({ class: "consloe" }), [
    "handlers.h.class",
    /did you mean console\?; known are seq, console, memory/,
  ]],
  ["a handler's class of Python that is near", handler({ class: "logging.StreamHandlr" }), [
    "handlers.h.class",
    /did you mean logging\.StreamHandler\?/,
  ]],
  ["a handler's class of Python that there is not", handler({ class: "logging.handlers.SysLogHandler" }), [
    "handlers.h.class",
    known("logging\\.StreamHandler", "logging\\.FileHandler"),
  ]],
  ["a handler's class that is a name of every object", handler({ class: "constructor" }), ["handlers.h.class", known("seq", "console")]],
  ["a handler's class that is a number", handler({ class: 5 }), ["handlers.h.class", /current value is 5; known are seq/]],
  ["a handler that is a text", { version: 1, handlers: { h: "console" } }, [
    "handlers.h",
    /a description with a class: current value is "console"/,
  ]],
  ["a handler that is nothing", { version: 1, handlers: { h: null } }, ["handlers.h", /a description with a class: current value is null/]],
  ["a handler's level", handler({ class: "console", level: "loud" }), ["handlers.h.level", /a level.*"loud"; known are trace/]],
  ["a handler's filters that are a text", handler({ class: "console", filters: "f" }), ["handlers.h.filters", /a list/]],
  ["a handler's filter that is near", { handlers: { h: { class: "console", filters: ["shp"] } }, filters: { shop: { name: "shop" } } }, [
    "handlers.h.filters.0",
    /did you mean shop\?$/,
  ]],
  ["a handler's formatter that is near", { handlers: { h: { class: "console", formatter: "palin" } }, formatters: { plain: {} } }, [
    "handlers.h.formatter",
    /did you mean plain\?$/,
  ]],
  ["a handler's formatter that is an object", handler({ class: "console", formatter: { class: "text" } }), [
    "handlers.h.formatter",
    /a name in the section "formatters": current value is/,
  ]],
  ["a console's option that is near", handler({ class: "console", color: true }), [
    "handlers.h.color",
    /did you mean colour\?$/,
  ]],
  ["a console's colour", handler({ class: "console", colour: "green" }), ["handlers.h.colour", /true or false: current value is "green"/]],
  ["a memory's capacity", handler({ class: "memory", capacity: 0 }), [
    "handlers.h.capacity",
    /a whole number, 1 or more: current value is 0/,
  ]],
  ["a name with a dot and a quote", { handlers: { 'a."b"': { class: "none" } } }, ['handlers["a.\\"b\\""].class', known("seq")]],
  ["a stream that is none", handler({ class: "logging.StreamHandler", stream: "ext://sys.stdin" }), [
    "handlers.h.stream",
    /a stream, which is ext:\/\/sys\.stdout or ext:\/\/sys\.stderr: current value is "ext:\/\/sys\.stdin"/,
  ]],
  ["an option of Python's that is near", handler({ class: "logging.StreamHandler", steam: "ext://sys.stdout" }), [
    "handlers.h.steam",
    /did you mean stream\?/,
  ]],
  ["a file without a name", handler({ class: "file" }), ["handlers.h.filename", /^Missing: the path of a file$/]],
  ["a file's mode", handler({ class: "file", filename: "none.log", mode: "x" }), ["handlers.h.mode", /known are a, w/]],
  ["a file's encoding", handler({ class: "logging.FileHandler", filename: "none.log", encoding: "latin-1" }), [
    "handlers.h.encoding",
    /utf-8/,
  ]],
  ["a rolling file's size", handler({ class: "logging.handlers.RotatingFileHandler", filename: "none.log", maxBytes: "1 MB" }), [
    "handlers.h.maxBytes",
    /a whole number, 0 or more.*current value is "1 MB"/,
  ]],
  ["a file in no directory", handler({ class: "file", filename: "/no/such/directory/app.log" }), [
    "handlers.h.filename",
    /create it|--allow-/,
  ]],
];

const ships: readonly Wrong[] = [
  ["a Seq handler without a URL", handler({ class: "seq" }), [
    "handlers.h.serverUrl",
    /the URL of Seq, with http:\/\/ or https:\/\/, such as http:\/\/localhost:5341/,
  ]],
  ["a URL without a scheme", { serverUrl: "localhost:5341" }, ["serverUrl", /such as http:\/\/localhost:5341/]],
  ["a URL with a password", { server_url: `http://user:${key}@seq.test` }, [
    "server_url",
    /without credentials and query.*: current value is a secret/,
  ]],
  ["a URL with a key", { server_url: `http://seq.test?apiKey=${key}` }, ["server_url", /go into headers, (?:apiKey|api_key) and endpoint/]],
  ["an endpoint that is a URL", seqWith({ endpoint: "http://seq.test/api" }), [
    "handlers.seq.endpoint",
    /a path below (?:serverUrl|server_url)/,
  ]],
  ["a queue that is a path", seqWith({ queue: "/var/queue" }), [
    "handlers.seq.queue",
    /durableQueue\(\{ path \}\) of \.\/durable, or \{ path \} in a YAML file/,
  ]],
  ["a period with its unit", seqWith({ periodMs: "5s" }), ["handlers.seq.periodMs", /a number of milliseconds, 0 or more/]],
  ["signals by name", { serverUrl, handle_signals: "SIGTERM" }, [
    "handle_signals",
    /true, false or \{ timeout(?:Ms|_ms) \}: current value is "SIGTERM"/,
  ]],
  ["filters that are a text", { serverUrl, filters: "mine" }, ["filters", /a list of filters: current value is "mine"/]],
  ["a filter that is a description", { serverUrl, filters: [{ class: "level" }] }, [
    "filters.0",
    /a function, or a name in the section "filters": current value is an object/,
  ]],
  ["a URL of another scheme", seqWith({ serverUrl: "ftp://seq.test" }), ["handlers.seq.serverUrl", /such as http:/]],
  ["a key with a line break", seqWith({ api_key: `${key}\n${key}` }), [
    "handlers.seq.api_key",
    /one line of Latin text for an HTTP header.*: current value is a secret/,
  ]],
  ["a key that is a number", { serverUrl, api_key: 12345 }, ["api_key", /one line of Latin text for an HTTP header/]],
  ["headers that are a list", seqWith({ headers: [`x: ${key}`] }), [
    "handlers.seq.headers",
    /an object of headers: current value is a secret/,
  ]],
  ["a header's name", seqWith({ headers: { "x own": "a" } }), [
    "handlers.seq.headers",
    /the name of an HTTP header: current value is a secret/,
  ]],
  ["a batch of none", seqWith({ batch_size: 0 }), ["handlers.seq.batch_size", /a whole number, 1 or more: current value is 0/]],
  ["a batch that is a word", seqWith({ batchSize: "many" }), [
    "handlers.seq.batchSize",
    /a whole number, 1 or more: current value is "many"/,
  ]],
  ["a batch that is a fraction", seqWith({ batchSize: 1.5 }), ["handlers.seq.batchSize", /a whole number/]],
  ["a period that is too long", seqWith({ periodMs: 2 ** 31 }), ["handlers.seq.periodMs", /0 or more and at most 2147483647/]],
  ["an overflow that is near", seqWith({ overflow: "drop-newst" }), [
    "handlers.seq.overflow",
    /did you mean drop-newest\?; known are drop-oldest, drop-newest/,
  ]],
  ["an event's limit that is too small", seqWith({ eventBodyLimitBytes: 100 }), ["handlers.seq.eventBodyLimitBytes", /2048 or more/]],
  ["an option that is near", seqWith({ bach_size: 5 }), ["handlers.seq.bach_size", /did you mean batch_size\?/]],
  ["an encoder that is a number", seqWith({ encoder: 5 }), ["handlers.seq.encoder", /a function: current value is 5/]],
  ["a fetch that is a text", seqWith({ fetch: "fetch" }), ["handlers.seq.fetch", /a function: current value is "fetch"/]],
  ["handlers beside serverUrl", { serverUrl, handlers: {} }, ["handlers", /together with serverUrl, which describes a single handler/]],
  ["a root together with serverUrl", { server_url: serverUrl, root: {} }, [
    "root",
    /together with (?:serverUrl|server_url), which describes a single handler/,
  ]],
  ["a console of a word", { serverUrl, console: "loud" }, ["console", /a level.*"loud"; known are trace/]],
  ["a level of the shorthand", { serverUrl, level: "dbug!" }, ["level", /did you mean debug\?/]],
  [
    "SeqLogHandler's arguments",
    handler({ class: "seqlog.structured_logging.SeqLogHandler", server_url: serverUrl, auto_flush_timeout: "soon", batch_size: -1 }),
    [
      "handlers.h.auto_flush_timeout",
      /a number, 0 or more/,
    ],
    ["handlers.h.batch_size", /1 or more/],
  ],
  ["SeqLogHandler's arguments for the class seq", seqWith({ auto_flush_timeout: 5 }), [
    "handlers.seq.auto_flush_timeout",
    known("server_url", "period_ms"),
  ]],
];

const filtersAndFormatters: readonly Wrong[] = [
  ["a filter's class that is near", filter({ class: "redcat" }), [
    "filters.f.class",
    /did you mean redact\?; known are name, level, property, template, .*sample, rateLimit, redact/,
  ]],
  ["a filter's class of Python that is near", filter({ class: "logging.Filtr" }), ["filters.f.class", /did you mean logging\.Filter\?/]],
  ["a filter that is a text", { filters: { f: "shop" } }, ["filters.f", /a description with a class: current value is "shop"/]],
  ["a filter's name that is none", filter({ name: 5 }), ["filters.f.name", /text: current value is 5/]],
  ["a filter's option that is near", filter({ nmae: "shop" }), ["filters.f.nmae", /did you mean name\?/]],
  ["a level filter's bounds", filter({ class: "level", min: "error", max: "info" }), [
    "filters.f.max",
    /a level not below error: current value is "info"/,
  ]],
  ["a property filter without a name", filter({ class: "property" }), ["filters.f.name", /the name of a property/]],
  ["a property filter's expression", filter({ class: "property", name: "A", matches: "(" }), [
    "filters.f.matches",
    /a regular expression, or its source as text/,
  ]],
  ["a template filter of nothing", filter({ class: "template", templates: [] }), [
    "filters.f.templates",
    /a list of templates \(or give matches\)/,
  ]],
  ["a sample filter's rate", filter({ class: "sample", rate: 50 }), ["filters.f.rate", /0 or more and at most 1: current value is 50/]],
  ["a rate limit of none", filter({ class: "rateLimit", limit: 0 }), ["filters.f.limit", /a whole number, 1 or more/]],
  ["a redaction of nothing", filter({ class: "redact" }), ["filters.f.keys", /a list of names \(or give patterns\)/]],
  ["a formatter's class that is near", formatter({ class: "logging.Formater" }), [
    "formatters.f.class",
    /did you mean logging\.Formatter\?/,
  ]],
  ["a formatter that is a text", { formatters: { f: "%(message)s" } }, [
    "formatters.f",
    /a description with a class: current value is "%\(message\)s"/,
  ]],
  ["a formatter's style", formatter({ style: "percent", format: "%(message)s" }), [
    "formatters.f.style",
    /current value is "percent"; known are %, \{, \$/,
  ]],
  ["a formatter's format of another style", formatter({ format: "{message}" }), [
    "formatters.f.format",
    /a format of style % \(.*: current value is "\{message\}"/,
  ]],
  ["a formatter's option that is near", formatter({ fromat: "%(message)s" }), [
    "formatters.f.fromat",
    /did you mean format\?; known are format, .*datefmt, style/,
  ]],
  ["a formatter's date that is no text", formatter({ datefmt: 5 }), ["formatters.f.datefmt", /text: current value is 5/]],
];

const references: readonly Wrong[] = [
  ["a reference that leads nowhere", { root: { level: "cfg://levels.quiet" } }, [
    "root.level",
    /a place in this configuration, such as cfg:\/\/handlers\.seq\.level.*known are .*cfg:\/\/root/,
  ]],
  ["a reference to itself", { root: { level: "cfg://root.level" } }, ["root.level", /a place in this configuration/]],
  ["a merge of what is no map", { loggers: { a: { "<<": 5 } } }, [
    'loggers.a["<<"]',
    /a map to merge, or a list of maps: current value is 5/,
  ]],
  ["an incremental handler that is not in force", { incremental: true, handlers: { nowhere: { level: "info" } } }, [
    "handlers.nowhere",
    /a handler in force: current value is "nowhere"; known are seq, own, kept/,
  ]],
  ["an incremental handler's level", { incremental: true, handlers: { seq: { level: "loud" } } }, [
    "handlers.seq.level",
    /"loud"; known are trace/,
  ]],
  ["an incremental logger's level", { incremental: true, root: { level: "loud" }, loggers: { a: { level: "lod", propagate: "x" } } }, [
    "root.level",
    /loud/,
  ], [
    "loggers.a.level",
    /known are trace/,
  ], ["loggers.a.propagate", /true or false/]],
];

const texts: readonly Wrong[] = [
  ["a text that is no YAML", "root: [", ["line 1, column 8", /^Cannot read this as YAML: /]],
  ["a name twice", "root: { level: info }\nroot: { level: debug }", ["line 2, column 1", /^Cannot read this as YAML: /]],
  ["tabs", "root:\n\tlevel: info", ["line 2, column 1", /^Cannot read this as YAML: /]],
  ["nothing at all", "", ["", /a configuration, which is a map of names: current value is null/]],
  ["two documents", "root: {}\n---\nroot: {}\n", ["line 2, column 1", /^Cannot read this as YAML: /]],
  ["a variable that is missing", "root: { level: '${LEVEL}' }", ["root.level", /set it, or write \$\{LEVEL:-default\}/]],
  ["a variable that is misspelt", "root: { level: '${LEVEL:default}' }", ["root.level", /a literal \$\{ is written \$\$\{/]],
  ["a secret that is missing", "server_url: '${file:/no/such/secret}'", ["server_url", /the text of a file: /]],
  ["a module that is missing", "handlers: { h: { class: ./none.js#Own } }", [
    "handlers.h.class",
    /^Cannot load Own of \.\/none\.js as an ES module: /,
  ]],
  ["a handler under a wrong indent", "root: { level: info }\nhandlers:\nout: { class: console }", ["out", /known are .*handlers/]],
  ["a list that is a map", "root:\n  handlers:\n    - out:\nhandlers: { out: { class: console } }", [
    "root.handlers.0",
    /a name in the section "handlers": current value is/,
  ]],
];

const everything: Wrong = [
  "mistakes everywhere",
  {
    version: 3,
    rooot: {},
    root: { level: "loud", handlers: ["seq", "nowhere"] },
    loggers: { a: { level: "lowd", propagate: 7 }, "b.c": "quite" },
    handlers: {
      seq: { class: "seq", server_url: "nonsense", api_key: `${key}\n${key}`, headers: { a: `${key}\0` }, batch_size: -1, levle: "info" },
      out: { class: "cnsole" },
      log: { class: "file", filename: "", mode: "r" },
    },
    filters: { f: { class: "?" }, g: { class: "sample", rate: 2 } },
    formatters: { p: { format: "%(nothing" } },
  },
  ["version", /which is 1/],
  ["rooot", /did you mean root\?/],
  ["root.level", /known are trace/],
  ["root.handlers.1", /known are seq, out, log/],
  ["loggers.a.level", /Python's number/],
  ["loggers.a.propagate", /true or false/],
  ['loggers["b.c"]', /known are trace/],
  ["handlers.seq.server_url", /such as http/],
  ["handlers.seq.api_key", /HTTP header/],
  ["handlers.seq.headers.a", /HTTP header/],
  ["handlers.seq.batch_size", /1 or more/],
  ["handlers.seq.levle", /did you mean level\?/],
  ["handlers.out.class", /did you mean console\?/],
  ["handlers.log.filename", /the path of a file/],
  ["handlers.log.mode", /known are a, w/],
  ["filters.f.class", /known are name/],
  ["filters.g.rate", /at most 1/],
  ["formatters.p.format", /a format of style %/],
];

const table: readonly Wrong[] = [
  ...top,
  ...loggers,
  ...handlers,
  ...ships,
  ...filtersAndFormatters,
  ...references,
  ...texts,
  everything,
];

// ---- the tests ----

/** A rule that says nothing of what would be right: the words have to. */
const bareRule =
  /^(?:Unknown option |Missing: a class)|^Cannot use this as (?:a class|(?:a function, or )?a name in the section "\w+"|one of these words): current value is "/;

function check(issues: readonly { readonly path: string; readonly message: string }[], expected: readonly Expected[]): void {
  const found = issues.map(({ path }) => path);
  assert.deepEqual(found.toSorted(), expected.map(([path]) => path).toSorted(), JSON.stringify(issues, null, 1));
  for (const [path, says] of expected) assert.match(issues.find((issue) => issue.path === path)!.message, says);
  for (const { message } of issues) assert.ok(!message.includes(key), `a secret is told: ${message}`);
}

/** Settings whose effect is visible at once, added to a configuration in the long form. */
function visible(config: unknown): unknown {
  const { root, handlers, properties, ...rest } = config as Record<string, Record<string, unknown>>;
  const isOpen = (part: unknown): boolean => part === undefined || (typeof part === "object" && part !== null && !Array.isArray(part));
  const isLong = ["root", "loggers", "handlers", "filters", "formatters", "version", "captureConsole"].some((name) =>
    name in (config as object)
  );
  if (!isLong || "serverUrl" in (config as object) || "server_url" in (config as object) || "incremental" in (config as object)) {
    return config;
  }
  return {
    disable_existing_loggers: true,
    ...(!("captureConsole" in (config as object)) && { capture_console: true }),
    ...rest,
    root: isOpen(root) ? { level: "trace", ...root } : root,
    ...("handlers" in (config as object) && { handlers }),
    properties: isOpen(properties) ? { Application: "other", ...properties } : properties,
  };
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

for (const [name, config, ...expected] of table) {
  const isText = texts.some(([other]) => other === name);

  test(`configureFromYaml() refuses ${name}, says what to do, and changes nothing`, async () => {
    const yaml = isText ? config as string : JSON.stringify(config);
    check(await whileInForce(() => issuesOf(() => configureFromYaml(yaml, { env: {} }))), expected);
  });

  if (isText) continue;
  test(`configure() refuses ${name}, says what to do, and changes nothing`, async () => {
    check(await whileInForce(() => issuesOf(() => configure(config as never, pythonParts))), expected);
    if (!isObject(config) || expected.some(([path]) => path === "disable_existing_loggers" || path === "serverUrl")) return;
    check(await whileInForce(() => issuesOf(() => configure(visible(config) as never, pythonParts))), expected);
  });
}

test("there are more than 60 wrong configurations", () => {
  assert.ok(table.length > 100, String(table.length));
  assert.equal(new Set(table.map(([name]) => name)).size, table.length);
});

test("every message helps: it has the nearest word, the known ones, or what would be right", async () => {
  const bare: string[] = [];
  await whileInForce(async () => {
    for (const [name, config] of table) {
      const yaml = texts.some(([other]) => other === name) ? config as string : JSON.stringify(config);
      for (const { message } of await issuesOf(() => configureFromYaml(yaml, { env: {} }))) {
        if (bareRule.test(message) && !/; known are \S|; did you mean /.test(message)) bare.push(`${name}: ${message}`);
      }
    }
  });
  assert.deepEqual(bare, []);
});

test("a single name at the top is compared with the names of both forms", async () => {
  const [issue] = await issuesOf(() => configureFromYaml("handelrs: { a: { class: console } }"));
  assert.match(issue!.message, /did you mean handlers\?/);
});

const hint = "; more are in pythonParts of @x/seqlog/yaml: configure(config, pythonParts)";

test("an object with a class that pythonParts has, or may have, says where they are", async () => {
  for (const kind of ["handlers", "filters", "formatters"] as const) {
    for (const name of Object.keys(pythonParts[kind]!)) {
      for (const option of ["class", "()"]) {
        const [issue] = await issuesOf(() => configure({ [kind]: { a: { [option]: name } } } as never));
        assert.ok(issue!.message.endsWith(hint), `${kind} ${name}: ${issue!.message}`);
      }
    }
  }
  const [other] = await issuesOf(() => configure({ handlers: { a: { class: "slack" } } } as never));
  assert.doesNotMatch(other!.message, /pythonParts/);
});

test("an unknown class of Python is reported with the known ones, and no hint at pythonParts with it", async () => {
  const cases = [
    ["handlers", "logging.handlers.SysLogHandler", /"logging\.handlers\.SysLogHandler".*; known are seq, [\w., ]+$/],
    ["handlers", "logging.StreamHandlr", /did you mean logging\.StreamHandler\?; known are [\w., ]+$/],
    ["handlers", "consol", /did you mean console\?; known are [\w., ]+$/],
    ["filters", "seqlog.Filter", /known are name, level, [\w., ]+$/],
  ] as const;
  for (const [kind, name, says] of cases) {
    const config = { [kind]: { a: { class: name } } };
    for (const refuse of [() => configureFromYaml(JSON.stringify(config)), () => configure(config as never, pythonParts)]) {
      const [issue] = await issuesOf(refuse as () => Promise<unknown>);
      assert.match(issue!.message, says);
    }
  }
});

test("a name where nothing of its kind is described says what to do", async () => {
  const configs = [
    { root: { handlers: ["console"] } },
    { loggers: { a: { filters: ["f"] } } },
    { handlers: { h: { class: "console", formatter: "plain" } } },
    { handlers: { h: { class: "seq", serverUrl, encoder: "money" } } },
    { handlers: { h: { class: "logging.NullHandler", stream: 1 } } },
  ];
  for (const config of configs) {
    const [issue] = await issuesOf(() => configure(config as never, pythonParts));
    assert.doesNotMatch(issue!.message, /current value is (?:"\w+"|1)$/);
  }
});

// ---- anything ----

/** Pieces of a configuration, right and odd, at any place. */
function anything(): fc.Arbitrary<unknown> {
  const words = [
    ...["info", "off", "loud", "console", "seq", "memory", "file", "logging.StreamHandler", "logging.Formatter", "name", "text", "redact"],
    ...[
      "cfg://root",
      "cfg://handlers.a",
      "${NAME}",
      "${NONE}",
      "${file:none}",
      "$${",
      "./none.js#A",
      "http://seq.test",
      "%(message)s",
      "",
      "<<",
    ],
  ];
  const names = [
    ...[
      "version",
      "root",
      "loggers",
      "handlers",
      "filters",
      "formatters",
      "properties",
      "incremental",
      "captureConsole",
      "serverUrl",
      "<<",
      "x-a",
    ],
    ...[
      "level",
      "class",
      "()",
      "formatter",
      "propagate",
      "format",
      "style",
      "filename",
      "name",
      "a",
      "b.c",
      "server_url",
      "batch_size",
      "constructor",
    ],
  ];
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.constantFrom<unknown>(...words, null, true, false, 0, 1, -1, 1.5, 10), fc.string({ maxLength: 5 })),
    map: fc.dictionary(fc.constantFrom(...names), tie("tree"), { maxKeys: 5, noNullPrototype: true }),
    list: fc.array(tie("tree"), { maxLength: 3 }),
    tree: fc.oneof({ maxDepth: 5, withCrossShrink: true }, tie("leaf"), { weight: 3, arbitrary: tie("map") }, tie("list")),
  }));
  return tree!;
}

test("configureFromYaml() turns any text into a Logging or one ConfigError, and changes nothing by that (seed 20260307)", async () => {
  using _ = hearConsole();
  using __ = hearDiagnostics();
  let [taken, refused] = [0, 0];
  const options: YamlOptions = { env: { NAME: key }, parseYaml: (text) => JSON.parse(text) };
  await fc.assert(
    fc.asyncProperty(anything(), async (config) => {
      const before = picture();
      try {
        await configureFromYaml(JSON.stringify(config), options);
        taken++;
        await shutdown({ timeoutMs: 0 });
      } catch (error) {
        refused++;
        assert.ok(error instanceof ConfigError, String((error as Error)?.stack ?? error));
        assert.ok(!error.message.includes(key), error.message);
        assertSame(picture(), before);
      }
    }),
    { seed: 20260307, numRuns: rounds(1500) },
  );
  await shutdown({ timeoutMs: 0 });
  assert.ok(refused > rounds(100) && taken > rounds(20), `${taken} taken, ${refused} refused`);
});
