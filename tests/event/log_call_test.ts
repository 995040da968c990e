/** How a log call is read: nothing handed to it is dropped, and it never throws. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  getLogger,
  type Level,
  type LogEvent,
  type LogEventInit,
  type Logger,
  type LogMethod,
  SeqHandler,
  withContext,
} from "../../mod.ts";
import { rounds } from "../support/effort.ts";
import { assertLinear } from "../support/growth.ts";
import { type Clef, FakeSeq, hearDiagnostics, observe, propertiesOf, remember } from "../support/seq.ts";
import { nasty } from "../support/values.ts";

const log = getLogger("calls");

/** A log method as JavaScript sees it: any argument is possible. */
type AnyMethod = (...args: unknown[]) => void;

/** What a call comes to. */
interface Logged {
  /** The line, parsed. */
  readonly clef: Clef;
  /** Its properties on the wire. */
  readonly properties: Clef;
  /** What a handler saw. */
  readonly event: LogEvent;
  readonly message: string;
  readonly exception: string | undefined;
}

/** Logs by the call and says what became of it. */
async function logged(call: (log: Logger) => void): Promise<Logged> {
  await using observed = observe();
  using recollection = remember(log);
  call(log);
  const { event } = recollection;
  const clef = await observed.event();
  return { clef, properties: propertiesOf(clef), event, message: event.message, exception: clef["@x"] as string | undefined };
}

/** Logs at the level info with arguments of any kind. */
const info = (...args: unknown[]): Promise<Logged> => logged((log) => (log.info as AnyMethod)(...args));

/** An error with causes, the outermost named 0. */
function chain(
  length: number,
  text = (i: number): string => `link ${i} of the chain`,
): Error {
  let error: Error | undefined;
  for (let i = length - 1; i >= 0; i--) {
    error = new Error(text(i), error && { cause: error });
  }
  return error!;
}

const count = (text: string, part: string): number => text.split(part).length - 1;

// ---- (string) ----

test("info() logs a text alone as a template without properties", async () => {
  const { clef, message } = await info("Nothing to {See} here");
  assert.equal(clef["@mt"], "Nothing to {See} here");
  assert.deepEqual(propertiesOf(clef), {});
  assert.equal(message, "Nothing to {See} here");
  assert.equal("@x" in clef, false);
});

test("info() reads an undefined or missing second argument as none", async () => {
  for (const args of [["Ready"], ["Ready", undefined]]) {
    const { clef, properties } = await info(...args);
    assert.equal(clef["@mt"], "Ready");
    assert.deepEqual(properties, {});
  }
});

test("info() logs an empty text", async () => {
  const { clef, properties } = await info("", { A: 1 });
  assert.equal(clef["@mt"], "");
  assert.deepEqual(properties, { A: 1 });
});

// ---- (string, object) ----

test("info() reads an object's fields as named holes and further properties", async () => {
  const { clef, properties, message } = await info("Order {OrderId} to {City}", { OrderId: 42, City: "Oslo", Express: true, Note: null });
  assert.equal(clef["@mt"], "Order {OrderId} to {City}");
  assert.deepEqual(properties, { OrderId: 42, City: "Oslo", Express: true, Note: null });
  assert.equal(message, "Order 42 to Oslo");
});

test("info() reads the fields of a class instance, a null-prototype object and a frozen object as properties", async () => {
  class Order {
    readonly OrderId = 42;
    readonly #secret = "not shown";
    get hidden(): string {
      return this.#secret;
    }
  }
  for (const bag of [new Order(), Object.assign(Object.create(null), { OrderId: 42 }), Object.freeze({ OrderId: 42 })]) {
    const { properties, message } = await info("Order {OrderId}", bag);
    assert.deepEqual(properties, { OrderId: 42 });
    assert.equal(message, "Order 42");
  }
});

test("info() reads the getters of a bag and leaves their throwing to the property", async () => {
  const bag = {
    A: 1,
    get B() {
      return 2;
    },
    get C(): number {
      throw new Error("no C today");
    },
  };
  const { properties } = await info("{A} {B}", bag);
  assert.deepEqual([properties.A, properties.B], [1, 2]);
  assert.match(String(properties.C), /no C today/);
});

test("info() reads an object's numbered fields as values of numbered holes", async () => {
  assert.equal((await info("{1} before {0}", { 0: "a", 1: "b" })).message, "b before a");
});

test("info() fills a hole of a dotted name from the fields of an object", async () => {
  const { message } = await info("{user.name} {Order.Id}", { "user.name": "ada", Order: { Id: 7 } });
  assert.equal(message, "ada 7");
});

test("info() keeps what comes after the object", async () => {
  const { clef, properties } = await info("{A}", { A: 1 }, "surplus", 5);
  assert.equal(properties.A, 1);
  const values = Object.values(properties);
  assert.ok(values.includes("surplus") && values.includes(5), JSON.stringify(clef));
});

test("info() gives what comes after the object names that the object does not have", async () => {
  const { clef } = await info("{A}", { A: 1, __1: "own", __0: "first" }, "surplus");
  for (const value of ["own", "first", "surplus"]) {
    assert.ok(JSON.stringify(clef).includes(value), `${value} is dropped`);
  }
});

// ---- (string, array) ----

test("info() binds a list to numbered holes by position, each as often as it is named", async () => {
  const { properties, message } = await info("{1} then {0} then {1}", ["zero", "one"]);
  assert.deepEqual(properties, { 0: "zero", 1: "one" });
  assert.equal(message, "one then zero then one");
});

test("info() binds a list to named holes from left to right", async () => {
  const { properties, message } = await info("{User} did {Thing} in {Elapsed:0.0} ms", ["ada", "math", 1.25]);
  assert.deepEqual(properties, { User: "ada", Thing: "math", Elapsed: 1.25 });
  assert.match(message, /^ada did math in 1\.[23] ms$/);
});

test("info() binds a value to a hole of any name", async () => {
  const { properties } = await info("{__proto__} and {constructor}", ["one", "two"]);
  assert.deepEqual(Object.entries(properties), [["__proto__", "one"], ["constructor", "two"]]);
});

test("info() binds a list of objects as values, and does not spread them", async () => {
  const { properties } = await info("{@User} did {Thing}", [{ id: 1 }, "math"]);
  assert.deepEqual(properties, { User: { id: 1 }, Thing: "math" });
  const { properties: single } = await info("{@User}", [{ id: 1 }]);
  assert.deepEqual(single, { User: { id: 1 } });
});

test("info() binds a list in a list as one value", async () => {
  const { properties } = await info("{@Ids} of {Kind}", [[1, 2], "order"]);
  assert.deepEqual(properties, { Ids: [1, 2], Kind: "order" });
});

