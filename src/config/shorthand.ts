/** The shorthand: one Seq handler at the root, spelled out into the long form. */

import { parseRank } from "../event/level.ts";
import { camelCase, isObject, type Issue, suggest, truth, wrong } from "../option_schema.ts";
import type { Filter } from "../filter.ts";
import type { LogEvent } from "../event/log_event.ts";
import { isLongName, longReaders } from "./grammar.ts";
import type { LoggingConfig } from "./logging_config.ts";

/** What it takes beside the options of the Seq handler. */
export const seqConflicts: readonly string[] = [
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
  let filters: unknown;
  const rest: Record<string, unknown> = { level: "info" };
  for (const [name, one] of Object.entries(config)) {
    const known = camelCase(name);
    if (known === "serverUrl" && one === null) isShipped = false;
    else if (known === "filters") filters = one;
    else if (seqConflicts.includes(known)) rest[known] = isEmptyLevel(known, one) ? rest[known] : one ?? rest[known];
    else if (isLongName(known)) {
      issues.push(wrong(name, "an option beside serverUrl, which is short for one handler", name));
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

/** A level from an empty variable counts as absent. */
function isEmptyLevel(name: string, given: unknown): boolean {
  return ["level", "console"].includes(name) && typeof given === "string" && given.trim() === "";
}

/** Issues of the long form where they stand in the shorthand; what both handlers say of the same option is one. */
export function toShort(issues: readonly Issue[]): Issue[] {
  const short = issues.map(shorten);
  return short.filter(({ path, message }, i) => short.findIndex((one) => one.path === path && one.message === message) === i);
}

function shorten({ path, message }: Issue): Issue {
  return { path: path.replace(/^handlers\.console\.level/, "console").replace(/^(?:handlers\.(?:seq|console)|root)\./, ""), message };
}

/** The filters for two handlers: each decides once about an event, and what it has held back goes to both. */
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

/** The same function, which keeps what it returned for its last argument: both handlers get an event one right after the other. */
function once<A, B>(decide: (given: A) => B): (given: A) => B {
  let last: readonly [given: A, decided: B] | undefined;
  return (given) => (last?.[0] === given ? last : (last = [given, decide(given)]))[1];
}
