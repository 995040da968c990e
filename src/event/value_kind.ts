/** Decides what kind of value something is, also for proxies and for values of other realms. Nothing throws unless documented. */

import { maxBytes, maxNameLength, maxNumber } from "./value_limits.ts";

/** The default `toString`. */
export const plainText: () => string = Object.prototype.toString;

/** Kinds whose subclasses may have any tag. */
const kinds = ["Map", "Set", "Date", "URL", "URLSearchParams", "RegExp", "Headers", "Request", "Response"] as const;

/**
 * Returns the kind of an object: `"Array"`, `"Error"`, or its class's tag, whatever its realm. Rethrows what a proxy throws.
 *
 * The class of a value decides before its tag does, because errors of Prisma and GraphQL have tags of their own.
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

/** Returns whether the value is a list; false for a revoked proxy. */
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

/** Assigns unique written names to one object's fields. Finding a free name for a duplicate costs the same for any number of duplicates. */
export class WrittenNames {
  readonly #given: readonly string[];
  #used: Set<string> | undefined;
  /** For each written name, how many names of the object became equal to it. */
  readonly #counts: Map<string, number> = new Map();

  /** @param given All names of the object. */
  constructor(given: readonly string[]) {
    this.#given = given;
  }

  /** Returns the name as it is written. A name that must be changed becomes unlike every other name. */
  write(name: string): string {
    const written = writtenName(name);
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

/**
 * Returns a name cut to the limit, without lone surrogates, because UTF-8 cannot encode them. Replaces an empty name, because Seq has had
 * problems with it.
 */
export function writtenName(name: string): string {
  return wellFormedText(name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name || "_");
}

/** Returns a name for the mark of a cut that none of the names equals. */
export function markName(names: readonly string[]): string {
  const used = new Set(names);
  let mark = "…";
  while (used.has(mark)) mark += "…";
  return mark;
}

/** Sets an own property under any name, including `__proto__`. */
export function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

/** Returns a date as ISO 8601; throws for an object that only has the `Symbol.toStringTag` of a date. */
export function toPlainDate(date: Date): string {
  const ms = timeOf(date);
  return isNaN(ms) ? "Invalid Date" : new Date(ms).toISOString();
}

/** Returns the time of a date. A proxy has no time itself, but its handler may bind the methods of the date behind the proxy. */
function timeOf(date: Date): number {
  try {
    return Date.prototype.getTime.call(date);
  } catch {
    return Number(date.getTime());
  }
}

/** Returns the text of an object without fields; the name of its class if the conversion throws. */
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

/** Returns the text that marks a cut. */
export function cut(what: string): string {
  return `[Cut: ${what}]`;
}

/** Returns a function that returns the next item of an iterator. */
export function inTurn(items: Iterator<unknown>): () => unknown {
  return () => items.next().value;
}

/** Returns the text without lone surrogates, which UTF-8 cannot encode. */
export function wellFormedText(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, "\ufffd");
}