test("info() keeps the surplus of a list as __index", async () => {
  assert.deepEqual((await info("{A}", ["a", "b", "c"])).properties, { A: "a", __1: "b", __2: "c" });
  assert.deepEqual((await info("none", ["a", "b"])).properties, { __0: "a", __1: "b" });
  assert.deepEqual((await info("{1}", ["a", "b", "c"])).properties, { 1: "b", __0: "a", __2: "c" });
});

test("info() leaves the holes open for which a list is too short", async () => {
  const { properties, message } = await info("{A} {B}", ["a"]);
  assert.deepEqual(properties, { A: "a" });
  assert.equal(message, "a {B}");
});

test("info() treats mixed holes as named", async () => {
  assert.deepEqual((await info("{0} {Name} {1}", ["a", "b", "c"])).properties, { 0: "a", Name: "b", 1: "c" });
});

test("info() reads the holes of a list, null and undefined among them, as null", async () => {
  // deno-lint-ignore no-sparse-arrays
  const { properties } = await info("{A} {B} {C} {D}", [, null, undefined, 0]);
  assert.deepEqual(properties, { A: null, B: null, C: null, D: 0 });
});

test("info() reads the first error of a list as the exception, and keeps the rest", async () => {
  const { exception, properties } = await info("{A} {B}", ["a", new Error("in the list"), "c"]);
  assert.match(exception!, /in the list/);
  assert.equal(properties.A, "a");
  assert.ok(Object.values(properties).includes("c"));
});

test("info() says how much of an endless list it left out", async () => {
  const { clef } = await info("{A}", Array.from({ length: 5000 }, (_, i) => i));
  const text = JSON.stringify(clef);
  assert.ok(clef.A === 0 && text.length < 200_000);
  assert.ok(text.includes("4999") || /cut|more|left out/i.test(text), "neither the last value nor a word on those left out is there");
});

// ---- (string, Error) ----

test("info() reads an error after the text as the exception, whatever the template", async () => {
  for (const template of ["Printing failed", "Printing {Page} failed", "Printing failed: {Error}", "{0}"]) {
    const { clef, exception, event } = await info(template, new TypeError("no paper"));
    assert.equal(clef["@mt"], template);
    assert.match(exception!, /TypeError: no paper/);
    assert.match(exception!, /log_call_test/, "the stack names this file");
    assert.ok(event.error instanceof TypeError);
  }
});

test("info() reads an error after or between values as the exception, and binds the values past it", async () => {
  const error = new Error("no paper");
  for (const args of [["ada", 3, error], [error, "ada", 3], ["ada", error, 3]]) {
    const { exception, properties } = await info("{User} prints page {Page}", ...args);
    assert.match(exception!, /no paper/);
    assert.deepEqual([properties.User, properties.Page], ["ada", 3]);
  }
  const { exception, properties } = await info("{User} prints page {Page}", { User: "ada", Page: 3 }, error);
  assert.match(exception!, /no paper/);
  assert.deepEqual([properties.User, properties.Page], ["ada", 3]);
});

test("info() reads the first of several errors as the exception and keeps the others as properties", async () => {
  const { exception, clef } = await info("{A}", "a", new Error("the first"), new Error("the second"));
  assert.match(exception!, /the first/);
  assert.doesNotMatch(exception!, /the second/);
  assert.match(JSON.stringify(propertiesOf(clef)), /the second/);
});

// ---- (string, function) ----

test("info() calls a function once for the properties, and only if the level is enabled", async () => {
  let calls = 0;
  const make = (): object => ({ A: ++calls });
  const { properties, message } = await logged((log) => {
    log.level = "info";
    log.debug("{A}", make);
    log.trace("{A}", make);
    log.level = undefined;
    log.info("{A}", make);
  });
  assert.deepEqual([properties, message, calls], [{ A: 1 }, "1", 1]);
});

test("info() does not call a function where every handler's level is above the event's", async () => {
  await using _ = observe({ level: "off" });
  const seq = new SeqHandler({ serverUrl: "http://seq.test", fetch: new FakeSeq().fetch, level: "error" });
  const added = log.addHandler(seq);
  log.level = "trace";
  log.info("{A}", () => assert.fail("it was called"));
  log.level = undefined;
  added[Symbol.dispose]();
  await seq.close();
});

test("info() binds what a function returns as it would bind it itself", async () => {
  assert.deepEqual((await info("{A} {B}", () => ["a", "b"])).properties, { A: "a", B: "b" });
  assert.deepEqual((await info("{A}", () => 5)).properties, { A: 5 });
  assert.deepEqual((await info("{A}", () => undefined)).clef["@mt"], "{A}");
  assert.match((await info("{A}", () => new Error("from within"))).exception!, /from within/);
  assert.match((await info("x", () => ({ A: new Error("from within") }))).exception!, /from within/);
});

test("info() logs the event with the reason where a function throws", async () => {
  for (const thrown of [new Error("no numbers"), "no numbers", { reason: "no numbers" }]) {
    const { clef } = await info("{A}", () => {
      throw thrown;
    });
    assert.equal(clef["@mt"], "{A}");
    assert.match(JSON.stringify(clef), /no numbers/);
  }
});

test("info() does not wait for an async function, and says what it is", async () => {
  const { clef } = await info("{A}", async () => await Promise.resolve({ A: 1 }));
  assert.match(JSON.stringify(clef), /promise/i);
});

test("info() calls a function for the properties behind an error and a template, too", async () => {
  let calls = 0;
  const { exception, properties } = await logged((log) => log.info(new Error("no paper"), "{Page}", () => ({ Page: ++calls })));
  assert.match(exception!, /no paper/);
  assert.deepEqual([properties, calls], [{ Page: 1 }, 1]);
});

// ---- (string, scalar, …) ----

test("info() binds values from left to right, as Serilog does, with the surplus as __index", async () => {
  const { properties, message } = await info("{User} has {Count} orders", "ada", 3, "more", true);
  assert.deepEqual(properties, { User: "ada", Count: 3, __2: "more", __3: true });
  assert.equal(message, "ada has 3 orders");
  assert.deepEqual((await info("{X}", 1, 2)).properties, { X: 1, __1: 2 });
  assert.deepEqual((await info("Slipped", "oops")).properties, { __0: "oops" });
});

test("info() binds values to numbered holes by position", async () => {
  const { properties, message } = await info("{1} {0} {1}", "a", "b", "c");
  assert.deepEqual(properties, { 0: "a", 1: "b", __2: "c" });
  assert.equal(message, "b a b");
});

test("info() gives every occurrence of a named hole an argument of its own", async () => {
  const { clef, properties } = await info("{A} {A}", "first", "second");
  assert.ok(["first", "second"].includes(properties.A as string), JSON.stringify(clef));
  assert.equal(Object.hasOwn(properties, "__2"), false);
});

