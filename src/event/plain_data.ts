/** Decides how any value is written as JSON: bounded in size, with each field read once, and without throwing. */

import { catchRejection, report } from "../diagnostic.ts";
import { BoundedPieces } from "./bounded_pieces.ts";
import { frozenSize } from "./frozen_data.ts";
import * as http from "./http_objects.ts";
import { redactUrl } from "./http_text.ts";
import { jsonOf, type Name, nameInfo } from "./json_text.ts";
import { openObject, parsePieces, type Pieces } from "./json_pieces.ts";
import { maxCauses, maxDepth, maxEntries, maxEventSize, maxShownLength, valueSize } from "./value_limits.ts";
import { cut, hexOf, inTurn, isPlain, markName, plainText, sayOf, tagOf, toPlainDate, WrittenNames } from "./value_kind.ts";

/** Returns a replacement for a value that JSON cannot express, or `undefined` to apply the built-in rules. */
export type Encoder = (value: unknown, path: string) => unknown;

/** The JSON that replaces a credential. */
export const redactedJson = '"[Redacted]"';

/** Writes values as JSON one after the other, within one common size limit. */
export class PlainDataWriter extends BoundedPieces {
  #depth = 0;
  #causes = 0;
  #encoder: Encoder | undefined;
  readonly #ancestors: object[] = [];

  /** @param encoder Called first for each value that is not plain. */
  constructor(encoder?: Encoder, size: number = maxEventSize) {
    super(size);
    this.#encoder = encoder;
  }

  /** Returns one value as JSON. Never throws. */
  write(value: unknown, path?: string, kind?: string): Pieces {
    this.pieces = [];
    this.#write(value, path, kind);
    return this.pieces;
  }

  /** Returns a value as JSON, redacted if its name denotes a credential. Never throws. */
  writeNamed(value: unknown, name: string, path: string, kind: string, info: Name): Pieces {
    this.pieces = [];
    this.#writeNamed(value, name, path, kind, info);
    return this.pieces;
  }

  /** Writes one value. The encoder receives the value's path, but is not called for a value that it returned. Never throws. */
  #write(value: unknown, path = "", kind?: string, isEncoded = false): void {
    const { length } = this.pieces;
    try {
      switch (typeof value) {
        case "string":
          return this.writeText(value);
        case "number":
          return void this.pieces.push(value);
        case "boolean":
          return void this.pieces.push(value ? "true" : "false");
      }
      if (value === undefined || value === null) return void this.pieces.push("null");
      const size = frozenSize(value);
      if (size !== undefined && size <= this.left) {
        this.left -= size;
        return void this.pieces.push(jsonOf(value));
      }
      if (this.left <= 0) {
        this.isMarked = true;
        return this.quote(cut("too many values"));
      }
      const encoded = isEncoded ? undefined : this.#encode(value, path);
      if (encoded !== undefined) return this.#write(encoded, path, undefined, true);
      if (typeof value === "function") return this.writeText(`[Function: ${value.name || "anonymous"}]`);
      if (typeof value !== "object") return this.writeText(String(value));
      if (this.#ancestors.includes(value)) return this.quote("[Circular]");
      if (this.#depth >= maxDepth) return this.quote(cut(`nested deeper than ${maxDepth}`));
      this.#depth++;
      this.#ancestors.push(value);
      const wasHttp = this.isHttp;
      try {
        this.#writeKind(value, path, kind);
      } finally {
        this.isHttp = wasHttp;
        this.#depth--;
        this.#ancestors.pop();
      }
    } catch (error) {
      this.pieces.length = length;
      this.quote(describeThrown(error));
    }
  }

  /** Writes a value, redacted if its name denotes a credential. Never throws. */
  #writeNamed(value: unknown, name: string, path = "", kind?: string, info: Name = nameInfo(name)): void {
    const { rules } = info;
    if (rules === 0) return this.#write(value, path, kind);
    const wasHttp = this.isHttp;
    if ((rules & (wasHttp ? http.credentialHeader : http.credentialField)) !== 0 && http.isSecret(value, wasHttp ? "" : name)) {
      return void this.pieces.push(redactedJson);
    }
    if ((rules & http.headers) !== 0) this.isHttp = true;
    else if ((rules & http.content) !== 0) this.isHttp = false;
    this.#write(value, path, kind);
    this.isHttp = wasHttp;
  }

