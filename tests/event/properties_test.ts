/** A bag of properties, taken once: its values, its JSON, its names, and one bag laid over another. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsOf } from "../../src/event/json_text.ts";
import { LineWriter } from "../../src/event/line_writer.ts";
import { PlainDataWriter } from "../../src/event/plain_data.ts";
import { capture, type Captured, nothing } from "../../src/event/properties.ts";
import { maxEventSize } from "../../src/event/value_limits.ts";
import { utf8Text } from "../../src/runtime/utf8.ts";
import { assertLinear } from "../support/growth.ts";

/** The properties as the inside of a JSON object, each preceded by a comma. */
function jsonOf(captured: Captured): string {
  const out = new LineWriter();
  captured.writeTo(out);
  return utf8Text(out.line);
}

test("capture() keeps values that a format can read, and the same as JSON", () => {
  const at = new Date(Date.UTC(2026, 0, 2));
  const captured = capture({ n: 9n, at, f: Infinity, t: 'a"\n', list: [1n] });
  const { kept, values } = captured;
  assert.deepEqual(kept, [9n, at, Infinity, 'a"\n', ["1"]]);
  assert.equal(jsonOf(captured), ',"n":"9","at":"2026-01-02T00:00:00.000Z","f":"Infinity","t":"a\\"\\n","list":["1"]');
  assert.deepEqual(Object.keys(values), ["n", "at", "f", "t", "list"]);
});

test("capture() reads each property once and is not changed by what the caller does later", () => {
  let reads = 0;
  const bag = {
    list: [1],
    get once(): number {
      return ++reads;
    },
    get broken(): never {
      throw new Error("no");
    },
  };
  const captured = capture(bag);
  bag.list.push(2);
  const { values } = captured;
  const json = jsonOf(captured);
  assert.deepEqual({ ...values }, { list: [1], once: 1, broken: "[Threw: no]" });
  assert.deepEqual([JSON.parse(`{${json.slice(1)}}`), reads], [{ list: [1], once: 1, broken: "[Threw: no]" }, 1]);
});

test("a name that cannot be written as it is becomes one that no other property has", () => {
  assert.deepEqual(capture({ "": 1, _: 2, _2: 3 }).names, ["_3", "_", "_2"]);
  assert.deepEqual(capture(Object.fromEntries([["\ud800", 1], ["\ufffd", 2]])).names, ["\ufffd2", "\ufffd"]);
  const long = "n".repeat(1030);
  const { names } = capture({ [long]: 1, [`${long}!`]: 2 });
  assert.equal(new Set(names).size, 2);
  assert.deepEqual(Object.entries(capture(JSON.parse('{"__proto__":1}')).values), [["__proto__", 1]]);
});

test("a bag laid over another hides the names that are in both, in its values and its JSON", () => {
  const upper = capture({ a: 1, b: 2 });
  const both = upper.over(capture({ b: 3, c: 4 }));
  assert.deepEqual([{ ...both.values }, jsonOf(both)], [{ a: 1, b: 2, c: 4 }, ',"a":1,"b":2,"c":4']);
  assert.equal(both.bits & bitsOf(["a", "b", "c"]), bitsOf(["a", "b", "c"]));
  assert.deepEqual([upper.overlaps(capture({ b: 0 })), upper.overlaps(capture({ z: 0 }))], [true, false]);
  assert.deepEqual([upper.over(undefined), upper.over(nothing)], [upper, upper]);
});

test("the first error among the properties is the exception, and stays a property without its stack", () => {
  const [first, second] = [new Error("first"), new Error("second")];
  const { error, values } = capture({ a: 1, first, second });
  assert.equal(error?.thrown, first);
  assert.deepEqual(values.first, { name: "Error", message: "first" });
  assert.match(String((values.second as { stack?: string }).stack), /second/);
  assert.equal(capture({ first }, { fillsException: false }).error, undefined);
});

test("a place that logs the same names again keeps them, and other names take their place", () => {
  const site: Parameters<typeof capture>[2] = {};
  capture({ a: 1, b: 2 }, undefined, site);
  const { shape } = site!;
  assert.deepEqual({ ...capture({ a: 3, b: 4 }, undefined, site).values }, { a: 3, b: 4 });
  assert.equal(site!.shape, shape);
  assert.deepEqual({ ...capture({ b: 5, a: 6 }, undefined, site).values }, { b: 5, a: 6 });
  assert.notEqual(site!.shape, shape);
});

