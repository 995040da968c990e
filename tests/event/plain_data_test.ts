/** Any value of the world comes out as one valid line: bounded, saying where it was cut, and without harm to the caller. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConsoleHandler,
  encodeClef,
  type Encoder,
  type Filter,
  getLogger,
  Handler,
  type LogEvent,
  MemoryHandler,
  SeqHandler,
  type SeqOptions,
  withContext,
} from "../../mod.ts";
import { type Clef, FakeSeq, hearConsole, hearDiagnostics, observe, remember } from "../support/seq.ts";
import { cycle, nasty, nested, revokedProxy, throwingProxy } from "../support/values.ts";
import { isBrief, rounds } from "../support/effort.ts";

const log = getLogger("values");
const utf8 = new TextEncoder();
const defaultLimitBytes = 200_000;

/** The line of an event with these properties, checked for its size, and parsed. */
async function lineOf(properties: object, template = "x", options: Partial<SeqOptions> = {}): Promise<Clef> {
  await using observed = observe(options);
  log.info(template, properties);
  const [line, ...more] = await observed.lines();
  assert.ok(line !== undefined && more.length === 0, "one line should have come");
  const bytes = utf8.encode(line).length;
  assert.ok(
    bytes <= (options.eventBodyLimitBytes ?? defaultLimitBytes),
    `the line has ${bytes} bytes`,
  );
  return JSON.parse(line);
}

/** What is written of one value. */
async function written(V: unknown): Promise<unknown> {
  const clef = await lineOf({ V });
  assert.ok(Object.hasOwn(clef, "V"), JSON.stringify(clef).slice(0, 1000));
  return clef.V;
}

class Point {
  readonly x: number = 1;
  readonly y: number = 2;
  readonly #z = 3;
  get z(): number {
    return this.#z;
  }
}

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}

// ---- what each kind becomes ----

