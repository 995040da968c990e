/** winstonTransport: records of the real winston become events, and winston neither warns, nor waits, nor gets an error. */

import assert from "node:assert/strict";
import { once } from "node:events";
import process from "node:process";
import { Writable } from "node:stream";
import { test } from "node:test";
import { isCredentialField } from "../../src/event/credential_names.ts";
import fc from "fast-check";
import winston from "winston";
import { getLogger, type LogEvent } from "../../mod.ts";
import { winstonTransport } from "../../src/adapters/adapters.ts";
import { rounds } from "../support/effort.ts";
import { hearConsole, hearDiagnostics, observe } from "../support/seq.ts";
import { nastyShare } from "../support/values.ts";
import { anyText, anyValue, factsOf, hear, type Heard } from "./hear.ts";

const { format } = winston;
const messageKey = Symbol.for("message");

/** A logger of winston with all levels, whose only transport is the library's. */
function loggerOf(heard: Heard, options: winston.LoggerOptions = {}): winston.Logger {
  return winston.createLogger({ level: "silly", transports: [winstonTransport({ logger: heard.name })], ...options });
}

const briefly = (events: readonly LogEvent[]) => events.map(({ level, message, properties }) => [level, message, { ...properties }]);

// ---- levels ----

const tables = {
  npm: "error:error warn:warn info:info http:debug verbose:debug debug:debug silly:trace",
  syslog: "emerg:fatal alert:fatal crit:fatal error:error warning:warn notice:info info:info debug:debug",
  cli: "error:error warn:warn help:info data:info info:info debug:debug prompt:debug verbose:debug input:trace silly:trace",
} as const;

for (const [name, table] of Object.entries(tables) as [keyof typeof tables, string][]) {
  test(`winstonTransport() maps every level of winston's table ${name}, and a less severe one never becomes a more severe one`, () => {
    using heard = hear();
    const { levels } = winston.config[name];
    const wanted = table.split(" ").map((pair) => pair.split(":"));
    assert.deepEqual(wanted.map(([level]) => level), Object.keys(levels));
    const logger = loggerOf(heard, { levels, level: Object.keys(levels).at(-1) });
    for (const level of Object.keys(levels)) logger.log(level, level);
    assert.deepEqual(heard.events.map(({ level, message }) => [message, level]), wanted);
    const ranks = heard.events.map(({ level }) => ["trace", "debug", "info", "warn", "error", "fatal"].indexOf(level));
    assert.deepEqual(ranks, ranks.toSorted((a, b) => b - a));
  });
}

test("winstonTransport({ levels }) maps custom levels and drops those that are off; one with an unknown name is info and a property", () => {
  using heard = hear();
  const transport = winstonTransport({ logger: heard.name, levels: { audit: "warn", chatter: "off", http: "info" } });
  const levels = { audit: 0, chatter: 1, http: 2, odd: 3 };
  const logger = winston.createLogger({ level: "odd", levels, transports: [transport as never] });
  for (const level of Object.keys(levels)) logger.log(level, level);
  assert.deepEqual(briefly(heard.events), [["warn", "audit", {}], ["info", "http", {}], ["info", "odd", { level: "odd" }]]);
});

test("winstonTransport() follows the levels of the logger, of the transport, and silence, as they are when it is written to", () => {
  using heard = hear();
  const transport = winstonTransport({ logger: heard.name });
  const logger = winston.createLogger({ level: "warn", transports: [transport as never] });
  logger.info("1 no");
  logger.level = "info";
  logger.info("2 yes");
  transport.level = "error";
  logger.warn("3 no");
  assert.deepEqual([logger.isErrorEnabled(), logger.isWarnEnabled()], [true, false]);
  transport.level = "silly";
  logger.silly("4 yes");
  transport.silent = true;
  logger.error("5 no");
  assert.deepEqual(heard.events.map(({ message }) => message), ["2 yes", "4 yes"]);
});

test("winstonTransport() reads the level that no format has coloured", () => {
  using heard = hear();
  loggerOf(heard, { format: format.combine(format.colorize(), format.simple()) }).warn("coloured");
  assert.deepEqual(briefly(heard.events), [["warn", "coloured", {}]]);
});

