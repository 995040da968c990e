/** pinoStream: records of the real pino arrive as events, and nothing that pino may write makes it throw. */

import assert from "node:assert/strict";
import { hostname } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { isCredentialField } from "../../src/event/credential_names.ts";
import { setImmediate as nextTurn } from "node:timers/promises";
import Fastify from "fastify";
import fc from "fast-check";
import pino from "pino";
import { configure, getLogger, type LogEvent, shutdown } from "../../mod.ts";
import { type PinoOptions, pinoStream } from "../../src/adapters/adapters.ts";
import { rounds } from "../support/effort.ts";
import { hearDiagnostics, observe } from "../support/seq.ts";
import { nastyShare } from "../support/values.ts";
import { anyText, anyValue, factsOf, hear } from "./hear.ts";

/** The message, and what else is not as usual. */
const briefly = (events: readonly LogEvent[]) => events.map(({ level, message, properties }) => [level, message, { ...properties }]);

// ---- what becomes of a record ----

test("pinoStream() makes an event of each level, custom ones at the nearest that is not above", () => {
  using heard = hear();
  const logger = pino({ level: "all", customLevels: { all: 1, audit: 35, loud: 99 } }, pinoStream({ logger: heard.name }));
  for (const level of ["all", "trace", "debug", "info", "audit", "warn", "error", "fatal", "loud"] as const) logger[level](level);
  assert.deepEqual(heard.events.map(({ level, message }) => [message, level]), [
    ["all", "trace"],
    ["trace", "trace"],
    ["debug", "debug"],
    ["info", "info"],
    ["audit", "info"],
    ["warn", "warn"],
    ["error", "error"],
    ["fatal", "fatal"],
    ["loud", "fatal"],
  ]);
});

test("pinoStream() reads custom levels by names that are known here, whatever their numbers", () => {
  using heard = hear();
  const customLevels = { debug: 1, notice: 2, network: 3, error: 4, critical: 5 };
  const logger = pino({ level: "debug", customLevels, useOnlyCustomLevels: true }, pinoStream({ logger: heard.name }));
  for (const level of ["debug", "notice", "network", "error", "critical"] as const) logger[level](level);
  assert.deepEqual(heard.events.map(({ message, level }) => `${message} ${level}`), [
    ...["debug debug", "notice info", "network trace", "error error", "critical fatal"],
  ]);
});

test("pinoStream() finds the text under msg or message where pino does not say which", () => {
  using heard = hear();
  const { write } = pinoStream({ logger: heard.name });
  write({ level: 30, message: "from a page" });
  write('{"level":30,"message":"from another process"}\n');
  write({ level: 30, msg: "both", message: "a property" });
  pino({ base: null }, pinoStream({ logger: heard.name })).info({ message: "a property of pino's own" });
  assert.deepEqual(briefly(heard.events), [
    ["info", "from a page", {}],
    ["info", "from another process", {}],
    ["info", "both", { message: "a property" }],
    ["info", "", { message: "a property of pino's own" }],
  ]);
});

test("pinoStream({ levels }) reads numbers and labels; off drops", () => {
  using heard = hear();
  const levels = { audit: "warn", 20: "trace", error: "fatal", noise: "off" } as const;
  const logger = pino({ level: "trace", customLevels: { audit: 35, noise: 31 } }, pinoStream({ logger: heard.name, levels }));
  logger.audit("a");
  logger.debug("d");
  logger.error("e");
  logger.noise("n");
  assert.deepEqual(heard.events.map(({ level }) => level), ["warn", "trace", "fatal"]);
});

test("pinoStream({ levels }) with a word that is no level throws a TypeError", () => {
  assert.throws(() => pinoStream({ levels: { audit: "loud" as "warn" } }), /levels\.audit: Cannot use this as a level, .*"loud"/);
});