const spoken: readonly (readonly [name: string, value: unknown, written: unknown])[] = [
  ["a bigint as its digits", 12345678901234567890123n, "12345678901234567890123"],
  ["a negative bigint", -1n, "-1"],
  ["NaN", NaN, "NaN"],
  ["Infinity", Infinity, "Infinity"],
  ["-Infinity", -Infinity, "-Infinity"],
  ["-0 as 0", -0, 0],
  ["a fraction", 0.1, 0.1],
  ["a tiny number", 5e-324, 5e-324],
  ["the largest safe integer", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ["null", null, null],
  ["undefined as null", undefined, null],
  ["an undefined field and entry as null", { a: undefined, b: [undefined] }, { a: null, b: [null] }],
  ["a date in ISO 8601", new Date("2026-03-01T11:15:00+01:00"), "2026-03-01T10:15:00.000Z"],
  ["a date far away", new Date(8.64e15), "+275760-09-13T00:00:00.000Z"],
  ["a map with text keys as an object", new Map<string, unknown>([["a", 1], ["b", new Map([["c", 2]])]]), { a: 1, b: { c: 2 } }],
  ["an empty map", new Map(), {}],
  ["a set as a list", new Set([1, "b", new Set([2])]), [1, "b", [2]]],
  ["a typed array as a list", new Float64Array([1.5, NaN, -0]), [1.5, "NaN", 0]],
  ["a typed array of bigints", new BigInt64Array([1n, -2n]), ["1", "-2"]],
  ["a URL as its text", new URL("http://user@seq.test:5341/a?b=c#d"), "http://user@seq.test:5341/a?b=c#d"],
  ["a query as its text", new URLSearchParams([["a", "1"], ["a", "2"]]), "a=1&a=2"],
  ["a RegExp as its text", /a+\/b/giu, "/a+\\/b/giu"],
  ["a boxed text, number and boolean", [new String("s"), new Number(5), new Boolean(false)], ["s", 5, false]],
  ["an instance of a class as its fields", new Point(), { x: 1, y: 2 }],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ["what toJSON answers", { secret: 1, toJSON: () => ({ shown: new Date(0) }) }, { shown: "1970-01-01T00:00:00.000Z" }],
  ["what toJSON answers, a text too", { toJSON: () => "text" }, "text"],
  // deno-lint-ignore no-sparse-arrays
  ["the holes of a list as null", [1, , 3], [1, null, 3]],
  ["a null in a list", [null], [null]],
  ["empty objects and lists", [{}, [], { a: {} }], [{}, [], { a: {} }]],
  ["control characters and line separators", '\0\n\r\t\x1b\u2028\u2029\ufeff"\\', '\0\n\r\t\x1b\u2028\u2029\ufeff"\\'],
  ["characters beyond the BMP", "𝒳👩‍👩‍👧", "𝒳👩‍👩‍👧"],
];
for (const [name, value, expected] of spoken) {
  test(`encodeClef() writes ${name}`, async () => {
    const found = await written(value);
    assert.deepEqual(found, expected);
    if (value === value && typeof value !== "undefined") {
      assert.deepEqual(await written({ in: [value] }), { in: [found] });
    }
  });
}

const described: readonly (readonly [name: string, value: unknown, pattern: RegExp])[] = [
  ["an invalid date so", new Date(NaN), /^"Invalid Date"$/i],
  ["a number beyond .NET's decimal as text", 8.25e28, /^"8\.25e\+?28"$/],
  ["the largest number as text", -1.7976931348623157e308, /^"-1\.7976931348623157e\+?308"$/],
  ["a map with other keys as its entries", new Map<unknown, unknown>([[{ id: 1 }, "one"], [2, "two"]]), /\{"id":1\}.*"one".*2.*"two"/],
  ["bytes as one text", new Uint8Array([1, 171, 255]), /^"01abff"$|^"Aav\/"$/i],
  ["an ArrayBuffer as one text", new Uint8Array([1, 171, 255]).buffer, /^"01abff"$|^"Aav\/"$/i],
  ["a DataView as its bytes", new DataView(new Uint8Array([0, 1, 171, 255]).buffer, 1), /^"01abff"$|^"Aav\/"$/i],
  ["a symbol by its name", Symbol("mark"), /^"Symbol\(mark\)"$/],
  ["a function by its name", function namedFunction() {}, /namedFunction/],
  ["a function without a name", () => {}, /^"[^"]*[fF]unction[^"]*"$/],
  ["a class by its name", Point, /Point/],
  [
    "an error with its type, text, fields and cause",
    Object.assign(new RangeError("no paper", { cause: new Error("no trees") }), { code: "E_PAPER" }),
    /RangeError.*no paper.*no trees/,
  ],
  [
    "an error's own fields",
    Object.assign(new Error("no paper"), { code: "E_PAPER", tray: { no: 2 } }),
    /"code":"E_PAPER".*"tray":\{"no":2\}/,
  ],
  ["the errors of an AggregateError", new AggregateError([new Error("one"), "two"], "both"), /both.*one.*two/],
  ["headers as an object", new Headers({ accept: "text/plain", "x-own": "a" }), /^\{"accept":"text\/plain","x-own":"a"\}$/],
  [
    "a request by its method and address",
    new Request("http://seq.test/a?b=c", { method: "PUT", body: "x" }),
    /"PUT".*http:\/\/seq\.test\/a\?b=c/,
  ],
  ["a response by its status", new Response("x", { status: 418, headers: { "x-own": "a" } }), /418.*"x-own":"a"/],
  ["a promise as what it is", Promise.resolve(1), /promise/i],
  ["a WeakMap as what it is", new WeakMap(), /WeakMap/],
  ["a toJSON that throws by what it throws", { toJSON: () => assert.fail("no JSON today") }, /no JSON today/],
  ["a getter that throws by what it throws", {
    get a(): never {
      return assert.fail("no a today");
    },
    b: 2,
  }, /"a":"[^"]*no a today[^"]*".*"b":2/],
  ["a proxy that throws as text", throwingProxy(), /^"[^"]+"$/],
  ["a revoked proxy as text", revokedProxy(), /^"[^"]+"$/],
  ["a revoked proxy of a list as text", revokedProxy([]), /^"[^"]+"$/],
  ["a cycle as such, and what is beside it", cycle(), /"name":"cycle".*circular/i],
];
for (const [name, value, pattern] of described) {
  test(`encodeClef() writes ${name}`, async () => {
    assert.match(JSON.stringify(await written(value)), pattern);
    const { in: [inside] } = await written({ in: [value] }) as {
      in: [unknown];
    };
    assert.match(JSON.stringify(inside), pattern);
  });
}

test("encodeClef() writes the fields of a thing with the tag of another kind", async () => {
  const tags =
    "Array ArrayBuffer Boolean DataView Date DOMException Error Headers Map Number Object Promise RegExp Request Response Set String " +
    "Symbol Uint8Array URL WeakMap BigInt Order";
  for (const tag of tags.split(" ")) {
    const V = {
      id: 7,
      get [Symbol.toStringTag](): string {
        return tag;
      },
    };
    for (const clef of [await lineOf({ V }), await lineOf({ V: [V] }), await lineOf(V), (await logError(V)).event]) {
      assert.match(JSON.stringify(clef).replace(/\\"/g, '"'), /"id":7/, tag);
    }
  }
});

test("encodeClef() writes an object that occurs twice, without a cycle, twice", async () => {
  const shared = { a: 1 };
  assert.deepEqual(
    await written({ one: shared, two: shared, list: [shared, shared] }),
    { one: { a: 1 }, two: { a: 1 }, list: [{ a: 1 }, { a: 1 }] },
  );
});

test("encodeClef() writes no credentials of headers, requests and responses", async () => {
  const secrets = {
    authorization: "Bearer hidden1",
    cookie: "hidden2",
    "x-seq-apikey": "hidden3",
    "proxy-authorization": "hidden4",
    accept: "shown",
  };
  for (
    const carrier of [
      new Headers(secrets),
      new Request("http://seq.test/", { headers: secrets }),
      new Response("", { headers: { ...secrets, "set-cookie": "hidden5" } }),
    ]
  ) {
    const text = JSON.stringify(await written(carrier));
    assert.doesNotMatch(text, /hidden/);
    assert.match(text, /shown/);
  }
});

test("encodeClef() writes names that objects keep for themselves like any other", async () => {
  const bag = JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"toString":3,"hasOwnProperty":4,"valueOf":5}');
  const clef = await lineOf(bag);
  for (const name of Object.keys(bag)) {
    assert.deepEqual(Object.getOwnPropertyDescriptor(clef, name)?.value, Object.getOwnPropertyDescriptor(bag, name)?.value, name);
  }
  const inside = await written(bag) as object;
  for (const name of Object.keys(bag)) {
    assert.ok(Object.hasOwn(inside, name), name);
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test("encodeClef() writes a property without a name under some name", async () => {
  assert.ok(Object.values(await lineOf({ "": "nameless" })).includes("nameless"));
});

test("encodeClef() writes a value that is nasty as one valid line, and the message and the console's line as text", async () => {
  using onConsole = hearConsole();
  await using observed = observe();
  using seen = remember(log);
  const added = log.addHandler(new ConsoleHandler({ colour: false }));
  const values = nasty();
  for (const V of values) {
    log.info("{V} {@V} {$V} {V,10:0.00}", { V, Next: "there" });
  }
  added[Symbol.dispose]();
  const events = await observed.events();
  assert.equal(events.length, values.length);
  assert.equal(onConsole.heard.length, values.length);
  for (const [i, clef] of events.entries()) {
    assert.ok(Object.hasOwn(clef, "V"), `value ${i}`);
    assert.equal(clef.Next, "there");
    assert.equal(typeof seen.events[i]!.message, "string");
    assert.ok(seen.events[i]!.message.length < 1_000_000, `value ${i}`);
    structuredClone(seen.events[i]!.properties); // plain data, which cannot throw any more
  }
});

// ---- well-formed text ----

test("encodeClef() lets no lone surrogate through, wherever it occurs", async () => {
  const lone = ["\ud800", "\udfff", "a\ud83d", "\udc00b", "\ud800\ud800", "\udc00\ud800", "\\\ud800", '"\udc00'];
  await using observed = observe({ properties: { "Global\ud800": "g\ud800" } });
  using seen = remember();
  for (const text of lone) {
    const named = getLogger(`name${text}`);
    named.info(`template ${text} {A${text}} {B:${text}}`, { [text]: text, Deep: { [text]: [text, new Map([[text, text]])] }, B: text });
    named.error(new Error(text, { cause: text }), text, [text]);
    named.with({ [`with${text}`]: text }).info(text);
    named.write({ message: text, error: text, eventType: text, traceId: text, loggerName: text });
    named.info("x", { [`a.b${text}`]: 1, "a.c": text, [`@${text}`]: text });
    named.info(`${text}`.repeat(rounds(100_000, 10_000)));
  }
  const lines = await observed.lines();
  assert.equal(lines.length, 6 * lone.length);
  assert.ok(seen.events.length > 0);
  for (const line of lines) {
    assert.ok(!/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(line));
    JSON.parse(line, (name, value) => {
      for (const text of [name, value]) {
        if (typeof text === "string") {
          assert.equal(new TextDecoder().decode(utf8.encode(text)), text, JSON.stringify(text).slice(0, 200));
        }
      }
      return value;
    });
  }
});

test("encodeClef() replaces a lone surrogate by U+FFFD and keeps whole pairs and escapes next to it", async () => {
  const text = "\ud83d\ude00\ud83d \\ud800 \\\\ud800 \u{10ffff}\udc00";
  assert.equal(await written(text), "\ud83d\ude00\ufffd \\ud800 \\\\ud800 \u{10ffff}\ufffd");
});

async function logError(error: unknown, template = "x", options: Partial<SeqOptions> = {}): Promise<{ event: Clef; line: string }> {
  await using observed = observe(options);
  log.error(error, template, { A: 1 });
  const [line] = await observed.lines();
  return { event: JSON.parse(line!), line: line! };
}

// ---- bounds ----

/** What is called 50 MB, and a million; a tenth of it is too much as well. */
const [huge, million] = [rounds(50_000_000), rounds(1_000_000)];

/** Everything that is too much of something; each must be cut, and say so. */
const tooMuch: Readonly<Record<string, () => unknown>> = {
  "nested 100 000 deep": () => nested(100_000),
  "maps nested 100 000 deep": () => {
    let map: unknown = 1;
    for (let i = 0; i < 100_000; i++) map = new Map([["in", map]]);
    return map;
  },
  "sets nested 100 000 deep": () => {
    let set: unknown = 1;
    for (let i = 0; i < 100_000; i++) set = new Set([set]);
    return set;
  },
  "errors that cause each other 20 000 deep": () => {
    let error: unknown = "bottom";
    for (let i = 0; i < 20_000; i++) error = new Error("up", { cause: error });
    return { error };
  },
  "AggregateErrors nested 10 000 deep": () => {
    let error: unknown = "bottom";
    for (let i = 0; i < 10_000; i++) error = new AggregateError([error], "up");
    return { error };
  },
  "a text of 50 MB": () => "x".repeat(huge),
  "a text of 50 MB of three bytes each": () => "€".repeat(huge),
  "an object with a text of 50 MB": () => ({ a: "x".repeat(huge), b: 1 }),
  "a list of 1 000 texts of 1 MB": () => Array<string>(1000).fill("x".repeat(rounds(1_000_000, 100_000))),
  "a list of a million": () => Array.from({ length: million }, (_, i) => i),
  "a list of nothing, as long as lists can be": () => Object.assign([], { length: 2 ** 32 - 1 }),
  "a map of a million": () => new Map(Array.from({ length: million }, (_, i) => [`k${i}`, i])),
  "a map of a million other keys": () => new Map(Array.from({ length: million }, (_, i) => [i, i])),
  "a set of a million": () => new Set(Array.from({ length: million }, (_, i) => i)),
  "an object of 200 000 fields": () => Object.fromEntries(Array.from({ length: rounds(200_000, 20_000) }, (_, i) => [`k${i}`, i])),
  "50 MB of bytes": () => new Uint8Array(huge),
  "an ArrayBuffer of 50 MB": () => new ArrayBuffer(huge),
  "a typed array of 10 million": () => new Float32Array(rounds(10_000_000, 1_000_000)),
  "a name of 10 MB": () => ({ ["k".repeat(rounds(10_000_000, 1_000_000))]: 1 }),
  "a bigint of 300 000 digits": () => 10n ** 300_000n,
  "a symbol of 10 MB": () => Symbol("x".repeat(rounds(10_000_000, 1_000_000))),
  "a function with a name of 10 MB": () => Object.defineProperty(() => {}, "name", { value: "x".repeat(10_000_000) }),
  "a URL of 1 MB": () => new URL(`http://seq.test/${"x".repeat(1_000_000)}`),
  "a RegExp of 1 MB": () => new RegExp("x".repeat(1_000_000)),
  "an error with a text of 50 MB": () => ({ error: new Error("x".repeat(huge)) }),
  "a toJSON that answers 50 MB": () => ({ toJSON: () => "x".repeat(huge) }),
  "a toString that answers 50 MB": () =>
    new (class {
      toString(): string {
        return "x".repeat(huge);
      }
    })(),
  "a boxed text of 50 MB": () => new String("x".repeat(huge)),
  "a getter that throws 50 MB": () => ({
    get a(): never {
      throw new Error("x".repeat(huge));
    },
  }),
  "headers of 1 MB": () => new Headers({ a: "x".repeat(1_000_000) }),
};
for (const [name, make] of Object.entries(tooMuch)) {
  test(`encodeClef() cuts ${name} and says so`, async () => {
    const clef = await lineOf({ V: make(), Next: "there" });
    const text = JSON.stringify(clef);
    assert.match(text, /cut|…|exceeds/i, text.slice(0, 500));
    assert.match(JSON.stringify(await lineOf({ Deep: { list: [make()] } })), /cut|…|exceeds/i);
  });
}

test("encodeClef() cuts without losing the neighbours of a cut value", async () => {
  const clef = await lineOf({
    Big: "x".repeat(huge),
    Deep: nested(100_000),
    Wide: Array.from({ length: million }, (_, i) => i % 10),
    Next: "there",
  });
  assert.equal(clef["@mt"], "x");
  assert.equal(clef.Next, "there");
  assert.match(String(clef.Big), new RegExp(`^xxx.*${huge}`));
});

test("encodeClef() states how much it has left out", async () => {
  assert.match(String(await written("x".repeat(1_234_567))), /1234567/);
  assert.match(JSON.stringify(await written(new Uint8Array(1_234_567))), /1234567/);
  const list = await written(Array.from({ length: 100_000 }, (_, i) => i)) as unknown[];
  assert.match(String(list.at(-1)), new RegExp(String(100_000 - (list.length - 1))));
  const fields = await written(
    Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i])),
  ) as object;
  const values = Object.values(fields);
  assert.match(String(values.at(-1)), new RegExp(String(100_000 - (values.length - 1))));
});

test("encodeClef() ends on values that have no end", async () => {
  const tree = (): object =>
    Object.defineProperties(
      {},
      Object.fromEntries(
        Array.from(
          { length: 10 },
          (_, i) => [`k${i}`, { get: tree, enumerable: true }],
        ),
      ),
    );
  const again = { toJSON: () => ({ ...again }) };
  const proxy = (): object =>
    new Proxy({}, {
      ownKeys: () => ["a", "b", "c"],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
      get: (_, name) => name === "toJSON" ? undefined : proxy(),
    });
  const fresh = (): object => ({ toJSON: () => [fresh()] });
  const endless = function* (): Generator<number> {
    for (let i = 0;; i++) yield i;
  };
  const errors = (): Error => Object.defineProperty(new Error("up"), "cause", { get: errors });
  const values: Readonly<Record<string, () => unknown>> = {
    ...(!isBrief && { tree, proxy, errors }), // which stand in the list as well
    again: () => again,
    fresh,
    endless,
    inList: () => [tree(), proxy(), errors()],
  };
  for (const [name, make] of Object.entries(values)) {
    const clef = await lineOf({ V: make() });
    assert.ok(Object.hasOwn(clef, "V") || /exceeds/.test(JSON.stringify(clef)), name);
  }
  const { event } = await logError(errors());
  assert.match(String(event["@x"]), /up/);
});

test("encodeClef() reads a bounded number of fields of values that have no end", {
  skip: isBrief && "the newest Node tries it, and the bound is the same everywhere",
}, async () => {
  const names = Array.from({ length: 100 }, (_, i) => `k${i}`);
  let asked = 0;
  const tree = (): object =>
    new Proxy({}, {
      ownKeys: () => names,
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
      get: (_, name) => {
        asked++;
        return names.includes(String(name)) ? tree() : undefined;
      },
    });
  await lineOf({ V: tree() });
  assert.ok(asked > 100 && asked < 200_000, `${asked} were asked for`);
});

test("info() captures a bounded number of properties, and says how many it left out", async () => {
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i]));
  for (
    const call of [
      () => log.info("x", many),
      () => log.info(many, "x"),
      () => log.with(many).info("x"),
      () => withContext(many, () => log.info("x")),
    ]
  ) {
    await using observed = observe();
    call();
    const { "@t": _, "@mt": template, SourceContext: __, ...properties } = await observed.event();
    assert.equal(template, "x");
    const numbers = Object.values(properties).filter((value) => typeof value === "number");
    const rest = Object.values(properties).filter((value) => typeof value !== "number");
    assert.ok(numbers.length >= 100 && numbers.length < 50_000);
    assert.equal(rest.length, 1);
    assert.match(String(rest[0]), new RegExp(`\\b${50_000 - numbers.length}\\b`), String(call));
  }
});

