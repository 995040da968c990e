/** What a format is made of, once it is compiled. */

import type { LogEvent } from "../event/log_event.ts";

/** Reads a field of an event. Throws a {@linkcode Misfit} where it has none of that name. */
export type Getter = (event: LogEvent) => unknown;

/** Finds the getter of a field. */
export type Resolve = (name: string) => Getter;

/** A place in a format where a field is shown. */
export interface Placeholder {
  /** The placeholder as it is written. */
  readonly raw: string;
  /** The name of its field. */
  readonly field: string;
  /** Its text. Throws a {@linkcode Misfit}, or what a value's own code throws. */
  readonly show: (event: LogEvent) => string;
}

/** Literal text, or a placeholder. */
export type Part = string | Placeholder;

/** Why a value cannot be shown as its placeholder asks: where Python would throw. */
export class Misfit extends Error {
  override readonly name = "Misfit";
}

/** The widest that a value is made, and the most digits after its point: a width may come from data. */
const maxWidth = 10_000;

/** A width or a precision as a number; absent is -1. */
export function readWidth(digits: string | undefined): number {
  return digits === undefined || digits === "" ? -1 : Number(digits);
}

/** What is wrong with a width and a precision, if anything. */
export function checkWidths(width: number, precision: number): string | undefined {
  return Math.max(width, precision) > maxWidth ? `its width or precision is above ${maxWidth}` : undefined;
}

/** What throws whenever it is asked: a mistake in a format is told when an event is shown. */
export function refuse(reason: string): () => never {
  return () => {
    throw new Misfit(reason);
  };
}

/** Joins literal texts that follow one another. */
export function addPart(parts: Part[], part: Part): void {
  if (typeof part === "string" && typeof parts.at(-1) === "string") parts[parts.length - 1] += part;
  else if (part !== "") parts.push(part);
}
