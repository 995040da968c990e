/** Logs of consola as events: a reporter for it. */

import type { Threshold } from "../event/level.ts";
import { options, type Reader, requireOptions } from "../option_schema.ts";
import { Adapter, entriesOf, fieldsOf, readMoment, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { readArguments } from "./call_arguments.ts";

/** What a {@linkcode consolaReporter} takes. */
export type ConsolaOptions = TextAdapterOptions;

/** A log of consola, as far as it is read; all else that it holds becomes properties. */
export interface ConsolaLog {
  /** The name of the method, such as `"success"`. */
  readonly type: string;
  /** Consola's number: 0 for errors, 5 for traces. */
  readonly level: number;
  /** The tags, with `:` between them. */
  readonly tag: string;
  /** What was logged. */
  readonly args: readonly unknown[];
  /** When it was logged. */
  readonly date: Date;
}

/** A reporter of consola. */
export interface ConsolaReporter {
  /** Takes a log. Never throws. */
  log(log: ConsolaLog): void;
}

/** Consola's types that are no words here. */
const types: Readonly<Record<string, Threshold>> = {
  ...{ success: "info", ready: "info", start: "info", box: "info", log: "info", fail: "error" },
  ...{ verbose: "trace", silent: "off" },
};
/** What its numbers mean, for types of a program's own. */
const numbers: readonly Threshold[] = ["error", "warn", "info", "info", "debug", "trace"];

const readOptions: Reader<ConsolaOptions> = options(textAdapterReaders);

/**
 * A reporter for consola that makes an event of each log: `consola.addReporter(consolaReporter())`, or `createConsola({ reporters: [consolaReporter()] })`.
 *
 * The tag is the logger's name, `a:b` being `a.b`. `fail` is an error, and `success`, `ready`, `start` and `box` are info; a type whose name is not that of its
 * level stays as the property `type`. The arguments are read as the console's, and what `withDefaults` binds becomes properties.
 *
 * @param given The logger or handler, levels by consola's types, and which texts are templates.
 * @returns The reporter.
 * @example
 * ```ts
 * import { consolaReporter } from "@x/seqlog/adapters";
 * import { recordEvents } from "@x/seqlog/testing";
 * import assert from "node:assert/strict";
 *
 * const log = recordEvents("build");
 * const reporter = consolaReporter(); // consola.addReporter(reporter)
 * reporter.log({ type: "warn", level: 1, tag: "build", args: ["Slow step", { ms: 350 }], date: new Date() });
 * log.dispose();
 * assert.deepEqual(log.events.withMessage("Slow step").withLevel("warn").single().properties, { ms: 350 });
 * ```
 */
export function consolaReporter(given: ConsolaOptions = {}): ConsolaReporter {
  const { templates, ...rest } = requireOptions(readOptions, given);
  const adapter = new Adapter("consola", rest, types);
  const log = (made: ConsolaLog): void => {
    const { type, level: number, tag, args, date, ...more } = fieldsOf(made) as Record<string, unknown>;
    const level = adapter.levelOf(type) ?? adapter.saidLevel(number) ?? numbers[Math.max(0, Math.min(Number(number), 5))] ?? "info";
    const name = typeof tag === "string" ? tag.replaceAll(":", ".") : "";
    adapter.write(name, level, () => {
      const bound = { ...more, ...(type !== level && type !== "log" && { type }) };
      return { ...readMoment(date), ...readArguments(entriesOf(args), { bound, templates }) };
    });
  };
  return { log: (made) => adapter.guard(() => log(made)) };
}