  /** Returns what the encoder returns for a value that is not plain. The encoder is not called again while it runs. */
  #encode(value: unknown, path: string): unknown {
    if (this.#encoder === undefined || isPlain(value)) return undefined;
    const encoder = this.#encoder;
    this.#encoder = undefined;
    try {
      return catchRejection(
        encoder(value, path),
        (error) => report({ code: "callback-failed", message: `An encoder failed: ${describeThrown(error)}` }),
      );
    } finally {
      this.#encoder = encoder;
    }
  }

  /** Writes a value by the rules of its kind. If its `Symbol.toStringTag` names a wrong kind, its fields are written. */
  #writeKind(value: object, path: string, kind: string | undefined): void {
    const tag = kind || tagOf(value);
    if (tag === "Object") return this.#writeFields(value as Record<string, unknown>, path, tag);
    const { length } = this.pieces;
    try {
      this.#writeObject(value, path, tag);
    } catch {
      this.pieces.length = length;
      this.#writeFields(value as Record<string, unknown>, path, tag);
    }
  }

  // deno-lint-ignore no-explicit-any -- the tag decides the type; a value with a wrong tag throws and is caught
  #writeObject(value: any, path: string, tag: string): void {
    if (ArrayBuffer.isView(value) || tag === "ArrayBuffer") {
      const { buffer, byteOffset, byteLength } = tag === "ArrayBuffer" ? new DataView(value) : value;
      if (/^(?:Uint8|Array|Data)/.test(tag)) return this.writeText(hexOf(new Uint8Array(buffer, byteOffset, byteLength)));
      tag = "Array";
    }
    switch (tag) {
      case "Array":
        return this.#writeList((i) => value[i], value.length, path);
      case "Date":
        return this.quote(toPlainDate(value));
      case "URL":
      case "URLSearchParams":
        if (value.toString === plainText) break;
        return this.writeText(redactUrl(tag === "URL" ? `${value}` : `?${value}`).slice(tag === "URL" ? 0 : 1));
      case "RegExp":
        if (value.toString === plainText) break;
        return this.writeText(`${value}`);
      case "Error":
        return this.#writeError(value, path);
      case "Set":
        return this.#writeList(inTurn(value.values()), value.size, path);
      case "Map":
        return this.#writeMap(value, path);
      case "Headers":
        this.isHttp = true;
        return this.#writeEntries([...value.keys()], value, path, (name) => value.get(name));
      case "Request":
      case "Response": {
        const names = ["method", "status", "statusText", "url", "headers"].filter((name) => name in value);
        this.isHttp = true;
        if (names.length > 0) return this.#writeEntries(names, value, path);
        break;
      }
      case "String":
      case "Number":
      case "Boolean": {
        const plain = value.valueOf();
        if (typeof plain !== "object") return this.#write(plain, path);
      }
    }
    this.#writeFields(value, path, tag);
  }

  /** Writes any other object: the result of its `toJSON`, else its own fields, else the result of its `toString`. */
  #writeFields(value: Record<string, unknown>, path: string, tag: string): void {
    if (Object.getPrototypeOf(value) !== Object.prototype) {
      const view = http.viewOfLive(value);
      if (typeof view === "string") return this.quote(view);
      this.isHttp ||= view !== undefined;
      if (view !== undefined) return this.#writeEntries(Object.keys(view), view, path);
      if (value["__isLong__"] === true) return this.writeText(String(value)); // long.js, as bson and protobuf use it
    }
    const { toJSON } = value;
    if (typeof toJSON === "function") return this.#write(toJSON.call(value, ""), path);
    const names = Object.keys(value);
    if (names.length === 0 && (tag !== "Object" || (value.toString ?? plainText) !== plainText)) return this.writeText(sayOf(value));
    if (http.isMessage(names)) this.isHttp = true;
    const read = toJSON === undefined ? undefined : (name: string): unknown => (name === "toJSON" ? toJSON : value[name]);
    this.#writeEntries(http.withoutMachinery(names), value, path, read);
  }

  #writeEntries(names: readonly string[], source: object, path: string, read?: (name: string) => unknown): void {
    this.pieces.push(openObject);
    const count = Math.min(names.length, maxEntries);
    let written: WrittenNames | undefined;
    let [i, named]: [number, unknown] = [0, undefined]; // a header may be written as `{ name, value }`
    for (; i < count && this.left > 0; i++) {
      const given = names[i]!;
      let info = nameInfo(given);
      if (info.isOdd) info = nameInfo((written ??= new WrittenNames(names)).write(given));
      this.left -= info.text.length + valueSize;
      let value: unknown;
      try {
        value = read === undefined ? (source as Record<string, unknown>)[given] : read(given);
      } catch (error) {
        value = describeThrown(error);
      }
      const place = this.#encoder === undefined ? "" : path === "" ? given : `${path}.${given}`;
      this.pieces.push(info);
      if (given === "name") named = value;
      const by = given === "value" && typeof named === "string" ? named : given;
      if (typeof value === "number") this.pieces.push(value);
      else this.#writeNamed(value, by, place, undefined, by === given ? info : undefined);
    }
    if (names.length > i && (i === count || !this.isMarked)) {
      this.pieces.push(nameInfo(markName(names.slice(0, i))));
      this.markMore(names.length - i, i < count);
    }
    this.pieces.push("}");
  }

  /** Writes the first entries of a list; an empty slot becomes null. In a flat list of headers, names and values alternate. */
  #writeList(read: (index: number) => unknown, length: number, path: string): void {
    this.pieces.push("[");
    const count = Math.min(length, maxEntries);
    let before: unknown;
    let i = 0;
    for (; i < count && this.left > 0; i++) {
      this.left -= valueSize;
      let value: unknown;
      try {
        value = read(i);
      } catch (error) {
        value = describeThrown(error);
      }
      const place = this.#encoder === undefined ? "" : path === "" ? `${i}` : `${path}.${i}`;
      const isNamed = typeof value === "string" && i % 2 === 1 && length % 2 === 0 && typeof before === "string";
      if (i > 0) this.pieces.push(",");
      if (isNamed) this.#writeNamed(value, before as string, place);
      else this.#write(value, place);
      before = value;
    }
    if (length > i && (i === count || !this.isMarked)) {
      if (i > 0) this.pieces.push(",");
      this.markMore(length - i, i < count);
    }
    this.pieces.push("]");
  }

  /** Writes an object if all keys are texts, else a list of pairs. */
  #writeMap(map: Map<unknown, unknown>, path: string): void {
    const keys: unknown[] = [];
    for (const key of map.keys()) if (keys.push(key) > maxEntries) break; // later entries are not written
    if (!keys.every((key) => typeof key === "string")) return this.#writeList(inTurn(map.entries()), map.size, path);
    this.#writeEntries(keys.slice(0, maxEntries), map, path, (name) => map.get(name));
    if (map.size <= maxEntries || this.left <= 0) return;
    this.pieces[this.pieces.length - 1] = nameInfo(markName(keys)); // in place of the closing brace
    this.markMore(map.size - maxEntries, false);
    this.pieces.push("}");
  }

  /** Writes an error as its name, message, stack, own fields, cause and inner errors; `readException` turns them into text. */
  #writeError(error: Error, path: string): void {
    if (this.#causes >= maxCauses) return this.quote(cut(`more than ${maxCauses} causes`));
    const inner = "suppressed" in error ? ["cause", "errors", "error", "suppressed"] : ["cause", "errors"];
    const first = ["name", "message", "stack"];
    const own = Object.keys(error).filter((name) => !first.includes(name));
    const names = [...first, ...own, ...inner.filter((name) => name in error && !own.includes(name))];
    if (names.includes("response") || names.includes("config") || names.includes("options")) this.isHttp = true;
    const read = (name: string): unknown => {
      const value = http.fieldOfError(error, name);
      if (name === "name") return typeof value === "string" && value !== "Error" ? value : String(error.constructor?.name || "Error");
      return name === "message" && typeof value !== "string" ? textOf(value ?? "") : value;
    };
    this.#causes++;
    this.#depth--;
    try {
      this.#writeEntries(names, error, path, read);
    } finally {
      this.#depth++;
      this.#causes--;
    }
  }
}

/**
 * Returns any value as plain data: text, numbers, booleans, null, plain objects and lists of these. Runs the value's own code (getters,
 * `toJSON`, proxy traps) once, and marks each cut.
 */
export function toPlainData(value: unknown, size?: number): unknown {
  return parsePieces(new PlainDataWriter(undefined, size).write(value));
}

/** Returns any value as text: a text unchanged, anything else as JSON. */
export function textOf(value: unknown, kind?: string): string {
  if (value === undefined) return "undefined";
  const data = parsePieces(new PlainDataWriter().write(value, "", kind));
  return typeof data === "string" ? data : JSON.stringify(data);
}

/** Returns the text that replaces a value whose own code threw. */
export function describeThrown(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : textOf(error);
    return `[Threw: ${text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text}]`;
  } catch {
    return "[Threw]"; // reading the thrown value threw as well
  }
}