// ---- events that are too large ----

test("encodeClef() counts bytes of UTF-8 and not characters", async () => {
  const just = "x".repeat(defaultLimitBytes / 4);
  assert.equal((await lineOf({ A: just, B: just, C: just })).A, just);
  const wide = "€".repeat(defaultLimitBytes / 4);
  const { "@mt": template, A } = await lineOf({ A: wide, B: wide, C: wide }, "Wide {A}");
  assert.equal(template, "Wide {A}");
  assert.match(String(A), /^€{20000,}… \[Cut: 50000 characters\]$/);
});

test("encodeClef() keeps within eventBodyLimitBytes whatever is large: template, name, exception, properties, ids", async () => {
  const huge = "€x".repeat(50_000);
  for (const eventBodyLimitBytes of [2048, 4096, 100_000]) {
    const options = { eventBodyLimitBytes, properties: { Global: huge } };
    await using observed = observe(options);
    log.warn(huge);
    log.warn("x", { huge });
    log.warn("{huge:0.00}", { huge });
    log.warn("x", { [huge]: huge });
    log.error(new Error(huge, { cause: new Error(huge) }), "x");
    log.with({ huge }).warn("x");
    withContext({ huge }, () => log.warn("x"));
    getLogger(huge).warn("x");
    log.write({
      level: "warn",
      message: huge,
      eventType: huge,
      traceId: huge,
      spanId: huge,
      error: huge,
      loggerName: huge,
      properties: { huge },
    });
    const lines = await observed.lines();
    assert.equal(lines.length, 9);
    for (const line of lines) {
      assert.ok(
        utf8.encode(line).length <= eventBodyLimitBytes,
        `${utf8.encode(line).length} bytes at a limit of ${eventBodyLimitBytes}: ${line.slice(0, 300)}`,
      );
      assert.ok(["Warning", "Error"].includes(JSON.parse(line)["@l"]));
    }
  }
});

