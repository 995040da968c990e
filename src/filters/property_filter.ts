/** The filter by the value of a property. */

import type { Filter } from "../filter.ts";
import { take, textOf } from "../event/plain_data.ts";
import { flag, isObject, list, must, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { needing, pattern } from "./filter_options.ts";

/** A value that is compared as it is: `"42"` is not 42. */
export type Scalar = string | number | boolean | null;

/** What {@linkcode propertyFilter} takes; what is given must all hold. */
export interface PropertyFilterOptions {
  /** The name of the property; `a.b` is the property of that name, or else `b` of `a`. */
  readonly name: string;
  /** The value that passes, of the same type; dates and bigints are compared as the text that they are in Seq. Default: any. */
  readonly equals?: Scalar | undefined;
  /** The values that pass. Default: any. */
  readonly oneOf?: readonly Scalar[] | undefined;
  /** Matches the values that pass, as text; objects are JSON. Default: any. */
  readonly matches?: RegExp | string | undefined;
  /** Whether all others pass instead, those without the property among them. Default: false. */
  readonly exclude?: boolean | undefined;
}

const scalar = must("text, a number, true, false or null", (given: unknown) => isScalar(given) ? given : undefined);

/** Reads the options of a property filter; without a name that is an issue. */
export const readPropertyOptions: Reader<PropertyFilterOptions> = needing(
  options<PropertyFilterOptions>({ name: text, equals: scalar, oneOf: list(scalar), matches: pattern, exclude: flag }),
  "the name of a property",
  "name",
);

/**
 * Makes a filter that lets events pass by one property: its value, a pattern, or that it is there.
 *
 * It sees the properties of the call, the logger and the context, not the global ones.
 *
 * @param options The property, and which of its values pass.
 * @throws {ConfigError} If an option is wrong; it lists every mistake.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler, propertyFilter } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * memory.filters = [propertyFilter({ name: "Path", matches: "^/health", exclude: true })];
 * const added = getLogger("shop").addHandler(memory);
 * getLogger("shop").warn("{Path} is slow", { Path: "/health/ready" });
 * getLogger("shop").warn("{Path} is slow", { Path: "/orders" });
 * assert.deepEqual(memory.events.map((event) => event.message), ["/orders is slow"]);
 * added.dispose();
 * ```
 */
export function propertyFilter(options: PropertyFilterOptions): Filter {
  const { name, equals, oneOf, matches, exclude = false } = requireOptions(readPropertyOptions, options);
  return ({ properties }) => {
    const value = find(properties, name);
    const taken = take(value instanceof Date ? new Date(value) : value) as Scalar; // one that was frozen would be taken as it is
    const passes = value !== undefined && (equals === undefined || [equals].includes(taken)) && (oneOf?.includes(taken) ?? true) &&
      (matches === undefined || textOf(taken).search(matches) >= 0);
    return passes !== exclude;
  };
}

function isScalar(given: unknown): given is Scalar {
  return given === null || ["string", "number", "boolean"].includes(typeof given);
}

/** The property of that name, or at that path; `undefined` where there is none. */
function find(properties: Readonly<Record<string, unknown>>, name: string): unknown {
  let value: unknown = properties;
  for (const part of Object.hasOwn(properties, name) ? [name] : name.split(".")) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}
