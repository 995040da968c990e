/** The wire form of an event: each of CLEF's fields, names that must not be taken as they are, and the way back. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClefDecoderStream,
  configure,
  encodeClef,
  getLogger,
  type Level,
  type LogEvent,
  type LogEventInit,
  type Logger,
  MemoryHandler,
  type SeqOptions,
  shutdown,
  withContext,
} from "../../mod.ts";
import { readClef } from "../../src/collector/clef_body.ts";
import { writeRecord } from "../../src/event/clef.ts";
import { LineWriter } from "../../src/event/line_writer.ts";
import { toRecord } from "../../src/event/log_event.ts";
import { parseTemplate } from "../../src/event/message_template.ts";
import { isBrief, isFull, rounds } from "../support/effort.ts";
import { anonymous, type Clef, FakeSeq, hearDiagnostics, namesIn, observe, propertiesOf, remember } from "../support/seq.ts";

const log = getLogger("clef");
const utf8 = new TextEncoder();
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/;

/** The line of one event, as text and parsed. */
async function sent(call: (log: Logger) => void, options?: Partial<SeqOptions>): Promise<{ line: string; clef: Clef; properties: Clef }> {
  await using observed = observe(options);
  call(log);
  const [line, ...more] = await observed.lines();
  assert.ok(line !== undefined && more.length === 0, "one line should have come");
  const clef = JSON.parse(line);
  return { line, clef, properties: propertiesOf(clef) };
}

/** An event that no logger has logged. */
function event(parts: Partial<LogEvent> = {}): LogEvent {
  return {
    timestampMs: Date.UTC(2026, 2, 1, 10, 15, 0, 123),
    level: "info",
    loggerName: "shop",
    messageTemplate: "{A}",
    properties: { A: 1 },
    message: "1",
    ...parts,
  };
}

const encoded = (parts?: Partial<LogEvent>, shape?: Parameters<typeof encodeClef>[1]): Clef => JSON.parse(encodeClef(event(parts), shape));

// ---- @t ----

test("@t is the time of the call in UTC, with seven digits", async () => {
  const before = Date.now();
  const { clef } = await sent((log) => log.info("x"));
  assert.match(clef["@t"] as string, timestamp);
  const ms = Date.parse(clef["@t"] as string);
  assert.ok(ms >= before - 1 && ms <= Date.now() + 10, `${clef["@t"]}`);
});

test("@t of a burst of events in one tick is strictly increasing, in the order of the calls", async () => {
  const count = isFull ? 20_000 : 5000;
  await using observed = observe();
  const loggers = [getLogger(), log, getLogger("clef.child"), log.with({ Bound: 1 })];
  const before = Date.now();
  for (let i = 0; i < count; i++) {
    const logger = loggers[i % loggers.length]!;
    if (i % 5 === 0) logger.write({ message: "x", properties: { i } });
    else if (i % 7 === 0) logger.error(new Error("x"), "x", { i });
    else logger.info("x", { i });
  }
  const after = Date.now();
  const events = await observed.events();
  assert.deepEqual(events.map(({ i }) => i), Array.from({ length: count }, (_, i) => i));
  for (let i = 0; i < events.length; i++) {
    const time = events[i]!["@t"] as string;
    assert.match(time, timestamp);
    if (i > 0) {
      assert.ok(
        time > (events[i - 1]!["@t"] as string),
        `${time} follows ${events[i - 1]!["@t"]}`,
      );
    }
  }
  // However fast the calls are, the times keep with the clock to a few milliseconds.
  assert.ok(Date.parse(events[0]!["@t"] as string) >= before - 10);
  assert.ok(Date.parse(events.at(-1)!["@t"] as string) <= after + 50);
});

test("@t keeps increasing from one tick to the next", async () => {
  await using observed = observe();
  for (let i = 0; i < 200; i++) {
    for (let j = 0; j < 20; j++) log.info("x");
    await Promise.resolve();
  }
  const times = (await observed.events()).map((clef) => clef["@t"] as string);
  assert.equal(new Set(times).size, 4000);
  assert.deepEqual(times, times.toSorted());
});

test("@t keeps the order of a burst while the clock stands still or goes back a little, and follows one that is set back", async () => {
  await using observed = observe();
  const { now } = Date;
  let ms = Date.UTC(2026, 2, 1, 10, 15);
  Date.now = () => ms;
  try {
    const burst = (count: number): void => {
      for (let i = 0; i < count; i++) log.info("x");
    };
    burst(25_000);
    ms -= 100;
    burst(100);
    ms += 200;
    burst(1);
    ms -= 86_400_000;
    burst(1);
  } finally {
    Date.now = now;
  }
  const times = (await observed.events()).map((clef) => clef["@t"] as string);
  const last = times.pop()!;
  assert.equal(times.length, 25_101);
  for (const [i, time] of times.entries()) assert.ok(i === 0 || time > times[i - 1]!, `${time} follows ${times[i - 1]}`);
  assert.ok(times.at(-1)! < "2026-03-01T10:15:00.2", times.at(-1));
  assert.match(last, /^2026-02-28T10:15:00/);
});

