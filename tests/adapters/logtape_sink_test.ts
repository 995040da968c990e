/** logtapeSink: records of the real LogTape arrive as events, their templates as templates. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { configureSync, getLogger, lazy, type Logger, type LogRecord, resetSync } from "@logtape/logtape";
import fc from "fast-check";
import { getLogger as ownLogger, type LogEvent } from "../../mod.ts";
import { type LogTapeRecord, logtapeSink } from "../../src/adapters/adapters.ts";
import { rounds } from "../support/effort.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { nastyShare } from "../support/values.ts";
import { anyText, anyValue, factsOf, hear, type Heard } from "./hear.ts";

afterEach(() => resetSync());

/** A logger of LogTape's whose records all go to our sink. */
function loggerOf({ name }: Heard, category: readonly string[] = ["my", "app"]): Logger {
  configureSync({
    sinks: { seq: logtapeSink({ logger: name }) },
    loggers: [{ category: [], sinks: ["seq"], lowestLevel: "trace" }, { category: ["logtape", "meta"], lowestLevel: "fatal" }],
    reset: true,
  });
  return getLogger(category);
}

const levels = { trace: "trace", debug: "debug", info: "info", warning: "warn", error: "error", fatal: "fatal" } as const;

test("logtapeSink() maps each level and makes the category the logger's name", () => {
  using heard = hear();
  const logger = loggerOf(heard);
  for (const level of Object.keys(levels) as (keyof typeof levels)[]) logger[level](level);
  assert.deepEqual(heard.events.map(({ level, message }) => [message, level]), Object.entries(levels));
  assert.deepEqual(new Set(heard.events.map(({ loggerName }) => loggerName)), new Set([`${heard.name}.my.app`]));
});

test("logtapeSink() writes to the logger of the options, the root of categories, or below it", () => {
  using heard = hear();
  loggerOf(heard, []).info("root");
  getLogger(["a.b", "", "c"]).info("deep");
  assert.deepEqual(heard.events.map(({ loggerName }) => loggerName), [heard.name, `${heard.name}.a.b.c`]);
});

test("logtapeSink({ levels }) overrides; off drops; a level with an unknown name is info and a property", () => {
  using heard = hear();
  const sink = logtapeSink({ logger: heard.name, levels: { debug: "trace", info: "off" } });
  for (const level of ["debug", "info", "loud"]) {
    sink({ category: [], level, message: [level], rawMessage: level, timestamp: 0, properties: {} });
  }
  assert.deepEqual(heard.events.map(({ level, properties }) => [level, { ...properties }]), [["trace", {}], ["info", { level: "loud" }]]);
});

/** LogTape's templates, the library's, and the properties that only a hole needs. */
const user = { name: "Ada", "full-name": "Ada L", list: [1, 2] };
const given = { name: "Bob", user, users: [{ name: "Cy" }], "user-id": 5, " x ": 6, " y": 7, "a.b": 8, 0: "zero" };
const templates: readonly (readonly [raw: string, template: string, more?: object])[] = [
  ["plain", "plain"],
  ["", ""],
  ["no hole }} here", "no hole }}}} here"],
  ["Hello {name}", "Hello {name}"],
  ["{ name }", "{name}"],
  ["{{escaped}} {name}", "{{escaped}} {name}"],
  ["{{{name}}}", "{{{name}}}"],
  ["open { {name", "open {{ {{name"],
  ["{0}", "{0}"],
  ["{user.name}", "{user.name}"],
  ["{user}", "{user}"],
  ["{user?.name}", "{user_name}", { user_name: "Ada" }],
  ["{users[0].name}", "{users_0_name}", { users_0_name: "Cy" }],
  ['{user["full-name"]}', "{user_full_name}", { user_full_name: "Ada L" }],
  ["{user.list.length}", "{user.list.length}"],
  ["{user-id}", "{user_id}", { user_id: 5 }],
  ["{ x }", "{x}", { x: 6 }],
  ["{y}", "{y}"],
  ["{a.b}", "{a.b}"],
  ["{missing} {miss.ing} {miss-ing} {name:000}", "{missing} {miss.ing} {{miss-ing}} {{name:000}}"],
  ["{user-id} {user-id}", "{user_id} {_user_id}", { user_id: 5, _user_id: 5 }],
  ["{a{b}", "{{a{{b}}"],
  ["{}", "{{}}"],
];