test("encodeClef() writes an event of exactly the limit as it is, and cuts one byte more", async () => {
  const sizeOf = async (length: number): Promise<{ clef: Clef; bytes: number }> => {
    await using observed = observe({ eventBodyLimitBytes: 10_000 });
    log.info("x", { V: "y".repeat(length) });
    const [line] = await observed.lines();
    return { clef: JSON.parse(line!), bytes: utf8.encode(line!).length };
  };
  const { bytes } = await sizeOf(1);
  const room = 10_000 - bytes + 1;
  const at = await sizeOf(room);
  assert.deepEqual([at.bytes, at.clef["@mt"]], [10_000, "x"]);
  const over = await sizeOf(room + 1);
  assert.ok(over.bytes <= 10_000);
  assert.match(String(over.clef.V), /^y+… \[Cut: \d+ characters\]$/);
});

test("encodeClef() never writes more bytes than the limit (seed 20260303)", async () => {
  const unit = fc.constantFrom("x", "é", "€", "😀", "\ud800", "\0", '"', "\\", "\n", "{", "}");
  const text = fc.tuple(unit, fc.integer({ min: 0, max: 4000 })).map(([unit, count]) => unit.repeat(count));
  await using observed = observe({ eventBodyLimitBytes: 4096 });
  let count = 0;
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), text, { maxKeys: 4 }),
      text,
      fc.option(text),
      (properties, template, error) => {
        log.warn(error === null ? undefined : new Error(error), template, properties);
        count++;
      },
    ),
    { seed: 20260303, numRuns: rounds(1000) },
  );
  const lines = await observed.lines();
  assert.equal(lines.length, count);
  for (const line of lines) {
    assert.ok(utf8.encode(line).length <= 4096, line.slice(0, 300));
    assert.equal(JSON.parse(line)["@l"], "Warning");
  }
});

