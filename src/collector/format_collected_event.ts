/** Decides how a collected event looks in a terminal. */

import { parseRank } from "../event/level.ts";
import { parseTemplate, renderText } from "../event/message_template.ts";
import { harmless } from "../harmless_text.ts";
import { isObject, must, type Reader, requireOptions } from "../option_schema.ts";
import type { CollectedEvent } from "./collected_event.ts";
import { elapsedMs } from "./filter_values.ts";

/** The options of {@linkcode formatCollectedEvent}. */
export interface FormatOptions {
  /** Whether to colour with ANSI escapes. Default false. */
  readonly colour?: boolean | undefined;
  /**
   * Whether to shorten each stack of an exception to the first frames of the program's own code and the number of omitted frames. Default
   * false.
   */
  readonly foldExceptions?: boolean | undefined;
}

/** Reads an event that a collector has made. */
export const readEvent: Reader<CollectedEvent> = must(
  "a collected event",
  (given: unknown) => (isObject(given) && isObject(given["properties"]) ? given as unknown as CollectedEvent : undefined),
);

const shortNames = ["VRB", "DBG", "INF", "WRN", "ERR", "FTL"];
const levelColours = ["90", "36", "32", "33", "31", "1;31"];
const maxPropertyText = 200;

/** Returns the local time of day with milliseconds. */
function localTime(timestampMs: number): string {
  const time = new Date(timestampMs);
  const [hours = "", minutes = "", seconds = ""] = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) =>
    String(part).padStart(2, "0")
  );
  return `${hours}:${minutes}:${seconds}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

/** Returns the logger's name: the property `SourceContext`, as in Serilog, else `LoggerName`, as in Python's seqlog. */
function loggerOf(event: CollectedEvent): string | undefined {
  return ["SourceContext", "LoggerName"].find((name) => typeof event.properties[name] === "string" && event.properties[name] !== "");
}

/** Returns the names of the properties that the message shows, if it is made from a template. */
function shownIn(event: CollectedEvent): ReadonlySet<string | undefined> {
  const template = event.clef["@m"] === undefined ? parseTemplate(event.messageTemplate) : undefined;
  return new Set(template?.holes.flatMap(({ name }) => [name, name.split(".")[0]]));
}

/** Returns the properties that neither the message nor the logger's name shows. */
function remaining(event: CollectedEvent, shown: ReadonlySet<string | undefined>, loggerProperty: string | undefined): string {
  const left = Object.entries(event.properties).filter(([name]) => !shown.has(name) && name !== loggerProperty);
  return left
    .map(([name, value]) => {
      const text = harmless(typeof value === "string" ? JSON.stringify(value) : renderText(value));
      return `${harmless(name)}=${text.length > maxPropertyText ? `${text.slice(0, maxPropertyText - 1)}…` : text}`;
    })
    .join(" ");
}

/** Matches a stack frame or its continuation: an indented line, or a line that begins like the frames of some languages. */
const isFrame = (line: string): boolean => /^(?:\s+\S|at\s|File ")/.test(line);
/** Matches a frame of code that is not the program's own. */
const isForeignFrame = (line: string): boolean =>
  /\bnode:|node_modules|\bjsr\.io\/|\bdeno\.land\/|site-packages|\bat (?:System|Microsoft)\./.test(line);
const shownFrames = 2;

/** Replaces most frames of each stack by their number. */
function foldFrames(lines: readonly string[]): string[] {
  const folded: string[] = [];
  for (let at = 0; at < lines.length;) {
    let end = at;
    while (end < lines.length && isFrame(lines[end]!)) end++;
    const frames = lines.slice(at, end);
    if (frames.length === 0) folded.push(lines[at++]!);
    else {
      const own = frames.filter((frame) => !isForeignFrame(frame));
      const shown = frames.length <= shownFrames + 1 ? frames : (own.length > 0 ? own : frames).slice(0, shownFrames);
      folded.push(...shown);
      if (shown.length < frames.length) folded.push(`    … ${frames.length - shown.length} more lines`);
      at = end;
    }
  }
  return folded;
}

/** Returns the duration of a span as text; `""` if the message shows it, as that of a request does, or if the event is no span. */
function durationOf(event: CollectedEvent, shown: ReadonlySet<string | undefined>): string {
  const ms = elapsedMs(event);
  if (ms === undefined || shown.has("Elapsed")) return "";
  return ms < 1000 ? `${Math.round(ms * 10) / 10} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/**
 * Writes an event on one line: local time, level, logger, message, and the properties that the message does not show; an exception follows,
 * indented. A span has its duration after the message, unless the message shows the property `Elapsed`.
 *
 * Control characters are escaped, so that no event can control the terminal. A property is cut at 200 characters.
 *
 * @param event The event.
 * @param options Whether to colour.
 * @returns The text, without a final line end.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createCollector, formatCollectedEvent } from "@x/seqlog/collector";
 *
 * const collector = createCollector();
 * const body = '{"@t":"2026-03-01T10:15:00Z","@mt":"Order {Id} shipped","Id":42,"City":"Oslo","SourceContext":"shop"}';
 * await collector.fetch(new Request("http://seq/ingest/clef", { method: "POST", body }));
 * assert.match(formatCollectedEvent(collector.events[0]!), / INF shop: Order 42 shipped City="Oslo"$/);
 * ```
 */
export function formatCollectedEvent(event: CollectedEvent, options: FormatOptions = {}): string {
  requireOptions(readEvent, event, "formatCollectedEvent", "event");
  const paint = (text: string, code: string) => (options.colour && text ? `\x1b[${code}m${text}\x1b[0m` : text);
  const rank = Math.min(parseRank(event.level) ?? 2, 5); // an unknown word counts as Information, as in Seq
  const level = parseRank(event.level) === undefined ? harmless(event.level) : (shortNames[rank] ?? "");
  const loggerProperty = loggerOf(event);
  const logger = loggerProperty === undefined ? "" : `${harmless(String(event.properties[loggerProperty]))}:`;
  const shown = shownIn(event);
  const line = [
    paint(localTime(event.timestampMs), "2"),
    paint(level, levelColours[rank] ?? ""),
    paint(logger, "35"),
    harmless(event.message),
    paint(durationOf(event, shown), "33"),
    paint(remaining(event, shown, loggerProperty), "2"),
  ];
  const lines = event.exception?.trimEnd().split(/\r?\n/) ?? [];
  const exception = options.foldExceptions ? foldFrames(lines) : lines;
  const indented = exception.map((text) => paint(`    ${harmless(text.replaceAll("\t", "    "))}`, levelColours[4] ?? ""));
  return [line.filter((part) => part !== "").join(" "), ...indented].join("\n");
}