test("@t of an event with its own time is that time, to 100 ns", () => {
  const ms = Date.UTC(2026, 2, 1, 10, 15, 0, 123);
  const cases: readonly (readonly [number, number | undefined, string])[] = [
    [ms, undefined, "2026-03-01T10:15:00.1230000Z"],
    [ms, 1, "2026-03-01T10:15:00.1230001Z"],
    [ms, 9999, "2026-03-01T10:15:00.1239999Z"],
    [0, 0, "1970-01-01T00:00:00.0000000Z"],
    [Date.UTC(2024, 1, 29, 23, 59, 59, 999), 9999, "2024-02-29T23:59:59.9999999Z"],
    [Date.UTC(9999, 11, 31, 23, 59, 59, 999), 0, "9999-12-31T23:59:59.9990000Z"],
  ];
  for (const [timestampMs, ticks, written] of cases) {
    assert.equal(encoded({ timestampMs, ticks })["@t"], written);
  }
});

test("@t is always one that can be read, whatever the event says", () => {
  for (const timestampMs of [NaN, Infinity, -Infinity, -1, -1e300, 8.64e15, 1e300, 0.5, 253_402_300_800_000]) {
    const clef = encoded({ timestampMs });
    assert.match(clef["@t"] as string, timestamp, String(timestampMs));
    assert.ok(!Number.isNaN(Date.parse(clef["@t"] as string)), String(timestampMs));
  }
  for (const ticks of [NaN, -1, 10_000, 1e300, 0.5]) {
    assert.match(encoded({ ticks })["@t"] as string, timestamp, String(ticks));
  }
});

// ---- @mt, @l, @x, @i ----

test("@mt is the template, untouched", async () => {
  const templates = [
    ...[
      "",
      " ",
      "no holes",
      "{A}",
      "{{A}} {A} }{",
      "{A",
      "{ A }",
      "{@A,-5:0.00} {$B}",
      "{0} {1}",
      "line\nbreak\r\n\ttab",
      '"quoted" \\ back',
    ],
    ...["\0\x1b[31m\u2028", "Größe {Größe} 😀", "</script>", "{A}".repeat(500), "x".repeat(20_000)],
  ];
  await using observed = observe();
  for (const template of templates) log.info(template, { A: 1 });
  const events = await observed.events();
  assert.deepEqual(events.map((clef) => clef["@mt"]), templates);
  assert.ok(events.every((clef) => !("@m" in clef)));
});

test("@l is Serilog's name of the level, and absent for info", async () => {
  const names: Readonly<Record<Level, string | undefined>> = {
    trace: "Verbose",
    debug: "Debug",
    info: undefined,
    warn: "Warning",
    error: "Error",
    fatal: "Fatal",
  };
  await using observed = observe();
  for (const level of Object.keys(names) as Level[]) log[level](level);
  const events = await observed.events();
  for (const clef of events) {
    assert.equal(clef["@l"], names[clef["@mt"] as Level], String(clef["@mt"]));
  }
  assert.equal(events.filter((clef) => "@l" in clef).length, 5);
});

test("@x is absent without an error and a text with one", async () => {
  assert.equal("@x" in (await sent((log) => log.error("x"))).clef, false);
  assert.equal(typeof (await sent((log) => log.error(new Error("no paper")))).clef["@x"], "string");
  assert.equal(encoded({ error: "as it is\n  at home" })["@x"], "as it is\n  at home");
  assert.match(encoded({ error: new Error("no paper") })["@x"] as string, /Error: no paper/);
  assert.equal("@x" in encoded({ error: undefined }), false);
});

test("@i is a number of 32 bits or a text, where the event has one, and nothing else", async () => {
  assert.equal("@i" in (await sent((log) => log.info("x"))).clef, false);
  for (const eventType of [0, 1, 0xffffffff, "0616bd81", "deadbeef", "not hexadecimal"]) {
    assert.equal((await sent((log) => log.write({ message: "x", eventType }))).clef["@i"], eventType);
    assert.equal(encoded({ eventType } as Partial<LogEvent>)["@i"], eventType);
  }
  for (const eventType of [-1, 1.5, NaN, Infinity, 2 ** 32, null, true, {}, [], 5n]) {
    const init = { message: "x", eventType } as unknown as LogEventInit;
    for (const { clef, line } of [await sent((log) => log.write(init))]) {
      assert.ok(["undefined", "string"].includes(typeof clef["@i"]), line);
      readClef(utf8.encode(line));
    }
  }
});

test("@i that logs while it is converted to text does not corrupt its event's line", async () => {
  await using observed = observe();
  const eventType: unknown = {
    toJSON() {
      log.info("Inner {B}", { B: 2 });
      return "type";
    },
  };
  log.write({ messageTemplate: "Outer {A}", properties: { A: 1 }, eventType: eventType as string });
  const events = await observed.events();
  assert.deepEqual(events.map((clef) => [clef["@mt"], clef["@i"], clef.A, clef.B]), [
    ["Inner {B}", undefined, undefined, 2],
    ["Outer {A}", "type", 1, undefined],
  ]);
});

// ---- @r ----

