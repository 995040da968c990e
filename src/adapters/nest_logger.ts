/** Decides how NestJS's log calls become events. */

import type { Threshold } from "../event/level.ts";
import type { LogEventInit } from "../event/log_event.ts";
import { isError } from "../event/value_kind.ts";
import { options, type Reader, requireOptions } from "../option_schema.ts";
import { Adapter, ask, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { isStack, readArguments } from "./call_arguments.ts";

/** The options of a {@linkcode nestLogger}. */
export type NestOptions = TextAdapterOptions;

/** A LoggerService for NestJS. */
export interface NestLogger {
  /** Logs an event at info. */
  log(message: unknown, ...optionalParams: unknown[]): void;
  /** Logs an event at error. */
  error(message: unknown, ...optionalParams: unknown[]): void;
  /** Logs an event at warn. */
  warn(message: unknown, ...optionalParams: unknown[]): void;
  /** Logs an event at debug. */
  debug(message: unknown, ...optionalParams: unknown[]): void;
  /** Logs an event at trace. */
  verbose(message: unknown, ...optionalParams: unknown[]): void;
  /** Logs an event at fatal. */
  fatal(message: unknown, ...optionalParams: unknown[]): void;
  /** Lets only these levels pass, and all above the most severe of them, as Nest does; `app.useLogger(["error", "warn"])` calls it. */
  setLogLevels(levels: readonly string[]): void;
}

/** Nest's levels, least severe first. */
const levels: Readonly<Record<string, Threshold>> = {
  verbose: "trace",
  debug: "debug",
  log: "info",
  warn: "warn",
  error: "error",
  fatal: "fatal",
};

const readOptions: Reader<NestOptions> = options(textAdapterReaders);

/**
 * Creates a LoggerService for NestJS that turns each call into an event: `app.useLogger(nestLogger())`, or `logger: nestLogger()` for
 * `NestFactory.create`.
 *
 * The arguments are interpreted in Nest's order: the message, then other values; a text that comes last is the context, which becomes the
 * logger's name. For `error`, the text before the context is the stack. The fields of objects become properties, and the first error is the
 * exception.
 *
 * @param given The logger or handler, levels by Nest's names, and which texts are templates.
 * @returns The service. Its methods never throw.
 * @example
 * ```ts
 * import { nestLogger } from "@x/seqlog/adapters";
 * import { recordEvents } from "@x/seqlog/testing";
 * import assert from "node:assert/strict";
 *
 * const log = recordEvents("OrdersService");
 * nestLogger().warn("Order {Id} is late", { Id: 42 }, "OrdersService"); // new Logger("OrdersService").warn("Order {Id} is late", { Id: 42 })
 * log.dispose();
 * assert.deepEqual(log.events.withTemplate("Order {Id} is late").single().properties, { Id: 42 });
 * ```
 */
export function nestLogger(given: NestOptions = {}): NestLogger {
  const { templates, ...rest } = requireOptions(readOptions, given, "nestLogger");
  const adapter = new Adapter("NestJS", rest, levels);
  let passing: readonly string[] = Object.keys(levels);
  const method = (name: string) => (...args: unknown[]): void =>
    adapter.guard(() => {
      if (!passing.includes(name)) return;
      const { messages, stack, context = "" } = name === "error" ? readError(args) : readContext(args);
      adapter.write(context, adapter.levelOf(name) ?? "info", () => {
        const event: LogEventInit = readArguments(messages.map(resolve), { templates });
        return { ...event, ...(stack !== undefined && event.error === undefined && { error: stack }) };
      });
    });
  return {
    log: method("log"),
    error: method("error"),
    warn: method("warn"),
    debug: method("debug"),
    verbose: method("verbose"),
    fatal: method("fatal"),
    setLogLevels(wanted) {
      const names = Object.keys(levels);
      const highest = Math.max(...wanted.map((name) => names.indexOf(name)));
      passing = wanted.length === 0 ? [] : names.filter((name, rank) => wanted.includes(name) || rank >= highest);
    },
  };
}

interface NestCall {
  readonly messages: readonly unknown[];
  readonly context?: string;
  readonly stack?: string;
}

/** Removes and returns the context: a text that comes last, after a message. */
function readContext(args: readonly unknown[]): NestCall {
  const last = args.at(-1);
  return args.length > 1 && typeof last === "string" ? { messages: args.slice(0, -1), context: last } : { messages: args };
}

/** Interprets a call of `error`: the stack is the text before the context, or the second of two arguments if it looks like a stack. */
function readError(args: readonly unknown[]): NestCall {
  const [, second] = args;
  if (args.length === 2 && typeof second === "string" && isStack(second)) return { messages: args.slice(0, 1), stack: second };
  const call = readContext(args);
  const { messages } = call;
  const last = messages.at(-1);
  if (args.length < 3 || messages.length < 2 || (last !== undefined && typeof last !== "string")) return call;
  return { ...call, messages: messages.slice(0, -1), ...(last !== undefined && { stack: last }) };
}

/** Returns a message as Nest shows it: the name of a class, or the result of any other function. */
function resolve(message: unknown): unknown {
  if (typeof message !== "function") return message;
  const isClass = ask(() => Function.prototype.toString.call(message).startsWith("class ")) === true;
  const resolved: unknown = ask(() => (isClass ? message.name : message()));
  return typeof resolved === "function" || isError(resolved) ? String(ask(() => String(resolved))) : resolved;
}
