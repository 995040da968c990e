import assert from "node:assert/strict";
import { test } from "node:test";
import { readClef } from "../../src/collector/clef_body.ts";
import type { ClefReaderOptions } from "../../src/collector/clef_body.ts";
import type { CollectedEvent } from "../../src/collector/collected_event.ts";

const t = '"@t":"2026-03-01T10:15:00.1234567Z"';
const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string, options?: ClefReaderOptions): CollectedEvent[] => readClef(bytes(text), options);
const messages = (text: string, options?: ClefReaderOptions) => read(text, options).map((event) => event.message);
const refused = (body: string | Uint8Array, message: RegExp, options?: ClefReaderOptions) =>
  assert.throws(() => readClef(typeof body === "string" ? bytes(body) : body, options), { name: "IngestionError", status: 400, message });

test("readClef() reads lines that end in \\n or \\r\\n, the last with or without its end", () => {
  const lines = [`{${t},"@m":"a"}`, `{${t},"@m":"b"}`];
  for (const body of [lines.join("\n"), `${lines.join("\n")}\n`, lines.join("\r\n"), `${lines.join("\r\n")}\r\n`]) {
    assert.deepEqual(messages(body), ["a", "b"]);
  }
});

test("readClef() reads an empty body as no events", () => {
  assert.deepEqual(read(""), []);
});

test("readClef() skips a byte order mark before the first line only", () => {
  assert.deepEqual(messages(`\ufeff{${t},"@m":"a"}`), ["a"]);
  refused(`{${t}}\n\ufeff{${t}}`, /line 2 as it must be valid JSON/);
});

test("readClef() keeps a line separator inside a string", () => {
  assert.deepEqual(messages(`{${t},"@m":"a\u2028b\u0085c"}`), ["a\u2028b\u0085c"]);
});

test("readClef() rejects blank lines, or skips them if asked to", () => {
  for (const blank of ["", " \t", "\r"]) {
    const body = `{${t},"@m":"a"}\n${blank}\n{${t},"@m":"b"}\n`;
    refused(body, /line 2: the line is blank/);
    assert.deepEqual(messages(body, { blankLines: "skip" }), ["a", "b"]);
  }
  refused("\n", /line 1: the line is blank/);
  refused(`{${t}}\n\n`, /line 2: the line is blank/);
  refused(`{${t}}\n\n{${t}`, /line 3 as it must be valid JSON/, { blankLines: "skip" });
});

test("readClef() refuses what is no JSON object, naming the line", () => {
  for (const wrong of ["nonsense", "{", `{${t}} {${t}}`, `{${t},}`, `{'@t':1}`]) {
    refused(`{${t}}\n${wrong}`, /line 2 as it must be valid JSON/);
  }
  for (const wrong of ["[]", "null", '"text"', "1", `[{${t}}]`]) refused(`{${t}}\n${wrong}`, /line 2 as it must be a JSON object/);
});

test("readClef() refuses a timestamp that is missing, no string or unreadable", () => {
  refused(`{"@m":"a"}`, /line 1: it carries no `@t`/);
  refused(`{"@t":1700000000000}`, /line 1 as `@t` must be a string: current value is 1700000000000/);
  refused(`{"@t":null}`, /`@t` must be a string: current value is null/);
  refused(`{"@t":"yesterday"}`, /`@t` must be an ISO 8601 timestamp: current value is "yesterday"/);
});

test("readClef() refuses a text field that is no string", () => {
  for (const name of ["@m", "@mt", "@l", "@x", "@tr", "@sp"]) {
    for (const value of ["1", "null", "{}", "[]", "true"]) {
      refused(`{${t},"${name}":${value}}`, new RegExp(`line 1 as \`${name}\` must be a string`));
    }
  }
});

test("readClef() refuses an event type that is neither an unsigned 32-bit integer nor a string", () => {
  for (const value of ["-1", "1.5", "4294967296", "null", "{}", "[]", "true"]) refused(`{${t},"@i":${value}}`, /`@i` must be/);
  assert.deepEqual(
    ["0", "4294967295", '"0616bd81"', '"shipped"'].map((value) => read(`{${t},"@i":${value}}`)[0]?.eventType),
    [0, 4294967295, "0616bd81", "shipped"],
  );
});

test("readClef() refuses renderings that are no array of strings", () => {
  for (const value of ["{}", '"x"', "[1]", '["a",null]', "null"]) refused(`{${t},"@r":${value}}`, /`@r` must be an array of strings/);
});

test("readClef() refuses invalid UTF-8, naming the line", () => {
  const head = bytes(`{${t}}\n{${t},"@m":"`);
  refused(new Uint8Array([...head, 0xff, ...bytes('"}')]), /line 2: it is not valid UTF-8/);
});

