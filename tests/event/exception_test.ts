/** The text of `@x`: the type it begins with, inner errors and causes, and what is thrown that is no error. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger } from "../../mod.ts";
import { readException, titleOf, withoutFields } from "../../src/event/exception.ts";
import { remember } from "../support/seq.ts";

/** An error whose stack is the same on every runtime. */
function fail(stack: string, fields: object = {}): Error {
  return Object.defineProperties(new Error(), {
    ...Object.fromEntries(
      Object.entries({ stack, ...fields }).map(([name, value]) => [name, { value, configurable: true, writable: true }]),
    ),
  });
}

test("readException() begins with the error's own type, although its stack was written before the type was named", () => {
  const cases = [
    [{ name: "AxiosError", message: "connect ECONNREFUSED" }, "Error: connect ECONNREFUSED\n    at AxiosError.from (axios.js:1:1)"],
    [{ name: "AxiosError", message: "connect ECONNREFUSED" }, "AxiosError: connect ECONNREFUSED\n    at AxiosError.from (axios.js:1:1)"],
    [{ name: "AxiosError", message: "connect ECONNREFUSED" }, "    at AxiosError.from (axios.js:1:1)"],
    [{ name: "AxiosError", message: "connect ECONNREFUSED" }, ""],
  ] as const;
  for (const [error, stack] of cases) {
    const { type, text } = readException(fail(stack, error));
    assert.equal(type, "AxiosError");
    assert.equal(text.split("\n")[0], "AxiosError: connect ECONNREFUSED", stack);
    assert.equal(text.split("AxiosError.from").length, stack === "" ? 1 : 2, "the frames stay, once");
  }
});

test("readException() finds the type of a subclass that names itself nowhere, and a message that was changed later", () => {
  class PaymentError extends Error {}
  const error = new PaymentError("card refused");
  error.message = "card refused by the bank";
  const { type, message, text } = readException(error);
  assert.deepEqual([type, message], ["PaymentError", "card refused by the bank"]);
  assert.equal(text.split("\n")[0], "PaymentError: card refused by the bank");
});

test("readException() writes both errors of a SuppressedError, the later one first", () => {
  const error = fail("SuppressedError: both\n    at s", {
    name: "SuppressedError",
    message: "both",
    error: fail("RangeError: later\n    at l", { name: "RangeError", message: "later" }),
    suppressed: fail("TypeError: first\n    at f", { name: "TypeError", message: "first" }),
  });
  assert.equal(
    readException(error).text,
    "SuppressedError: both\n    at s\nCaused by: RangeError: later\n    at l\nCaused by: TypeError: first\n    at f",
  );
});

test("readException() writes own fields, inner errors and causes below each other, and no stack into the property", () => {
  const inner = [fail("Error: a\n    at a", { message: "a" }), "b"];
  const cause = fail("Error: c\n    at c", { message: "c" });
  const error = Object.assign(fail("Error: outer\n    at o", { message: "outer", errors: inner, cause }), { code: "E1" });
  const { text, property } = readException(error);
  assert.equal(
    text,
    'Error: outer\n    at o\n    {"code":"E1"}\nInner error 1 of 2: Error: a\n    at a\nInner error 2 of 2: b\nCaused by: Error: c\n    at c',
  );
  assert.deepEqual(property, {
    name: "Error",
    message: "outer",
    code: "E1",
    cause: { name: "Error", message: "c" },
    errors: [{ name: "Error", message: "a" }, "b"],
  });
});

test("withoutFields() leaves out the fields of an error, its causes and inner errors: the property has them", () => {
  const inner = Object.assign(fail("Error: a\n    at a", { message: "a" }), { errno: 2 });
  const cause = Object.assign(fail("Error: c\n    at c", { message: "c", errors: [inner] }), { code: "E2" });
  const error = Object.assign(fail("Error: outer\n    at o", { message: "outer", cause }), { code: "E1" });
  const read = readException(error);
  assert.equal(
    withoutFields(read),
    "Error: outer\n    at o\nCaused by: Error: c\n    at c\nInner error 1 of 1: Error: a\n    at a",
  );
  assert.deepEqual(JSON.stringify(read.property).match(/E1|E2|"errno":2/g), ["E1", "E2", '"errno":2']);
});

test("readException() accepts a message and a name that are no text, and everything else that can be thrown", () => {
  const first = (fields: object): string => readException(fail("", fields)).text.split("\n")[0]!;
  assert.equal(first({ message: { code: 5 } }), 'Error: {"code":5}');
  assert.equal(first({ message: 7, name: 42 }), "Error: 7");
  assert.equal(first({ message: undefined, name: null }), "Error");
  const thrown = [null, undefined, "text", 7, { a: 1 }].map(readException);
  assert.deepEqual(thrown.map(({ type }) => type), ["null", "undefined", "string", "number", "object"]);
  assert.deepEqual(thrown.map(({ text }) => text), ["null", "undefined", "text", "7", '{"a":1}']);
  assert.deepEqual([titleOf({ type: "Error", message: "" }), titleOf({ type: "Error", message: "x" })], ["Error", "Error: x"]);
});

test("an error with a tag of its own keeps its message, stack and cause", () => {
  class PrismaError extends Error {
    get [Symbol.toStringTag](): string {
      return "PrismaClientKnownRequestError";
    }
  }
  using heard = remember();
  const error = new PrismaError("no row", { cause: new PrismaError("no table") });
  for (const say of [() => getLogger().error(error, "A"), () => getLogger().error("A", { err: error })]) {
    say();
    const exception = heard.events.at(-1)!.exception ?? "";
    assert.match(exception, /^PrismaError: no row\n +at [^]*\nCaused by: PrismaError: no table\n +at /);
  }
});
