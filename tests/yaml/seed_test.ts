/** Configuration files of Python programs, unchanged, compared with what Python 3.11 and seqlog did with them. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { configure, type Diagnostic, flush, getLogger, type Logger, type LoggingConfig, SeqHandler, shutdown, stats } from "../../mod.ts";
import { type CollectedEvent, serveCollector } from "../support/collector.ts";
import { configureFromFile, configureFromYaml, pythonParts, type YamlOptions } from "../../src/yaml/yaml.ts";
import { eventually, FakeClock } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { issuesOf } from "../support/issues.ts";
import { type ConsoleCall, FakeSeq, hearConsole, hearDiagnostics } from "../support/seq.ts";

const flask = new URL("../data/flask-gunicorn.yml", import.meta.url);
const workers = new URL("../data/workers.yml", import.meta.url);

/** Shuts down with the block. */
const ending = (): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => void (await shutdown()) });

test("the files are those of the Python programs, byte for byte", () => {
  const sums = [flask, workers].map((file) => createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16));
  assert.deepEqual(sums, ["be65e89e59d04be2", "5f23e8244b8701c8"]);
});

// ---- flask-gunicorn.yml ----

/** What came of the file. */
interface Seen {
  readonly events: readonly CollectedEvent[];
  readonly console: readonly ConsoleCall[];
  readonly heard: readonly Diagnostic[];
}

/** Logs by the file once, as the Python program did: loggers that are there already are turned off, so that it cannot be done twice. */
async function runFlask(): Promise<Seen> {
  using onConsole = hearConsole();
  using diagnostics = hearDiagnostics();
  await using collector = await serveCollector({ port: 0 });
  const before = getLogger("made.before");
  await configureFromFile(flask, { overrides: { handlers: { seq: { server_url: collector.url } } } });
  getLogger().info("root says {n}", { n: 1 });
  getLogger("flask.app.log").info("Log to Seq: {data}", { data: { a: [1, "b"] } });
  getLogger("flask.app.log").debug("below the level {x}", { x: 1 });
  getLogger("werkzeug").info("GET {path}", { path: "/a" });
  getLogger("werkzeug.child").warn("child of werkzeug");
  getLogger("werkzeugx").error("not a child");
  getLogger("flask.app.log").error(new RangeError("division by zero"), "division failed for {who}", { who: "ada" });
  before.error("swallowed {n}", { n: 1 });
  before.fatal("swallowed {n}", { n: 2 });
  const { pending, lost } = await shutdown();
  assert.deepEqual({ pending, lost }, { pending: 0, lost: 0 });
  return { events: [...collector.events], console: [...onConsole.heard], heard: [...diagnostics.heard] };
}

let seen: Promise<Seen> | undefined;
const flaskSeen = (): Promise<Seen> => (seen ??= runFlask());

/** Each event that reaches `seq`: logger, level, template, its named arguments, and what the console shows of it. */
const rows: readonly (readonly [name: string, level: string, template: string, args: object, shown?: string])[] = [
  ["root", "Information", "root says {n}", { n: 1 }],
  ["flask.app.log", "Information", "Log to Seq: {data}", { data: { a: [1, "b"] } }],
  ["werkzeug", "Information", "GET {path}", { path: "/a" }, "GET /a"],
  ["werkzeug.child", "Warning", "child of werkzeug", {}, "child of werkzeug"],
  ["werkzeugx", "Error", "not a child", {}],
  ["flask.app.log", "Error", "division failed for {who}", { who: "ada" }],
];

for (const [i, [name, level, template, args]] of rows.entries()) {
  test(`flask-gunicorn.yml: ${name} at ${level} reaches seq with "${template}" untouched and its arguments`, async () => {
    const event = (await flaskSeen()).events[i]!;
    assert.deepEqual([event.level, event.messageTemplate], [level, template]);
    assert.deepEqual(event.properties, {
      ...args,
      ...{ LoggerName: name, MachineName: hostname(), ProcessId: process.pid, ThreadId: 0, ThreadName: "MainThread" },
    });
  });
}

test("flask-gunicorn.yml: nothing else reaches seq: not what is below the level, not a logger that was made before", async () => {
  const { events } = await flaskSeen();
  assert.deepEqual(events.map(({ messageTemplate }) => messageTemplate), rows.map(([, , template]) => template));
});