const singles: readonly (readonly [name: string, value: unknown, written: unknown])[] = [
  ...[["a text", "text", "text"], ["an empty text", "", ""], ["zero", 0, 0], ["a fraction", -0.5, -0.5], ["true", true, true]] as const,
  ...[["false", false, false], ["null", null, null], ["undefined", undefined, null], ["a RegExp", /a+b/gi, "/a+b/gi"]] as const,
  ["a bigint", 12345678901234567890n, "12345678901234567890"],
  ["a Date", new Date("2026-03-01T10:15:00.123Z"), "2026-03-01T10:15:00.123Z"],
  ["a URL", new URL("http://seq.test/a?b=c"), "http://seq.test/a?b=c"],
  ["a Set", new Set([1, 2]), [1, 2]],
  ["a Map", new Map([["a", 1]]), { a: 1 }],
];
for (const [name, value, written] of singles) {
  test(`info() binds ${name} as a single value`, async () => {
    assert.deepEqual((await info("{A}", value)).properties, { A: written });
  });
}

test("info() keeps an object after values as a value, in its hole or as surplus", async () => {
  assert.deepEqual((await info("{A} {@B}", 1, { x: 2 })).properties, { A: 1, B: { x: 2 } });
  assert.deepEqual((await info("{A}", 1, { x: 2 })).properties, { A: 1, __1: { x: 2 } });
  assert.deepEqual((await info("{A} {@B}", 1, [2, 3])).properties, { A: 1, B: [2, 3] });
});

test("info() keeps functions and symbols among values as their text", async () => {
  const { properties } = await info("{A} {B}", Symbol("mark"), function namedFunction() {});
  assert.match(String(properties.A), /mark/);
  assert.match(String(properties.B), /namedFunction/);
});

// ---- {@x}, {$x} ----

test("info() reads the value of a hole with $ as its text, and that of any other as it is", async () => {
  class Named {
    readonly id = 7;
    toString(): string {
      return "by name";
    }
  }
  const { properties, message } = await info("{$A} {$B} {$C} {@D}", { A: new Named(), B: 5, C: true, D: new Named(), E: new Named() });
  assert.deepEqual(properties, { A: "by name", B: "5", C: "true", D: { id: 7 }, E: { id: 7 } });
  assert.equal(message, 'by name 5 true {"id":7}');
  assert.deepEqual((await info("{$A}", [new Named()])).properties, { A: "by name" });
});

// ---- (plain object, string, …) ----

test("info() reads a plain object before the text as its properties (pino's form)", async () => {
  const { clef, properties, message, exception } = await info({ OrderId: 42, City: "Oslo", Express: true }, "Order {OrderId} to {City}");
  assert.equal(clef["@mt"], "Order {OrderId} to {City}");
  assert.deepEqual(properties, { OrderId: 42, City: "Oslo", Express: true });
  assert.equal(message, "Order 42 to Oslo");
  assert.equal(exception, undefined);
  const bare = Object.assign(Object.create(null), { OrderId: 42 });
  assert.deepEqual((await info(bare, "Order {OrderId}")).properties, { OrderId: 42 });
  assert.deepEqual((await info({}, "Empty")).properties, {});
});

test("info() reads the first error among the fields of pino's form as the exception", async () => {
  const { clef, exception } = await info({ err: new Error("no paper"), page: 3 }, "Printing failed");
  assert.match(exception!, /no paper/);
  assert.equal(clef["@mt"], "Printing failed");
  assert.equal(clef.page, 3);
});

test("info() keeps what follows the text of pino's form", async () => {
  const { clef, properties } = await info({ a: 1 }, "{a} {b}", { b: 2, c: 3 });
  assert.equal(clef["@mt"], "{a} {b}");
  assert.deepEqual(properties, { a: 1, b: 2, c: 3 });
  const { properties: more } = await info({ a: 1 }, "{a} and more", "surplus", 5);
  assert.equal(more.a, 1);
  assert.ok(Object.values(more).includes("surplus") && Object.values(more).includes(5), JSON.stringify(more));
  assert.match((await info({ a: 1 }, "text", new Error("behind it"))).exception!, /behind it/);
});

// ---- (anything else, string?, …) ----

test("error() reads an error first as the exception, with its template and properties", async () => {
  const { clef, properties, exception, message } = await logged((log) =>
    log.error(new TypeError("no paper"), "Page {Page} failed", { Page: 3 })
  );
  assert.equal(clef["@mt"], "Page {Page} failed");
  assert.equal(clef["@l"], "Error");
  assert.deepEqual(properties, { Page: 3 });
  assert.match(exception!, /TypeError: no paper/);
  assert.match(exception!, /log_call_test/, "the stack names this file");
  assert.equal(message, "Page 3 failed");
});

test("error() binds lists and values after an error and a template", async () => {
  const error = new Error("no paper");
  assert.deepEqual((await info(error, "{A} {B}", ["a", "b"])).properties, { A: "a", B: "b" });
  assert.deepEqual((await info(error, "{A}", "a", "b")).properties, { A: "a", __1: "b" });
  assert.deepEqual((await info(error, "none", 5)).properties, { __0: 5 });
});

test("error() gives errors without a template a constant one, their type and text being properties", async () => {
  class PaperError extends Error {}
  const [a, b] = [await info(new TypeError("no paper")), await info(new PaperError("no {ink}"), undefined)];
  assert.equal(a.clef["@mt"], b.clef["@mt"]);
  assert.doesNotMatch(String(a.clef["@mt"]), /paper|TypeError/);
  assert.match(a.message, /TypeError.*no paper/);
  assert.match(b.message, /no \{ink\}/);
  assert.ok(Object.values(a.properties).includes("TypeError") && Object.values(a.properties).includes("no paper"));
  assert.match(a.exception!, /TypeError: no paper/);
});

test("error() keeps the properties of an error without a template", async () => {
  for (const args of [[{ Page: 3 }], [undefined, { Page: 3 }]]) {
    const { properties, exception } = await info(new Error("no paper"), ...args);
    assert.equal(properties.Page, 3);
    assert.match(exception!, /no paper/);
  }
});

