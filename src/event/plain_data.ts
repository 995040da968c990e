/** Any value of the world as plain data that JSON can say: bounded, taken once, never throwing. */

import { catchRejection, report } from "../diagnostic.ts";
import { isCredentialHeader } from "./credential_names.ts";
import { redacted, redactUrl } from "./http_text.ts";
import { maxBytes, maxCauses, maxCharacters, maxDepth, maxEntries, maxNodes, maxTextLength } from "./value_limits.ts";
import { define, isPlain, nameOf, plainText, tagOf, takeNumber } from "./value_kind.ts";

/** Writes a value that JSON has no word for; answers `undefined` to leave it to the built-in way. */
export type Encoder = (value: unknown, path: string) => unknown;

/** How the mark of a cut text ends, and how long it is at the most. */
const markEnd = " characters]";
const maxMark = 50;

/** What was taken already, and is shown to user code: it is not taken again. */
const frozen = new WeakSet<object>();

/** Freezes what was taken through and through: what one handler does to an event must not be seen by another. */
export function freeze<T>(taken: T): T {
  if (typeof taken === "object" && taken !== null && !(taken instanceof Date) && !Object.isFrozen(taken)) {
    Object.values(Object.freeze(taken)).forEach(freeze);
    frozen.add(taken);
  }
  return taken;
}

/** Takes values as plain data, one after the other, under common bounds. */
export class Taker {
  #nodes = maxNodes;
  #characters = maxCharacters;
  #depth = 0;
  #causes = 0;
  #encoder: Encoder | undefined;
  readonly #ancestors: object[] = [];

  /** @param encoder Is asked first about each value that is not plain. */
  constructor(encoder?: Encoder) {
    this.#encoder = encoder;
  }

  /** One value; where it stands is told to the encoder, who is not asked about an answer of his own, and its kind is asked for but once. Never throws. */
  take(value: unknown, path = "", kind?: string, isAnswer = false): unknown {
    try {
      switch (typeof value) {
        case "string":
          return this.#takeText(value);
        case "number":
          return takeNumber(value);
        case "boolean":
          return value;
      }
      if (value === undefined || value === null) return null;
      if (frozen.has(value)) return value;
      if (--this.#nodes < 0) return cut("too many values");
      const answer = isAnswer ? undefined : this.#encode(value, path);
      if (answer !== undefined) return this.take(answer, path, undefined, true);
      if (typeof value === "function") return this.#takeText(`[Function: ${value.name || "anonymous"}]`);
      if (typeof value !== "object") return this.#takeText(String(value));
      if (this.#ancestors.includes(value)) return "[Circular]";
      if (this.#depth >= maxDepth) return cut(`nested deeper than ${maxDepth}`);
      this.#depth++;
      this.#ancestors.push(value);
      try {
        return this.#takeKind(value, path, kind || tagOf(value));
      } finally {
        this.#depth--;
        this.#ancestors.pop();
      }
    } catch (error) {
      return threw(error);
    }
  }

  /** What the caller's encoder makes of a value that is not plain; its answer is final. */
  #encode(value: unknown, path: string): unknown {
    if (this.#encoder === undefined || isPlain(value)) return undefined;
    const ask = this.#encoder;
    this.#encoder = undefined;
    try {
      return catchRejection(ask(value, path), tellEncoder);
    } finally {
      this.#encoder = ask;
    }
  }

  #takeText(text: string): string {
    const room = Math.min(maxTextLength, this.#characters);
    this.#characters -= Math.min(text.length, room);
    if (text.length < room + maxMark && text.endsWith(markEnd)) return text; // cut before
    return text.length <= room ? text : `${text.slice(0, room)}… [Cut: ${text.length}${markEnd}`;
  }

  /** By the tag of its kind; what only bears the tag is taken by its fields. */
  #takeKind(value: object, path: string, tag: string): unknown {
    try {
      return this.#takeObject(value, path, tag);
    } catch {
      return this.#takeFields(value as Record<string, unknown>, path, tag);
    }
  }

  // deno-lint-ignore no-explicit-any -- the tag says what it is, and what is not so throws and is told
  #takeObject(value: any, path: string, tag: string): unknown {
    if (ArrayBuffer.isView(value) || tag === "ArrayBuffer") {
      const { buffer, byteOffset, byteLength } = tag === "ArrayBuffer" ? new DataView(value) : value;
      if (/^(?:Uint8|Array|Data)/.test(tag)) return takeBytes(new Uint8Array(buffer, byteOffset, byteLength));
      tag = "Array";
    }
    switch (tag) {
      case "Array":
        return this.#takeList((i) => value[i], value.length, path);
      case "Date":
        return takeDate(value);
      case "URL":
      case "URLSearchParams":
        if (value.toString === plainText) break;
        return this.#takeText(redactUrl(tag === "URL" ? `${value}` : `?${value}`).slice(tag === "URL" ? 0 : 1));
      case "RegExp":
        if (value.toString === plainText) break;
        return this.#takeText(`${value}`);
      case "Error":
        return this.#takeError(value, path);
      case "Set":
        return this.#takeList(inTurn(value.values()), value.size, path);
      case "Map":
        return this.#takeMap(value, path);
      case "Headers":
        return this.#takeEntries([...value.keys()], (name) => (isCredentialHeader(name) ? redacted : value.get(name)), path);
      case "Request":
      case "Response": {
        const names = ["method", "status", "statusText", "url", "headers"].filter((name) => name in value);
        if (names.length > 0) return this.#takeEntries(names, (name) => value[name], path);
        break;
      }
      case "String":
      case "Number":
      case "Boolean": {
        const plain = value.valueOf();
        if (typeof plain !== "object") return this.take(plain, path);
      }
    }
    return this.#takeFields(value, path, tag);
  }

  /** Any other object: what its `toJSON` says, its own fields, or, where it has none, what its `toString` says. */
  #takeFields(value: Record<string, unknown>, path: string, tag: string): unknown {
    const { toJSON } = value;
    if (typeof toJSON === "function") return this.take(toJSON.call(value, ""), path);
    const names = Object.keys(value);
    if (names.length === 0 && (tag !== "Object" || (value.toString ?? plainText) !== plainText)) return this.#takeText(String(value));
    return this.#takeEntries(names, (name) => (name === "toJSON" ? toJSON : value[name]), path);
  }