test("a hole {$name} takes the text of a value, and names that CLEF writes differently are marked", () => {
  class Money {
    toString(): string {
      return "5 EUR";
    }
  }
  assert.deepEqual({ ...capture({ m: new Money(), o: { a: 1 } }, { stringified: new Set(["m", "o"]) }).values }, {
    m: "5 EUR",
    o: '{"a":1}',
  });
  assert.deepEqual(["@x", "a.b", "traceId", "a"].map((name) => capture({ [name]: 1 }).special), [true, true, true, false]);
});

/** Bags of many properties, each of which would pass alone. */
const huge: Readonly<Record<string, (i: number) => readonly [name: string, value: unknown]>> = {
  "short texts": (i) => [`p${i}`, "x".repeat(4096)],
  "long texts": (i) => [`p${i}`, "x".repeat(50_000)],
  "long names": (i) => [`p${i}`.padEnd(1024, "n"), "x".repeat(1000)],
  "lists": (i) => [`p${i}`, Array(1000).fill(i)],
  "texts in lists": (i) => [`p${i}`, ["x".repeat(4096)]],
  "errors": (i) => [`p${i}`, new Error("x".repeat(3000))],
  "credentials": (i) => [`p${i}-authorization`.padEnd(1000, "n"), "x".repeat(4096)],
};

for (const [what, make] of Object.entries(huge)) {
  test(`a bag of many properties is cut where the budget of its event ends, with one mark for the rest: ${what}`, () => {
    const bag = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => make(i)));
    for (const options of [undefined, { writer: new PlainDataWriter() }]) {
      const captured = capture(bag, options);
      const { names, kept, values } = captured;
      const json = jsonOf(captured);
      assert.ok(json.length < maxEventSize + 100_000, `${json.length} characters`);
      assert.ok(json.length > maxEventSize / 4, `only ${json.length} characters`);
      assert.equal(names.length, kept.length);
      assert.equal(values["…"], `[Cut: ${1000 - names.length + 1} more]`);
      assert.ok(json.split("[Cut: ").length <= 3, "the rest is marked more than once");
      assert.deepEqual(Object.keys(JSON.parse(`{${json.slice(1)}}`)), names);
    }
  });
}

test("the bags of one event pay from one budget", () => {
  const options = { writer: new PlainDataWriter() };
  const bags = [1, 2, 3].map((n) => Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${n}_${i}`, "x".repeat(1000)])));
  const sizes = bags.map((bag) => jsonOf(capture(bag, options)).length);
  assert.ok(sizes.reduce((sum, size) => sum + size) < maxEventSize + 100_000, String(sizes));
});

test("a large bag of small properties is kept whole", () => {
  const bag = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`p${i}`, `value ${i}`]));
  assert.deepEqual(capture(bag).values, bag);
});

/** Names of which many become the same, where they are bounded or made ready for UTF-8. */
const alike: Readonly<Record<string, (i: number) => string>> = {
  "long names": (i) => "k".repeat(1030) + i,
  "names with lone surrogates": (i) => `a${String.fromCharCode(0xd800 + i)}`,
};

for (const [what, nameOf] of Object.entries(alike)) {
  test(`capture() takes ${what} that become alike at a cost that grows with their number alone`, () => {
    const make = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, i) => [nameOf(i), i]));
    assert.equal(new Set(capture(make(300)).names).size, 300);
    assertLinear(`${what} of a bag`, make, (bag) => capture(bag), { from: 60, to: 1000 });
    assertLinear(`${what} of a value`, make, (V) => capture({ V }), { from: 60, to: 1000 });
  });
}

test("over() keeps of lower layers what the budget of one event has room for, small properties first of all, and says how many are missing", () => {
  const large = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`L${i}`, "x".repeat(60_000)]));
  const own = capture(large);
  const lower = capture({
    ...Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`M${i}`, "y".repeat(60_000)])),
    RequestId: "r-1",
    "a.b": 2,
  });
  const layers = own.over(lower);
  assert.ok(jsonOf(layers).length < 1.2 * maxEventSize, `${jsonOf(layers).length} characters`);
  assert.deepEqual([layers.values.L0, layers.values.RequestId, layers.values["a.b"]], ["x".repeat(60_000), "r-1", 2]);
  assert.match(String(layers.values["…"]), /^\[Cut: 1\d more\]$/);
  let chain = capture({});
  for (let i = 0; i < 40; i++) chain = capture({ [`N${i}`]: "z".repeat(60_000) }).over(chain);
  assert.ok(jsonOf(chain).length < 1.2 * maxEventSize, `${jsonOf(chain).length} characters of a chain`);
  assert.equal(chain.names[0], "N39");
});