type Method = (...args: unknown[]) => void;
const values: readonly (readonly [name: string, thing: unknown, text: RegExp])[] = [
  ...[["a number", 42, /42/], ["true", true, /true/], ["a bigint", 12n, /12/], ["NaN", NaN, /NaN/]] as const,
  ["a symbol", Symbol("mark"), /mark/],
];
for (const [name, thing, text] of values) {
  test(`error() takes ${name} for what was thrown, info() for a value`, async () => {
    await using observed = observe();
    for (const args of [[thing], [thing, "Caught by {Who}", { Who: "ada" }]]) {
      (log.error as Method)(...args);
      (log.info as Method)(...args);
    }
    const [alone, aloneInfo, withText, withTextInfo] = (await observed.lines()).map((line) => JSON.parse(line) as Clef);
    for (const clef of [alone, withText]) assert.match(String(clef!["@x"]), text);
    for (const clef of [aloneInfo, withTextInfo]) assert.equal(clef!["@x"], undefined);
    for (const clef of [aloneInfo, withTextInfo]) assert.match(JSON.stringify(clef), text);
    assert.deepEqual([withText!.Who, withTextInfo!.Who], ["ada", "ada"]);
  });
}

const objects: readonly (readonly [name: string, thing: unknown, text: RegExp])[] = [
  ["a list", [1, "two"], /two/],
  ["a date", new Date("2026-03-01T10:15:00Z"), /2026-03-01T10:15:00/],
  ["a map", new Map([["key", "value"]]), /key.*value/],
  ["a plain object", { code: "E_PAPER", page: 3 }, /"code":"E_PAPER","page":3/],
  [
    "an instance of a class",
    new (class Jam {
      page = 77;
    })(),
    /"page":77/,
  ],
];
for (const [name, thing, text] of objects) {
  test(`a method takes ${name} that stands first for properties or a value, and for nothing thrown`, async () => {
    await using observed = observe();
    (log.error as Method)(thing);
    (log.error as Method)(thing, "Stored");
    (log.error as Method)(thing, new Error("no paper"));
    const [alone, withText, withError] = (await observed.lines()).map((line) => JSON.parse(line) as Clef);
    for (const clef of [alone, withText]) assert.equal(clef!["@x"], undefined);
    for (const clef of [alone, withText, withError]) assert.match(JSON.stringify(clef), text);
    assert.match(String(withError!["@x"]), /no paper/);
  });
}

test("null and undefined that come first, or before the properties, are skipped", async () => {
  for (const nothing of [null, undefined]) {
    const calls = [[nothing, "t {Id}", { Id: 1 }], ["t {Id}", nothing, { Id: 1 }], [nothing, { Id: 1 }]] as const;
    for (const args of calls) {
      const { clef, exception } = await info(...args);
      assert.deepEqual([clef.Id, exception], [1, undefined]);
    }
    assert.equal((await info(nothing)).exception, undefined);
  }
});

test("the message of an object alone is its msg or message, else its JSON", async () => {
  assert.equal((await info({ user: 7 })).message, '{"user":7}');
  assert.equal((await info({ user: "ada", at: new Date(0) })).message, '{"user":"ada","at":"1970-01-01T00:00:00.000Z"}');
  assert.equal((await info({ msg: "Hello {name}", name: "ada" })).message, "Hello ada");
  assert.equal((await info({ message: "Hello {there}" })).message, "Hello {there}");
  const { clef, exception } = await info({ err: new TypeError("no paper"), Id: 1 });
  assert.match(exception!, /^TypeError: no paper/);
  assert.equal(clef.Id, 1);
});

test("a class before a template fills its holes", async () => {
  class Order {
    readonly id: number = 5;
  }
  assert.equal((await info(new Order(), "Order {id} stored")).message, "Order 5 stored");
});

test("directives of printf are read as the console reads them, where there are no holes", async () => {
  assert.equal((await info("User %s has %d of 100%%", "ada", 3)).message, "User ada has 3 of 100%");
  assert.equal((await info("User {Name} has %d", "ada")).message, "User ada has %d");
  assert.equal((await info("100%s", { Id: 1 })).message, "100%s");
});

test("error() without any argument logs an event nevertheless", async () => {
  const { clef } = await info();
  assert.equal(typeof clef["@mt"], "string");
});

// ---- what @x says ----

test("exception is filled by the first error among the top-level properties, and by none below", async () => {
  const { exception, properties } = await info("x", { a: 1, b: new Error("the first"), c: new Error("the second") });
  assert.match(exception!, /the first/);
  assert.doesNotMatch(exception!, /the second/);
  assert.match(JSON.stringify(properties.c), /the second/);
  assert.equal((await info("x", { a: { b: new Error("below") } })).exception, undefined);
  assert.match(JSON.stringify((await info("x", { a: { b: new Error("below") } })).properties), /below/);
});

test("exception is the error argument, if a property holds an error as well", async () => {
  const { exception, properties } = await logged((log) => log.error(new Error("the first"), "x", { b: new Error("the second") }));
  assert.match(exception!, /the first/);
  assert.match(JSON.stringify(properties.b), /the second/);
});

test("exception shows the whole chain of 30 causes in its order, each with its stack", async () => {
  const { exception } = await logged((log) => log.error(chain(30), "x"));
  const places = Array.from(
    { length: 30 },
    (_, i) => exception!.indexOf(`link ${i} of the chain`),
  );
  assert.ok(
    places.every((place, i) => place >= 0 && (i === 0 || place > places[i - 1]!)),
    `${places}`,
  );
  assert.equal(count(exception!, "Caused by"), 29);
  assert.ok(count(exception!, "log_call_test") >= 30);
});

test("exception shows an endless chain of causes up to a bound, within the limit of an event", async () => {
  const { clef, exception } = await logged((log) => log.error(chain(5000), "x"));
  assert.ok(JSON.stringify(clef).length <= 200_000);
  assert.match(exception ?? JSON.stringify(clef), /link 0 of the chain/);
});

test("exception shows a cause that is itself, and one of its own causes, once", async () => {
  const [a, b] = [new Error("first of two"), new Error("second of two")];
  a.cause = b;
  b.cause = a;
  const { exception } = await logged((log) => log.error(a, "x"));
  assert.match(exception!, /first of two/);
  assert.match(exception!, /second of two/);
  assert.match(exception!, /circular/i);
});

test("exception shows causes that are no errors", async () => {
  const causes = [
    ["out of ink", /out of ink/],
    [{ code: "E_INK" }, /E_INK/],
    [42, /42/],
    [Symbol("mark"), /mark/],
    [["a", "b"], /a.*b/],
  ] as const;
  for (const [cause, text] of causes) {
    const { exception } = await logged((log) => log.error(new Error("no paper", { cause }), "x"));
    assert.match(exception!, /Caused by/);
    assert.match(exception!, text);
  }
});

test("exception shows every error of an AggregateError, with its causes and own fields", async () => {
  const inner = [
    new Error("tray 1"),
    Object.assign(chain(2), { code: "E_TRAY" }),
    "tray 3",
    new AggregateError([new Error("tray 4")], "deep"),
  ];
  const { exception } = await logged((log) => log.error(new AggregateError(inner, "no tray works"), "x"));
  for (const text of ["no tray works", "tray 1", "link 0", "link 1", "E_TRAY", "tray 3", "deep", "tray 4"]) {
    assert.ok(exception!.includes(text), text);
  }
});