for (const isMulti of [false, true]) {
  test(`pinoStream() reads a level that a formatter writes as it likes${isMulti ? ", in a multistream" : ""}`, () => {
    using heard = hear();
    const stream = (): pino.DestinationStream => {
      const own = pinoStream({ logger: heard.name });
      return isMulti ? pino.multistream([{ level: "trace", stream: own }]) : own;
    };
    pino({ formatters: { level: (level) => ({ level }) }, base: null }, stream()).warn("label");
    pino({ formatters: { level: (label) => ({ severity: label.toUpperCase() }) }, base: null }, stream()).error("severity");
    pino({ customLevels: { audit: 45 }, formatters: { level: (level) => ({ level }) }, base: null }, stream()).audit("custom");
    assert.deepEqual(briefly(heard.events), [["warn", "label", {}], ["error", "severity", { severity: "ERROR" }], ["warn", "custom", {}]]);
  });
}

test("pinoStream() reads the name as the logger's, below the one of the options, and child bindings as properties", () => {
  using heard = hear();
  const logger = pino({ name: "db" }, pinoStream({ logger: heard.name }));
  logger.info("root");
  logger.child({ requestId: 7, name: "db.pool" }).info("child");
  assert.deepEqual(heard.events.map(({ loggerName, properties }) => [loggerName, { ...properties }]), [
    [`${heard.name}.db`, {}],
    [`${heard.name}.db.pool`, { requestId: 7 }],
  ]);
});

test("pinoStream() writes to a given Logger with what it is bound to", () => {
  using heard = hear();
  const bound = getLogger(heard.name).with({ Region: "north" });
  pino({ name: "db" }, pinoStream({ logger: bound })).info({ ms: 1 }, "query");
  assert.deepEqual({ ...heard.event.properties }, { ms: 1, Region: "north" });
});

test("pinoStream() keeps fields that bear the names of pino's own as properties", () => {
  using heard = hear();
  const logger = pino({ name: "db" }, pinoStream({ logger: heard.name }));
  const startMs = Date.now();
  logger.error({ name: "Ada", time: "noon", level: "high", pid: 1, hostname: "other" }, "hers");
  assert.deepEqual(factsOf(heard.event), {
    level: "error",
    loggerName: `${heard.name}.db`,
    messageTemplate: "hers",
    message: "hers",
    properties: { level: "high", pid: 1, hostname: "other", time: "noon", name: "Ada" },
  });
  assert.ok(heard.event.timestampMs >= startMs && heard.event.timestampMs <= Date.now());
});

test("pinoStream() leaves out the pid and hostname of this process, and keeps those of another", () => {
  using heard = hear();
  const stream = pinoStream({ logger: heard.name });
  stream.write(`${JSON.stringify({ level: 30, pid: process.pid, hostname: hostname(), msg: "here" })}\n`);
  stream.write(`${JSON.stringify({ level: 30, pid: process.pid + 1, hostname: "there", msg: "there" })}\n`);
  assert.deepEqual(briefly(heard.events), [
    ["info", "here", {}],
    ["info", "there", { pid: process.pid + 1, hostname: "there" }],
  ]);
});

test("pinoStream() lets redaction, mixins, serializers and nested keys through", () => {
  using heard = hear();
  const options = { redact: ["card.number"], mixin: () => ({ zone: 1 }), serializers: { user: ({ id }: { id: number }) => id } };
  pino(options, pinoStream({ logger: heard.name })).info({ card: { number: 4711 }, user: { id: 5 } }, "paid");
  pino({ nestedKey: "payload" }, pinoStream({ logger: heard.name })).info({ a: 1 }, "nested");
  assert.deepEqual(briefly(heard.events), [
    ["info", "paid", { zone: 1, card: { number: "[Redacted]" }, user: 5 }],
    ["info", "nested", { payload: { a: 1 } }],
  ]);
});