// ---- text ----

test("winstonTransport() makes a template of a text whose directives no format has replaced", () => {
  using heard = hear();
  const logger = loggerOf(heard, { defaultMeta: { service: "shop" } });
  logger.info("Order %d {shipped} 100%% to %s", 42, "Oslo", { City: 7 });
  logger.info("%s and %s", "one");
  assert.deepEqual(heard.events.map(factsOf), [
    {
      level: "info",
      loggerName: heard.name,
      messageTemplate: "Order {0} {{shipped}} 100% to {1}",
      message: "Order 42 {shipped} 100% to Oslo",
      properties: { 0: 42, 1: "Oslo", service: "shop", City: 7 },
    },
    {
      level: "info",
      loggerName: heard.name,
      messageTemplate: "{0} and %s",
      message: "one and %s",
      properties: { 0: "one", service: "shop" },
    },
  ]);
});

test("winstonTransport() leaves alone what format.splat() has made", () => {
  using heard = hear();
  const logger = loggerOf(heard, { format: format.splat() });
  logger.info("%s is %d years old", "Ada", 36, { City: "Oslo" });
  logger.info("it says %s", "100%s");
  assert.deepEqual(briefly(heard.events), [["info", "Ada is 36 years old", { City: "Oslo" }], ["info", "it says 100%s", {}]]);
});

test("winstonTransport() shows a message that is no text in a hole", () => {
  using heard = hear();
  const logger = loggerOf(heard);
  logger.info({ a: 1 } as never);
  logger.info(5 as never);
  logger.log({ level: "info" } as never);
  assert.deepEqual(briefly(heard.events), [["info", '{"a":1}', { message: { a: 1 } }], ["info", "5", { message: 5 }], ["info", "", {}]]);
});

test("winstonTransport() reads default, child and call meta as properties", () => {
  using heard = hear();
  const logger = loggerOf(heard, { defaultMeta: { service: "shop" } });
  logger.child({ requestId: 7 }).info("of a child", { City: "Oslo" });
  assert.deepEqual(briefly(heard.events), [["info", "of a child", { service: "shop", requestId: 7, City: "Oslo" }]]);
});

test("winstonTransport({ loggerNameKey }) reads a field as the logger's name", () => {
  using heard = hear();
  const logger = winston.createLogger({
    format: format.label({ label: "db" }),
    transports: [winstonTransport({ logger: heard.name, loggerNameKey: "label" })],
  });
  logger.info("named");
  logger.format = format.json();
  logger.info("not", { label: 5 });
  assert.deepEqual(heard.events.map(({ loggerName, properties }) => [loggerName, { ...properties }]), [
    [`${heard.name}.db`, {}],
    [heard.name, { label: 5 }],
  ]);
});

test("winstonTransport({ format }) formats for itself; a format that holds back a record does", () => {
  using heard = hear();
  const upper = format((info) => info.message === "secret" ? false : { ...info, message: String(info.message).toUpperCase() })();
  const logger = winston.createLogger({ transports: [winstonTransport({ logger: heard.name, format: upper })] });
  logger.info("loud");
  logger.info("secret");
  logger.error(new Error("boom"));
  assert.deepEqual(heard.events.map(({ message }) => message), ["LOUD", "BOOM"]);
  assert.match(heard.events[1]!.exception!, /^Error: boom\n/);
});

test("winstonTransport() reads the time of format.timestamp() as the event's, and keeps one that is none", () => {
  using heard = hear();
  const startMs = Date.now();
  loggerOf(heard, { format: format.timestamp() }).info("iso");
  loggerOf(heard, { format: format.timestamp({ format: "HH:mm" }) }).info("of the day");
  loggerOf(heard).info("of the past", { timestamp: "2026-01-01T00:00:00.5Z" });
  const [iso, day, past] = heard.events as [LogEvent, LogEvent, LogEvent];
  assert.deepEqual({ ...iso.properties }, {});
  assert.match(String(day.properties.timestamp), /^\d\d:\d\d$/);
  assert.ok(startMs <= iso.timestampMs && iso.timestampMs <= day.timestampMs);
  assert.equal(past.timestampMs, 1767225600500);
});

