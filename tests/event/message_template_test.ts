/** Message templates: every rule of Serilog's parser, and what Seq shows of a value. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTemplate, renderHole, renderMessage, renderText } from "../../src/event/message_template.ts";
import { codePoint } from "../support/code_points.ts";
import { rounds } from "../support/effort.ts";

/** The tokens of a template, with neighbouring texts joined and holes without what is said elsewhere. */
function outline(template: string): unknown[] {
  const parts: unknown[] = [];
  for (const token of parseTemplate(template).tokens) {
    const last = parts.at(-1);
    if (token.kind === "hole") {
      parts.push({ ...token, kind: undefined, raw: undefined });
    } else if (typeof last === "string") parts.splice(-1, 1, last + token.text);
    else parts.push(token.text);
  }
  return JSON.parse(JSON.stringify(parts));
}

// A template and its outline in JSON.
const readings = `
{{  =>  ["{"]
}}  =>  ["}"]
}  =>  ["}"]
a } b  =>  ["a } b"]
}}}  =>  ["}}"]
{{x}}  =>  ["{x}"]
{{{x}}}  =>  ["{", { "name": "x" }, "}"]
{{{{x}}}}  =>  ["{{x}}"]
{x}}  =>  [{ "name": "x" }, "}"]
{x}}}  =>  [{ "name": "x" }, "}"]
{{{  =>  ["{{"]
{a b}{c}  =>  ["{a b}", { "name": "c" }]
{a}{b  =>  [{ "name": "a" }, "{b"]
Hello, {Name}!  =>  ["Hello, ", { "name": "Name" }, "!"]
{a}{b}  =>  [{ "name": "a" }, { "name": "b" }]
{_}  =>  [{ "name": "_" }]
{_a1}  =>  [{ "name": "_a1" }]
{Größe}  =>  [{ "name": "Größe" }]
{日本}  =>  [{ "name": "日本" }]
{a٣}  =>  [{ "name": "a٣" }]
{a.b}  =>  [{ "name": "a.b" }]
{http.request._method2}  =>  [{ "name": "http.request._method2" }]
{0}  =>  [{ "name": "0", "position": 0 }]
{007}  =>  [{ "name": "007", "position": 7 }]
{2147483647}  =>  [{ "name": "2147483647", "position": 2147483647 }]
{2147483648}  =>  [{ "name": "2147483648" }]
{٣}  =>  [{ "name": "٣" }]
{@x}  =>  [{ "name": "x", "hint": "@" }]
{$x}  =>  [{ "name": "x", "hint": "$" }]
{@0}  =>  [{ "name": "0", "hint": "@", "position": 0 }]
{@a.b}  =>  [{ "name": "a.b", "hint": "@" }]
{x,5}  =>  [{ "name": "x", "alignment": 5 }]
{x,-5}  =>  [{ "name": "x", "alignment": -5 }]
{x,0}  =>  [{ "name": "x", "alignment": 0 }]
{x,-0}  =>  [{ "name": "x", "alignment": 0 }]
{x,007}  =>  [{ "name": "x", "alignment": 7 }]
{x,2147483647}  =>  [{ "name": "x", "alignment": 2147483647 }]
{x,-2147483647}  =>  [{ "name": "x", "alignment": -2147483647 }]
{x:0.00}  =>  [{ "name": "x", "format": "0.00" }]
{x,8:0.00}  =>  [{ "name": "x", "alignment": 8, "format": "0.00" }]
{@x,-8:l}  =>  [{ "name": "x", "hint": "@", "alignment": -8, "format": "l" }]
{0:000}  =>  [{ "name": "0", "format": "000", "position": 0 }]
{x:}  =>  [{ "name": "x" }]
{x,5:}  =>  [{ "name": "x", "alignment": 5 }]
{x:a,b}  =>  [{ "name": "x", "format": "a,b" }]
{x:,5}  =>  [{ "name": "x", "format": ",5" }]
{x:HH:mm:ss}  =>  [{ "name": "x", "format": "HH:mm:ss" }]
{x: }  =>  [{ "name": "x", "format": " " }]
{x:{{0}}}  =>  [{ "name": "x", "format": "{{0" }, "}"]
{x:𝒳}  =>  [{ "name": "x", "format": "𝒳" }]
`.trim().split("\n").map((line) => line.split("  =>  "));