const renderings: readonly (readonly [template: string, properties: object, renderings: readonly string[] | undefined])[] = [
  ["no holes", {}, undefined],
  ["{A} {B}", { A: 1, B: 2 }, undefined],
  ["{A,5} {A,-5} {A:}", { A: 1 }, undefined],
  ["{A:0.00}", { A: 1 }, ["1.00"]],
  ["{A:000} {B} {A:0.0} {C:0}", { A: 1, B: 2, C: 3 }, ["001", "1.0", "3"]],
  ["{A,8:0.00}", { A: 1.5 }, ["    1.50"]],
  ["{A,-8:0.00}|", { A: 1.5 }, ["1.50    "]],
  ["{Missing:0.00} {A:0}", { A: 1 }, ["{Missing:0.00}", "1"]],
  ["{When:yyyy-MM-dd}", { When: new Date("2026-03-01T10:15:00Z") }, ["2026-03-01"]],
  ["{Name:u} {Name:w}", { Name: "Ada" }, ["ADA", "ada"]],
  ["{Big:N0}", { Big: 12345678901234567890n }, ["12,345,678,901,234,567,890"]],
  ["{0:000} {1}", [7, 8], ["007"]],
  ["{A:j} {@A:l}", { A: { b: 1 } }, ['{"b":1}', '{"b":1}']],
  ["{NaN:0.0} {Null:0}", { NaN: NaN, Null: null }, ["NaN", "null"]],
  ["{a.b:0.0}", { "a.b": 1 }, ["1.0"]],
  ["{a.b:0.0}", { a: { b: 1 } }, ["1.0"]],
  ["{{A:0}} {A:0}", { A: 1 }, ["1"]],
];
for (const [template, properties, expected] of renderings) {
  test(`@r has one text for each hole with a format: ${template} of ${JSON.stringify(properties, (_, value) => typeof value === "bigint" ? `${value}n` : value)}`, async () => {
    const { clef } = await sent((log) => log.info(template, properties));
    assert.deepEqual(clef["@r"], expected);
  });
}

test("@r shows the properties of with(), withContext() and write(), as the message does", async () => {
  const { clef } = await sent((log) => withContext({ B: 2 }, () => log.with({ A: 1 }).info("{A:0.0} {B:0.0} {C:0.0}" as string, { C: 3 })));
  assert.deepEqual(clef["@r"], ["1.0", "2.0", "3.0"]);
  assert.deepEqual((await sent((log) => log.write({ messageTemplate: "{A:0.0}", properties: { A: 1 } }))).clef["@r"], ["1.0"]);
});

// ---- names ----

test("names that begin with @ get one more of them at the top, and none below", async () => {
  const names = ["@", "@t", "@mt", "@m", "@l", "@x", "@i", "@r", "@tr", "@sp", "@ps", "@st", "@@t", "@own", "@a.b", "a@b", " @x"];
  const bag = Object.fromEntries(names.map((name) => [name, { [name]: 1 }]));
  const { line, clef } = await sent((log) => log.info("x", bag));
  for (const name of names) {
    assert.deepEqual(clef[name.startsWith("@") ? `@${name}` : name], { [name]: 1 }, name);
  }
  assert.match(clef["@t"] as string, timestamp);
  assert.equal(clef["@mt"], "x");
  const [read] = readClef(utf8.encode(line));
  for (const name of names) {
    assert.deepEqual(read!.properties[name], { [name]: 1 }, name);
  }
});

test("names that begin with @ are escaped in every layer", async () => {
  const { clef } = await sent(
    (log) => withContext({ "@c": 1 }, () => log.with({ "@b": 2 }).info("x")),
    { properties: { "@g": 3, "@f": () => 4 } },
  );
  assert.deepEqual([clef["@@c"], clef["@@b"], clef["@@g"], clef["@@f"]], [1, 2, 3, 4]);
});

const dotted: readonly (readonly [rule: string, properties: object, written: object])[] = [
  ["nests a dotted name", { "a.b.c": 1 }, { a: { b: { c: 1 } } }],
  ["nests names of one prefix together", { "b.x": 1, "a.y": 2, c: 3, "a.x": 4 }, { a: { x: 4, y: 2 }, b: { x: 1 }, c: 3 }],
  ["knows letters and digits of all scripts", { "größe.日本٣": 1, "_._0": 2 }, { größe: { 日本٣: 1 }, _: { _0: 2 } }],
  ["leaves a name with a dot at its begin or end", {
    ".a": 1,
    "a.": 2,
    ".": 3,
    ".a.": 4,
    "..": 5,
  }, { ".a": 1, "a.": 2, ".": 3, ".a.": 4, "..": 5 }],
  ["leaves a name with two dots in a row", { "a..b": 1 }, { "a..b": 1 }],
  ["leaves a name of which a part is no identifier", {
    "a.0": 1,
    "0.a": 2,
    "a.b-c": 3,
    "a.b c": 4,
    "a.😀": 5,
  }, { "a.0": 1, "0.a": 2, "a.b-c": 3, "a.b c": 4, "a.😀": 5 }],
  ["lets a bare name win, whatever comes first", { "a.b": 1, a: 2, c: 3, "c.d": 4 }, { a: 2, "a.b": 1, c: 3, "c.d": 4 }],
  ["lets a bare object win, and does not merge with it", { "a.b": 1, a: { c: 2 } }, { a: { c: 2 }, "a.b": 1 }],
  ["lets a bare name win in a group", { "a.b": 1, "a.b.c": 2, "a.d": 3 }, { a: { b: 1, "b.c": 2, d: 3 } }],
  ["leaves objects inside of values alone", { v: { "a.b": 1, c: [{ "d.e": 2 }] } }, { v: { "a.b": 1, c: [{ "d.e": 2 }] } }],
  ["nests the values of a dotted name as they are", { "a.b": { "c.d": 1 }, "a.e": [1] }, { a: { b: { "c.d": 1 }, e: [1] } }],
  ["nests ten deep", { "a.b.c.d.e.f.g.h.i.j.k.l": 1 }, {
    a: { b: { c: { d: { e: { f: { g: { h: { i: { j: { "k.l": 1 } } } } } } } } } },
  }],
  ["nests names of which one begins like another", { "ab.c": 1, "a.c": 2, "a_.c": 3 }, { ab: { c: 1 }, a: { c: 2 }, a_: { c: 3 } }],
  ["nests names that objects keep for themselves", {
    "constructor.name": 1,
    "toString.x": 2,
  }, { constructor: { name: 1 }, toString: { x: 2 } }],
];
for (const [rule, properties, expected] of dotted) {
  test(`preserveDottedPropertyNames false ${rule}`, async () => {
    assert.deepEqual((await sent((log) => log.info("x", properties))).properties, expected);
  });
  test(`preserveDottedPropertyNames true leaves as it is what false ${rule}`, async () => {
    assert.deepEqual((await sent((log) => log.info("x", properties), { preserveDottedPropertyNames: true })).properties, properties);
  });
}