test("pinoStream() learns messageKey and errorKey from pino, and its options go before", () => {
  using heard = hear();
  pino({ messageKey: "message", errorKey: "error" }, pinoStream({ logger: heard.name })).error(new Error("boom"), "text");
  pino({ messageKey: "message" }, pino.multistream(pinoStream({ logger: heard.name }))).info({ msg: "a field" }, "text");
  const stream = pinoStream({ logger: heard.name, messageKey: "text", errorKey: "problem" });
  stream.write('{"level":30,"text":"by option","problem":{"type":"Error","message":"no"}}\n');
  assert.deepEqual(briefly(heard.events), [
    ["error", "text", { error: { type: "Error", message: "boom" } }],
    ["info", "text", { msg: "a field" }],
    ["info", "by option", { problem: { type: "Error", message: "no" } }],
  ]);
  assert.match(heard.events[0]!.exception!, /^Error: boom\n/);
  assert.equal(heard.events[2]!.exception, "Error: no");
});

test("pinoStream({ messageTemplateKey }) reads the template from a field", () => {
  using heard = hear();
  const logger = pino(pinoStream({ logger: heard.name, messageTemplateKey: "template" }));
  logger.info({ template: "Order {Id} shipped", Id: 42 });
  logger.info({ template: "Order {Id} shipped", Id: 43 }, "its text");
  logger.info({ Id: 44 }, "{none}");
  assert.deepEqual(heard.events.map(({ messageTemplate, message, properties }) => [messageTemplate, message, { ...properties }]), [
    ["Order {Id} shipped", "Order 42 shipped", { Id: 42 }],
    ["Order {Id} shipped", "Order 43 shipped", { Id: 43, msg: "its text" }],
    ["{{none}}", "{none}", { Id: 44 }],
  ]);
});

// ---- errors ----

test("pinoStream() makes the exception of an error: stack, own fields and causes; the property has no stack", () => {
  using heard = hear();
  const error = Object.assign(new TypeError("outer", { cause: new RangeError("inner") }), { code: "E_OUT" });
  pino(pinoStream({ logger: heard.name })).error(error, "failed");
  const { message, exception, properties } = heard.event;
  assert.equal(message, "failed");
  assert.match(exception!, /^TypeError: outer\n.*\n {4}\{"code":"E_OUT"\}\nCaused by: RangeError: inner\n/s);
  assert.deepEqual({ ...properties }, { err: { type: "TypeError", message: "outer: inner", code: "E_OUT" } });
});

test("pinoStream() reads the message of an error that is logged alone, and the inner errors of an AggregateError", () => {
  using heard = hear();
  const error = new AggregateError([new Error("first"), new TypeError("second")], "both");
  pino(pinoStream({ logger: heard.name })).fatal(error);
  const { level, message, exception } = heard.event;
  assert.deepEqual([level, message], ["fatal", "both"]);
  assert.match(exception!, /^AggregateError: both\n.*\nInner error 1 of 2: Error: first\n.*\nInner error 2 of 2: TypeError: second\n/s);
});

test("pinoStream() finds an error that another serializer or a nested key has put elsewhere", () => {
  using heard = hear();
  pino({ serializers: { problem: pino.stdSerializers.err } }, pinoStream({ logger: heard.name })).error({ problem: new Error("1") }, "p");
  pino({ nestedKey: "payload" }, pinoStream({ logger: heard.name })).error(new Error("2"));
  for (const [i, { exception, properties }] of heard.events.entries()) {
    assert.match(exception!, new RegExp(`^Error: ${i + 1}\n`));
    assert.doesNotMatch(JSON.stringify(properties), /stack/);
  }
});

test("pinoStream() keeps an err that is no error as a property", () => {
  using heard = hear();
  pino(pinoStream({ logger: heard.name })).error({ err: "text" }, "failed");
  assert.equal(heard.event.exception, undefined);
  assert.deepEqual({ ...heard.event.properties }, { err: "text" });
});

// ---- times ----

const { isoTime, isoTimeNano, unixTime, nullTime, epochTime } = pino.stdTimeFunctions;
const times: Readonly<Record<string, () => string>> = {
  epochTime,
  isoTime,
  isoTimeNano,
  unixTime,
  nullTime,
  another: () => `,"@timestamp":"${new Date().toISOString()}"`,
};

