/** The filter by the value of a property. */

import type { Filter } from "../filter.ts";
import { textOf, toPlainData } from "../event/plain_data.ts";
import { flag, isObject, list, must, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { needing, pattern } from "./filter_options.ts";

/** A value compared without conversion: `"42"` is not 42. */
export type Scalar = string | number | boolean | null;

/** Options of {@linkcode propertyFilter}; all conditions given must hold. */
export interface PropertyFilterOptions {
  /** The property's name; `a.b` is the property of this name or, if it is absent, `b` within `a`. */
  readonly name: string;
  /** The value that passes, of the same type; dates and bigints are compared as the text shown in Seq. Default: any. */
  readonly equals?: Scalar | undefined;
  /** Values that pass. Default: any. */
  readonly oneOf?: readonly Scalar[] | undefined;
  /** Pattern of the values that pass, as text; objects as JSON. Default: any. */
  readonly matches?: RegExp | string | undefined;
  /** Whether the filter is inverted: all other events pass, including those without the property. Default: false. */
  readonly exclude?: boolean | undefined;
}

const scalar = must("text, a number, true, false or null", (given: unknown) => isScalar(given) ? given : undefined);

/** Reads the options of a property filter. A missing name is an issue. */
export const readPropertyOptions: Reader<PropertyFilterOptions> = needing(
  options<PropertyFilterOptions>(() => ({ name: text, equals: scalar, oneOf: list(scalar), matches: pattern, exclude: flag })),
  "the name of a property",
  "name",
);

/**
 * Makes a filter that checks one property: its value, a pattern of its value, or its presence.
 *
 * The filter sees the properties of the call, the logger and the context, but no global properties.
 *
 * @param options The property, and which values pass.
 * @throws {ConfigError} If an option is wrong.
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
  const { name, equals, oneOf, matches, exclude = false } = requireOptions(readPropertyOptions, options, "propertyFilter");
  return ({ properties }) => {
    const value = find(properties, name);
    const plain = toPlainData(value instanceof Date ? new Date(value) : value) as Scalar; // a copy: frozen data is not converted
    const passes = value !== undefined && (equals === undefined || [equals].includes(plain)) && (oneOf?.includes(plain) ?? true) &&
      (matches === undefined || textOf(plain).search(matches) >= 0);
    return passes !== exclude;
  };
}

function isScalar(given: unknown): given is Scalar {
  return given === null || ["string", "number", "boolean"].includes(typeof given);
}

/** Returns the property of the name, or at the path; `undefined` if there is none. */
function find(properties: Readonly<Record<string, unknown>>, name: string): unknown {
  let value: unknown = properties;
  for (const part of Object.hasOwn(properties, name) ? [name] : name.split(".")) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}
