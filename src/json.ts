/** Any value of the world as plain data that JSON can say: bounded, taken once, never throwing. */

/** Writes a value that JSON has no word for; answers `undefined` to leave it to the built-in way. */
export type Encoder = (value: unknown, path: string) => unknown;

/** How deep objects are followed; a chain of causes is long, not deep. */
const maxDepth = 10;
const maxCauses = 50;
/** How many entries of one object, list, map or set are taken. */
export const maxEntries = 1000;
/** How many characters of one text are taken, and of all texts together. */
const maxTextLength = 65_536;
const maxCharacters = 1_048_576;
const maxNodes = 20_000;
const maxBytes = 1024;
const maxNameLength = 1024;
// .NET's decimal ends here; Seq has refused numbers beyond it
const maxNumber = 7.9e28;

const credentials = /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-seq-apikey|x-api-key)$/i;

/** Takes values as plain data, one after the other, under common bounds. */
export type Take = (value: unknown, path: string) => unknown;

/**
 * Takes any value as plain data: text, numbers, booleans, null, plain objects and lists of these.
 *
 * It never throws, runs the value's own code (getters, `toJSON`, proxy traps) once, changes nothing, is bounded in depth,
 * breadth and text, and says where it cut.
 */
export function take(value: unknown): unknown {
  return taker()(value, "");
}

/** Makes a {@linkcode Take}; it may be used for one event. */
export function taker(encoder?: Encoder): Take {
  let nodes = maxNodes;
  let characters = maxCharacters;
  let depth = 0;
  let causes = 0;
  const ancestors: object[] = [];

  const take: Take = (value, path) => {
    try {
      switch (typeof value) {
        case "string":
          return takeText(value);
        case "number":
          return takeNumber(value);
        case "boolean":
          return value;
      }
      if (value === undefined || value === null) return null;
      if (--nodes < 0) return cut("too many values");
      const answer = encode(value, path);
      if (answer !== undefined) return take(answer, path);
      if (typeof value === "function") return takeText(`[Function: ${value.name || "anonymous"}]`);
      if (typeof value !== "object") return takeText(String(value));
      if (ancestors.includes(value)) return "[Circular]";
      if (depth >= maxDepth) return cut(`nested deeper than ${maxDepth}`);
      depth++;
      ancestors.push(value);
      try {
        return takeObject(value, path, tagOf(value));
      } finally {
        depth--;
        ancestors.pop();
      }
    } catch (error) {
      return threw(error);
    }
  };

  /** What the caller's encoder makes of a value that is not plain; its answer is final. */
  function encode(value: unknown, path: string): unknown {
    if (encoder === undefined || isPlain(value)) return undefined;
    const ask = encoder;
    encoder = undefined;
    try {
      return ask(value, path);
    } finally {
      encoder = ask;
    }
  }

  function takeText(text: string): string {
    const room = Math.min(maxTextLength, characters);
    characters -= Math.min(text.length, room);
    return text.length <= room ? text : `${text.slice(0, room)}… ${cut(`${text.length} characters`)}`;
  }

  // deno-lint-ignore no-explicit-any -- the tag says what it is, and what is not so throws and is told
  function takeObject(value: any, path: string, tag: string): unknown {
    if (ArrayBuffer.isView(value) || tag === "ArrayBuffer") {
      if (/^(?:Uint8|Array|Data)/.test(tag)) {
        return takeBytes(tag === "ArrayBuffer" ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      }
      tag = "Array";
    }
    switch (tag) {
      case "Array":
        return takeList((i) => value[i], value.length, path);
      case "Date":
        return isNaN(value) ? "Invalid Date" : new Date(+value).toISOString();
      case "Error":
        return takeError(value, path);
      case "Set":
        return takeList(inTurn(value.values()), value.size, path);
      case "Map":
        return takeMap(value, path);
      case "Headers":
        return takeEntries([...value.keys()], (name) => (credentials.test(name) ? "[Redacted]" : value.get(name)), path);
      case "Request":
        return takeEntries(["method", "url", "headers"], (name) => value[name], path);
      case "Response":
        return takeEntries(["status", "statusText", "url", "headers"], (name) => value[name], path);
      case "String":
      case "Number":
      case "Boolean":
        return take(value.valueOf(), path);
    }
    return takeFields(value, path, tag);
  }

  /** Any other object: what its `toJSON` says, its own fields, or, where it has none, what its `toString` says. */
  function takeFields(value: Record<string, unknown>, path: string, tag: string): unknown {
    const { toJSON } = value;
    if (typeof toJSON === "function") return take(toJSON.call(value, ""), path);
    const names = Object.keys(value);
    if (names.length === 0 && (tag !== "Object" || (value.toString ?? plainText) !== plainText)) return takeText(String(value));
    return takeEntries(names, (name) => (name === "toJSON" ? toJSON : value[name]), path);
  }

  function takeEntries(names: readonly string[], read: (name: string) => unknown, path: string): Record<string, unknown> {
    const taken: Record<string, unknown> = {};
    const count = Math.min(names.length, maxEntries);
    for (let i = 0; i < count; i++) {
      const name = names[i]!;
      define(taken, nameOf(name), takeRead(read, name, path));
    }
    if (names.length > count) taken["…"] = cut(`${names.length - count} more`);
    return taken;
  }

  /** An entry, read and taken; only an encoder wants to know where it stands. */
  function takeRead<K extends string | number>(read: (key: K) => unknown, key: K, path: string): unknown {
    try {
      return take(read(key), encoder === undefined ? "" : path === "" ? `${key}` : `${path}.${key}`);
    } catch (error) {
      return threw(error);
    }
  }

  /** The first entries of a list; a hole is null, as JSON has it. */
  function takeList(read: (index: number) => unknown, length: number, path: string): unknown[] {
    const taken: unknown[] = [];
    for (let i = 0; i < Math.min(length, maxEntries); i++) taken.push(takeRead(read, i, path));
    if (length > maxEntries) taken.push(cut(`${length - maxEntries} more`));
    return taken;
  }

  /** An object where all keys are text, else a list of pairs. */
  function takeMap(map: Map<unknown, unknown>, path: string): unknown {
    const keys = [...map.keys()];
    if (!keys.every((key) => typeof key === "string")) return takeList(inTurn(map.entries()), map.size, path);
    return takeEntries(keys, (name) => map.get(name), path);
  }

  /** An error as its name, message, stack, own fields, cause and inner errors; `readException` makes text of them. */
  function takeError(error: Error, path: string): unknown {
    if (causes >= maxCauses) return cut(`more than ${maxCauses} causes`);
    const names = new Set(["name", "message", "stack", ...Object.keys(error), ...["cause", "errors"].filter((name) => name in error)]);
    causes++;
    depth--;
    try {
      const taken = takeEntries([...names], (name) => (error as unknown as Record<string, unknown>)[name], path);
      if (taken.name === "Error") taken.name = error.constructor.name;
      return taken;
    } finally {
      depth++;
      causes--;
    }
  }

  return take;
}

const plainText = Object.prototype.toString;

function inTurn(items: Iterator<unknown>): () => unknown {
  return () => items.next().value;
}

/** Bytes as hexadecimal text, as Serilog writes them. */
function takeBytes(bytes: Uint8Array): string {
  const text = Array.from(bytes.subarray(0, maxBytes), (byte) => (byte + 256).toString(16).slice(1)).join("");
  return bytes.length > maxBytes ? `${text}… ${cut(`${bytes.length} bytes`)}` : text;
}

function cut(what: string): string {
  return `[Cut: ${what}]`;
}

/** Any value as text: a text as it is, anything else as JSON. */
export function textOf(value: unknown): string {
  const taken = take(value);
  return typeof taken === "string" ? taken : value === undefined ? "undefined" : JSON.stringify(taken);
}

/** What stands for a value whose own code threw. */
export function threw(error: unknown): string {
  try {
    return `[Threw: ${error instanceof Error ? error.message : textOf(error)}]`.slice(0, 200);
  } catch {
    return "[Threw]"; // what was thrown cannot be read either
  }
}

/** What kind of thing an object is: the tag that its class gives it, of whatever realm. */
export function tagOf(value: object): string {
  if (Array.isArray(value)) return "Array";
  const tag = plainText.call(value).slice(8, -1);
  return tag === "DOMException" || (tag === "Object" && value instanceof Error) ? "Error" : tag;
}

/** Whether the value is an error of this or another realm. */
export function isError(value: unknown): value is Error {
  try {
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) === Object.prototype) return false;
    return value instanceof Error || tagOf(value) === "Error";
  } catch {
    return false; // a proxy that is revoked or throws
  }
}