for (const [template = "", parts = ""] of readings) {
  test(`parseTemplate() reads ${template}`, () => assert.deepEqual(outline(template), JSON.parse(parts)));
}

// No holes, for their names, hints, alignments, or for want of a closing brace; separated by bars.
const literals =
  "{}|{ }|{@}|{$}|{.}|{,5}|{:f}|{ x}|{x }|{a b}|{a-b}|{a{b}|{a{{b}|{-1}|{x@}|{a.}|{.a}|{a..b}|{a.0}|{0.a}|{0a}|{0_}|{𝒳}|{a𝒳}|" +
  "{\ud800}|{@@x}|{$$x}|{@$x}|{$@x}|{@ x}|{x,}|{x,:f}|{x,-}|{x,abc}|{x,+5}|{x,5-}|{x,--5}|{x, 5}|{x,5.5}|{x,5,5}|{x,٣}|" +
  "{x,2147483648}|{x,-2147483648}|{|a {|a {b|{x:0|a {b {{ c|a{}b";

for (const template of literals.split("|")) {
  test(`parseTemplate() leaves ${JSON.stringify(template)} as it is`, () => assert.deepEqual(outline(template), [template]));
}

test("parseTemplate() reads an empty template, and a format of several lines", () => {
  assert.deepEqual(outline(""), []);
  assert.deepEqual(outline("{x:a\nb}"), [{ name: "x", format: "a\nb" }]);
});

test("parseTemplate() keeps the text, the holes in order, and those with a format", () => {
  const template = parseTemplate("{a} {b:0} {c,5} {d:} {b:1}");
  assert.equal(template.text, "{a} {b:0} {c,5} {d:} {b:1}");
  assert.equal(template.holes.map((hole) => hole.raw).join(" "), template.text);
  assert.deepEqual(template.formatted.map((hole) => hole.raw), ["{b:0}", "{b:1}"]);
});

test("parseTemplate() calls a template positional when all of its holes are numbers", () => {
  for (const template of ["{0}", "{1} {0} {1}", "{@0,5:x}"]) {
    assert.ok(parseTemplate(template).positional, template);
  }
  for (const template of ["", "none", "{0} {a}", "{٣}", "{2147483648}"]) {
    assert.ok(!parseTemplate(template).positional, template);
  }
});

test("parseTemplate() remembers ten thousand templates, but no long one, at most 12 000, and at most a million characters", () => {
  const remembers = (text: string): boolean => parseTemplate(text) === parseTemplate(text);
  assert.deepEqual([remembers("remember {me}"), remembers("x".repeat(4096)), remembers("x".repeat(4097))], [true, true, false]);
  const isKeptBeside = (count: number, length: number): boolean => {
    const first = parseTemplate("first {one}");
    for (let i = 0; i < count; i++) parseTemplate(`other ${i}`.padEnd(length));
    assert.deepEqual(parseTemplate("first {one}"), first);
    return parseTemplate("first {one}") === first;
  };
  isKeptBeside(12_000, 20); // begins with none
  assert.deepEqual([isKeptBeside(10_000, 20), isKeptBeside(12_000, 20), isKeptBeside(300, 4000)], [true, false, false]);
});

test("parseTemplate() reads anything that is no text", () => {
  const values: unknown[] = [undefined, null, 5, 5n, Symbol("s"), {}, Object.create(null), () => {}];
  for (const value of values) {
    assert.equal(typeof parseTemplate(value as string).text, "string");
  }
});

test("parseTemplate() reads every character of a hostile template once", { timeout: 300_000 }, () => {
  const size = rounds(1_000_000); // with a quadratic parser the test would not end
  const counts: Record<string, number> = { "{": size / 2, "}": size / 2, "{}": size, "{a": 1, "{a ": 1, "{a}": size, "{x:": 1 };
  for (const [unit, count] of Object.entries(counts)) {
    assert.equal(parseTemplate(unit.repeat(size)).tokens.length, count, unit);
  }
  const name = `${"a.".repeat(5 * size)}a`;
  const digits = "1".repeat(size);
  for (
    const raw of [
      `{${name}}`,
      `{${name}.}`,
      `{${name}!}`,
      `{a,${digits}}`,
      `{a,${digits}x}`,
      `{${digits}}`,
      `{${digits}x}`,
    ]
  ) {
    assert.equal(parseTemplate(raw).tokens.length, 1);
  }
  assert.equal(parseTemplate(`{${name}}`).holes[0]?.name.length, name.length);
});

