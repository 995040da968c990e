/** The shorthand: one Seq handler at the root, spelled out into the long form. */

import { parseRank } from "../event/level.ts";
import { camelCase, isObject, type Issue, suggest, truth, wrong } from "../option_schema.ts";
import { isLongName, longReaders } from "./grammar.ts";
import type { LoggingConfig } from "./logging_config.ts";

/** What it takes beside the options of the Seq handler. */
export const besideSeq: readonly string[] = [
  "version",
  "level",
  "console",
  "loggers",
  "properties",
  "captureConsole",
  "handleSignals",
  "handleUncaught",
  "asyncLocalStorage",
];

/** Whether the configuration is written in the shorthand. */
export function isShorthand(config: unknown): config is Readonly<Record<string, unknown>> {
  if (!isObject(config)) return false;
  const names = Object.keys(config).map(camelCase);
  if (names.includes("serverUrl") || names.length === 0) return names.length > 0;
  const longNames = Object.keys(longReaders);
  return !names.some((name) => longNames.includes(name) || suggest(name, longNames) !== ""); // a slip is told by the names it is near to
}

/** The shorthand in the long form. */
export function spellOut(config: Readonly<Record<string, unknown>>, issues: Issue[]): LoggingConfig {
  const seq: Record<string, unknown> = { class: "seq" };
  let isShipped = true;
  const rest: Record<string, unknown> = { level: "info" };
  for (const [name, one] of Object.entries(config)) {
    const known = camelCase(name);
    if (known === "serverUrl" && one === null) isShipped = false;
    else if (besideSeq.includes(known)) rest[known] = one ?? rest[known];
    else if (known !== "filters" && isLongName(known)) {
      issues.push(wrong(name, "an option beside serverUrl, which is short for one handler", name));
    } else seq[name] = one;
  }
  const { console = !isShipped, level, ...others } = rest;
  const handlers: Record<string, unknown> = {};
  if (isShipped) handlers.seq = seq;
  const wanted = parseRank(console) === undefined ? truth(console) : undefined; // "off" is a level
  if (wanted !== false) handlers.console = { class: "console", ...(wanted !== true && { level: console }) };
  return { root: { level, handlers: Object.keys(handlers) }, handlers, ...others } as LoggingConfig;
}

/** An issue of the long form where it stands in the shorthand. */
export function toShort({ path, message }: Issue): Issue {
  return { path: path.replace(/^handlers\.console\.level/, "console").replace(/^(?:handlers\.seq|root)\./, ""), message };
}