// ---- errors ----

class Refused extends Error {
  readonly code = "E_REFUSED";
}

const ways: Readonly<Record<string, (logger: winston.Logger, error: Error) => unknown>> = {
  "logger.error(error)": (logger, error) => logger.error(error as never),
  "logger.log(level, error)": (logger, error) => logger.log("error", error as never),
  "logger.log({ message: error })": (logger, error) => logger.log({ level: "error", message: error as never }),
  "logger.error(text, error)": (logger, error) => logger.error("refused", error),
  "logger.error(text, { error })": (logger, error) => logger.error("refused", { error }),
  "logger.child().error(error)": (logger, error) => logger.child({ of: "child" }).error(error as never),
};

const formats = { none: undefined, "format.errors()": format.errors({ stack: true, cause: true }), "format.splat()": format.splat() };

for (const [way, log] of Object.entries(ways)) {
  for (const [name, its] of Object.entries(formats)) {
    test(`winstonTransport() makes the exception of ${way}, with ${name === "none" ? "no format" : name}`, () => {
      using heard = hear();
      log(loggerOf(heard, { format: its ?? format((info) => info)() }), new Refused("no paper", { cause: new TypeError("no tree") }));
      const { level, message, exception, properties } = heard.event;
      assert.equal(level, "error");
      assert.match(message, /no paper|refused/);
      assert.match(exception!, /^(?:Refused|Error): no paper\n {4}at |^Refused\b.*no paper|^\S*@?.*\n/s);
      assert.match(exception!, /no paper/);
      assert.match(exception!, /\nCaused by: TypeError: no tree\n/);
      assert.doesNotMatch(JSON.stringify(properties), /"stack"|"level"/);
      assert.equal(JSON.stringify({ ...properties, of: undefined }).includes("E_REFUSED") || exception!.includes("E_REFUSED"), true);
    });
  }
}

/** What stands in for an uncaught error: the listener that winston has added is called with it. */
async function fail(event: "uncaughtException" | "unhandledRejection", error: Error, before: readonly unknown[]): Promise<void> {
  const [added] = process.listeners(event as "uncaughtException").filter((listener) => !before.includes(listener));
  (added as (error: Error) => void)(error);
  await Promise.resolve();
}

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  test(`winston's ${event} is an event with its exception, delivered before winston exits; the transport goes on`, async () => {
    await using seen = observe();
    const before = process.listeners(event as "uncaughtException");
    const logger = winston.createLogger({
      transports: [winstonTransport({ handleExceptions: true, handleRejections: true })],
      exitOnError: true,
    });
    const exit = process.exit;
    try {
      const exited = new Promise<number>((resolve) => (process.exit = ((code: number) => resolve(code)) as typeof process.exit));
      await fail(event, new TypeError("nobody caught it"), before);
      assert.equal(await exited, 1);
    } finally {
      process.exit = exit;
    }
    const [clef] = seen.seq.events;
    assert.equal(clef!["@l"], "Error");
    assert.equal(clef!["@mt"], `${event}: nobody caught it`);
    assert.match(String(clef!["@x"]), /^TypeError: nobody caught it\n/);
    assert.equal(clef!.stack, undefined);
    logger.info("goes on");
    logger.exceptions.unhandle();
    logger.rejections.unhandle();
    assert.equal((await seen.events()).at(-1)!["@mt"], "goes on");
  });
}

test("winstonTransport() logs no exception where it is not to handle them, and all as an exceptionHandler", () => {
  using heard = hear();
  const exceptionHandlers = [winstonTransport({ logger: heard.name })];
  const logger = winston.createLogger({ transports: [winstonTransport({ logger: `${heard.name}.plain` })], exceptionHandlers });
  logger.log({ level: "error", message: "caught", exception: true });
  logger.exceptions.unhandle();
  assert.deepEqual(heard.events.map(({ loggerName }) => loggerName), [heard.name]);
});

// ---- as winston uses a transport ----