/** Serilog's way through a template, one UTF-16 unit after the other; holes are marked. */
function parseSlowly(template: string): string[] {
  const parts: string[] = [""];
  for (let i = 0; i < template.length;) {
    const unit = template[i]!;
    const end = template.indexOf("}", i);
    const doubled = template[i + 1] === unit && (unit === "{" || unit === "}");
    const raw = doubled || unit !== "{" ? unit : template.slice(i, end < 0 ? undefined : end + 1);
    i += doubled ? 2 : raw.length;
    if (raw.length > 1 && isHole(raw)) parts.push(`hole ${raw}`, "");
    else parts.push(`${parts.pop()}${raw}`);
  }
  return parts;
}

function isHole(raw: string): boolean {
  const [, content] = /^\{[@$]?([^]*)\}$/.exec(raw) ?? [];
  if (content === undefined) return false;
  const [name = "", ...widths] = content.split(":", 1)[0]!.split(",");
  const isLetter = (unit: string) => /^[\p{L}_]$/u.test(unit);
  const isDigit = (unit: string) => /^\p{Nd}$/u.test(unit);
  const isWord = (part: string) =>
    isLetter(part.charAt(0)) &&
    part.split("").every((unit) => isLetter(unit) || isDigit(unit));
  const isName = name !== "" &&
    (name.split("").every(isDigit) || name.split(".").every(isWord));
  return isName && widths.length < 2 &&
    widths.every((width) => /^-?[0-9]+$/.test(width) && Math.abs(Number(width)) < 2 ** 31);
}

function parseQuickly(template: string): string[] {
  const parts = [""];
  for (const token of parseTemplate(template).tokens) {
    if (token.kind === "hole") parts.push(`hole ${token.raw}`, "");
    else parts.push(`${parts.pop()}${token.text}`);
  }
  return parts;
}

const units = ["{", "}", "{", "}", "@", "$", ",", ":", ".", "-", "0", "5", "a", "_", "é", "٣", "𝒳", " ", "{a", "0.00}"];
const templates = fc.oneof(fc.string({ unit: fc.constantFrom(...units), maxLength: 30 }), fc.string({ unit: codePoint }));

test("parseTemplate() finds what Serilog finds, whatever the template", () => {
  const property = fc.property(templates, (template) => assert.deepEqual(parseQuickly(template), parseSlowly(template)));
  fc.assert(property, { numRuns: rounds(5000) });
});

test("parseTemplate() loses no character but one of each doubled brace", () => {
  const join = (template: string) =>
    parseTemplate(template).tokens.map((
      token,
    ) => (token.kind === "text" ? token.text : token.raw)).join("");
  const property = fc.property(templates, (template) => {
    assert.equal(join(template).replace(/[{}]/g, ""), template.replace(/[{}]/g, ""));
    const single = template.replace(/\{+/g, "{").replace(/\}+/g, "}");
    assert.equal(join(single), single);
    assert.equal(join(template.replace(/[{}]/g, "$&$&")), template);
  });
  fc.assert(property);
});

class Nasty {
  toString(): string {
    throw new Error("toString");
  }
  toJSON(): unknown {
    throw new Error("toJSON");
  }
}

const date = new Date(Date.UTC(2026, 2, 1, 10, 15, 0, 482));
const cyclic: Record<string, unknown> = { a: 1 };
cyclic.self = cyclic;

const texts: readonly (readonly [value: unknown, text: string])[] = [
  ["Oslo", "Oslo"],
  ['say "hi"\n', 'say "hi"\n'],
  [null, "null"],
  [undefined, "null"],
  [true, "true"],
  [false, "false"],
  [-0.5, "-0.5"],
  [1e21, "1e+21"],
  [NaN, "NaN"],
  [-Infinity, "-Infinity"],
  [2n ** 70n, "1180591620717411303424"],
  [date, "2026-03-01T10:15:00.482Z"],
  [new Date(NaN), "Invalid Date"],
  [{ a: 1, b: { c: "x" } }, '{"a":1,"b":{"c":"x"}}'],
  [[1, "a", null, undefined], '[1,"a",null,null]'],
  [{ n: 10n, d: date }, '{"n":"10","d":"2026-03-01T10:15:00.482Z"}'],
  [new URL("http://localhost/a"), "http://localhost/a"],
  [{ toJSON: () => "as text" }, "as text"],
  [cyclic, '{"a":1,"self":"[Circular]"}'],
  [Symbol("s"), "Symbol(s)"],
];