// ---- the caller's objects ----

test("info() changes none of its arguments, frozen or not", async () => {
  const make = (): Record<string, unknown> => ({
    text: "a",
    date: new Date(0),
    list: [1, { b: [2] }],
    map: new Map([["k", { v: 1 }]]),
    set: new Set([1, { w: 2 }]),
    bytes: new Uint8Array([1, 2]),
    pattern: /a/g,
    error: Object.assign(new Error("e", { cause: { c: 1 } }), { code: 1, stack: "fixed" }),
    "a.b": 1,
    "@t": 2,
    __proto__: null,
  });
  const deepFreeze = (value: unknown): unknown => {
    if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) Object.values(Object.freeze(value)).forEach(deepFreeze);
    return value;
  };
  await using observed = observe();
  for (const bag of [make(), deepFreeze(make()) as Record<string, unknown>]) {
    const pattern = bag.pattern as RegExp;
    log.info("{text} {@list} {date:yyyy} {error}", bag);
    log.info(bag, "{text}");
    log.with(bag).info("x");
    withContext(bag, () => log.info("x"));
    log.error(bag.error, "x", bag);
    log.info("{A}", [bag, bag.list]);
    log.write({ message: "x", properties: bag, error: bag.error });
    assert.deepEqual(bag, make());
    assert.deepEqual(Object.keys(bag), Object.keys(make()));
    assert.equal(pattern.lastIndex, 0);
  }
  assert.equal((await observed.lines()).length, 14);
});

