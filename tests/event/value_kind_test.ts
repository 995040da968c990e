/** The kind of a value, whatever its tag, and also behind a proxy. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger } from "../../mod.ts";
import {
  define,
  hexOf,
  isBag,
  isError,
  isList,
  isPlain,
  kindOf,
  markName,
  sayOf,
  toPlainNumber,
  WrittenNames,
} from "../../src/event/value_kind.ts";
import { remember } from "../support/seq.ts";
import { revokedProxy, throwingProxy } from "../support/values.ts";

/** What an event has of a value. */
function taken(value: unknown): unknown {
  using heard = remember();
  getLogger().warn("x", { value });
  return heard.event.properties.value;
}

test("kindOf() decides by the value itself, and a tag never overrules it", () => {
  const tag = { configurable: true, get: () => "Odd" };
  const odd = <T extends object>(value: T): T => Object.defineProperty(value, Symbol.toStringTag, tag);
  const values = [new TypeError("x"), new Map(), new Set(), new Date(0), [], new URL("http://a.test")];
  assert.deepEqual(values.map((value) => kindOf(odd(value))), ["Error", "Map", "Set", "Date", "Array", "URL"]);
  class Row extends Map<string, number> {}
  assert.deepEqual([new Row(), {}, Object.create(null), new class {}()].map(kindOf), ["Map", "Object", "Object", "Object"]);
  assert.deepEqual(["text", 1, null, undefined, () => 1].map(kindOf), ["", "", "", "", ""]);
  assert.equal(kindOf(new Proxy(new Map(), {})), "Map");
});

test("no question about a value throws, not even for a proxy that does", () => {
  for (const proxy of [throwingProxy(), revokedProxy(), revokedProxy([])]) {
    assert.deepEqual([kindOf(proxy), isError(proxy), isList(proxy), isPlain(proxy)], ["", false, false, false]);
    assert.equal(isBag(proxy), true, "its capture says what it threw");
  }
});

test("isBag() distinguishes properties from one value, and isPlain() what has no class", () => {
  class Order {}
  assert.deepEqual([{}, Object.create(null), new Order(), [], new Date(), new Map(), new Error("x"), null, "a"].map(isBag), [
    ...[true, true, true],
    ...[false, false, false, false, false, false],
  ]);
  assert.deepEqual([{}, [], Object.create(null), new Order(), new Date(), null, "a"].map(isPlain), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("a Proxy of a Date is the date, where its handler lets the methods be called", () => {
  const date = new Date(Date.UTC(2026, 0, 2));
  const binding = new Proxy(date, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  assert.deepEqual(taken(binding), date);
  assert.deepEqual(taken({ at: binding }), { at: "2026-01-02T00:00:00.000Z" });
  assert.match(String(taken(new Proxy(date, {}))), /^\[Threw: /, "nothing can be read through it, and the event still says so");
});

test("a 64-bit number in two halves is its digits, as bson and long.js have it", () => {
  class Long {
    readonly __isLong__ = true;
    readonly low = -1;
    readonly high = 2147483647;
    toString(): string {
      return "9223372036854775807";
    }
    toJSON(): object {
      return { low: this.low, high: this.high };
    }
  }
  assert.equal(taken(new Long()), "9223372036854775807");
  assert.deepEqual(taken({ ids: [new Long()] }), { ids: ["9223372036854775807"] });
});

test("names and numbers that cannot be written unchanged are changed", () => {
  const long = "n".repeat(1025);
  const names = ["a", "", "_", long, `${long}1`, `${long.slice(1)}…2`, "b\ud800", "b\ud801", "b\ufffd"];
  const written = new WrittenNames(names);
  assert.deepEqual(names.map((name) => written.write(name)), [
    ...["a", "_2", "_", `${long.slice(1)}…`, `${long.slice(1)}…3`, `${long.slice(1)}…4`, "b\ufffd2", "b\ufffd3", "b\ufffd"],
  ]);
  assert.deepEqual([1.5, Infinity, NaN, 1e29].map(toPlainNumber), [1.5, "Infinity", "NaN", "1e+29"]);
  const target: Record<string, unknown> = {};
  define(target, "__proto__", 1);
  assert.deepEqual([Object.keys(target), Object.getPrototypeOf(target)], [["__proto__"], Object.prototype]);
  assert.deepEqual([hexOf(new Uint8Array([0, 10, 255])), hexOf(new Uint8Array(1030)).slice(2048)], ["000aff", "… [Cut: 1030 bytes]"]);
  assert.equal(sayOf(Object.create(null)), "[Object]");
});

test("the mark of a cut has a name that no other property has", () => {
  assert.deepEqual([["a"], ["…", "a"], ["……", "…"], ["……"]].map(markName), ["…", "……", "………", "…"]);
});