test("preserveDottedPropertyNames false nests the names of all layers together, the nearest winning", async () => {
  const { properties } = await sent(
    (log) =>
      withContext(
        { "http.host": "h", "http.port": 1 },
        () => log.with({ "http.method": "GET", "http.port": 2 }).info("{http.status}", { "http.status": 200 }),
      ),
    { properties: { "http.version": 2, "http.host": "global", "app.name": "shop" } },
  );
  assert.deepEqual(properties, { http: { host: "h", port: 2, method: "GET", status: 200, version: 2 }, app: { name: "shop" } });
  const { properties: bare } = await sent((log) => log.with({ http: "bare" }).info("x", { "http.status": 200 }));
  assert.deepEqual(bare, { http: "bare", "http.status": 200 });
});

/** UnflattenDottedPropertyNames.cs of serilog-sinks-seq 9, step by step. */
function unflatten(flat: Clef, depth = 0): Clef {
  if (depth === 10) return flat;
  const result: Clef = {};
  const isDotted = (name: string): boolean =>
    name.includes(".") &&
    name.split(".").every((part) => /^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(part));
  for (const [name, value] of Object.entries(flat)) {
    if (!isDotted(name)) result[name] = value;
  }
  const groups = new Map<string, Clef>();
  for (const name of Object.keys(flat).filter(isDotted).sort()) {
    const dot = name.indexOf(".");
    const prefix = name.slice(0, dot);
    if (Object.hasOwn(result, prefix)) result[name] = flat[name];
    else {groups.set(prefix, {
        ...groups.get(prefix),
        [name.slice(dot + 1)]: flat[name],
      });}
  }
  for (const [prefix, group] of groups) {
    result[prefix] = unflatten(group, depth + 1);
  }
  return result;
}

test("preserveDottedPropertyNames false nests as serilog-sinks-seq 9 does, for any names (seed 20260304)", async () => {
  const part = fc.constantFrom("a", "b", "c", "_", "a1", "", "1a", "ü");
  const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(".")).filter((name) => name !== "");
  const wanted: { readonly nested: Clef; readonly shown: string }[] = [];
  await using observed = observe();
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.nat(9), { maxKeys: 8, noNullPrototype: true }),
      fc.dictionary(name, fc.nat(9), { maxKeys: 4, noNullPrototype: true }),
      (own, bound) => {
        log.with(bound).info("x", own);
        wanted.push({ nested: unflatten({ ...bound, ...own }), shown: fc.stringify({ bound, own }) });
      },
    ),
    { seed: 20260304, numRuns: rounds(2000) },
  );
  const lines = await observed.lines();
  assert.equal(lines.length, wanted.length);
  for (const [i, { nested, shown }] of wanted.entries()) {
    assert.deepEqual(propertiesOf(JSON.parse(lines[i]!)), nested, `${shown} became ${lines[i]}`);
  }
});

test("no name occurs twice within a value, whatever had to be changed or cut", async () => {
  const many = Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`n${i}`, i]));
  const marked = { "…": 1, "……": 2, ...many };
  const odd = Object.fromEntries(["\ud800", "\udc00", "\ufffd", "", "_"].map((name, i) => [name, i]));
  const values = [odd, marked, new Map(Object.entries(marked)), { "…": 1, ...many }];
  for (const Value of values) {
    const { line } = await sent((log) => log.info("x", { Value }));
    const names = namesIn(line.slice(line.indexOf('"Value":') + 8, -1));
    assert.deepEqual(names, [...new Set(names)]);
  }
  const { line } = await sent((log) => log.info("x", { Large: Array(10).fill("x".repeat(60_000)), ...marked }));
  const names = namesIn(line);
  assert.deepEqual(names, [...new Set(names)]);
  assert.equal(JSON.parse(line)["………"], "[Cut: 103 more]");
});