test("info() consumes neither bodies nor iterators nor streams", async () => {
  const request = new Request("http://seq.test/", { method: "POST", body: "text" });
  const response = new Response("text");
  const iterator = [1, 2, 3][Symbol.iterator]();
  const generator = (function* () {
    yield 1;
  })();
  const stream = new ReadableStream();
  await lineOf({ request, response, iterator, generator, stream, entries: new Map([[1, 2]]).entries() });
  assert.deepEqual([request.bodyUsed, response.bodyUsed, stream.locked], [false, false, false]);
  assert.deepEqual([await request.text(), await response.text()], ["text", "text"]);
  assert.deepEqual([iterator.next().value, generator.next().value], [1, 1]);
});

// ---- user code runs once ----

/** A program's own handler, which writes CLEF. */
class Encoding extends Handler {
  override emit(event: LogEvent): void {
    for (const shape of [{}, { loggerNameProperty: null }]) JSON.parse(encodeClef(event, shape));
  }
}

/** Many handlers of which each looks at everything, with a filter that changes the event on the way to one of them. */
async function throughManyHandlers(call: () => void): Promise<readonly LogEvent[]> {
  using _ = hearConsole();
  const look: Filter = (event) =>
    `${event.message}${event.exception}${JSON.stringify(event.properties, (_, value) => typeof value === "bigint" ? "" : value)}` !== "";
  const change: Filter = (event) => ({ ...event, properties: { ...event.properties, Changed: true } });
  await using observed = observe({ filters: [look], console: true });
  const seqs = [new FakeSeq(), new FakeSeq()];
  const handlers = [
    new SeqHandler({ serverUrl: "http://seq.test", fetch: seqs[0]!.fetch, preserveDottedPropertyNames: true, properties: { Other: 1 } }),
    new SeqHandler({ serverUrl: "http://seq.test", fetch: seqs[1]!.fetch, filters: [change], eventBodyLimitBytes: 5000 }),
  ];
  const memory = new MemoryHandler();
  memory.filters = [look, change, look];
  const plain = new MemoryHandler();
  const added = [...handlers, memory, plain, new ConsoleHandler({ colour: true }), new Encoding()].map((handler) =>
    log.addHandler(handler)
  );
  call();
  for (const handler of handlers) await handler.flush();
  for (const one of added) one[Symbol.dispose]();
  for (const handler of handlers) await handler.close();
  assert.equal((await observed.events()).length, plain.events.length);
  assert.deepEqual(seqs.map(({ events }) => events.length), [plain.events.length, plain.events.length]);
  assert.ok(plain.events.length > 0 && memory.events.length === plain.events.length);
  return plain.events;
}