test("flask-gunicorn.yml: the exception's text is in @x", async () => {
  const { events } = await flaskSeen();
  assert.match(events[5]!.exception!, /^RangeError: division by zero\n\s+at /);
  assert.deepEqual(events.map(({ exception }) => exception !== undefined), [false, false, false, false, false, true]);
});

test("flask-gunicorn.yml: the console shows werkzeug and its children as bare text on stdout, and nothing else", async () => {
  const shown = rows.flatMap(([, , , , text]) => text === undefined ? [] : [{ method: "log", text }]);
  assert.deepEqual((await flaskSeen()).console, shown);
});

test("flask-gunicorn.yml: the encoder that is not known, what is turned off, and its first dropped event are reported once each", async () => {
  const { heard } = await flaskSeen();
  assert.deepEqual(heard.map(({ code }) => code), ["unknown-encoder", "disabled-loggers", "disabled-logger"]);
  assert.match(heard[0]!.message, /omiga\.service\.tools\.StrJSONEncoder/);
  for (const { message, hint } of heard.slice(1)) {
    assert.match(message, /made\.before/);
    assert.match(hint ?? "", /loggers/);
  }
});

test("flask-gunicorn.yml is read by configure() as an object, too", async () => {
  await using _ = ending();
  using __ = hearDiagnostics();
  using onConsole = hearConsole();
  const seq = new FakeSeq();
  const { parse } = await import("@std/yaml");
  const config = parse(readFileSync(flask, "utf8")) as { handlers: { seq: Record<string, unknown> } };
  config.handlers.seq.fetch = seq.fetch;
  configure(config as unknown as LoggingConfig, pythonParts);
  getLogger("werkzeug.later").info("GET {path}", { path: "/b" });
  await flush();
  assert.deepEqual(onConsole.heard, [{ method: "log", text: "GET /b" }]);
  assert.deepEqual(seq.events.map(({ LoggerName }) => LoggerName), ["werkzeug.later"]);
  assert.equal(seq.requests[0]!.url, "http://172.16.0.250:5341/api/events/raw?clef");
});

// ---- workers.yml ----

test("workers.yml: gunicorn's loggers do not propagate, every event comes once, each in a request of its own, without a key", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  using onConsole = hearConsole();
  await using collector = await serveCollector({ port: 0 });
  await configureFromFile(workers, { overrides: { handlers: { seq: { server_url: collector.url } } } });
  const timestampMs = new Date(2026, 2, 1, 12).getTime();
  const names = ["gunicorn.access", "gunicorn.error", "gunicorn", ""];
  for (const name of names) {
    getLogger(name).write({ timestampMs, level: "info", messageTemplate: "{Method} /{Path}", properties: { Method: "GET", Path: name } });
  }
  getLogger("gunicorn.access").debug("debug");
  getLogger("gunicorn.access").trace("too low");
  await flush();
  assert.deepEqual(collector.events.map(({ message }) => message), [...names.map((name) => `GET /${name}`), "debug"]);
  assert.deepEqual(collector.events.map(({ properties }) => properties.LoggerName), [
    "gunicorn.access",
    "gunicorn.error",
    "gunicorn",
    "root",
    "gunicorn.access",
  ]);
  assert.deepEqual(
    collector.requests.map(({ count, apiKey, status }) => [count, apiKey, status]),
    Array.from({ length: 5 }, () => [1, null, 201]),
  );
  assert.deepEqual(
    onConsole.heard.slice(0, 4),
    names.map((name) => ({ method: "log", text: `[2026-03-01 12:00:00] [${process.pid}] [INFO] GET /${name}` })),
  );
  assert.match(
    onConsole.heard[4]!.text,
    new RegExp(`^\\[\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\] \\[${process.pid}\\] \\[DEBUG\\] debug$`),
  );
  assert.equal(onConsole.heard.length, 5);
  assert.match(diagnostics.heard[0]!.message, /api\.utilities\.json_extensions\.LoggingJSONEncoder/);
});