  #takeEntries(names: readonly string[], read: (name: string) => unknown, path: string): Record<string, unknown> {
    const taken: Record<string, unknown> = {};
    const count = Math.min(names.length, maxEntries);
    for (let i = 0; i < count; i++) {
      const name = names[i]!;
      define(taken, nameOf(name), this.#takeRead(read, name, path));
    }
    if (names.length > count) taken["…"] = cut(`${names.length - count} more`);
    return taken;
  }

  /** An entry, read and taken; only an encoder wants to know where it stands. */
  #takeRead<K extends string | number>(read: (key: K) => unknown, key: K, path: string): unknown {
    try {
      return this.take(read(key), this.#encoder === undefined ? "" : path === "" ? `${key}` : `${path}.${key}`);
    } catch (error) {
      return threw(error);
    }
  }

  /** The first entries of a list; a hole is null, as JSON has it. */
  #takeList(read: (index: number) => unknown, length: number, path: string): unknown[] {
    const taken: unknown[] = [];
    for (let i = 0; i < Math.min(length, maxEntries); i++) taken.push(this.#takeRead(read, i, path));
    if (length > maxEntries) taken.push(cut(`${length - maxEntries} more`));
    return taken;
  }

  /** An object where all keys are text, else a list of pairs. */
  #takeMap(map: Map<unknown, unknown>, path: string): unknown {
    const keys = [...map.keys()];
    if (!keys.every((key) => typeof key === "string")) return this.#takeList(inTurn(map.entries()), map.size, path);
    return this.#takeEntries(keys, (name) => map.get(name), path);
  }

  /** An error as its name, message, stack, own fields, cause and inner errors; `readException` makes text of them. */
  #takeError(error: Error, path: string): unknown {
    if (this.#causes >= maxCauses) return cut(`more than ${maxCauses} causes`);
    const names = new Set(["name", "message", "stack", ...Object.keys(error), ...["cause", "errors"].filter((name) => name in error)]);
    this.#causes++;
    this.#depth--;
    try {
      const taken = this.#takeEntries([...names], (name) => (error as unknown as Record<string, unknown>)[name], path);
      if (taken.name === "Error") taken.name = error.constructor.name;
      return taken;
    } finally {
      this.#depth++;
      this.#causes--;
    }
  }
}

/**
 * Takes any value as plain data: text, numbers, booleans, null, plain objects and lists of these.
 *
 * It never throws, runs the value's own code (getters, `toJSON`, proxy traps) once, changes nothing, is bounded in depth,
 * breadth and text, and says where it cut.
 */
export function take(value: unknown): unknown {
  return new Taker().take(value);
}

function tellEncoder(error: unknown): void {
  report({ code: "callback-failed", message: `An encoder failed: ${threw(error)}` });
}

function inTurn(items: Iterator<unknown>): () => unknown {
  return () => items.next().value;
}

function takeDate(date: Date): string {
  const ms = Date.prototype.getTime.call(date);
  return isNaN(ms) ? "Invalid Date" : new Date(ms).toISOString();
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
export function textOf(value: unknown, kind?: string): string {
  const taken = new Taker().take(value, "", kind);
  return typeof taken === "string" ? taken : value === undefined ? "undefined" : JSON.stringify(taken);
}

/** What stands for a value whose own code threw. */
export function threw(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : textOf(error);
    return `[Threw: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}]`;
  } catch {
    return "[Threw]"; // what was thrown cannot be read either
  }
}