test("readClef() limits the UTF-8 bytes of one event, its line end not counted", () => {
  const line = `{${t},"@m":"é"}`;
  const size = bytes(line).length;
  assert.equal(size, line.length + 1);
  assert.equal(read(`${line}\r\n${line}\n`, { maxEventBytes: size }).length, 2);
  refused(`{${t}}\n${line}`, new RegExp(`line 2 as an event may have at most ${size - 1} bytes: it has ${size}`), {
    maxEventBytes: size - 1,
  });
  refused(`{${t},"@m":"${"x".repeat(262_144)}"}`, /at most 262144 bytes/);
});

test("readClef() does not quote a long value whole", () => {
  assert.throws(
    () => read("x".repeat(5000)),
    (error: Error) => error.message.length < 300,
  );
});

test("readClef() reads an event field by field", () => {
  const clef = {
    "@t": "2026-03-01T10:15:00.1234567Z",
    "@mt": "Order {Id} took {Ms:0.0}",
    "@l": "ERR",
    "@x": "Error: no\n  at x",
    "@i": "0616bd81",
    "@r": ["12.3"],
    "@tr": "5b8aa5a2d2c872e8321cf37308d69df2",
    "@sp": "051581bf3cb55c13",
    Id: 42,
    Ms: 12.345,
  };
  assert.deepEqual(read(JSON.stringify(clef)), [
    {
      timestamp: "2026-03-01T10:15:00.1234567Z",
      timestampMs: Date.UTC(2026, 2, 1, 10, 15, 0, 123),
      level: "ERR",
      message: "Order 42 took 12.3",
      messageTemplate: "Order {Id} took {Ms:0.0}",
      exception: "Error: no\n  at x",
      eventType: "0616bd81",
      renderings: ["12.3"],
      traceId: "5b8aa5a2d2c872e8321cf37308d69df2",
      spanId: "051581bf3cb55c13",
      properties: { Id: 42, Ms: 12.345 },
      clef,
    },
  ]);
});

test("readClef() leaves absent what an event does not carry", () => {
  assert.deepEqual(read(`{${t}}`), [
    {
      timestamp: "2026-03-01T10:15:00.1234567Z",
      timestampMs: Date.UTC(2026, 2, 1, 10, 15, 0, 123),
      level: "Information",
      message: "",
      messageTemplate: "",
      properties: {},
      clef: { "@t": "2026-03-01T10:15:00.1234567Z" },
    },
  ]);
});

test("readClef() reads the message from @m, else from @mt with @r, else from @mt with the properties", () => {
  const cases: [string, string, string][] = [
    [`"@m":"said","@mt":"{A}","A":1`, "said", "{A}"],
    [`"@m":"only {A}","A":1`, "only {A}", "only {A}"],
    [`"@mt":"{A} {B:000} {C:x}","@r":["007","seven"],"A":1,"B":7,"C":7`, "1 007 seven", "{A} {B:000} {C:x}"],
    [`"@mt":"{A} {B:000}","@r":["one","two"],"A":1,"B":7`, "1 007", "{A} {B:000}"],
    [`"@mt":"{A} {B:000}","@r":[],"A":1,"B":7`, "1 007", "{A} {B:000}"],
    [`"@mt":"{{x}} {Missing} {S} {O}","S":"text","O":{"a":[1,null]}`, '{x} {Missing} text {"a":[1,null]}', "{{x}} {Missing} {S} {O}"],
    [`"@mt":"{a.b} {a.c}","a":{"b":1},"a.c":2`, "1 2", "{a.b} {a.c}"],
    [`"@mt":"{toString}"`, "{toString}", "{toString}"],
  ];
  for (const [fields, message, messageTemplate] of cases) {
    const [event] = read(`{${t},${fields}}`);
    assert.equal(event?.message, message, fields);
    assert.equal(event?.messageTemplate, messageTemplate, fields);
  }
});

test("readClef() reads @@name as the property @name, keeps an unknown @name, and leaves CLEF's own fields out", () => {
  const own = `"@ps":"051581bf3cb55c13","@st":"2026-03-01T10:15:00Z","@sk":"Server","@ra":{"service":{}},"@sa":{},"@d":{}`;
  const [event] = read(`{${t},${own},"@@t":"mine","@@@x":1,"@odd":2,"":3,"a@b":4}`);
  assert.deepEqual(event?.properties, { "@t": "mine", "@@x": 1, "@odd": 2, "": 3, "a@b": 4 });
});

test("readClef() reads __proto__ as a property like any other", () => {
  const [event] = read(`{${t},"__proto__":{"polluted":true},"@mt":"{__proto__}"}`);
  assert.equal(Object.hasOwn(event?.properties ?? {}, "__proto__"), true);
  assert.equal((event?.properties as { polluted?: boolean }).polluted, undefined);
  assert.equal(event?.message, '{"polluted":true}');
});

test("readClef() does not fall over nesting or numbers that are large", () => {
  const deep = `${"[".repeat(3000)}${"]".repeat(3000)}`;
  assert.equal(read(`{${t},"Deep":${deep},"Big":635476923356034756,"Huge":8.25e28}`).length, 1);
});