for (const [name, timestamp] of Object.entries(times)) {
  test(`pinoStream() reads the time of ${name}, and leaves no property of it`, () => {
    using heard = hear();
    const slackMs = { unixTime: 500, isoTimeNano: 5000 }[name] ?? 1; // pino rounds the one, and counts the other from its own start
    const startMs = Date.now() - slackMs;
    pino({ timestamp }, pinoStream({ logger: heard.name })).info("now");
    assert.ok(heard.event.timestampMs >= startMs && heard.event.timestampMs <= Date.now() + slackMs);
    assert.deepEqual({ ...heard.event.properties }, {});
  });
}

test("pinoStream() keeps nanoseconds to 100 ns, reads other zones, and counts records of one millisecond", () => {
  using heard = hear();
  const stream = pinoStream({ logger: heard.name });
  const of = [1767225600123, 1767225600123, 1767225600, "2026-01-01T01:00:00.1234567899+01:00", "2026-01-01T00:00:00+0000", "12:00", 1e400];
  for (const time of of) stream.write(`${JSON.stringify({ level: 30, time })}\n`);
  assert.deepEqual(heard.events.slice(0, 5).map(({ timestampMs, ticks }) => [timestampMs, ticks]), [
    [1767225600123, 0],
    [1767225600123, 1],
    [1767225600000, 0],
    [1767225600123, 4567],
    [1767225600000, 1],
  ]);
  assert.deepEqual(heard.events.slice(5).map(({ properties }) => ({ ...properties })), [{ time: "12:00" }, { time: null }]);
});

// ---- how it is written to ----

test("pinoStream() reads several lines, bytes, and lines in parts", () => {
  using heard = hear();
  const stream = pinoStream({ logger: heard.name });
  const text = '{"level":30,"msg":"één"}\r\n{"level":40,"msg":"twee"}\n\n{"level":50,"msg":"drie"}\n';
  stream.write(text);
  for (const byte of new TextEncoder().encode(text)) stream.write(Uint8Array.of(byte));
  assert.deepEqual(heard.events.map(({ message }) => message), ["één", "twee", "drie", "één", "twee", "drie"]);
});

test("pinoStream().end() reads a line without an end; a line without end is cut at a mebibyte", () => {
  using heard = hear();
  const stream = pinoStream({ logger: heard.name });
  stream.end();
  stream.write('{"level":40,"msg":"last"}');
  assert.equal(heard.events.length, 0);
  stream.end();
  for (let i = 0; i < 20; i++) stream.write("x".repeat(65_536));
  const [last, long] = heard.events;
  assert.equal(last!.message, "last");
  assert.match(long!.message.slice(0, 65_536), /^x{65536}$/); // an event keeps the head of a text that is longer than it may hold
  assert.equal(heard.events.length, 2);
});

test("pinoStream() makes an event of a line that is no record", () => {
  using heard = hear();
  const stream = pinoStream({ logger: heard.name });
  stream.write('plain {text}\n[1]\n5\nnull\n"text"\n{broken\n');
  assert.deepEqual(heard.events.map(({ level, message }) => [level, message]), [
    ["info", "plain {text}"],
    ["info", "[1]"],
    ["info", "5"],
    ["info", "null"],
    ["info", '"text"'],
    ["info", "{broken"],
  ]);
});

test("pinoStream() reads what a streamWrite hook makes of a line: without its end, or as plain text of its level", () => {
  using heard = hear();
  pino({ hooks: { streamWrite: (line) => line.trim() } }, pinoStream({ logger: heard.name })).warn("trimmed");
  pino({ hooks: { streamWrite: () => "plain" } }, pinoStream({ logger: heard.name })).error("text");
  assert.deepEqual(heard.events.map(({ level, message }) => [level, message]), [["warn", "trimmed"], ["error", "plain"]]);
});

