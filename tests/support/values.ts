/** Values that are hard to write down: their own code throws, they have no end, or they contain themselves. */

import { isFull } from "./effort.ts";

const boom = (what: string) => (): never => {
  throw new Error(`no ${what}`);
};

/** A proxy every trap of which throws. */
export function throwingProxy(): object {
  const traps = ["get", "has", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf", "apply", "set", "isExtensible"] as const;
  return new Proxy({}, Object.fromEntries(traps.map((trap) => [trap, boom(trap)])));
}

/** A proxy that was revoked: no question about it can be answered. */
export function revokedProxy(target: object = {}): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** An object that contains itself, by one way and another. */
export function cycle(): object {
  const object: Record<string, unknown> = { name: "cycle" };
  object.self = object;
  object.list = [object, { object }];
  object.map = new Map([["back", object]]);
  object.set = new Set([object]);
  return object;
}

/** Objects and lists, one in the other. */
export function nested(depth: number): unknown {
  let value: unknown = "bottom";
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? { in: value } : [value];
  return value;
}

/** An error whose fields throw: made of another one, as V8 reads the name and message of one it has made when its fields are replaced. */
function brokenError(): Error {
  const error = Object.create(new Error("broken"));
  for (const name of ["name", "message", "stack", "cause", "code"]) {
    Object.defineProperty(error, name, { get: boom(name), enumerable: true });
  }
  return error;
}

class Broken {
  get [Symbol.toStringTag](): string {
    return boom("tag")();
  }
  toString(): string {
    return boom("text")();
  }
  valueOf(): number {
    return boom("value")();
  }
  [Symbol.toPrimitive](): string {
    return boom("primitive")();
  }
}

class BrokenMap extends Map<string, number> {
  override get size(): number {
    return boom("size")();
  }
  override keys(): never {
    return boom("keys")();
  }
  override entries(): never {
    return boom("entries")();
  }
  override [Symbol.iterator](): never {
    return boom("iterator")();
  }
}

class BrokenArray extends Array<number> {
  override [Symbol.iterator](): never {
    return boom("iterator")();
  }
  override slice(): never {
    return boom("slice")();
  }
  override findIndex(): never {
    return boom("findIndex")();
  }
  override map(): never {
    return boom("map")();
  }
}

/** A share of the worst of each kind, a third by default: what each caller is given differs, so that all are tried somewhere. Full runs try all. */
export function nastyShare(share: 0 | 1 | 2): unknown[] {
  return nasty().filter((_, i) => isFull || i % 3 === share);
}

/** Returns new objects: the worst of each kind. */
export function nasty(): unknown[] {
  const frozen = Object.freeze({ a: Object.freeze([1]) });
  return [
    throwingProxy(),
    revokedProxy(),
    revokedProxy([]),
    revokedProxy(() => {}),
    new Proxy(() => {}, { get: boom("get"), apply: boom("apply"), getPrototypeOf: boom("getPrototypeOf") }),
    new Proxy([1, 2, 3], { get: boom("get") }),
    new Proxy(new Map([[1, 2]]), {}),
    new Proxy(new Date(0), {}),
    new Proxy(new Error("behind a proxy"), {}),
    {
      get a(): never {
        return boom("a")();
      },
    },
    { toJSON: boom("toJSON") },
    {
      get toJSON(): never {
        return boom("toJSON getter")();
      },
    },
    { toString: boom("toString"), valueOf: boom("valueOf"), [Symbol.toPrimitive]: boom("toPrimitive") },
    { then: boom("then") },
    {
      toJSON() {
        return this;
      },
    },
    { toJSON: () => cycle() },
    { toJSON: () => undefined },
    { toJSON: () => () => 5 },
    { [Symbol.iterator]: boom("iterator"), length: 5 },
    {
      get length(): never {
        return boom("length")();
      },
    },
    Object.defineProperty({}, "constructor", { get: boom("constructor") }),
    { constructor: null, name: 5, message: {} },
    { name: "Error", message: "looks like one", stack: 5, cause: { name: 1, message: 2 } },
    { __proto__: null, toString: null },
    JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}'),
    {
      "": 1,
      " ": 2,
      "@t": 3,
      "@@x": 4,
      "a.b": 5,
      "a": 6,
      "@mt": 7,
      "@l": 8,
      "\n": 9,
      "\ud800": 10,
      ["\udc00".slice(0)]: 11,
      "…": 12,
      "……": 13,
    },
    { ["k".repeat(100_000)]: 1 },
    Object.create({ inherited: true }),
    Object.create(Object.create(null)),
    Object.create(Error.prototype),
    Object.create(Date.prototype),
    Object.create(Map.prototype),
    Object.create(Uint8Array.prototype),
    Object.create(URL.prototype),
    Object.create(Headers.prototype),
    Object.create(RegExp.prototype),
    Object.create(Array.prototype),
    Object.create(Promise.prototype),
    Error.prototype,
    Date.prototype,
    Map.prototype,
    new Broken(),
    new BrokenMap().set("a", 1),
    BrokenArray.from([1, 2, 3]),
    brokenError(),
    Object.assign(new Error("x"), { message: { not: "text" }, name: 5, stack: Symbol("s") }),
    new AggregateError([brokenError(), throwingProxy(), null]),
    Object.defineProperty(new AggregateError([]), "errors", { value: throwingProxy() }),
    Object.defineProperty(function () {}, "name", { get: boom("name") }),
    Object.defineProperty(() => {}, "name", { value: { not: "text" } }),
    boom("properties"),
    function* generator() {},
    async () => await Promise.resolve(1),
    class Secret {},
    new Date(NaN),
    new Date(8.64e15),
    new Date(-8.64e15),
    cycle(),
    nested(100_000),
    frozen,
    // deno-lint-ignore no-sparse-arrays
    [1, , 3],
    Object.assign([1], { extra: 2 }),
    Object.assign([], { length: 2 ** 32 - 1 }),
    new Map<unknown, unknown>([[{}, 1], [Symbol("k"), 2], [NaN, 3], [null, cycle()]]),
    new Set([cycle(), new Set([1]), Symbol("s")]),
    new WeakMap(),
    new WeakSet(),
    new WeakRef({}),
    new Uint8Array(100_000),
    new Float64Array([NaN, Infinity, -0]),
    new BigInt64Array([1n, -1n]),
    new ArrayBuffer(8),
    new DataView(new ArrayBuffer(8)),
    new SharedArrayBuffer(8),
    Symbol.iterator,
    Symbol(),
    Symbol("\ud800"),
    10n ** 400n,
    -0,
    NaN,
    Infinity,
    8.25e28,
    -1.7976931348623157e308,
    5e-324,
    "\ud800",
    "a\udc00b",
    "\0\u2028\u2029\ufeff\x1b[31m",
    "x".repeat(300_000),
    "{".repeat(10_000),
    new String("boxed"),
    new Number(NaN),
    new Boolean(false),
    Object(5n),
    Object(Symbol("boxed")),
    Promise.resolve(1),
    globalThis,
    Math,
    JSON,
    Intl,
    Reflect,
    new Headers({ authorization: "Bearer secret" }),
    new Request("http://seq.test/"),
    new Response("x"),
    new URL("http://seq.test/"),
    new URLSearchParams("a=1&a=2"),
    new AbortController(),
    new TextEncoder(),
    new ReadableStream(),
    new Blob(["x"]),
    new FormData(),
    new Event("x"),
    new DOMException("x", "AbortError"),
  ];
}