test("renderText() shows a value as Seq does", () => {
  for (const [value, text] of texts) assert.equal(renderText(value), text);
});

test("renderText() cuts an object after 10 000 characters, and text not there", () => {
  assert.equal(renderText(["x".repeat(20_000)]), `["${"x".repeat(9998)}…`);
  assert.equal(renderText("x".repeat(20_000)), "x".repeat(20_000));
});

const messages: readonly (readonly [template: string, properties: Record<string, unknown>, text: string])[] = [
  ["plain {{text}}", {}, "plain {text}"],
  ["Order {OrderId} to {City}", { OrderId: 42, City: "Oslo" }, "Order 42 to Oslo"],
  ["{0} {1} {0}", { 0: "a", 1: "b" }, "a b a"],
  ["{@Shop}", { Shop: { Id: 7 } }, '{"Id":7}'],
  ["{Missing} {@Missing} {Missing,30:0.00}", {}, "{Missing} {@Missing} {Missing,30:0.00}"],
  ["{u}", { u: undefined }, "null"],
  ["{constructor} {toString} {__proto__} {a}", Object.create({ a: "inherited" }), "{constructor} {toString} {__proto__} {a}"],
  ["{__proto__}", JSON.parse('{"__proto__":"own"}'), "own"],
  ["{a}", Object.assign(Object.create(null), { a: 1 }), "1"],
  ["{a.b}", { "a.b": 1, a: { b: 2 } }, "1"],
  ["{a.b} {a.c.d}", { a: { b: 2, c: { d: 3 } } }, "2 3"],
  ["{a.b} {b.c} {c.constructor} {c.d.e}", { a: null, b: undefined, c: { d: 1 } }, "{a.b} {b.c} {c.constructor} {c.d.e}"],
  ["[{x,5}] [{x,-5}] [{x,0}] [{x,2}]", { x: "abc" }, "[  abc] [abc  ] [abc] [abc]"],
  ["[{x,8:0.00}] [{x,-8:0.00}]", { x: 1.5 }, "[    1.50] [1.50    ]"],
  ["{$w} {$x} {$y} {$z}", { w: { toString: () => "as text" }, x: {}, y: [1, 2], z: null }, "as text [object Object] 1,2 null"],
  ["{$x} {$y:0.00}", { x: date, y: 5 }, "2026-03-01T10:15:00.482Z 5"],
  ["{x:l} {x:u} {x:w} {x:j}", { x: "Abc" }, "Abc ABC abc Abc"],
  ["{w:0.00} {x:0.00} {y:0.00} {z:0}", { w: true, x: "text", y: [1], z: NaN }, "true text [1] NaN"],
  ["{Elapsed:0.0000} ms at {At:HH:mm}", { Elapsed: 12.5, At: date }, "12.5000 ms at 10:15"],
  ["{x} {x.y} {$y}", { x: null, y: new Nasty() }, "null {x.y} {$y}"],
  ["a {x} b", Object.defineProperty({}, "x", { get: () => assert.fail() }), "a {x} b"],
];

for (const [template, properties, text] of messages) {
  test(`renderMessage() makes ${JSON.stringify(text)} of ${JSON.stringify(template)}`, () => {
    assert.equal(renderMessage(template, properties), text);
    assert.equal(renderMessage(parseTemplate(template), properties), text);
  });
}

test("renderHole() writes one hole, padded to at most 1000", () => {
  const [right, left] = parseTemplate("{x,2147483647:0} {x,-2147483647}").holes;
  assert.equal(renderHole(right!, { x: 1 }), "1".padStart(1000));
  assert.equal(renderHole(left!, { x: 1 }), "1".padEnd(1000));
  assert.equal(renderHole(right!, {}), right!.raw);
});