/** Counts how often each piece of user code is run. */
class Counter {
  readonly counts = new Map<string, number>();
  count<T>(name: string, value: T): T {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    return value;
  }
  /** Fails for what was run twice, and for what was not run at all of what should have been. */
  assertOnce(...names: string[]): void {
    for (const name of names) assert.equal(this.counts.get(name), 1, name);
    for (const [name, count] of this.counts) assert.equal(count, 1, name);
  }
}

const templates = ["x", "{V}", "{@V} {V:0.00}", "{$V} {V,10}", "{V} {V} {Other.V}"];

for (const template of templates) {
  test(`info() runs getters once, for all handlers together, with the template ${template}`, async () => {
    const counter = new Counter();
    const bag = {
      get V() {
        return counter.count("top", {
          get inner() {
            return counter.count("inner", [{
              get last() {
                return counter.count("last", 1);
              },
            }]);
          },
        });
      },
    };
    await throughManyHandlers(() => log.info(template, bag));
    counter.assertOnce("top");
  });

  test(`info() runs toJSON, or toString, once, for all handlers together, with the template ${template}`, async () => {
    const counter = new Counter();
    const V = {
      a: 1,
      toJSON: () => counter.count("code", { a: 2 }),
      toString: () => counter.count("code", "text"),
      valueOf: () => counter.count("code", 5),
    };
    await throughManyHandlers(() => log.info(template, { V }));
    counter.assertOnce("code");
  });

  test(`info() asks a proxy for each field once, for all handlers together, with the template ${template}`, async () => {
    const counter = new Counter();
    const watched = <T extends object>(target: T, name: string): T =>
      new Proxy(target, {
        get: (object, key, receiver) =>
          counter.count(
            `${name}.${String(key)}`,
            Reflect.get(object, key, receiver),
          ),
        ownKeys: (object) => counter.count(`${name} keys`, Reflect.ownKeys(object)),
      });
    await throughManyHandlers(() => log.info(template, watched({ V: watched({ a: 1, b: watched([1, 2], "list") }, "inner") }, "bag")));
    counter.assertOnce("bag.V", "bag keys");
  });
}

