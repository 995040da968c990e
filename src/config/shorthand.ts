/** The shorthand: translates the options of one Seq handler at the root into the long form. */

import { parseRank } from "../event/level.ts";
import { camelCase, isAbsent, isObject, type Issue, suggest, threshold, truth } from "../option_schema.ts";
import type { Filter } from "../filter.ts";
import type { LogEvent } from "../event/log_event.ts";
import { isLongName, longReaders } from "./grammar.ts";
import type { LoggingConfig } from "./logging_config.ts";

/** Names that the shorthand accepts in addition to the options of the Seq handler. */
export const seqConflicts: readonly string[] = [
  "version",
  "level",
  "console",
  "loggers",
  "properties",
  "resource",
  "captureConsole",
  "handleSignals",
  "handleUncaught",
  "asyncLocalStorage",
];

/** Whether the configuration uses the shorthand. */
export function isShorthand(config: unknown): config is Readonly<Record<string, unknown>> {
  if (!isObject(config)) return false;
  const names = Object.keys(config).map(camelCase);
  if (names.includes("serverUrl") || names.length === 0) return names.length > 0;
  const longNames = Object.keys(longReaders);
  return !names.some((name) => longNames.includes(name) || suggest(name, longNames) !== ""); // a misspelt name of the long form
}

/** Translates the shorthand into the long form. */
export function spellOut(config: Readonly<Record<string, unknown>>, issues: Issue[]): LoggingConfig {
  const seq: Record<string, unknown> = { class: "seq" };
  let isShipped = true;
  let filters: unknown;
  const rest: Record<string, unknown> = { level: "info" };
  for (const [name, one] of Object.entries(config)) {
    const known = camelCase(name);
    if (known === "serverUrl" && one === null) isShipped = false;
    else if (known === "filters") filters = one;
    else if (/^(?:level|console)$/.test(known)) rest[known] = isAbsent(one, threshold) ? rest[known] : one;
    else if (seqConflicts.includes(known)) rest[name] = one;
    else if (isLongName(known)) {
      issues.push({ path: name, message: "Cannot use this option together with serverUrl, which describes a single handler" });
    } else seq[name] = one;
  }
  const { console = !isShipped, level, ...top } = rest;
  const wanted = parseRank(console) === undefined ? truth(console) : undefined; // "off" is a level
  const [own, others] = isShipped && wanted !== false ? shareAll(filters) : [filters, filters];
  const handlers: Record<string, unknown> = {};
  if (isShipped) handlers["seq"] = { ...seq, filters: own };
  if (wanted !== false) handlers["console"] = { class: "console", filters: others, ...(wanted !== true && { level: console }) };
  return { root: { level, handlers: Object.keys(handlers) }, handlers, ...top } as LoggingConfig;
}

/** Moves issues of the long form to where the shorthand has the option. An issue of both handlers is reported once. */
export function toShort(issues: readonly Issue[]): Issue[] {
  return [...new Map(issues.map(shorten).map((one) => [one.path + one.message, one])).values()];
}

function shorten({ path, message }: Issue): Issue {
  return { path: path.replace(/^handlers\.console\.level/, "console").replace(/^(?:handlers\.(?:seq|console)|root)\./, ""), message };
}

/** Returns the filters for two handlers. Each filter decides once about an event, and reports what it held back to both handlers. */
function shareAll(filters: unknown): readonly [unknown, unknown] {
  if (!Array.isArray(filters)) return [filters, filters];
  const pairs = filters.map((one: unknown) => (typeof one === "function" ? share(one as Filter) : [one, one] as const));
  return [pairs.map(([first]) => first), pairs.map(([, second]) => second)];
}

function share(filter: Filter): readonly [Filter, Filter] {
  const { ofRecord, heldBack, decides } = filter;
  const waiting: readonly LogEvent[][] = [[], []];
  const twin = (own: LogEvent[]): Filter =>
    Object.assign((event: LogEvent) => decide(event), {
      ...(decides && { decides }),
      ...(record && { ofRecord: record }),
      ...(heldBack && {
        heldBack: () => {
          const held = heldBack();
          for (const one of waiting) one.push(...held);
          return own.splice(0);
        },
      }),
    });
  const decide = once(filter);
  const record = ofRecord && once(ofRecord);
  return [twin(waiting[0]!), twin(waiting[1]!)];
}

/** Remembers the last result, because both handlers pass the same event directly after each other. */
function once<A, B>(decide: (given: A) => B): (given: A) => B {
  let last: readonly [given: A, decided: B] | undefined;
  return (given) => (last?.[0] === given ? last : (last = [given, decide(given)]))[1];
}