test("exception shows the own fields of an error", async () => {
  const error = Object.assign(new Error("no paper"), { code: "E_PAPER", detail: { tray: 2, sizes: ["A4"] }, when: new Date(0) });
  const { exception } = await logged((log) => log.error(error, "x"));
  for (const text of ["E_PAPER", '"tray":2', "A4", "1970-01-01"]) {
    assert.ok(exception!.includes(text), text);
  }
});

test("exception shows the type and text that a stack does not", async () => {
  const renamed = new Error("before");
  void renamed.stack;
  renamed.message = "after";
  renamed.name = "LaterError";
  const stackless = new RangeError("no stack");
  Object.defineProperty(stackless, "stack", { value: undefined });
  for (const [error, type, text] of [[renamed, "LaterError", "after"], [stackless, "RangeError", "no stack"]] as const) {
    const { exception } = await logged((log) => log.error(error, "x"));
    assert.ok(exception!.includes(type) && exception!.includes(text), exception);
  }
  assert.match((await info(new DOMException("gone", "AbortError"))).exception!, /AbortError.*gone/);
});

test("exception survives an error whose own fields throw", async () => {
  const bad = new Error("kept");
  for (const name of ["stack", "name", "cause", "code"]) {
    Object.defineProperty(bad, name, {
      enumerable: true,
      get: () => {
        throw new Error(`no ${name}`);
      },
    });
  }
  const { exception } = await logged((log) => log.error(bad, "x"));
  assert.match(exception!, /kept/);
});

// ---- nearest property wins ----

test("properties of the call win over with(), those over withContext(), those over the handler's, and those over the global ones", async () => {
  const layers = ["global", "handler", "context", "bound", "call"] as const;
  const bag = (layer: (typeof layers)[number]): Record<string, string> =>
    Object.fromEntries(
      layers.slice(0, layers.indexOf(layer) + 1).map((name) => [`upTo_${name}`, layer]),
    );
  await using observed = observe({ properties: bag("global") });
  const seq = new FakeSeq();
  const handler = new SeqHandler({ serverUrl: "http://seq.test", fetch: seq.fetch, properties: bag("handler") });
  const added = log.addHandler(handler);
  withContext(bag("context"), () => log.with(bag("bound")).info("x", bag("call")));
  await handler.flush();
  added[Symbol.dispose]();
  await handler.close();
  const winners = (clef: Clef): unknown[] => layers.map((layer) => clef[`upTo_${layer}`]);
  assert.deepEqual(winners(seq.events[0]!), ["call", "call", "call", "call", "call"]);
  assert.deepEqual(winners(await observed.event()), ["call", "call", "call", "call", "call"]);
});

/** For each pair of neighbours the nearer one wins, and what only the farther one has stays. */
test("properties of a nearer layer hide those of the farther one name by name", async () => {
  const seq = new FakeSeq();
  await using observed = observe({ properties: { G: "global", GH: "global", GC: "global", GB: "global", GE: "global" } });
  const handler = new SeqHandler({
    serverUrl: "http://seq.test",
    fetch: seq.fetch,
    properties: { H: "handler", GH: "handler", HC: "handler", HB: "handler", HE: "handler" },
  });
  const added = log.addHandler(handler);
  const bound = log.with({ B: "bound", GB: "bound", HB: "bound", CB: "bound", BE: "bound" });
  withContext({ C: "context", GC: "context", HC: "context", CB: "context", CE: "context" }, () => {
    bound.info("x", { E: "call", GE: "call", HE: "call", CE: "call", BE: "call" });
  });
  await handler.flush();
  added[Symbol.dispose]();
  await handler.close();
  const own = {
    C: "context",
    B: "bound",
    E: "call",
    G: "global",
    GC: "context",
    GB: "bound",
    GE: "call",
    CB: "bound",
    CE: "call",
    BE: "call",
  };
  const plain = { HC: "context", HB: "bound", HE: "call" };
  assert.deepEqual(propertiesOf(await observed.event()), { ...own, ...plain, GH: "global" });
  assert.deepEqual(propertiesOf(seq.events[0]!), { ...own, ...plain, GH: "handler", H: "handler" });
});

test("with() lays the nearer properties over the farther ones", async () => {
  const { properties } = await logged((log) => log.with({ A: 1, B: 1, C: 1 }).with({ B: 2, C: 2 }).info("{C}", { C: 3 }));
  assert.deepEqual(properties, { A: 1, B: 2, C: 3 });
});

test("withContext() nests, and reaches what its function awaits", async () => {
  await using observed = observe();
  const answer = await withContext({ A: 1, B: 1 }, async () => {
    await null;
    await withContext({ B: 2 }, async () => {
      await new Promise((resolve) => queueMicrotask(() => resolve(null)));
      log.info("inner");
    });
    log.info("outer");
    return "answer";
  });
  log.info("outside");
  assert.equal(answer, "answer");
  const events = await observed.events();
  assert.deepEqual(events.map(propertiesOf), [{ A: 1, B: 2 }, { A: 1, B: 1 }, {}]);
});

test("withContext() passes on what its function returns, throws or rejects with", async () => {
  assert.equal(withContext({ A: 1 }, () => 5), 5);
  assert.throws(() => withContext({ A: 1 }, () => assert.fail("through it")), /through it/);
  await assert.rejects(withContext({ A: 1 }, () => Promise.reject(new Error("through it"))), /through it/);
});

test("with() and withContext() take their properties at once", async () => {
  await using observed = observe();
  const mutable: Record<string, unknown> = { A: "before", List: [1] };
  const bound = log.with(mutable);
  withContext(mutable, () => {
    mutable.A = "after";
    (mutable.List as number[]).push(2);
    bound.info("bound");
    log.info("ambient");
  });
  assert.deepEqual((await observed.events()).map(propertiesOf), [{ A: "before", List: [1] }, { A: "before", List: [1] }]);
});

test("info() captures its properties at once: what changes afterwards changes nothing", async () => {
  const mutable: Record<string, unknown> = { A: "before", Deep: { List: [1] }, When: new Date(0) };
  const { properties, event } = await logged((log) => {
    log.info("{A}", mutable);
    mutable.A = "after";
    (mutable.Deep as { List: number[] }).List.push(2);
    (mutable.When as Date).setFullYear(1999);
  });
  assert.deepEqual(properties, { A: "before", Deep: { List: [1] }, When: "1970-01-01T00:00:00.000Z" });
  assert.equal(event.message, "before");
  assert.deepEqual([event.properties.A, event.properties.Deep], ["before", { List: [1] }]);
  assert.equal(new Date(event.properties.When as string).getTime(), 0);
});