test("workers.yml: the encoder that it names is used where it is registered", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  using __ = hearConsole();
  const seq = new FakeSeq();
  await configureFromFile(workers, {
    overrides: { disable_existing_loggers: false, handlers: { seq: { fetch: seq.fetch } } },
    encoders: { "api.utilities.json_extensions.LoggingJSONEncoder": (value) => value instanceof Set ? "a set" : undefined },
  });
  getLogger("gunicorn.access").info("{S}", { S: new Set() });
  await flush();
  assert.deepEqual(seq.events.map(({ S }) => S), ["a set"]);
  assert.deepEqual(diagnostics.heard, []);
});

// ---- the arguments of SeqLogHandler ----

/** Configures a SeqLogHandler at the root. */
async function seqLog(
  args: string,
  overrides: object = {},
  options: YamlOptions = {},
): Promise<{ seq: FakeSeq; clock: FakeClock; logger: Logger }> {
  const [seq, clock] = [new FakeSeq(), new FakeClock()];
  const text = `
    root: { level: trace, handlers: [seq] }
    handlers: { seq: { class: seqlog.structured_logging.SeqLogHandler, server_url: "http://seq.test", ${args} } }
    properties: { MachineName: null, ProcessId: null }
  `;
  const { handlers } = await configureFromYaml(text, {
    overrides: { handlers: { seq: { fetch: seq.fetch, clock, ...overrides } } },
    ...options,
  });
  assert.ok(handlers.seq instanceof SeqHandler);
  return { seq, clock, logger: getLogger("seqlog") };
}

test("SeqLogHandler: batch_size 10 means at most 10 events a request; absent, it is the library's default", async () => {
  for (const [args, requests] of [["batch_size: 10", 3], ["batchSize: 10", 3], ["", 1]] as const) {
    await using _ = ending();
    const { seq, logger } = await seqLog(args);
    for (let i = 0; i < 25; i++) logger.info("{i}", { i });
    await flush();
    assert.deepEqual(seq.events.map(({ i }) => i), Array.from({ length: 25 }, (_, i) => i));
    assert.equal(seq.bodies.length, requests, args);
  }
});

test("SeqLogHandler takes a queue on disk, and reports what is wrong with one", async () => {
  using folder = new Folder();
  for (const name of ["queue", "buffer"]) {
    await using _ = ending();
    const { seq, logger } = await seqLog(`${name}: { path: ${JSON.stringify(folder.at(name))}, fsync: true }`);
    seq.status = 503;
    logger.info("Kept");
    await eventually(() => stats().seq!.retries === 1, "Seq has refused it");
    const [own = ""] = readdirSync(folder.at(name));
    const chunks = readdirSync(folder.at(`${name}/${own}`)).filter((file) => file.endsWith(".clef"));
    assert.equal(chunks.length, 1, `${chunks}`);
    seq.status = 201;
    assert.equal((await flush()).delivered, 1);
    assert.deepEqual(seq.events.map((event) => event["@mt"]), ["Kept"]);
  }
  const issues = await issuesOf(() => seqLog("queue: { path: 7, fsynk: true }"));
  assert.deepEqual(issues.map(({ path }) => path).sort(), ["handlers.seq.queue.fsynk", "handlers.seq.queue.path"]);
});

test("SeqLogHandler: auto_flush_timeout is in seconds; absent or None, it is the library's default", async () => {
  for (
    const [args, periodMs] of [["auto_flush_timeout: 5", 5000], ["auto_flush_timeout: 0.25", 250], ["auto_flush_timeout: ~", 2000], [
      "",
      2000,
    ]] as const
  ) {
    await using _ = ending();
    const { seq, clock, logger } = await seqLog(args);
    logger.info("1");
    await flush();
    logger.info("2");
    await clock.advance(periodMs - 1);
    assert.equal(seq.events.length, 1, args);
    await clock.advance(1);
    assert.equal(seq.events.length, 2, args);
  }
});

test("SeqLogHandler: an api_key that is empty or None is none", async () => {
  for (
    const [args, key] of [["api_key: ''", null], ["api_key: ~", null], ["", null], ["api_key: key-1", "key-1"], [
      "apiKey: key-1",
      "key-1",
    ]] as const
  ) {
    await using _ = ending();
    const { seq, logger } = await seqLog(args);
    logger.info("x");
    await flush();
    assert.equal(seq.requests[0]!.headers.get("x-seq-apikey"), key, args);
  }
});

