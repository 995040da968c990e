/** What kind of thing a value is: asked so that no proxy and no other realm leads astray, and nothing throws. */

import { maxNameLength, maxNumber } from "./value_limits.ts";

/** What `toString` is where nobody has said anything else. */
export const plainText: () => string = Object.prototype.toString;

/** What kind of thing an object is: `"Array"`, `"Error"`, or the tag that its class gives it, of whatever realm. Throws what a proxy throws. */
export function tagOf(value: object): string {
  if (Array.isArray(value)) return "Array";
  if (Object.getPrototypeOf(value) === Object.prototype) return "Object";
  const tag = plainText.call(value).slice(8, -1);
  if (tag === "DOMException" || (tag === "Object" && value instanceof Error)) return "Error";
  return tag === "Array" ? "Object" : tag;
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
export function takeNumber(value: number): number | string {
  return value > -maxNumber && value < maxNumber ? value : String(value);
}

/** A property's name, bounded; Seq has had trouble with an empty one. */
export function nameOf(name: string): string {
  return name.length > maxNameLength ? `${name.slice(0, maxNameLength)}…` : name || "_";
}

/** Sets an own property under any name: `__proto__` is one like any other. */
export function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}
