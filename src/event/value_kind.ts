/** Decides what kind of value something is. No proxy and no other realm misleads it, and nothing throws unless documented. */

import { maxBytes, maxNameLength, maxNumber } from "./value_limits.ts";

/** The default `toString`. */
export const plainText: () => string = Object.prototype.toString;

/** Kinds whose subclasses may have any tag. */
const kinds = ["Map", "Set", "Date", "URL", "URLSearchParams", "RegExp", "Headers", "Request", "Response"] as const;

/**
 * Returns the kind of an object: `"Array"`, `"Error"`, or its class's tag, whatever its realm. Rethrows what a proxy throws.
 *
 * The tag alone does not decide where the value itself can: errors of Prisma and GraphQL have tags of their own.
 */
export function tagOf(value: object): string {
  if (Array.isArray(value)) return "Array";
  if (Object.getPrototypeOf(value) === Object.prototype) return "Object";
  if (value instanceof Error || (Error as { isError?(value: unknown): boolean }).isError?.(value)) return "Error";
  const tag = plainText.call(value).slice(8, -1);
  if (tag === "DOMException") return "Error";
  if (tag === "Object" || tag === "Array") return kindByClass(value) ?? "Object";
  return Symbol.toStringTag in value && !Object.hasOwn(globalThis, tag) ? (kindByClass(value) ?? tag) : tag;
}

/** Returns the kind by the value's class in this realm. */
function kindByClass(value: object): string | undefined {
  const world = globalThis as unknown as Record<string, (new () => unknown) | undefined>;
  return kinds.find((kind) => world[kind] !== undefined && value instanceof world[kind]);
}

/** Returns the tag of an object; `""` for anything else, and for a proxy that throws. */
export function kindOf(value: unknown): string {
  try {
    return typeof value === "object" && value !== null ? tagOf(value) : "";
  } catch {
    return "";
  }
}

/** Returns whether the value is an error of this or another realm. */
export function isError(value: unknown): value is Error {
  return kindOf(value) === "Error";
}

/** Returns whether the value is a list; accepts a revoked proxy, too. */
export function isList(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false; // Array.isArray throws on a revoked proxy
  }
}

/** Returns whether the value is a list or a plain object. */
export function isPlain(value: unknown): boolean {
  try {
    const prototype = typeof value === "object" && value !== null ? Object.getPrototypeOf(value) : undefined;
    return prototype !== undefined && (prototype === null || Array.isArray(value) || Object.getPrototypeOf(prototype) === null);
  } catch {
    return false; // a proxy that is revoked or throws
  }
}

/** Returns whether the value is a bag of properties, and not a single value (a list, a date, a map, an error, …). */
export function isBag(value: unknown): value is object {
  try {
    return typeof value === "object" && value !== null && (Object.getPrototypeOf(value) === Object.prototype || tagOf(value) === "Object");
  } catch {
    return true; // a proxy that throws: capturing it reports the failure
  }
}

/** Returns a number that JSON and Seq can hold; text if it is not finite or beyond .NET's decimal. */
export function toPlainNumber(value: number): number | string {
  return value > -maxNumber && value < maxNumber ? value : String(value);
}

/** Assigns unique written names to one object's fields. Duplicates get a free name at constant cost, however many there are. */
export class WrittenNames {
  readonly #given: readonly string[];
  #used: Set<string> | undefined;
  /** How many names became equal when written. */
  readonly #counts: Map<string, number> = new Map();

  /** @param given All names of the object. */
  constructor(given: readonly string[]) {
    this.#given = given;
  }

  /**
   * Returns a name cut to its limit, without lone surrogates, which UTF-8 cannot encode, and not empty, because Seq has had trouble with
   * that.
   */
  write(name: string): string {
    const written = (name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name || "_").replace(/[\ud800-\udfff]/gu, "\ufffd");
    if (written === name) return name;
    const used = (this.#used ??= new Set(this.#given));
    let count = this.#counts.get(written) ?? 0;
    let free = "";
    do free = ++count === 1 ? written : written + count; while (used.has(free));
    this.#counts.set(written, count);
    used.add(free);
    return free;
  }
}

/** Sets an own property under any name, including `__proto__`. */
export function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

/** Returns a date as ISO 8601; throws for an object that only has the `Symbol.toStringTag` of one. */
export function toPlainDate(date: Date): string {
  const ms = timeOf(date);
  return isNaN(ms) ? "Invalid Date" : new Date(ms).toISOString();
}

/** Returns the time of a date. A proxy has none itself, but its handler may bind the methods of the date behind it. */
function timeOf(date: Date): number {
  try {
    return Date.prototype.getTime.call(date);
  } catch {
    return Number(date.getTime());
  }
}

/** Returns the `toString` of an object without fields; its class if that fails. */
export function sayOf(value: object): string {
  try {
    return String(value);
  } catch {
    return `[${value.constructor?.name || "Object"}]`;
  }
}

/** Returns bytes as hexadecimal text, as Serilog writes them. */
export function hexOf(bytes: Uint8Array): string {
  const text = Array.from(bytes.subarray(0, maxBytes), (byte) => (byte + 256).toString(16).slice(1)).join("");
  return bytes.length > maxBytes ? `${text}… ${cut(`${bytes.length} bytes`)}` : text;
}

/** Returns the mark of a cut. */
export function cut(what: string): string {
  return `[Cut: ${what}]`;
}

/** Yields the items of an iterator. */
export function inTurn(items: Iterator<unknown>): () => unknown {
  return () => items.next().value;
}