test("winston accepts winstonTransport() without a warning, calls back, and emits 'logged'", async () => {
  using onConsole = hearConsole();
  using heard = hear();
  const warnings: unknown[] = [];
  const warn = (warning: unknown): void => void warnings.push(warning);
  process.on("warning", warn);
  const transport = winstonTransport({ logger: heard.name });
  const logged: unknown[] = [];
  transport.on("logged", (info: { message: string }) => logged.push(info.message));
  const logger = winston.createLogger({ transports: [transport as never] });
  await new Promise<void>((resolve) => logger.write({ level: "info", message: "called back" }, () => resolve()));
  for (let i = 0; i < 12; i++) logger.remove(transport as never).add(transport as never);
  logger.info("again");
  process.off("warning", warn);
  assert.deepEqual([onConsole.heard, warnings], [[], []]);
  assert.deepEqual(logged, ["called back", "again"]);
  assert.equal(heard.events.length, 2);
});

test("winstonTransport() never makes winston wait, and its neighbours get everything", () => {
  using heard = hear();
  const texts: string[] = [];
  const stream = new Writable({ write: (text, _encoding, done) => (texts.push(String(text)), done()) });
  const other = new winston.transports.Stream({ stream });
  const logger = loggerOf(heard, { transports: [other, winstonTransport({ logger: heard.name })] });
  for (let i = 0; i < 1000; i++) logger.info(`${i}`);
  assert.equal(texts.length, 1000);
  assert.deepEqual(heard.events.map(({ message }) => message), Array.from({ length: 1000 }, (_, i) => `${i}`));
});

test("winston's end waits until Seq has all; its close ends nothing", async () => {
  await using seen = observe();
  const transport = winstonTransport();
  winston.createLogger({ transports: [transport as never] }).close();
  const logger = winston.createLogger({ transports: [transport as never, winstonTransport({ level: "error" })] });
  logger.info("last");
  const finished = once(logger, "finish");
  logger.end();
  await finished;
  assert.deepEqual(seen.seq.events.map((clef) => clef["@mt"]), ["last"]);
});

test("one winstonTransport() serves several loggers", () => {
  using heard = hear();
  const transport = winstonTransport({ logger: heard.name });
  const [a, b] = [1, 2].map(() => winston.createLogger({ transports: [transport as never] }));
  a!.info("a");
  b!.info("b");
  a!.clear();
  b!.info("b again");
  assert.deepEqual(heard.events.map(({ message }) => message), ["a", "b", "b again"]);
});

test("winston's profiler and query work together with winstonTransport()", async () => {
  using heard = hear();
  const logger = loggerOf(heard);
  logger.startTimer().done({ message: "timed" });
  await new Promise((resolve) => logger.query({ fields: [] } as never, resolve));
  assert.equal(heard.event.message, "timed");
  assert.equal(typeof heard.event.properties.durationMs, "number");
});

test("winstonTransport() keeps a listener and a format that throw from winston, and reports them", () => {
  using told = hearDiagnostics();
  using heard = hear();
  const transport = winstonTransport({
    logger: heard.name,
    format: { transform: (info: { message: string }) => info.message === "bad" ? Object.keys(null as never) : info },
  });
  transport.on("logged", () => {
    throw new Error("of a listener");
  });
  const logger = winston.createLogger({ transports: [transport as never] });
  logger.info("bad");
  logger.info("good");
  assert.deepEqual(heard.events.map(({ message }) => message), ["good"]);
  assert.deepEqual(told.heard.map(({ code }) => code), ["adapter-failed", "adapter-failed"]);
});

test("winstonTransport() reads nothing of a record below its logger's level", () => {
  using heard = hear();
  const logger = loggerOf(heard, { format: format((info) => info)() });
  getLogger(heard.name).level = "warn";
  let reads = 0;
  logger.log({ level: "info", message: "below", lazy: { toJSON: () => reads++ } });
  assert.deepEqual([heard.events.length, reads], [0, 0]);
});

// ---- whatever is logged ----

const ownNames = new Set(["level", "message", "timestamp", "stack", "cause", "exception", "rejection", "splat", "__proto__", "toJSON"]);
const anyName = fc.string({ minLength: 1, maxLength: 10 }).filter((name) => !ownNames.has(name) && !isCredentialField(name));