test("renderMessage() never throws, whatever the values", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const trapped = new Proxy({}, { get: () => assert.fail(), getOwnPropertyDescriptor: () => assert.fail(), ownKeys: () => assert.fail() });
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  const badDate = Object.assign(new Date(0), { toISOString: () => 5, toUTCString: () => assert.fail() });
  const template = "{x} {@x} {$x} {x,9:0.00} {x:o} {x:r} {x:u} {x.y.z}";
  for (const x of [new Nasty(), proxy, trapped, deep, badDate, cyclic, Object.create(null), assert.fail, Symbol()]) {
    assert.equal(typeof renderMessage(template, { x }), "string");
  }
  assert.ok(renderMessage("{x} {x:o}", { x: Array(2 ** 32 - 1) }).startsWith("[null,"));
  for (const properties of [proxy, trapped, null, undefined, "text", 5]) {
    assert.equal(renderMessage(template, properties as Record<string, unknown>), template);
  }
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withTypedArray: true,
  });
  const property = fc.property(
    templates,
    fc.string(),
    anything,
    (text, format, x) => {
      for (const properties of [x, { x, a: x, 0: x }]) {
        renderMessage(
          `${text}{x:${format}}`,
          properties as Record<string, unknown>,
        );
      }
    },
  );
  fc.assert(property);
});

// ---- what Serilog's own tests ask of its parser ----

/** Templates that stand for themselves, but for doubled braces. */
const plainTexts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...[
        "Hello, world!",
        "{}",
        "{0 space}",
        "{0 space",
        "{0_space",
        "{0_{{space}",
        "{0_{{space",
        "{Hello",
        "{,,}",
        "{@$}",
        "{$@}",
        "{@}",
        "{$}",
      ],
      ...["Hello, {w@rld}", "Hello, {w@rld", "Hello, {w{{rld", "Hello, {w@rld}, HI!", "{w@rld} Hi!", "{H&llo}, {w@rld}"],
      ...["{Hello,-aa}", "{Hello,aa}", "{Hello,-10-1}", "{Hello,10-1}", "{Hello,}", "{Hello,:format}", "{-1}{-0}{3.1415}"],
    ].map((text) => [text, text]),
  ),
  "{{ Hi! }": "{ Hi! }",
  "Well, {{ Hi!": "Well, { Hi!",
  "Hello, {{worl@d}!": "Hello, {worl@d}!",
  "Nice }}-: mo": "Nice }-: mo",
  "{{Hi}}": "{Hi}",
  "Hello, {{worl@d}}!": "Hello, {worl@d}!",
  "Hello{{, {w{{rld": "Hello{, {w{{rld",
};
const widths = [-5, -50, 5, 50];
const withHoles: Readonly<Record<string, unknown[]>> = {
  "": [],
  "{Hello}": [{ name: "Hello" }],
  "{World}}!": [{ name: "World" }, "}!"],
  "Hello, {World}}!": ["Hello, ", { name: "World" }, "}!"],
  "{0}": [{ name: "0", position: 0 }],
  "{0}, {1}": [{ name: "0", position: 0 }, ", ", { name: "1", position: 1 }],
  "{Time:hh:mm}": [{ name: "Time", format: "hh:mm" }],
  ...Object.fromEntries(widths.map((width) => [`{Hello,${width}}`, [{ name: "Hello", alignment: width }]])),
  ...Object.fromEntries(widths.map((width) => [`{Hello,${width}:000}`, [{ name: "Hello", alignment: width, format: "000" }]])),
  ...Object.fromEntries(widths.map((width) => [`{Hello:000,${width}}`, [{ name: "Hello", format: `000,${width}` }]])),
  "{Greeting}, {Name}!": [{ name: "Greeting" }, ", ", { name: "Name" }, "!"],
  "{@Hello}": [{ name: "Hello", hint: "@" }],
  "{$Hello}": [{ name: "Hello", hint: "$" }],
  "{_123_Hello}": [{ name: "_123_Hello" }],
  "{Number:##.0;-##.0;zero}": [{ name: "Number", format: "##.0;-##.0;zero" }],
  "{Number:+##.0}": [{ name: "Number", format: "+##.0" }],
  // these four as Serilog 4.2 reads them; older ones had other rules
  "{0_}}space}": ["{0_}}space}"],
  "{Hello:HH$MM}": [{ name: "Hello", format: "HH$MM" }],
  "{Hello,-0}": [{ name: "Hello", alignment: 0 }],
  "{Hello,0}": [{ name: "Hello", alignment: 0 }],
};

test("parseTemplate() reads the templates of Serilog's own tests", () => {
  for (const [template, text] of Object.entries(plainTexts)) assert.deepEqual(outline(template), [text]);
  for (const [template, parts] of Object.entries(withHoles)) assert.deepEqual(outline(template), parts, template);
});