test("no name occurs twice on a line, whatever the layers have in common", async () => {
  const long = "n".repeat(5000);
  const names = [
    "A",
    "a.b",
    "a",
    "@t",
    "@@t",
    "",
    "_",
    "…",
    `${long}1`,
    `${long}2`,
    "\ud800",
    "\ud801",
    "\ufffd",
    "SourceContext",
    "__proto__",
    "MachineName",
    "trace_id",
    "traceId",
  ];
  const bag = (from: number, layer: string): object => {
    const made: Clef = {};
    for (const name of names.slice(from)) {
      Object.defineProperty(made, name, { value: layer, enumerable: true });
    }
    return made;
  };
  for (const preserveDottedPropertyNames of [false, true]) {
    const asked = Object.fromEntries(["A", "Asked", "a.b", "@t", "_"].map((name) => [name, () => "asked"]));
    await using observed = observe({
      properties: { ...bag(0, "global"), ...asked },
      preserveDottedPropertyNames,
      loggerNameProperty: ["SourceContext", "A", "@t"],
    });
    for (let i = 0; i <= names.length; i++) {
      log.info("x", bag(i, "call"));
      withContext(
        bag(i, "context"),
        () => log.with(bag(names.length - i, "bound")).with(bag(i, "inner")).info("x", bag(3, "call")),
      );
      log.write({ message: "x", properties: bag(i, "call"), traceId: "0af7651916cd43dd8448eb211c80319c" });
    }
    for (const line of await observed.lines()) {
      const found = namesIn(line);
      assert.deepEqual(
        found.length - new Set(found).size,
        0,
        `names stand twice: ${found.filter((name, i) => found.indexOf(name) !== i)} in ${line.slice(0, 2000)}`,
      );
    }
  }
});

// ---- the logger's name, ids of traces ----

test("loggerNameProperty is SourceContext, or a text, a list or null", async () => {
  const named = (options?: Partial<SeqOptions>): Promise<Clef> =>
    sent((log) => log.info("x"), options).then((
      { clef: { "@t": _, "@mt": __, ...rest } },
    ) => rest);
  assert.deepEqual(await named(), { SourceContext: "clef" });
  assert.deepEqual(await named({ loggerNameProperty: "Logger" }), { Logger: "clef" });
  assert.deepEqual(await named({ loggerNameProperty: ["SourceContext", "logger"] }), { SourceContext: "clef", logger: "clef" });
  assert.deepEqual(await named({ loggerNameProperty: [] }), {});
  assert.deepEqual(await named({ loggerNameProperty: null }), {});
  assert.deepEqual(await named({ loggerNameProperty: "log.name" }), { log: { name: "clef" } });
  assert.deepEqual(await named({ loggerNameProperty: "@name" }), { "@@name": "clef" });
});

test("loggerNameProperty is written for every logger but the root, and gives way to a nearer property", async () => {
  await using observed = observe();
  getLogger().info("x");
  getLogger("a.b").info("x");
  log.info("x", { SourceContext: "own" });
  log.with({ SourceContext: "bound" }).info("x");
  assert.deepEqual((await observed.events()).map(({ SourceContext }) => SourceContext), [undefined, "a.b", "own", "bound"]);
});