test("winstonTransport() passes on level, text and properties of any record", () => {
  using heard = hear();
  const logger = loggerOf(heard, { transports: [winstonTransport({ logger: heard.name, templates: false })] });
  let at = 0;
  fc.assert(
    fc.property(fc.constantFrom("error", "warn", "info", "debug"), fc.dictionary(anyName, anyValue), anyText, (level, properties, text) => {
      const plain = text.replaceAll("%", "");
      logger.log(level, plain, { ...properties });
      const event = heard.events[at++]!;
      assert.deepEqual([event.level, event.message, { ...event.properties }], [level, plain, { ...properties }]);
    }),
    { numRuns: rounds(150, 20) },
  );
});

test("winstonTransport() shows the same text with and without format.splat()", () => {
  using heard = hear();
  const [plain, formatted] = [loggerOf(heard), loggerOf(heard, { format: format.splat() })];
  const anyWord = fc.stringMatching(/^[a-z{} ]{0,6}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(anyWord, fc.constantFrom("%s", "%d"), fc.integer()), { minLength: 1, maxLength: 4 }), (parts) => {
      const text = parts.map(([word, directive]) => word + directive).join(" ");
      for (const logger of [plain, formatted]) logger.info(text, ...parts.map(([, , value]) => value));
      const [a, b] = heard.events.slice(-2) as [LogEvent, LogEvent];
      assert.equal(a.message, b.message);
    }),
    { numRuns: rounds(100, 20) },
  );
});

test("winstonTransport() never throws, whatever is logged", () => {
  using _ = hearDiagnostics();
  using heard = hear();
  const logger = loggerOf(heard, { format: format((info) => info)() });
  const bare = winstonTransport({ logger: heard.name, loggerNameKey: "label" });
  const every = nastyShare(1);
  for (const value of every) {
    logger.log({
      level: "info",
      message: value as string,
      value,
      error: value,
      stack: value,
      cause: value,
      timestamp: value,
      label: value,
    });
    logger.log({ level: "info", message: "%s", [Symbol.for("splat")]: [value, value], [messageKey]: value });
    for (const info of [value, { level: value, message: value }, { [Symbol.for("level")]: value, [Symbol.for("splat")]: value }]) {
      if (typeof info === "object" && info !== null) bare.log(info);
    }
  }
  assert.ok(heard.events.length >= 2 * every.length);
});

test("winstonTransport() reads a text whose holes all name fields as the template, and escapes any other", () => {
  using heard = hear();
  const logger = loggerOf(heard);
  logger.info("Hello {name}", { name: "World" });
  logger.info("Half {a} and {b}", { a: 1 });
  const never = winston.createLogger({ transports: [winstonTransport({ logger: heard.name, templates: false })] });
  never.info("Hello {name}", { name: "World" });
  assert.deepEqual(heard.events.map(({ messageTemplate }) => messageTemplate), ["Hello {name}", "Half {{a}} and {{b}}", "Hello {{name}}"]);
  assert.throws(() => winstonTransport({ template: true } as never), /template: .*did you mean templates\?/);
});

test("winstonTransport() keeps a string and a second object after the message, with and without format.splat()", () => {
  for (const format of [undefined, winston.format.splat()]) {
    using heard = hear();
    const logger = loggerOf(heard, format && { format });
    logger.info("a", "more");
    logger.info("b", { x: 1 }, { y: 2 });
    logger.info("c", { x: 1 }, 5);
    assert.deepEqual(heard.events.map(({ messageTemplate, properties }) => [messageTemplate, { ...properties }]), [
      ["a", { __0: "more" }],
      ["b", { x: 1, y: 2 }],
      ["c", format === undefined ? { x: 1, __1: 5 } : { x: 1 }],
    ]);
  }
});

test("winstonTransport() removes the colours of a format from the text", () => {
  using heard = hear();
  loggerOf(heard, { format: winston.format.colorize({ all: true }) }).warn("Hello {name}", { name: "World" });
  assert.deepEqual([heard.event.level, heard.event.messageTemplate, heard.event.properties], ["warn", "Hello {name}", { name: "World" }]);
});