test("SeqLogHandler: json_encoder_class that is not known is reported, and prevents nothing else", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  const { seq, logger } = await seqLog("json_encoder_class: a.b.Encoder");
  logger.info("{S}", { S: new Map([["a", 1n]]) });
  await flush();
  assert.deepEqual(seq.events.map(({ S }) => S), [{ a: "1" }]);
  assert.deepEqual(diagnostics.heard.map(({ code, hint }) => [code, hint]), [
    ["unknown-encoder", "Pass a function of this name in the option encoders of configureFromFile, or remove json_encoder_class"],
  ]);
});

test("SeqLogHandler: json_encoder_class may be a registered name, Python's own, None, or a function", async () => {
  using diagnostics = hearDiagnostics();
  const encode = (value: unknown): unknown => value instanceof Map ? "a map" : undefined;
  for (
    const [args, overrides, wanted] of [
      ["json_encoder_class: a.b", {}, "a map"],
      ["json_encoder_class: ~", {}, {}],
      ["json_encoder_class: json.encoder.JSONEncoder", {}, {}], // Python's own
      ["json_encoder_class: json.JSONEncoder", {}, {}],
      ["", { jsonEncoderClass: encode }, "a map"],
    ] as const
  ) {
    await using _ = ending();
    const { seq, logger } = await seqLog(args, overrides, { encoders: { "a.b": encode } });
    logger.info("{S}", { S: new Map() });
    await flush();
    assert.deepEqual(seq.events.map(({ S }) => S), [wanted]);
  }
  assert.deepEqual(diagnostics.heard, []);
});

test("SeqLogHandler: the logger's name is LoggerName, root for the root, and no event of its own is hidden", async () => {
  await using _ = ending();
  const { seq } = await seqLog("");
  getLogger().info("1");
  getLogger("a.b").info("2", { A: 1 });
  await flush();
  const thread = { ThreadId: 0, ThreadName: "MainThread" };
  assert.deepEqual(seq.events.map(({ "@t": _, "@mt": __, ...rest }) => rest), [
    { LoggerName: "root", ...thread },
    { A: 1, LoggerName: "a.b", ...thread },
  ]);
});

test("SeqLogHandler: every option of the class seq is one of its own", async () => {
  await using _ = ending();
  const { seq } = await seqLog(
    "logger_name_property: [Logger, Source], properties: { ThreadId: null, H: 1 }, endpoint: ingest/clef, level: WARN",
  );
  getLogger("a").info("too low");
  getLogger("a").warn("x");
  await flush();
  const [{ "@t": _time, "@l": _level, ...rest }] = seq.events as [Record<string, unknown>];
  assert.deepEqual([rest.Logger, rest.Source, rest.H, "LoggerName" in rest], ["a", "a", 1, false]);
  assert.equal(seq.requests[0]!.url, "http://seq.test/ingest/clef");
});

test("auto_flush_timeout and json_encoder_class are options of SeqLogHandler alone", async () => {
  const issues = await issuesOf(() =>
    configureFromYaml("handlers: { seq: { class: seq, server_url: 'http://seq.test', auto_flush_timeout: 5, json_encoder_class: a.b } }")
  );
  assert.deepEqual(issues.map(({ path }) => path), ["handlers.seq.auto_flush_timeout", "handlers.seq.json_encoder_class"]);
  for (const { message } of issues) assert.match(message, /^Unknown option "\w+".*; known are server_url, .*, …$/);
});

test("SeqLogHandler: wrong arguments are issues with their paths", async () => {
  const text = `handlers:
    seq: { class: seqlog.structured_logging.SeqLogHandler, server_url: seq, batch_size: 0, auto_flush_timeout: -1, api_key: [], json_encoder_class: 5, bach_size: 1 }
    none: { class: seqlog.structured_logging.SeqLogHandler }
    out: { class: seqlog.structured_logging.ConsoleStructuredLogHandler, stream: x }`;
  const issues = await issuesOf(() => configureFromYaml(text));
  assert.deepEqual(issues.map(({ path }) => path), [
    ...["server_url", "batch_size", "auto_flush_timeout", "api_key", "json_encoder_class", "bach_size"].map((name) =>
      `handlers.seq.${name}`
    ),
    "handlers.none.server_url",
    "handlers.out.stream",
  ]);
});