test("@tr and @sp are written for ids of W3C Trace Context, and for nothing else", async () => {
  const [traceId, spanId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
  const { clef } = await sent((log) => log.write({ message: "x", traceId, spanId }));
  assert.deepEqual([clef["@tr"], clef["@sp"]], [traceId, spanId]);
  assert.deepEqual([encoded({ traceId, spanId })["@tr"], encoded({ traceId, spanId })["@sp"]], [traceId, spanId]);
  const wrongTraces = [
    "",
    "abc",
    "0".repeat(32),
    traceId.toUpperCase(),
    traceId.slice(1),
    `${traceId}0`,
    traceId.replace("0", "g"),
    `${traceId}\n`,
    `{${traceId}}`,
  ];
  const wrongSpans = [
    "",
    "0".repeat(16),
    spanId.toUpperCase(),
    spanId.slice(1),
    `${spanId}0`,
    `${spanId}\n`,
    traceId,
  ];
  for (const [i, wrong] of wrongTraces.entries()) {
    const parts = { traceId: wrong, spanId: wrongSpans[i] };
    const { clef, line } = await sent((log) => log.write({ message: "x", ...parts }));
    for (const found of [clef, encoded(parts)]) {
      assert.ok(!("@tr" in found) && !("@sp" in found), line);
    }
  }
  for (const wrong of [5, null, {}, 5n, true]) {
    const parts = { traceId: wrong, spanId: wrong } as unknown as LogEventInit;
    const { clef, line } = await sent((log) => log.write({ message: "x", ...parts }));
    assert.ok(!("@tr" in clef) && !("@sp" in clef), line);
  }
});

test("@tr and @sp are not filled from a property that is no such id, which stays one", async () => {
  const bag = { trace_id: "mine", span_id: 5, traceId: { a: 1 }, spanId: null };
  const { clef, properties } = await sent((log) => log.info("x", bag));
  assert.ok(!("@tr" in clef) && !("@sp" in clef));
  assert.deepEqual(properties, bag);
});

// ---- encodeClef() ----

test("encodeClef() writes an event that no logger has logged", () => {
  assert.deepEqual(encoded(), { "@t": "2026-03-01T10:15:00.1230000Z", "@mt": "{A}", A: 1, SourceContext: "shop" });
  assert.deepEqual(
    encoded({ level: "fatal", loggerName: "", messageTemplate: "{A:000}", properties: { A: 7, "b.c": 1, "@d": 2 } }),
    { "@t": "2026-03-01T10:15:00.1230000Z", "@mt": "{A:000}", "@r": ["007"], "@l": "Fatal", A: 7, b: { c: 1 }, "@@d": 2 },
  );
});

test("encodeClef() writes one line, without a line break", () => {
  for (const text of ["a\nb", "\r\n", "\u2028"]) {
    assert.doesNotMatch(encodeClef(event({ messageTemplate: text, properties: { [text]: text }, error: text })), /[\n\r]/);
  }
});

test("encodeClef() writes an event again for each shape", () => {
  using seen = remember(log);
  log.warn("x", { "a.b": 1 });
  const shapes = [
    {},
    { loggerNameProperty: null },
    { preserveDottedPropertyNames: true },
    { properties: { H: 1 } },
    { loggerNameProperty: ["L", "M"], properties: { H: 2, L: 3 } },
  ];
  const written = (): Clef[] =>
    shapes.map((shape) => {
      const { "@t": _, "@mt": __, "@l": ___, MachineName: ____, ProcessId: _____, ...rest } = JSON.parse(encodeClef(seen.event, shape));
      return rest;
    });
  const first = written();
  assert.deepEqual(first, [
    { a: { b: 1 }, SourceContext: "clef" },
    { a: { b: 1 } },
    { "a.b": 1, SourceContext: "clef" },
    { a: { b: 1 }, SourceContext: "clef", H: 1 },
    { a: { b: 1 }, L: "clef", M: "clef", H: 2 },
  ]);
  assert.deepEqual(written(), first);
  assert.deepEqual(written().reverse(), first.toReversed());
});

test("encodeClef() writes what a handler got as the Seq handler writes it", async () => {
  await using observed = observe();
  using seen = remember(log);
  log.error(new Error("no paper", { cause: new Error("no trees") }), "{A:0.0} {@B}", { A: 1, B: { c: new Date(0) }, "d.e": 5n });
  log.with({ F: 1 }).info("{F}");
  assert.deepEqual(await observed.lines(), seen.events.map((event) => encodeClef(event)));
});

// ---- the way back ----

/** The events of a text in CLEF that comes in pieces. */
async function decode(text: string | Uint8Array, sizes: readonly number[] = []): Promise<LogEventInit[]> {
  const bytes = typeof text === "string" ? utf8.encode(text) : text;
  let at = 0;
  let piece = 0;
  const pieces = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      const size = sizes.length === 0 ? bytes.length : Math.max(1, sizes[piece++ % sizes.length]!);
      controller.enqueue(bytes.slice(at, at += size));
    },
  });
  const reader = pieces.pipeThrough(new ClefDecoderStream()).getReader();
  const events: LogEventInit[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    events.push(next.value);
  }
  return events;
}

/** Without what is undefined. */
const present = (init: LogEventInit): object =>
  Object.fromEntries(
    Object.entries(init).filter(([, value]) => value !== undefined),
  );

test("ClefDecoderStream reads each of CLEF's fields", async () => {
  const line =
    '{"@t":"2026-03-01T10:15:00.1234567Z","@mt":"{A} {B:0}","@r":["2"],"@l":"Warning","@x":"Error: x\\n  at y","@i":"deadbeef",' +
    '"@tr":"0af7651916cd43dd8448eb211c80319c","@sp":"b7ad6b7169203331","A":{"b":[1,null]},"B":2,"@@t":"mine"}';
  assert.deepEqual((await decode(line)).map(present), [{
    timestampMs: Date.UTC(2026, 2, 1, 10, 15, 0, 123),
    ticks: 4567,
    level: "warn",
    messageTemplate: "{A} {B:0}",
    error: "Error: x\n  at y",
    eventType: "deadbeef",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    properties: { A: { b: [1, null] }, B: 2, "@t": "mine" },
  }]);
});

test("ClefDecoderStream reads times with more digits, fewer, none, and an offset", async () => {
  const times: readonly (readonly [string, number, number])[] = [
    ["2026-03-01T10:15:00Z", 0, 0],
    ["2026-03-01T10:15:00.1Z", 100, 0],
    ["2026-03-01T10:15:00.12345Z", 123, 4500],
    ["2026-03-01T10:15:00.123456789Z", 123, 4567],
    ["2026-03-01T12:15:00.1234567+02:00", 123, 4567],
  ];
  const events = await decode(times.map(([time]) => JSON.stringify({ "@t": time, "@mt": "x" })).join("\n"));
  assert.deepEqual(
    events.map(({ timestampMs, ticks = 0 }) => timestampMs! + ticks / 1e4),
    times.map(([, ms, ticks]) => Date.UTC(2026, 2, 1, 10, 15) + ms + ticks / 1e4),
  );
});

test("ClefDecoderStream reads any word for a level, and info where there is none", async () => {
  const words = ["Verbose", "dbg", undefined, "Information", "WARN", "err", "critical"];
  const events = await decode(words.map((word) => JSON.stringify({ "@t": "2026-03-01T10:15:00Z", "@mt": "x", "@l": word })).join("\n"));
  assert.deepEqual(events.map(({ level }) => level), ["trace", "debug", "info", "info", "warn", "error", "fatal"]);
});

