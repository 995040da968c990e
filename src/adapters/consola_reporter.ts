/** Decides how consola's logs become events. */

import type { Threshold } from "../event/level.ts";
import { options, type Reader, requireOptions } from "../option_schema.ts";
import { Adapter, entriesOf, fieldsOf, readMoment, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { readArguments } from "./call_arguments.ts";

/** The options of a {@linkcode consolaReporter}. */
export type ConsolaOptions = TextAdapterOptions;

/** The fields of a consola log that are interpreted; all others become properties. */
export interface ConsolaLog {
  /** The name of the method, such as `"success"`. */
  readonly type: string;
  /** Consola's level number: 0 for errors, 5 for traces. */
  readonly level: number;
  /** The tags, separated by `:`. */
  readonly tag: string;
  /** What was logged. */
  readonly args: readonly unknown[];
  /** When it was logged. */
  readonly date: Date;
}

/** A reporter for consola. */
export interface ConsolaReporter {
  /** Accepts a log. Never throws. */
  log(log: ConsolaLog): void;
}

/** Consola's types whose names are not names of levels in this library. */
const types: Readonly<Record<string, Threshold>> = {
  ...{ success: "info", ready: "info", start: "info", box: "info", log: "info", fail: "error" },
  ...{ verbose: "trace", silent: "off" },
};
/** Consola's level numbers, used for custom types. */
const numbers: readonly Threshold[] = ["error", "warn", "info", "info", "debug", "trace"];

const readOptions: Reader<ConsolaOptions> = options(textAdapterReaders);

/**
 * Creates a reporter for consola that turns each log into an event: `consola.addReporter(consolaReporter())`, or
 * `createConsola({ reporters: [consolaReporter()] })`.
 *
 * The tag becomes the logger's name: `a:b` becomes `a.b`. `fail` is an error, and `success`, `ready`, `start` and `box` are info. If the
 * type differs from its level's name, it becomes the property `type`. Arguments are interpreted as on the console, and the bindings of
 * `withDefaults` become properties.
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
  const { templates, ...rest } = requireOptions(readOptions, given, "consolaReporter");
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
