/** What kind of thing a value is: asked so that no proxy and no other realm leads astray, and nothing throws. */

import { maxBytes, maxNameLength, maxNumber } from "./value_limits.ts";

/** What `toString` is where nobody has said anything else. */
export const plainText: () => string = Object.prototype.toString;

const { isError: isErrorObject } = Error as { isError?(value: unknown): boolean };

/** Kinds whose subclasses may bear any tag. */
const kinds = ["Map", "Set", "Date", "URL", "URLSearchParams", "RegExp", "Headers", "Request", "Response"] as const;

/**
 * What kind of thing an object is: `"Array"`, `"Error"`, or the tag that its class gives it, of whatever realm. Throws what a proxy throws.
 *
 * A tag alone decides nothing where the value itself can be asked: Prisma's errors and GraphQL's bear tags of their own.
 */
export function tagOf(value: object): string {
  if (Array.isArray(value)) return "Array";
  if (Object.getPrototypeOf(value) === Object.prototype) return "Object";
  if (value instanceof Error || isErrorObject?.(value)) return "Error";
  const tag = plainText.call(value).slice(8, -1);
  if (tag === "DOMException") return "Error";
  if (tag === "Object" || tag === "Array") return kindByClass(value) ?? "Object";
  return Symbol.toStringTag in value && !Object.hasOwn(globalThis, tag) ? (kindByClass(value) ?? tag) : tag;
}

/** The kind by the class that the value was made of, in this realm. */
function kindByClass(value: object): string | undefined {
  const world = globalThis as unknown as Record<string, (new () => unknown) | undefined>;
  return kinds.find((kind) => world[kind] !== undefined && value instanceof world[kind]);
}

/** The tag of an object; `""` for anything else, and for a proxy that throws. */
export function kindOf(value: unknown): string {
  try {
    return typeof value === "object" && value !== null ? tagOf(value) : "";
  } catch {
    return "";
  }
}

/** Whether the value is an error of this or another realm. */
export function isError(value: unknown): value is Error {
  return kindOf(value) === "Error";
}

/** Whether the value is a list; a revoked proxy, too, may be asked. */
export function isList(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false; // Array.isArray throws for a revoked proxy
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
export function toPlainNumber(value: number): number | string {
  return value > -maxNumber && value < maxNumber ? value : String(value);
}

/** The names of one object as they are written; one that is changed becomes a name that is free, at the same cost however many become alike. */
export class WrittenNames {
  readonly #given: readonly string[];
  #taken: Set<string> | undefined;
  /** How many names became the same. */
  readonly #counts: Map<string, number> = new Map();

  /** @param given All names of the object. */
  constructor(given: readonly string[]) {
    this.#given = given;
  }

  /** A name, bounded, and without lone surrogates, which have no form in UTF-8; Seq has had trouble with an empty one. */
  write(name: string): string {
    const written = (name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name || "_").replace(/\p{Cs}/gu, "\ufffd");
    if (written === name) return name;
    const taken = (this.#taken ??= new Set(this.#given));
    let count = this.#counts.get(written) ?? 0;
    let free = "";
    do free = ++count === 1 ? written : written + count; while (taken.has(free));
    this.#counts.set(written, count);
    taken.add(free);
    return free;
  }
}

/** Sets an own property under any name: `__proto__` is one like any other. */
export function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

/** A date as ISO 8601 has it; throws for what only bears its tag. */
export function toPlainDate(date: Date): string {
  const ms = timeOf(date);
  return isNaN(ms) ? "Invalid Date" : new Date(ms).toISOString();
}

/** The time of a date. A proxy has none of its own; its handler may bind the methods of the date behind it. */
function timeOf(date: Date): number {
  try {
    return Date.prototype.getTime.call(date);
  } catch {
    return Number(date.getTime());
  }
}

/** What an object says of itself where it has no fields; its class where it cannot say it. */
export function sayOf(value: object): string {
  try {
    return String(value);
  } catch {
    return `[${value.constructor?.name || "Object"}]`;
  }
}

/** Bytes as hexadecimal text, as Serilog writes them. */
export function hexOf(bytes: Uint8Array): string {
  const text = Array.from(bytes.subarray(0, maxBytes), (byte) => (byte + 256).toString(16).slice(1)).join("");
  return bytes.length > maxBytes ? `${text}… ${cut(`${bytes.length} bytes`)}` : text;
}

/** What stands where something was cut. */
export function cut(what: string): string {
  return `[Cut: ${what}]`;
}

/** Reads what an iterator has, one after the other. */
export function inTurn(items: Iterator<unknown>): () => unknown {
  return () => items.next().value;
}