// ---- log(), write() ----

test("log() is the method of its level", async () => {
  const { clef, properties, exception } = await logged((log) => log.log("error", new Error("no paper"), "{Page}", { Page: 3 }));
  assert.deepEqual([clef["@l"], properties], ["Error", { Page: 3 }]);
  assert.match(exception!, /no paper/);
});

test("log() logs at a level that does not exist as info, keeps the word, and says so", async () => {
  using diagnostics = hearDiagnostics();
  const wrong: readonly unknown[] = ["loud", "", null, undefined, 99, {}, Symbol("loud"), "off", () => "warn"];
  for (const level of wrong) {
    const { clef } = await logged((log) => log.log(level as Level, "{A}", { A: 1 }));
    assert.equal("@l" in clef, false, String(level));
    assert.equal(clef.A, 1);
    assert.equal(clef["@mt"], "{A}");
  }
  const { clef } = await logged((log) => log.log("loud" as Level, "x"));
  assert.match(JSON.stringify(clef), /loud/);
  assert.ok(diagnostics.heard.length > 0 && diagnostics.heard.every(({ message }) => message.length > 0));
  assert.match(diagnostics.heard[0]!.message, /loud/);
});

test("write() writes an event with its own time, level, name, template, properties, exception and ids", async () => {
  const init: LogEventInit = {
    timestampMs: Date.UTC(2026, 2, 1, 10, 15, 0, 123),
    ticks: 4567,
    level: "warn",
    loggerName: "elsewhere",
    messageTemplate: "{A} of {B:000}",
    properties: { A: "a", B: 7 },
    error: "Error: as it came\n  at home",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    eventType: 0xdeadbeef,
  };
  const { clef, event } = await logged((log) => log.write(init));
  assert.deepEqual(clef, {
    "@t": "2026-03-01T10:15:00.1234567Z",
    "@mt": "{A} of {B:000}",
    "@r": ["007"],
    "@l": "Warning",
    "@x": "Error: as it came\n  at home",
    "@tr": "0af7651916cd43dd8448eb211c80319c",
    "@sp": "b7ad6b7169203331",
    "@i": 0xdeadbeef,
    A: "a",
    B: 7,
    SourceContext: "elsewhere",
  });
  assert.deepEqual([event.message, event.loggerName, event.level, event.timestampMs], ["a of 007", "elsewhere", "warn", init.timestampMs]);
  assert.deepEqual([event.traceId, event.spanId], [init.traceId, init.spanId]);
});

test("write() fills in what is missing: now, info, its own name, no properties", async () => {
  const before = Date.now();
  const { clef, event } = await logged((log) => log.write({ message: "Ready {now} }{" }));
  assert.ok(event.timestampMs >= before - 1 && event.timestampMs <= Date.now() + 1000);
  assert.deepEqual([event.level, event.loggerName, event.message], ["info", "calls", "Ready {now} }{"]);
  assert.deepEqual(propertiesOf(clef), {});
  assert.equal((await logged((log) => log.write({}))).clef["@mt"], "");
});

test("write() keeps the fraction of a time to 100 ns", async () => {
  const { clef } = await logged((log) => log.write({ timestampMs: Date.UTC(2026, 0, 1) + 0.25, message: "x" }));
  assert.equal(clef["@t"], "2026-01-01T00:00:00.0002500Z");
});

test("write() reads an error with its chain of causes", async () => {
  const { exception } = await logged((log) => log.write({ level: "error", message: "x", error: chain(3) }));
  assert.match(exception!, /link 0[^]*Caused by[^]*link 1[^]*Caused by[^]*link 2/);
});

test("write() accepts any alias of a level and writes an unknown one as info", async () => {
  using _ = hearDiagnostics();
  const levels = [["WARNING", "Warning"], ["crit", "Fatal"], ["loud", undefined], [null, undefined], [{}, undefined]] as const;
  for (const [level, written] of levels) {
    assert.equal((await logged((log) => log.write({ level: level as Level, message: "x" }))).clef["@l"], written, String(level));
  }
});

test("write() writes nothing below the level", async () => {
  await using observed = observe({ level: "error" });
  log.write({ level: "warn", message: "x" });
  log.write({ message: "x" });
  assert.deepEqual(await observed.lines(), []);
});

test("write() lays the event's properties over those of with()", async () => {
  const { properties } = await logged((log) => log.with({ A: 1, B: 1 }).write({ message: "x", properties: { B: 2 } }));
  assert.deepEqual(properties, { A: 1, B: 2 });
});

