/** Any value of the world as plain data that JSON can say: bounded, taken once, never throwing. */

import { catchRejection, report } from "../diagnostic.ts";
import { frozenSize } from "./frozen_data.ts";
import {
  content,
  credentialField,
  credentialHeader,
  fieldOfError,
  headers,
  isMessage,
  isSecret,
  rulesOf,
  viewOfLive,
  withoutMachinery,
} from "./http_objects.ts";
import { redacted, redactHeaderText, redactUrl } from "./http_text.ts";
import { maxCauses, maxDepth, maxEntries, maxEventSize, maxNameLength, maxShownLength, maxTextLength, valueSize } from "./value_limits.ts";
import { cut, define, hexOf, inTurn, isPlain, plainText, sayOf, tagOf, toPlainDate, toPlainNumber, WrittenNames } from "./value_kind.ts";

/** Writes a value that JSON has no word for; returns `undefined` to leave it to the built-in way. */
export type Encoder = (value: unknown, path: string) => unknown;

/** How the mark of a cut text ends, and how long it is at the most. */
const markEnd = " characters]";
const maxMark = 50;

/** Takes values as plain data, one after the other, from one budget. */
export class PlainDataBuilder {
  #left: number;
  /** Whether the mark that stands for all the rest was written. */
  #isMarked = false;
  #depth = 0;
  #causes = 0;
  /** Whether what is taken belongs to a message of HTTP, so that names mean what they mean there. */
  isHttp = false;
  #encoder: Encoder | undefined;
  readonly #ancestors: object[] = [];

  /**
   * @param encoder Is asked first about each value that is not plain.
   * @param size The budget.
   */
  constructor(encoder?: Encoder, size: number = maxEventSize) {
    this.#encoder = encoder;
    this.#left = size;
  }