test("ClefDecoderStream skips blank lines, takes both line ends, and needs none at the end", async () => {
  const line = (i: number): string => `{"@t":"2026-03-01T10:15:00Z","@mt":"${i}"}`;
  for (
    const text of [
      `${line(1)}\n${line(2)}`,
      `${line(1)}\r\n${line(2)}\r\n`,
      `\n\n${line(1)}\n \n\t\r\n${line(2)}\n\n`,
      `\ufeff${line(1)}\n${line(2)}`,
    ]
  ) {
    assert.deepEqual((await decode(text, [3])).map(({ messageTemplate }) => messageTemplate), ["1", "2"]);
  }
  for (const empty of ["", "\n", "\r\n\r\n"]) {
    assert.deepEqual(await decode(empty), []);
  }
});

test("ClefDecoderStream fails with the number of the line for one that is no event", async () => {
  const good = '{"@t":"2026-03-01T10:15:00Z","@mt":"x"}';
  for (
    const bad of [
      "nonsense",
      "[]",
      "null",
      "5",
      '"text"',
      "{",
      "{}",
      '{"@t":5}',
      '{"@t":"yesterday"}',
      '{"@t":null}',
      '{"@mt":"x"}',
      `${good}${good}`,
    ]
  ) {
    await assert.rejects(
      decode(`${good}\n\n${bad}\n${good}`),
      (error: Error) => error instanceof SyntaxError && /\b3\b/.test(error.message),
      bad,
    );
  }
});

test("ClefDecoderStream reads a line without a template by its message", async () => {
  const [init] = await decode('{"@t":"2026-03-01T10:15:00Z","@m":"50 {percent} of }{"}');
  const { clef } = await sent((log) => log.write(init!));
  const [read] = readClef(utf8.encode(JSON.stringify(clef)));
  assert.equal(read!.message, "50 {percent} of }{");
});

test("ClefDecoderStream reads a text in pieces of any size as it reads it whole", async () => {
  const text = ["Größe", "日本", "😀", "\u2028", "\\", '"', "\ufffd", "\u0800"]
    .map((A, i) =>
      JSON.stringify({
        "@t": "2026-03-01T10:15:00Z",
        "@mt": `${A} {A}`,
        A,
        [A]: i,
      })
    ).join("\n");
  const whole = await decode(text);
  assert.equal(whole.length, 8);
  for (let size = 1; size <= 40; size++) {
    assert.deepEqual(await decode(text, [size]), whole);
  }
  const bytes = utf8.encode(text);
  for (let at = 1; at < bytes.length; at += isBrief ? 3 : 1) {
    assert.deepEqual(
      await decode(bytes, [at, bytes.length]),
      whole,
      `split at ${at}`,
    );
  }
});

/** Of a format only what it makes of numbers is the same again: a date comes back as its text. */
test("ClefDecoderStream and write() give back the same line, for any event in any pieces (seed 20260305)", async () => {
  using _ = hearDiagnostics();
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: false },
      fc.string(),
      fc.string({ unit: "grapheme" }),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.date(),
      fc.bigInt(),
      tie("list"),
      tie("object"),
    ),
    list: fc.array(tie("value"), { maxLength: 3 }),
    object: fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }),
  })).value;
  const name = fc.oneof(fc.string(), fc.constantFrom("A", "B", "a.b", "a.c", "@t", "@@x", "@mt", "SourceContext", "__proto__"));
  const hex = (length: number): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length }).map((digits) => digits.join(""));
  const call = fc.record({
    timestampMs: fc.integer({ min: 0, max: Date.UTC(2100, 0) }),
    ticks: fc.integer({ min: 0, max: 9999 }),
    level: fc.constantFrom<Level>("trace", "debug", "info", "warn", "error", "fatal"),
    messageTemplate: fc.oneof(fc.string(), fc.constantFrom("{N:0.0} {B}", "{@a.b} {N,6:000} {{x}}", "{A,10}")),
    properties: fc.tuple(fc.dictionary(name, plain, { maxKeys: 5 }), fc.integer()).map(([properties, N]) => ({ ...properties, N })),
    error: fc.option(fc.oneof(fc.string({ minLength: 1 }), fc.string().map((text) => new Error(text))), { nil: undefined }),
    traceId: fc.option(hex(32), { nil: undefined }),
    spanId: fc.option(hex(16), { nil: undefined }),
    eventType: fc.option(fc.oneof(fc.nat(0xffffffff), fc.string()), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { maxLength: 5 }),
      fc.array(fc.nat(40), { maxLength: 6 }),
      async (events, sizes) => {
        const options = { loggerNameProperty: null };
        await using observed = observe(options);
        for (const init of events) log.write(init);
        const lines = await observed.lines();
        assert.equal(lines.length, events.length);
        for (const init of await decode(lines.join("\n"), sizes)) {
          log.write(init);
        }
        const again = await observed.lines();
        assert.deepEqual(again.map((line) => JSON.parse(line)), lines.map((line) => JSON.parse(line)));
      },
    ),
    { seed: 20260305, numRuns: rounds(400) },
  );
});