for (const [raw, template, more = {}] of templates) {
  test(`logtapeSink() makes ${JSON.stringify(raw)} the template ${JSON.stringify(template)}`, () => {
    using heard = hear();
    loggerOf(heard).info(raw, given);
    assert.deepEqual([heard.event.messageTemplate, { ...heard.event.properties }], [template, { ...given, ...more }]);
  });
}

test("logtapeSink() makes {*} one hole for each property", () => {
  using heard = hear();
  const logger = loggerOf(heard);
  logger.info({ a: 1, "b-c": "two" });
  logger.info("all: {*}", { "*": "a field" });
  logger.info("none: {*}", {});
  assert.deepEqual(heard.events.map(({ message }) => message), ["a=1 b-c=two", "all: a field", "none: "]);
  assert.deepEqual({ ...heard.events[0]!.properties }, { a: 1, "b-c": "two", b_c: "two" });
});

test("logtapeSink() numbers the values of a tagged template literal, lazy ones too", () => {
  using heard = hear();
  const logger = loggerOf(heard);
  logger.warn`${1} of {${{ a: 2 }}}`;
  logger.debug((log) => log`lazily ${"three"}`);
  logger.with({ 0: "taken" }).info`${"first"}`;
  assert.deepEqual(heard.events.map(({ messageTemplate, message, properties }) => [messageTemplate, message, { ...properties }]), [
    ["{0} of {{{1}}}", '1 of {{"a":2}}', { 0: 1, 1: { a: 2 } }],
    ["lazily {0}", "lazily three", { 0: "three" }],
    ["{_0}", "first", { 0: "taken", _0: "first" }],
  ]);
});

test("logtapeSink() reads context, lazy values and asynchronous properties", async () => {
  using heard = hear();
  const logger = loggerOf(heard).with({ requestId: 7, when: lazy(() => "now") });
  logger.info("sync {n}", () => ({ n: 1 }));
  await logger.info("async {n}", async () => await Promise.resolve({ n: 2 }));
  assert.deepEqual(heard.events.map(({ message, properties }) => [message, { ...properties }]), [
    ["sync 1", { requestId: 7, when: "now", n: 1 }],
    ["async 2", { requestId: 7, when: "now", n: 2 }],
  ]);
});

test("logtapeSink() makes the exception of an error: alone, among properties, as a value", () => {
  using heard = hear();
  const logger = loggerOf(heard);
  const error = new TypeError("no paper", { cause: new Error("no tree") });
  logger.error(error);
  logger.error("failed", error);
  logger.warn("failed {why}", { why: error });
  logger.fatal`failed: ${error}`;
  logger.error("at {error.stack}", { error });
  for (const { exception, properties } of heard.events) {
    assert.match(exception!, /^TypeError: no paper\n.*\nCaused by: Error: no tree\n/s);
    assert.doesNotMatch(JSON.stringify({ ...properties, error_stack: undefined }), /"stack"/);
  }
  assert.equal(heard.events[0]!.message, "no paper");
  assert.equal(heard.events[1]!.message, "failed");
  assert.match(heard.events[4]!.message, /no paper|at /);
});

test("logtapeSink() keeps the time, and the order within a millisecond", () => {
  using heard = hear();
  const sink = logtapeSink({ logger: heard.name });
  const of = (timestamp: number): LogTapeRecord => ({
    category: [],
    level: "info",
    message: [""],
    rawMessage: "",
    timestamp,
    properties: {},
  });
  for (const timestamp of [5, 5, 1767225600000, 5, NaN]) sink(of(timestamp));
  assert.deepEqual(heard.events.slice(0, 4).map(({ timestampMs, ticks }) => [timestampMs, ticks]), [[5, 0], [5, 1], [1767225600000, 0], [
    5,
    0,
  ]]);
  assert.ok(heard.events[4]!.timestampMs > 1767225600000);
});

test("logtapeSink() keeps the place of the call, where LogTape was asked for it", () => {
  using heard = hear();
  configureSync({
    sinks: { seq: logtapeSink({ logger: heard.name }) },
    loggers: [{ category: "located", sinks: ["seq"], captureSourceLocation: true }, {
      category: ["logtape", "meta"],
      lowestLevel: "fatal",
    }],
    reset: true,
  });
  getLogger("located").info("here");
  const { file, line } = heard.event.properties.sourceLocation as { file: string; line: number };
  assert.match(file, /logtape_sink_test\.m?[jt]s/);
  assert.ok(line > 0);
});