  /** Pays for what is written without it; false once nothing is left. */
  pay(size: number): boolean {
    return (this.#left -= size) + size > 0;
  }

  /** One value; where it stands is told to the encoder, who is not asked about an answer of his own, and its kind is asked for but once. Never throws. */
  take(value: unknown, path = "", kind?: string, isAnswer = false): unknown {
    try {
      switch (typeof value) {
        case "string":
          return this.#toPlainText(value);
        case "number":
          return toPlainNumber(value);
        case "boolean":
          return value;
      }
      if (value === undefined || value === null) return null;
      const size = frozenSize(value);
      if (size !== undefined && size <= this.#left) {
        this.#left -= size;
        return value;
      }
      if (this.#left <= 0) return this.#markRest();
      const answer = isAnswer ? undefined : this.#encode(value, path);
      if (answer !== undefined) return this.take(answer, path, undefined, true);
      if (typeof value === "function") return this.#toPlainText(`[Function: ${value.name || "anonymous"}]`);
      if (typeof value !== "object") return this.#toPlainText(String(value));
      if (this.#ancestors.includes(value)) return "[Circular]";
      if (this.#depth >= maxDepth) return cut(`nested deeper than ${maxDepth}`);
      this.#depth++;
      this.#ancestors.push(value);
      const wasHttp = this.isHttp;
      try {
        return this.#toPlainKind(value, path, kind);
      } finally {
        this.isHttp = wasHttp;
        this.#depth--;
        this.#ancestors.pop();
      }
    } catch (error) {
      return describeThrown(error);
    }
  }

  /** A value by its name: what is a credential there is not shown. Never throws. */
  toPlainNamed(value: unknown, name: string, path = "", kind?: string): unknown {
    const rules = rulesOf(name);
    if (rules === 0) return this.take(value, path, kind);
    const wasHttp = this.isHttp;
    if ((rules & (wasHttp ? credentialHeader : credentialField)) !== 0 && isSecret(value, wasHttp ? "" : name)) return redacted;
    if ((rules & headers) !== 0) this.isHttp = true;
    else if ((rules & content) !== 0) this.isHttp = false;
    const taken = this.take(value, path, kind);
    this.isHttp = wasHttp;
    return taken;
  }

  /** What the caller's encoder makes of a value that is not plain; its answer is final. */
  #encode(value: unknown, path: string): unknown {
    if (this.#encoder === undefined || isPlain(value)) return undefined;
    const ask = this.#encoder;
    this.#encoder = undefined;
    try {
      return catchRejection(ask(value, path), reportEncoder);
    } finally {
      this.#encoder = ask;
    }
  }

  #toPlainText(text: string): string {
    const room = Math.min(maxTextLength, Math.max(0, this.#left));
    this.#left -= Math.min(text.length, room);
    if (text.length > room) {
      if (text.length < room + maxMark && text.endsWith(markEnd)) return text; // cut before
      if (room < maxTextLength) this.#isMarked = true;
      text = `${text.slice(0, room)}… [Cut: ${text.length}${markEnd}`;
    }
    if (this.isHttp && (text.includes("://") || text.includes("?"))) text = redactUrl(text);
    return text.length > 40 && text.includes("\r\n") ? redactHeaderText(text) : text;
  }

  /** What stands for all that the budget has no room for: said once. */
  #markRest(): string {
    this.#isMarked = true;
    return cut("too many values");
  }

  /** By the tag of its kind; what only bears the tag is taken by its fields. */
  #toPlainKind(value: object, path: string, kind: string | undefined): unknown {
    const tag = kind || tagOf(value);
    if (tag === "Object") return this.#toPlainFields(value as Record<string, unknown>, path, tag);
    try {
      return this.#toPlainObject(value, path, tag);
    } catch {
      return this.#toPlainFields(value as Record<string, unknown>, path, tag);
    }
  }

  // deno-lint-ignore no-explicit-any -- the tag says what it is, and what is not so throws and is told
  #toPlainObject(value: any, path: string, tag: string): unknown {
    if (ArrayBuffer.isView(value) || tag === "ArrayBuffer") {
      const { buffer, byteOffset, byteLength } = tag === "ArrayBuffer" ? new DataView(value) : value;
      if (/^(?:Uint8|Array|Data)/.test(tag)) return this.#toPlainText(hexOf(new Uint8Array(buffer, byteOffset, byteLength)));
      tag = "Array";
    }
    switch (tag) {
      case "Array":
        return this.#toPlainList((i) => value[i], value.length, path);
      case "Date":
        return toPlainDate(value);
      case "URL":
      case "URLSearchParams":
        if (value.toString === plainText) break;
        return this.#toPlainText(redactUrl(tag === "URL" ? `${value}` : `?${value}`).slice(tag === "URL" ? 0 : 1));
      case "RegExp":
        if (value.toString === plainText) break;
        return this.#toPlainText(`${value}`);
      case "Error":
        return this.#toPlainError(value, path);
      case "Set":
        return this.#toPlainList(inTurn(value.values()), value.size, path);
      case "Map":
        return this.#toPlainMap(value, path);
      case "Headers":
        this.isHttp = true;
        return this.#toPlainEntries([...value.keys()], value, path, (name) => value.get(name));
      case "Request":
      case "Response": {
        const names = ["method", "status", "statusText", "url", "headers"].filter((name) => name in value);
        this.isHttp = true;
        if (names.length > 0) return this.#toPlainEntries(names, value, path);
        break;
      }
      case "String":
      case "Number":
      case "Boolean": {
        const plain = value.valueOf();
        if (typeof plain !== "object") return this.take(plain, path);
      }
    }
    return this.#toPlainFields(value, path, tag);
  }

  /** Any other object: what its `toJSON` says, its own fields, or, where it has none, what its `toString` says. */
  #toPlainFields(value: Record<string, unknown>, path: string, tag: string): unknown {
    if (Object.getPrototypeOf(value) !== Object.prototype) {
      const view = viewOfLive(value);
      if (typeof view === "string") return view;
      if (view !== undefined) {
        this.isHttp = true;
        return this.#toPlainEntries(Object.keys(view), view, path);
      }
      if (value["__isLong__"] === true) return this.#toPlainText(String(value)); // long.js, as bson and protobuf have it
    }
    const { toJSON } = value;
    if (typeof toJSON === "function") return this.take(toJSON.call(value, ""), path);
    const names = Object.keys(value);
    if (names.length === 0 && (tag !== "Object" || (value.toString ?? plainText) !== plainText)) return this.#toPlainText(sayOf(value));
    if (isMessage(names)) this.isHttp = true;
    const read = toJSON === undefined ? undefined : (name: string): unknown => (name === "toJSON" ? toJSON : value[name]);
    return this.#toPlainEntries(withoutMachinery(names), value, path, read);
  }

  #toPlainEntries(names: readonly string[], source: object, path: string, read?: (name: string) => unknown): Record<string, unknown> {
    const taken: Record<string, unknown> = {};
    const count = Math.min(names.length, maxEntries);
    let written: WrittenNames | undefined;
    let i = 0;
    for (; i < count && this.#left > 0; i++) {
      const given = names[i]!;
      const name = given.length > 0 && given.length <= maxNameLength ? given : (written ??= new WrittenNames(names)).write(given);
      this.#left -= name.length + valueSize;
      let value: unknown;
      try {
        value = read === undefined ? (source as Record<string, unknown>)[given] : read(given);
      } catch (error) {
        value = describeThrown(error);
      }
      const place = this.#encoder === undefined ? "" : path === "" ? given : `${path}.${given}`;
      define(taken, name, typeof value === "number" ? toPlainNumber(value) : this.toPlainNamed(value, given, place));
    }
    if (names.length > i && (i === count || !this.#isMarked)) taken["…"] = this.#markMore(names.length - i, i < count);
    return taken;
  }

  /** The first entries of a list; a hole is null, as JSON has it. In a flat list of headers each second one is what the one before it names. */
  #toPlainList(read: (index: number) => unknown, length: number, path: string): unknown[] {
    const taken: unknown[] = [];
    const count = Math.min(length, maxEntries);
    let i = 0;
    for (; i < count && this.#left > 0; i++) {
      this.#left -= valueSize;
      let value: unknown;
      try {
        value = read(i);
      } catch (error) {
        value = describeThrown(error);
      }
      const place = this.#encoder === undefined ? "" : path === "" ? `${i}` : `${path}.${i}`;
      const name = typeof value === "string" && i % 2 === 1 && length % 2 === 0 ? taken[i - 1] : undefined;
      taken.push(typeof name === "string" ? this.toPlainNamed(value, name, place) : this.take(value, place));
    }
    if (length > i && (i === count || !this.#isMarked)) taken.push(this.#markMore(length - i, i < count));
    return taken;
  }

  #markMore(count: number, isSpent: boolean): string {
    if (isSpent) this.#isMarked = true;
    return cut(`${count} more`);
  }

  /** An object where all keys are text, else a list of pairs. */
  #toPlainMap(map: Map<unknown, unknown>, path: string): unknown {
    const keys: unknown[] = [];
    for (const key of map.keys()) if (keys.push(key) > maxEntries) break; // no more of them are written
    if (!keys.every((key) => typeof key === "string")) return this.#toPlainList(inTurn(map.entries()), map.size, path);
    const taken = this.#toPlainEntries(keys.slice(0, maxEntries), map, path, (name) => map.get(name));
    if (map.size > maxEntries) taken["…"] = this.#markMore(map.size - maxEntries, false);
    return taken;
  }

  /** An error as its name, message, stack, own fields, cause and inner errors; `readException` makes text of them. */
  #toPlainError(error: Error, path: string): unknown {
    if (this.#causes >= maxCauses) return cut(`more than ${maxCauses} causes`);
    const inner = ["cause", "errors"].filter((name) => name in error);
    if ("suppressed" in error) inner.push("error", "suppressed");
    const names = [...new Set(["name", "message", "stack", ...Object.keys(error), ...inner])];
    if (names.includes("response") || names.includes("config") || names.includes("options")) this.isHttp = true;
    this.#causes++;
    this.#depth--;
    try {
      const taken = this.#toPlainEntries(names, error, path, (name) => fieldOfError(error, name));
      if (taken["name"] === "Error" || typeof taken["name"] !== "string") taken["name"] = String(error.constructor?.name || "Error");
      if (typeof taken["message"] !== "string") taken["message"] = taken["message"] === null ? "" : JSON.stringify(taken["message"]);
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
export function take(value: unknown, size?: number): unknown {
  return new PlainDataBuilder(undefined, size).take(value);
}

function reportEncoder(error: unknown): void {
  report({ code: "callback-failed", message: `An encoder failed: ${describeThrown(error)}` });
}

/** Any value as text: a text as it is, anything else as JSON. */
export function textOf(value: unknown, kind?: string): string {
  const taken = new PlainDataBuilder().take(value, "", kind);
  return typeof taken === "string" ? taken : value === undefined ? "undefined" : JSON.stringify(taken);
}

/** What stands for a value whose own code threw. */
export function describeThrown(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : textOf(error);
    return `[Threw: ${text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text}]`;
  } catch {
    return "[Threw]"; // what was thrown cannot be read either
  }
}
