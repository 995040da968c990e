/** Defines the parts of a compiled format, shared by all styles. */

import type { LogEvent } from "../event/log_event.ts";

/** Returns a field of an event. Throws a {@linkcode Misfit} if the event has no field of this name. */
export type Getter = (event: LogEvent) => unknown;

/** Returns the getter of a field. */
export type Resolve = (name: string) => Getter;

export interface Placeholder {
  /** The placeholder as written in the format. */
  readonly raw: string;
  readonly field: string;
  /** Returns the text for an event. Throws a {@linkcode Misfit}, or the error of a value's own code. */
  readonly show: (event: LogEvent) => string;
}

/** Literal text, or a placeholder. */
export type Part = string | Placeholder;

/** Thrown if a value cannot be shown as its placeholder requires, where Python would throw. */
export class Misfit extends Error {
  override readonly name = "Misfit";
}

/** Greatest width and greatest precision. They are limited because they may come from an event's data. */
const maxWidth = 10_000;

/** Returns a width or precision as a number; -1 if it is absent. */
export function readWidth(digits: string | undefined): number {
  return digits === undefined || digits === "" ? -1 : Number(digits);
}

/** Returns what is wrong with a width and a precision, if anything. */
export function checkWidths(width: number, precision: number): string | undefined {
  return Math.max(width, precision) > maxWidth ? `its width or precision is above ${maxWidth}` : undefined;
}

/** Makes a getter that always throws, because a mistake in a format is reported only when an event is shown. */
export function refuse(reason: string): () => never {
  return () => {
    throw new Misfit(reason);
  };
}

/** Adds a part, joining consecutive literal texts. */
export function addPart(parts: Part[], part: Part): void {
  if (typeof part === "string" && typeof parts.at(-1) === "string") parts[parts.length - 1] += part;
  else if (part !== "") parts.push(part);
}