test("logtapeSink() reads nothing of a record below its logger's level", () => {
  using heard = hear();
  const logger = loggerOf(heard);
  ownLogger(heard.name).level = "warn";
  let asked = 0;
  logger.info((log) => log`${++asked}`);
  assert.deepEqual([heard.events.length, asked], [0, 0]);
});

// ---- whatever is logged ----

const anyKey = fc.oneof(fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/), fc.string({ maxLength: 6 })).filter((name) =>
  name !== "__proto__" && name !== ""
);

test("logtapeSink() passes on level, text and properties of any record", () => {
  using heard = hear();
  const logger = loggerOf(heard);
  let at = 0;
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(levels)), fc.dictionary(anyKey, anyValue), anyText, (level, properties, text) => {
      const own = level as keyof typeof levels;
      logger[own](text.replace(/[{}]/g, "$&$&") + "{{", properties);
      const event = heard.events[at++]!;
      assert.deepEqual([event.level, event.message], [levels[own], `${text}{`]);
      for (const [name, value] of Object.entries(properties)) assert.deepEqual(event.properties[name === "" ? "_" : name], value);
    }),
    { numRuns: rounds(200, 20) },
  );
});

test("logtapeSink() shows in each hole the value that LogTape has found", () => {
  using heard = hear();
  let record: LogRecord | undefined;
  const sink = logtapeSink({ logger: heard.name });
  configureSync({
    sinks: { both: (one) => sink(record = one) },
    loggers: [{ category: [], sinks: ["both"] }, { category: ["logtape", "meta"], lowestLevel: "fatal" }],
    reset: true,
  });
  const anyPath = fc.oneof(
    fc.constantFrom(
      "a",
      "b.c",
      "b.c.d",
      "e[0]",
      "e[1].f",
      "b?.c",
      " a ",
      'b["c"]',
      "g-h",
      "b.",
      ".a",
      "e.length",
      "e[9]",
      "a:0",
      "@a",
      "$a",
      "_",
      "1",
    ),
    fc.string({ maxLength: 8 }).filter((path) => !path.includes("*")),
  );
  const properties = { a: "A", b: { c: "C" }, e: [1, { f: "F" }], "g-h": "GH", "@a": "at", _: "low", 1: "one" };
  fc.assert(
    fc.property(fc.array(fc.tuple(anyText, anyPath), { maxLength: 4 }), (parts) => {
      getLogger("x").info(parts.map(([text, path]) => `${text}{${path}}`).join(""), properties);
      const event = heard.events.at(-1)!;
      const shown = record!.message.map((part, i) =>
        i % 2 === 0 || part === undefined ? part : typeof part === "string" ? part : JSON.stringify(part)
      );
      if (!shown.includes(undefined)) assert.equal(event.message, shown.join(""));
      for (const part of shown) {
        if (part !== undefined) assert.ok(event.message.includes(String(part)), `${part} is not in ${event.message}`);
      }
    }),
    { numRuns: rounds(200, 20) },
  );
});

test("logtapeSink() never throws, whatever is logged", () => {
  using _ = hearDiagnostics();
  using heard = hear();
  const logger = loggerOf(heard);
  const sink = logtapeSink({ logger: heard.name });
  const every = nastyShare(0);
  for (const value of every) {
    logger.info("{value.a} {value[0]} {value?.b}", { value });
    logger.info`${value}`;
    for (const name of ["category", "level", "message", "rawMessage", "timestamp", "properties", "sourceLocation"]) {
      const record = { category: [], level: "info", message: ["x"], rawMessage: "x", timestamp: 0, properties: {}, [name]: value };
      sink(record as LogTapeRecord);
    }
    sink(value as LogTapeRecord);
  }
  assert.ok(heard.events.length >= 2 * every.length);
});

test("logtapeSink() makes an event of a record whose values cannot be had", () => {
  using heard = hear();
  const boom = (): never => {
    throw new Error("no values");
  };
  logtapeSink({ logger: heard.name })({
    category: [],
    level: "info",
    rawMessage: "of {which}",
    timestamp: 0,
    get message(): never {
      return boom();
    },
    get properties(): never {
      return boom();
    },
  });
  const event: LogEvent = heard.event;
  assert.deepEqual(factsOf(event), {
    level: "info",
    loggerName: heard.name,
    messageTemplate: "of {{which}}",
    message: "of {which}",
    properties: { __properties: "[Threw: no values]" },
  });
});