test("write() makes a valid event of fields that make no sense", async () => {
  const senseless: readonly unknown[] = [
    { timestampMs: NaN, message: "x" },
    { timestampMs: Infinity, ticks: NaN, message: "x" },
    { timestampMs: -1e300, ticks: -5, message: "x" },
    { timestampMs: 8.64e15, ticks: 1e9, message: "x" },
    { timestampMs: "yesterday", message: "x" },
    { timestampMs: new Date(0), message: "x" },
    { timestampMs: 5n, ticks: 5n, message: "x" },
    { message: 5, messageTemplate: 5 },
    { message: null, messageTemplate: {} },
    { message: "x", properties: null },
    { message: "x", properties: "text" },
    { message: "x", properties: [1, 2] },
    { message: "x", loggerName: 5, traceId: 5, spanId: {}, eventType: {} },
    { message: "x", eventType: NaN },
    { message: "x", eventType: -1 },
    { message: "x", eventType: 5n },
    { message: "x", loggerName: null, traceId: null, spanId: null, eventType: null, error: null, level: null },
    null,
    undefined,
    "text",
    5,
    [],
  ];
  using _ = hearDiagnostics();
  await using observed = observe();
  for (const init of senseless) log.write(init as LogEventInit);
  const events = await observed.events();
  for (const clef of events) {
    assert.match(clef["@t"] as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    for (const name of ["@mt", "@l", "@x", "@tr", "@sp"]) {
      assert.ok(
        ["undefined", "string"].includes(typeof clef[name]),
        `${name} of ${JSON.stringify(clef)}`,
      );
    }
    const type = clef["@i"];
    assert.ok(type === undefined || typeof type === "string" || (type as number) >>> 0 === type, JSON.stringify(clef));
  }
  assert.equal(
    events.filter((clef) => clef["@mt"] === "x").length,
    senseless.filter((init) => (init as { message?: unknown } | null)?.message === "x").length,
  );
});

// ---- nothing dropped, nothing thrown ----

let marks = 0;
const mark = (): string => `mark${++marks}~`;

/** An argument, and the marks that have to be found again. */
const marked: fc.Arbitrary<
  {
    readonly make: () => {
      readonly value: unknown;
      readonly marks: readonly string[];
    };
  }
> = fc
  .constantFrom(
    "text",
    "object",
    "list",
    "error",
    "cause",
    "map",
    "set",
    "nested",
    "date",
    "symbol",
    "regexp",
    "url",
    "instance",
    "aggregate",
  )
  .map((kind) => ({
    make: () => {
      const [a, b] = [mark(), mark()];
      const values: Record<string, unknown> = {
        text: a,
        object: { [`k${a}`]: a, [`k${b}`]: b },
        list: [a, b],
        error: new Error(a),
        cause: new Error(a, { cause: Object.assign(new Error(b), { code: b }) }),
        map: new Map([[`k${a}`, b]]),
        set: new Set([a, b]),
        nested: { [`k${a}`]: [{ deep: a }, new Error(b)] },
        date: new Date(0),
        symbol: Symbol(a),
        regexp: new RegExp(a),
        url: new URL(`http://seq.test/${a}`),
        instance: Object.assign(new (class Point {})(), { [`k${a}`]: a, [`k${b}`]: b }),
        aggregate: new AggregateError([new Error(a), b], a),
      };
      const needsBoth = ["object", "list", "cause", "map", "set", "nested", "instance", "aggregate"].includes(kind);
      return { value: values[kind], marks: kind === "date" ? ["1970-01-01"] : needsBoth ? [a, b] : [a] };
    },
  }));

/** Templates whose holes have names of their own. */
const template = fc.constantFrom(
  "",
  "none",
  "{A}",
  "{A} {B}",
  "{@A} and {$B} and {C:0.0}",
  "{0}",
  "{1} {0}",
  "{2}",
  "{0} {A}",
  "{A.b} {C,10}",
);

test("info() drops none of its arguments, whatever the order (seed 20260301)", async () => {
  await using observed = observe();
  const call = fc.record({ args: fc.array(marked, { maxLength: 4 }), template, at: fc.nat(2) });
  const wanted: {
    readonly marks: readonly string[];
    readonly shown: string;
  }[] = [];
  fc.assert(
    fc.property(call, ({ args, template, at }) => {
      const made = args.map(({ make }) => make());
      const values: unknown[] = made.map(({ value }) => value);
      if (at < 2) values.splice(at, 0, template);
      wanted.push({ marks: made.flatMap(({ marks }) => marks), shown: fc.stringify(values) });
      (log.info as AnyMethod)(...values);
    }),
    { seed: 20260301, numRuns: rounds(3000) },
  );
  const lines = await observed.lines();
  assert.equal(lines.length, wanted.length);
  for (const [i, { marks, shown }] of wanted.entries()) {
    for (const mark of marks) {
      assert.ok(
        lines[i]!.includes(mark),
        `${mark} is dropped: info(...${shown}) became ${lines[i]}`,
      );
    }
  }
});

test("every method accepts arguments of any kind without throwing, and logs one event for each call (seed 20260302)", async () => {
  using diagnostics = hearDiagnostics();
  await using observed = observe();
  const names = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
  const things = nasty();
  const settings = { withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true };
  // In functions, because fast-check itself looks at what it makes.
  const anything = fc.oneof(
    { weight: 4, arbitrary: fc.anything({ ...settings, withSparseArray: true }).map((value) => () => value) },
    { weight: 2, arbitrary: fc.nat(things.length - 1).map((i) => () => things[i]) },
    { weight: 2, arbitrary: fc.oneof(fc.string(), template).map((value) => () => value) },
  );
  let calls = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.array(anything, { maxLength: 5 }),
      (name, makers) => {
        const args = makers.map((make) => make());
        (log[name] as LogMethod as AnyMethod)(...args);
        (log.log as AnyMethod)(name, ...args);
        calls += 2;
      },
    ),
    { seed: 20260302, numRuns: rounds(5000), endOnFailure: true },
  );
  for (const thing of nasty()) {
    for (const args of [[thing], ["{A}", thing], [thing, "{A}"], ["{A}", { A: thing }], ["{$A} {A:0.0}", thing, thing], [thing, thing]]) {
      (log.info as AnyMethod)(...args);
      calls++;
    }
  }
  assert.equal((await observed.lines()).length, calls, diagnostics.heard.slice(0, 5).map(({ message }) => message).join("\n"));
});

test("with() and withContext() take properties with values of any kind without throwing", async () => {
  using _ = hearDiagnostics();
  await using observed = observe();
  const things = nasty();
  for (const Thing of things) {
    log.with({ Thing }).info("with");
    withContext({ Thing }, () => log.info("withContext"));
  }
  assert.equal((await observed.lines()).length, 2 * things.length);
});

test("with() and withContext() take anything for their properties without throwing", async () => {
  using _ = hearDiagnostics();
  await using observed = observe();
  const things = [...nasty(), null, undefined, 5, "text", [1, 2]];
  for (const thing of things) {
    log.with(thing as object).info("with");
    withContext(thing as object, () => log.info("withContext"));
  }
  assert.equal((await observed.lines()).length, 2 * things.length);
});

test("getLogger() and getChild() take names of any kind without throwing", async () => {
  using _ = hearDiagnostics();
  await using observed = observe();
  const names: readonly unknown[] = [
    5,
    null,
    undefined,
    {},
    "",
    ".",
    "..",
    "a..b",
    ".a",
    "a.",
    "__proto__",
    "constructor",
    "\ud800",
    "x".repeat(1e6),
  ];
  for (const name of names) {
    getLogger(name as string).info("named");
    log.getChild(name as string).info("child");
  }
  assert.equal((await observed.lines()).length, 2 * names.length);
});

test("info() costs one comparison if the level is off: no argument is read", async () => {
  await using observed = observe({ level: "error" });
  const untouchable: object = new Proxy({}, {
    get: () => assert.fail("it was read"),
    ownKeys: () => assert.fail("it was listed"),
    getPrototypeOf: () => assert.fail("its prototype was asked for"),
  });
  log.info("{A}", untouchable);
  log.debug(untouchable, "x");
  log.log("warn", untouchable);
  log.write({ level: "info", properties: untouchable });
  assert.deepEqual(await observed.lines(), []);
});

test("write() keeps an event whose level cannot be read", async () => {
  using diagnostics = hearDiagnostics();
  await using observed = observe();
  const event = Object.defineProperty({ message: "kept" }, "level", {
    get: () => {
      throw new Error("no level");
    },
  });
  log.write(event as never);
  assert.equal((await observed.lines()).length, 1);
  assert.match(diagnostics.heard[0]!.message, /no level/);
});