test("an event that is too large carries what all events carry, and a logger's name only where it is wanted", async () => {
  const seq = new FakeSeq();
  const limits = { serverUrl: "http://seq.test", fetch: seq.fetch, eventBodyLimitBytes: 5000 };
  for (const [loggerNameProperty, name] of [[undefined, "SourceContext"], ["LoggerName", "LoggerName"], [null, undefined]] as const) {
    configure({ ...limits, loggerNameProperty, properties: { ...anonymous, Application: "shop" } });
    getLogger("large").error(new Error("no paper"), "{Text}", { Text: "x".repeat(9000) });
    await shutdown();
    const { "@t": _t, "@x": exception, Text, ...rest } = seq.events.at(-1)!;
    assert.match(exception as string, /no paper/);
    assert.match(Text as string, /^x+… \[Cut: 9000 characters\]$/);
    assert.deepEqual(rest, { "@mt": "{Text}", "@l": "Error", Application: "shop", ...(name !== undefined && { [name]: "large" }) });
  }
});

test("handlers of different shapes write one event each in their own way, time and again", async () => {
  const [a, b] = [new FakeSeq(), new FakeSeq()];
  configure({
    root: { level: "info", handlers: ["a", "b"] },
    handlers: {
      a: { class: "seq", serverUrl: "http://a.test", fetch: a.fetch, loggerNameProperty: "LoggerName", properties: { Place: "a" } },
      b: { class: "seq", serverUrl: "http://b.test", fetch: b.fetch, properties: { Place: "b" } },
    },
    properties: anonymous,
  });
  for (const n of [1, 2, 3]) getLogger("shapes").info("{N}", { N: n });
  await shutdown();
  assert.deepEqual(a.events.map(({ LoggerName, SourceContext, Place, N }) => [LoggerName, SourceContext, Place, N]), [
    ["shapes", undefined, "a", 1],
    ["shapes", undefined, "a", 2],
    ["shapes", undefined, "a", 3],
  ]);
  assert.deepEqual(b.events.map(({ LoggerName, SourceContext, Place, N }) => [LoggerName, SourceContext, Place, N]), [
    [undefined, "shapes", "b", 1],
    [undefined, "shapes", "b", 2],
    [undefined, "shapes", "b", 3],
  ]);
});

test("with() writes the same properties for the first event and for every other, under whatever is configured", async () => {
  const logger = getLogger("bound").with({ Bound: 1, Shared: "bound" });
  const renamed = logger.with({ SourceContext: "elsewhere" });
  for (const Application of ["a", "b"]) {
    const seq = new FakeSeq();
    configure({ serverUrl: "http://seq.test", fetch: seq.fetch, properties: { ...anonymous, Application, Shared: "global" } });
    for (const n of [1, 2, 3]) logger.info("{N}", { N: n });
    for (const n of [4, 5, 6]) renamed.info("{N}", { N: n });
    withContext({ Shared: "context", Ambient: true }, () => logger.info("{N}", { N: 7 }));
    logger.info("{N}", { N: 8, Bound: 2 });
    await shutdown();
    const rest = { Bound: 1, Application };
    const bound = { ...rest, Shared: "bound", SourceContext: "bound" };
    assert.deepEqual(seq.events.map(({ "@t": _t, "@mt": _mt, ...properties }) => properties), [
      ...[1, 2, 3].map((N) => ({ N, ...bound })),
      ...[4, 5, 6].map((N) => ({ N, ...bound, SourceContext: "elsewhere" })),
      { N: 7, ...bound, Ambient: true },
      { N: 8, ...bound, Bound: 2 },
    ]);
    for (const line of seq.lines) assert.deepEqual(namesIn(line), [...new Set(namesIn(line))]);
  }
});

test("a template that is used once, as a generated text is, keeps no bytes; from the second event on it keeps the head of its lines", () => {
  const memory = new MemoryHandler();
  const added = getLogger("heads").addHandler(memory);
  const text = "Used for the first time {N}";
  const lines = [1, 2, 3].map((N) => {
    getLogger("heads").error(text, { N });
    return [encodeClef(memory.events.at(-1)!), Boolean(parseTemplate(text).head)] as const;
  });
  added.dispose();
  assert.deepEqual(lines.map(([line]) => JSON.parse(line).N), [1, 2, 3]);
  assert.deepEqual(lines.map(([, keeps]) => keeps), [false, true, true]);
});

test("a template keeps no head of lines that begin with many properties of all events, because each head holds a copy of them", () => {
  const memory = new MemoryHandler();
  const added = getLogger("heads").addHandler(memory);
  const text = "One of a thousand templates {N}";
  for (const N of [1, 2, 3]) {
    getLogger("heads").error(text, { N });
    const clef = JSON.parse(encodeClef(memory.events.at(-1)!, { properties: { Note: "x".repeat(2000) } }));
    assert.equal(clef.Note.length, 2000);
  }
  added.dispose();
  assert.equal(Boolean(parseTemplate(text).head), false);
});

test("a line that was cut keeps only the memory of what is left of it", () => {
  const memory = new MemoryHandler();
  const added = getLogger("large").addHandler(memory);
  getLogger("large").error("Large", { List: Array(20).fill("\u0001".repeat(40_000)) });
  added.dispose();
  const out = new LineWriter();
  writeRecord(out, toRecord(memory.events[0]!), {});
  assert.ok(out.length > 100_000 && out.length <= 200_000, `${out.length} bytes`);
  assert.ok(out.bytes.length < 2 * out.length, `${out.bytes.length} bytes for ${out.length}`);
});