/** Whether the value is a list; a revoked proxy, too, may be asked. */
export function isList(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false; // Array.isArray throws for a revoked proxy
  }
}

/** Whether the value is a date that is one. */
export function isDate(value: unknown): boolean {
  try {
    return tagOf(value as object) === "Date" && !isNaN(Date.prototype.getTime.call(value));
  } catch {
    return false; // a proxy, or only the tag of a date
  }
}

/** Whether the value is a list, or an object without a class of its own. */
export function isPlain(value: unknown): boolean {
  try {
    const prototype = typeof value === "object" && value !== null ? Object.getPrototypeOf(value) : undefined;
    return prototype !== undefined && (prototype === null || Array.isArray(value) || Object.getPrototypeOf(prototype) === null);
  } catch {
    return false; // a proxy that is revoked or throws
  }
}

/** Whether the value is a bag of properties, and not one value (a list, a date, a map, an error, …). */
export function isBag(value: unknown): value is object {
  try {
    return typeof value === "object" && value !== null && (Object.getPrototypeOf(value) === Object.prototype || tagOf(value) === "Object");
  } catch {
    return true; // a proxy that throws: its capture tells so
  }
}

/** A number as JSON can say it and Seq can read it; text where it is not finite or beyond .NET's decimal. */
export function takeNumber(value: number): number | string {
  return value > -maxNumber && value < maxNumber ? value : String(value);
}

/** A property's name, bounded; Seq has had trouble with an empty one. */
export function nameOf(name: string): string {
  return name === "" ? "_" : name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name;
}

/** Sets an own property under any name: `__proto__` is one like any other. */
export function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}