test("an error with a tag of its own keeps its message and stack, wherever it occurs", async () => {
  class Tagged extends TypeError {
    readonly code = "P2002";
    get [Symbol.toStringTag](): string {
      return "PrismaClientKnownRequestError";
    }
  }
  const error = new Tagged("no paper");
  for (const args of [[error, "x"], ["x", error], ["x", { err: error }], [new Error("y", { cause: error }), "x"]]) {
    const { exception, properties } = await info(...args);
    assert.match(exception!, /TypeError: no paper\n/);
    assert.equal((exception! + JSON.stringify(properties)).split("P2002").length, 2, "its fields are written once");
  }
});

test("toJSON is called on bags, too: of the call, of functions, of with() and of withContext()", async () => {
  class User {
    readonly hash = "hidden";
    toJSON(): object {
      return { name: "ada" };
    }
  }
  await using observed = observe();
  const user = new User();
  log.info("x", user);
  log.info("x", () => user);
  log.with(user).info("x");
  withContext(user, () => log.info("x"));
  (log.info as Method)(user, "{name}");
  for (const line of await observed.lines()) {
    assert.match(line, /"name":"ada"/);
    assert.doesNotMatch(line, /hidden/);
  }
});

test("a property without a name takes no other's place", async () => {
  const { clef } = await info("x", { "": 1, _: 2, in: { "": 3, _: 4 } });
  assert.deepEqual([clef._, Object.values(clef).includes(1), Object.values(clef.in as object).toSorted()], [2, true, [3, 4]]);
});

test("info() captures many values without a hole at a cost that grows with their number alone", () => {
  using _ = remember(getLogger("surplus"));
  const run = (values: readonly number[]): void => (getLogger("surplus").warn as (...args: unknown[]) => void)("x", ...values);
  assertLinear("surplus values", (count) => Array.from({ length: count }, (_, i) => i), run, { from: 250, to: 16_000 });
});

// ---- everyday calls of pino's, winston's and the console's users ----

const user = { id: 7, name: "ada" };
const noPaper = Object.defineProperty(Object.assign(new Error("no paper"), { code: "E1" }), "stack", {
  value: "Error: no paper\n    at print",
});
const asProperty = { name: "Error", message: "no paper", code: "E1" };
const titled = { ErrorType: "Error", ErrorMessage: "no paper" };

/** A call, as a programmer writes it without reading the guide; its message, its properties, and whether the error fills the exception. */
const everyday: readonly (readonly [method: string, args: readonly unknown[], message: string, properties: object, isException?: true])[] =
  [
    ["info", ["Hello"], "Hello", {}],
    ["info", ["Hi {name}", { name: "ada" }], "Hi ada", { name: "ada" }],
    ["info", ["Saved", { user }], "Saved", { user }],
    ["info", [{ user }, "Saved"], "Saved", { user }],
    ["info", [{ user: 7 }], '{"user":7}', { user: 7 }],
    ["info", [{ msg: "Saved", a: 1 }], "Saved", { msg: "Saved", a: 1 }],
    ["info", ["%s has %d items", "ada", 3], "ada has 3 items", { 0: "ada", 1: 3 }],
    ["info", [{ a: 1 }, "%s has %d items", "ada", 3], "ada has 3 items", { a: 1, 0: "ada", 1: 3 }],
    ["info", ["User %o", user], 'User {"id":7,"name":"ada"}', { 0: user }],
    ["info", ["%j and %j", user, { b: 2 }], '{"id":7,"name":"ada"} and {"b":2}', { 0: user, 1: { b: 2 } }],
    ["info", ["100 % sure", user], "100 % sure", user],
    ["info", ["Items", 1, 2], "Items", { __0: 1, __1: 2 }],
    ["info", ["User", user, "logged in"], "User", { ...user, __1: "logged in" }],
    ["info", [[1, 2]], "[1,2]", { Value: [1, 2] }],
    ["info", [42], "42", { Value: 42 }],
    ["info", ["Done", undefined], "Done", {}],
    ["error", [noPaper], "Error: no paper", titled, true],
    ["error", [noPaper, "Print failed"], "Print failed", {}, true],
    ["error", [noPaper, "Print of %s failed", "a.pdf"], "Print of a.pdf failed", { 0: "a.pdf" }, true],
    ["error", ["Print failed", noPaper], "Print failed", {}, true],
    ["error", ["Print failed: %s", noPaper], "Print failed: Error: no paper", { 0: "Error: no paper" }, true],
    [
      "error",
      ["Print failed: %s of %s", noPaper, "a.pdf"],
      "Print failed: Error: no paper of a.pdf",
      { 0: "Error: no paper", 1: "a.pdf" },
      true,
    ],
    ["error", ["Print failed:", "no paper"], "Print failed:", { __0: "no paper" }],
    ["error", ["Print failed", { error: noPaper, a: 1 }], "Print failed", { error: asProperty, a: 1 }, true],
    ["error", [{ err: noPaper, a: 1 }, "Print failed"], "Print failed", { err: asProperty, a: 1 }, true],
    ["error", [{ err: noPaper }, "Print of %s failed", "a.pdf"], "Print of a.pdf failed", { err: asProperty, 0: "a.pdf" }, true],
    ["error", [noPaper, { a: 1 }], "Error: no paper", { ...titled, a: 1 }, true],
    ["error", ["Print failed", noPaper, { a: 1 }], "Print failed", { a: 1 }, true],
    ["log", ["warn", "Low on paper", { left: 3 }], "Low on paper", { left: 3 }],
    ["log", [{ level: "warn", message: "Low on paper", left: 3 }], "Low on paper", { level: "warn", message: "Low on paper", left: 3 }],
  ];

test("everyday calls of pino's, winston's and the console's users are read as they are meant", async () => {
  for (const [method, args, message, wanted, isException] of everyday) {
    const { message: shown, properties, exception, clef } = await logged((log) =>
      (log as unknown as Record<string, AnyMethod>)[method]!(...args)
    );
    const { SourceContext: _, ...own } = properties;
    assert.deepEqual([shown, own], [message, wanted], JSON.stringify(args));
    assert.equal(exception?.split("\n", 1)[0], isException && "Error: no paper", JSON.stringify(args));
    assert.equal(clef["@l"], { info: undefined, error: "Error", log: "Warning" }[method]);
  }
});

test("log() with an object of no level logs it as info, whatever the object throws", async () => {
  using _ = hearDiagnostics();
  const throwing = Object.defineProperty({ message: "Low on paper" }, "level", { enumerable: true, get: () => assert.fail("no level") });
  for (const given of [{ message: "Low on paper", left: 3 }, throwing]) {
    const { clef, message } = await logged((log) => (log.log as AnyMethod)(given));
    assert.deepEqual([message, clef["@l"], typeof clef.UnknownLevel], ["Low on paper", undefined, "string"]);
  }
});