test("info() runs the code of an error once, for all handlers together, wherever it occurs", async () => {
  const make = (counter: Counter): Error => {
    const error = Object.create(new Error("hidden"));
    for (
      const [name, value] of Object.entries({
        name: "OwnError",
        message: "own text",
        stack: "OwnError: own text\n    at home",
        code: "E_OWN",
        cause: "own cause",
      })
    ) {
      Object.defineProperty(error, name, { get: () => counter.count(name, value), enumerable: name === "code" });
    }
    return error;
  };
  const calls: readonly ((error: Error) => void)[] = [
    (error) => log.error(error),
    (error) => log.error(error, "x"),
    (error) => log.error(error, "x", { A: 1 }),
    (error) => log.error("x", error),
    (error) => log.error("{E}", error),
    (error) => log.error("{E} {@E} {$E}", { E: error }),
    (error) => log.error("x", { A: 1, E: error }),
    (error) => log.error({ err: error }, "x"),
    (error) => log.error("x", { A: { deep: error } }),
    (error) => log.error("x", { A: new Error("first"), E: error }),
    (error) => log.error("x", new Error("outer", { cause: error })),
    (error) => log.error("x", new AggregateError([error])),
    (error) => log.error("x", () => ({ E: error })),
    (error) => log.error("{E}", [error]),
    (error) => log.with({ E: error }).error("x"),
    (error) => withContext({ E: error }, () => log.error("x")),
    (error) => log.write({ level: "error", message: "x", error }),
    (error) => log.write({ level: "error", message: "x", properties: { E: error } }),
  ];
  for (const call of calls) {
    const counter = new Counter();
    const [event] = await throughManyHandlers(() => call(make(counter)));
    try {
      counter.assertOnce("message");
      assert.match(JSON.stringify([event!.exception, event!.properties]), /own text/);
    } catch (error) {
      throw new Error(`${call}: ${(error as Error).message}`, { cause: error });
    }
  }
});

test("info() calls a function for the properties once, for all handlers together", async () => {
  const counter = new Counter();
  await throughManyHandlers(() => log.info("{V}", () => counter.count("lazy", { V: 1 })));
  counter.assertOnce("lazy");
});

test("with() and withContext() run the code of their properties once, however many events carry them", async () => {
  const counter = new Counter();
  const bag = (name: string): object => ({
    get [name]() {
      return counter.count(name, {
        toJSON: () => counter.count(`${name}.toJSON`, 1),
      });
    },
  });
  await throughManyHandlers(() => {
    const bound = log.with(bag("bound"));
    withContext(bag("ambient"), () => {
      for (let i = 0; i < 3; i++) bound.info("{bound} {ambient} {i}", { i });
    });
  });
  counter.assertOnce("bound", "bound.toJSON", "ambient", "ambient.toJSON");
});

test("configure() calls a global property once for each event, for all handlers together", async () => {
  let asked = 0;
  using _ = hearConsole();
  await using observed = observe({ properties: { Now: () => ++asked }, console: true });
  const second = new SeqHandler({ serverUrl: "http://seq.test", fetch: new FakeSeq().fetch });
  const added = log.addHandler(second);
  for (let i = 0; i < 3; i++) log.info("x");
  added[Symbol.dispose]();
  await second.close();
  assert.deepEqual((await observed.events()).map(({ Now }) => Now), [1, 2, 3]);
});

// ---- an encoder ----

test("encoder writes what it returns for, by value and path, and declines with undefined", async () => {
  const paths: string[] = [];
  const encoder: Encoder = (value, path) => {
    if (value instanceof Money) {
      paths.push(path);
      return `${value.cents / 100} €`;
    }
    return undefined;
  };
  const clef = await lineOf(
    { Price: new Money(1250), Order: { lines: [{ price: new Money(5) }], when: new Date(0) } },
    "{Price}",
    { encoder },
  );
  assert.deepEqual([clef.Price, clef.Order], ["12.5 €", { lines: [{ price: "0.05 €" }], when: "1970-01-01T00:00:00.000Z" }]);
  assert.deepEqual(paths, ["Price", "Order.lines.0.price"]);
});

test("encoder that throws, or returns something odd, costs its value and not the event", async () => {
  using _ = hearDiagnostics();
  const answers: readonly (() => unknown)[] = [
    () => assert.fail("no code"),
    () => cycle(),
    () => throwingProxy(),
    () => 10n,
    () => NaN,
    () => new Money(1),
    () => "x".repeat(1e7),
  ];
  for (const answer of answers) {
    const encoder: Encoder = (value) => value instanceof Money ? answer() : undefined;
    const clef = await lineOf({ Price: new Money(1), Next: "there" }, "{Price}", { encoder });
    assert.equal(clef.Next, "there");
    assert.ok(Object.hasOwn(clef, "Price"));
  }
});