test("pinoStream().write reads records of pino's build for browsers, without its stream", async () => {
  using heard = hear();
  const { default: browserPino } = await import("pino/browser.js" as string) as { default: typeof pino };
  const { write } = pinoStream({ logger: heard.name });
  browserPino({ browser: { write } }).warn({ a: 1 }, "of a %s", "browser");
  browserPino({ browser: { write } }).error({ err: new TypeError("kept") }, "failed");
  browserPino({ browser: { write, serialize: true } }).error(new TypeError("laid out"));
  assert.deepEqual(heard.events.map(({ level, message }) => [level, message]), [
    ["warn", "of a browser"],
    ["error", "failed"],
    ["error", "laid out"],
  ]);
  assert.match(heard.events[1]!.exception!, /^TypeError: kept\n/);
  assert.match(heard.events[2]!.exception!, /TypeError|laid out/);
});

test("pino's flush waits until Seq has all", async () => {
  await using seen = observe();
  const logger = pino({ level: "trace" }, pinoStream());
  logger.info({ Id: 42 }, "shipped");
  await new Promise<void>((resolve, reject) => logger.flush((error) => (error ? reject(error) : resolve())));
  assert.deepEqual(seen.seq.events.map((clef) => [clef["@mt"], clef.Id]), [["shipped", 42]]);
});

test("pino.multistream flushes and ends it", () => {
  using heard = hear();
  const streams = pino.multistream([{ stream: pinoStream({ logger: heard.name }) }]);
  pino({}, streams).fatal("dead");
  streams.flushSync();
  streams.end();
  assert.equal(heard.event.message, "dead");
});

test("fastify logs through pinoStream()", async () => {
  using heard = hear();
  const app = Fastify({ logger: { stream: pinoStream({ logger: heard.name }) } });
  app.get("/", () => "hello");
  await app.inject("/");
  await app.close();
  const done = heard.events.find(({ message }) => message === "request completed")!;
  assert.deepEqual(done.properties.res, { statusCode: 200 });
  assert.equal(typeof done.properties.responseTime, "number");
});

test("pinoStream() costs an event below its logger's level nothing but the reading", () => {
  using heard = hear();
  const logger = pino({ level: "trace" }, pinoStream({ logger: heard.name }));
  getLogger(heard.name).level = "warn";
  logger.info("below");
  logger.warn("above");
  assert.deepEqual(heard.events.map(({ message }) => message), ["above"]);
});

test("pinoStream() with a captured console makes one event of a record, and no recursion", async () => {
  using heard = hear();
  configure({ serverUrl: null, captureConsole: true, level: "off", loggers: { [heard.name]: "trace" } });
  const lines: string[] = [];
  const stdout = { write: (line: string) => void lines.push(line) };
  pino({}, pino.multistream([stdout, pinoStream({ logger: heard.name })])).info("once");
  await nextTurn();
  await shutdown();
  assert.equal(lines.length, 1);
  assert.equal(heard.events.length, 1);
});

// ---- whatever is logged ----

const methods = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
const ownNames = new Set(["level", "time", "pid", "hostname", "name", "msg", "err", "__proto__", "toJSON"]);
const anyName = fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }).filter((name) =>
  !ownNames.has(name) && !isCredentialField(name) && !/\p{Cs}/u.test(name)
);

test("pinoStream() passes on level, text, logger and properties of any record", () => {
  using heard = hear();
  const logger = pino({ level: "trace" }, pinoStream({ logger: heard.name, templates: false }));
  let at = 0;
  fc.assert(
    fc.property(fc.constantFrom(...methods), fc.dictionary(anyName, anyValue), anyText, (level, properties, text) => {
      logger.child({ bound: 1 })[level](properties, text.replaceAll("%", "%%"));
      const event = heard.events[at++]!;
      const expected = JSON.parse(JSON.stringify({ bound: 1, ...properties }));
      assert.equal(heard.events.length, at);
      assert.deepEqual([event.level, event.message, { ...event.properties }], [level, text.replaceAll("%", "%%"), expected]);
    }),
    { numRuns: rounds(150, 20) },
  );
});

