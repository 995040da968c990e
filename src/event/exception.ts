/** Decides the text of `@x` for an error: stack, own fields, inner errors and the whole chain of causes. */

import { quoteForeign } from "../harmless_text.ts";
import { toPlainData } from "./plain_data.ts";
import { maxErrorSize } from "./value_limits.ts";

/** The plain data that {@linkcode toPlainData} creates from an error. */
interface CapturedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  /** The fields of a SuppressedError. */
  readonly error?: unknown;
  readonly suppressed?: unknown;
}

const inTheText = new Set(["name", "message", "stack", "cause", "errors", "suppressed"]);

/** A thrown value as its type, its message, and the text of `@x`. */
export interface Exception {
  /** The name of the error's class, or the type of a thrown value that is not an error. */
  readonly type: string;
  readonly message: string;
  /** Stack, own fields, inner errors and causes, one after the other. */
  readonly text: string;
  /** The error as a property, without the stacks, which the text contains. */
  readonly property: unknown;
}

/** Returns the first line of an exception: its type and message. */
export function titleOf({ type, message }: Pick<Exception, "type" | "message">): string {
  return message === "" ? type : `${type}: ${message}`;
}

/** Reads any thrown value once; never throws. */
export function readException(thrown: unknown): Exception {
  const data = toPlainData(thrown, maxErrorSize);
  if (isCapturedError(data)) {
    return { type: data.name, message: data.message, text: describeError(data), property: withoutStacks(data) };
  }
  const text = typeof data === "string" ? data : thrown === undefined ? "undefined" : JSON.stringify(data);
  return { type: thrown === null ? "null" : typeof thrown, message: text, text, property: data };
}

/** Returns a failure's description for a diagnostic: one short line without control characters. */
export function reasonOf(thrown: unknown): string {
  return quoteForeign(readException(thrown).message);
}

function isCapturedError(data: unknown): data is CapturedError {
  const error = data as CapturedError | null;
  return typeof error === "object" && error !== null && typeof error.name === "string" && typeof error.message === "string";
}

/** Returns the text of an exception without its errors' own fields, which a property of the event holds already. */
export function withoutFields({ text, property }: Exception): string {
  const errors = [property];
  for (const error of errors) {
    if (!isCapturedError(error)) continue;
    text = text.replace(fieldsLine(error), () => "");
    errors.push(...Object.values(error).flat());
  }
  return text;
}

/** Returns a line break and the error's own fields, or an empty text if there are none. */
function fieldsLine(error: CapturedError): string {
  const isOwn = (name: string): boolean => !inTheText.has(name) && !(name === "error" && error.suppressed !== undefined);
  if (!Object.keys(error).some(isOwn)) return "";
  return `\n    ${JSON.stringify(Object.fromEntries(Object.entries(error).filter(([name]) => isOwn(name))))}`;
}

function describeError(error: CapturedError): string {
  const lines = [head(error) + fieldsLine(error)];
  if (Array.isArray(error.errors)) {
    const { length } = error.errors;
    error.errors.forEach((inner, i) => lines.push(`Inner error ${i + 1} of ${length}: ${describe(inner)}`));
  } else if (error.errors !== undefined) {
    lines.push(`    ${JSON.stringify({ errors: error.errors })}`);
  }
  if (error.suppressed !== undefined) { for (const inner of [error.error, error.suppressed]) lines.push(`Caused by: ${describe(inner)}`); }
  if (error.cause !== undefined && error.cause !== null) lines.push(`Caused by: ${describe(error.cause)}`);
  return lines.join("\n");
}

function describe(data: unknown): string {
  if (isCapturedError(data)) return describeError(data);
  return typeof data === "string" ? data : JSON.stringify(data);
}

/**
 * Returns the stack, headed by the error's current type and message. An engine writes the stack when the error is created, so the
 * stack's first line lacks a class or message that was set later.
 */
function head({ name, message, stack }: CapturedError): string {
  const title = titleOf({ type: name, message });
  if (typeof stack !== "string" || stack === "") return title;
  const end = stack.indexOf("\n");
  const first = end < 0 ? stack : stack.slice(0, end);
  if (first.startsWith(name) && stack.includes(message)) return stack;
  const other = /^[\w$.]*Error(?=: |$)/.exec(first)?.[0];
  const rest = other === undefined ? "" : stack.slice(other.length);
  const says = message === "" ? "" : `: ${message}`;
  return other !== undefined && rest.startsWith(says) && /^(?:\n|$)/.test(rest.slice(says.length)) ? name + rest : `${title}\n${stack}`;
}

function withoutStacks(data: unknown): unknown {
  if (!isCapturedError(data)) return data;
  const { stack: _, ...rest } = data as CapturedError & { cause?: unknown };
  if (rest.cause !== undefined) (rest as { cause?: unknown }).cause = withoutStacks(rest.cause);
  if (Array.isArray(rest.errors)) (rest as { errors?: unknown }).errors = rest.errors.map(withoutStacks);
  return rest;
}
