/** Decides which functions a filter may call and what they return. */

import { parseTimestamp } from "./collected_event.ts";
import { fold, type Read } from "./filter_values.ts";

/** How many arguments a function takes, and how its reader is made from the readers of the arguments. */
interface FilterFunction {
  readonly least: number;
  readonly most: number;
  /** Whether `ci` may follow the call. */
  readonly isText?: boolean;
  /** Whether the function returns a point in time. A text compared with its result is then read as a timestamp. */
  readonly isTime?: boolean;
  readonly make: (given: readonly Read[], ignoresCase: boolean) => Read;
}

/** A function of two texts; with any other argument the result is absent. */
function ofTexts(compute: (text: string, part: string) => unknown): FilterFunction {
  const make: FilterFunction["make"] = ([text, part], ignoresCase) => (event, nowMs) => {
    const [a, b] = [text!(event, nowMs), part!(event, nowMs)].map((value) => ignoresCase ? fold(value) : value);
    return typeof a === "string" && typeof b === "string" ? compute(a, b) : undefined;
  };
  return { least: 2, most: 2, isText: true, make };
}

/** A function of one value. */
function ofOne(compute: (value: unknown) => unknown, isTime = false): FilterFunction {
  return { least: 1, most: 1, isTime, make: ([value]) => (event, nowMs) => compute(value!(event, nowMs)) };
}

const ifText = (compute: (text: string) => unknown) => (value: unknown): unknown => typeof value === "string" ? compute(value) : undefined;

const functions: Readonly<Record<string, FilterFunction>> = {
  has: ofOne((value) => value !== undefined),
  contains: ofTexts((text, part) => text.includes(part)),
  startswith: ofTexts((text, part) => text.startsWith(part)),
  endswith: ofTexts((text, part) => text.endsWith(part)),
  indexof: ofTexts((text, part) => text.indexOf(part)),
  length: ofOne((value) => typeof value === "string" || Array.isArray(value) ? value.length : undefined),
  tolower: ofOne(ifText((text) => text.toLowerCase())),
  toupper: ofOne(ifText((text) => text.toUpperCase())),
  datetime: ofOne(ifText((text) => parseTimestamp(text)), true),
  now: { least: 0, most: 0, isTime: true, make: () => (_event, nowMs) => nowMs },
  coalesce: {
    least: 1,
    most: 20,
    make: (given) => (event, nowMs) => {
      for (const read of given) {
        const value = read(event, nowMs);
        if (value !== undefined && value !== null) return value;
      }
      return undefined;
    },
  },
};

/** The functions as messages spell them. */
export const functionNames = "Has, Contains, StartsWith, EndsWith, IndexOf, Length, ToLower, ToUpper, Coalesce, Now and DateTime";

/** Returns the function of this name, ignoring case; `undefined` if there is none. */
export function findFunction(name: string): FilterFunction | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(functions, key) ? functions[key] : undefined;
}