test("pinoStream() reads any split of the lines alike", () => {
  const anyLine = fc.oneof(
    fc.record({ level: fc.integer(), msg: anyText }).map((record) => JSON.stringify(record)),
    fc.json(),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 5 }), fc.array(fc.nat(200), { maxLength: 5 }), (lines, cuts) => {
      const text = lines.map((line) => `${line}\n`).join("");
      const bytes = new TextEncoder().encode(text);
      using whole = hear();
      pinoStream({ logger: whole.name }).write(text);
      using parted = hear();
      const stream = pinoStream({ logger: parted.name });
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      for (const [i, start] of at.entries()) stream.write(bytes.subarray(start, at[i + 1] ?? bytes.length));
      const seen = (events: readonly LogEvent[]) => events.map(({ level, message, properties }) => ({ level, message, properties }));
      assert.deepEqual(seen(parted.events), seen(whole.events));
    }),
    { numRuns: rounds(100, 20) },
  );
});

test("pinoStream() never throws, whatever is written", () => {
  using _ = hearDiagnostics();
  using heard = hear();
  const every: readonly PinoOptions[] = [{}, { messageTemplateKey: "a", messageKey: "b", errorKey: "c" }];
  for (const options of every) {
    const stream = pinoStream({ logger: heard.name, ...options });
    for (const value of [...nastyShare(2), undefined, null, 5, Symbol("s"), () => 1]) {
      stream.write(value as string);
      stream.write({ level: value, time: value, msg: value, err: value, name: value, a: value, b: value });
      Object.assign(stream, { lastLevel: value, lastObj: value, lastTime: value, lastLogger: value });
      stream.write('{"level":30,"msg":"x"}\n');
      stream.emit("message", value);
      stream.emit("message", { code: "PINO_CONFIG", config: { levels: value, messageKey: value, errorKey: value } });
    }
    stream.write(`${"[".repeat(20_000)}\n`);
    stream.write(`{"err":${'{"stack":"s","inner":'.repeat(3000)}1${"}".repeat(3000)}}\n`);
    stream.end();
  }
  assert.ok(heard.events.length > 0);
});

test("pino logs hostile values through pinoStream() without a throw", () => {
  using heard = hear();
  const logger = pino(pinoStream({ logger: heard.name }));
  const circle: Record<string, unknown> = { name: "circle" };
  circle.self = circle;
  logger.info({
    circle,
    big: 10n,
    fn: () => 1,
    nan: NaN,
    when: new Date(0),
    bad: {
      get x(): never {
        throw new Error("no");
      },
    },
  }, "hostile");
  assert.equal(heard.event.message, "hostile");
  assert.equal(heard.event.properties.when, "1970-01-01T00:00:00.000Z");
});

test("pinoStream() reads a text whose holes all name fields as the template, and escapes any other", () => {
  using heard = hear();
  const stream = pinoStream({ logger: heard.name });
  const logger = pino({}, stream);
  logger.info({ name: "World" }, "Hello {name}");
  logger.info({ a: 1 }, "Half {a} and {b}");
  logger.info("a set {x}");
  stream.write('{"level":30,"name":"World","msg":"Hello {name}"}\n');
  pino({}, pinoStream({ logger: heard.name, templates: false })).info({ a: 1 }, "{a}");
  pino({}, pinoStream({ logger: heard.name, templates: true })).info("{a}");
  assert.deepEqual(heard.events.map(({ messageTemplate, message }) => [messageTemplate, message]), [
    ["Hello {name}", "Hello World"],
    ["Half {{a}} and {{b}}", "Half {a} and {b}"],
    ["a set {{x}}", "a set {x}"],
    ["Hello {name}", "Hello World"],
    ["{{a}}", "{a}"],
    ["{a}", "{a}"],
  ]);
  assert.throws(() => pinoStream({ template: true } as never), /template: .*did you mean templates\?/);
});
