/** A collected event as text for a terminal. */

import { parseRank } from "../event/level.ts";
import { parseTemplate, renderText } from "../event/message_template.ts";
import { harmless } from "../harmless_text.ts";
import type { CollectedEvent } from "./collected_event.ts";
import { elapsedMs } from "./filter_values.ts";

/** How {@linkcode formatCollectedEvent} writes. */
export interface FormatOptions {
  /** Whether to colour with ANSI escapes. Default false. */
  readonly colour?: boolean | undefined;
  /** Whether an exception is shortened: of each stack the first frames of the program's own code are shown, and how many more there are. Default false. */
  readonly foldExceptions?: boolean | undefined;
}

const shortNames = ["VRB", "DBG", "INF", "WRN", "ERR", "FTL"];
const levelColours = ["90", "36", "32", "33", "31", "1;31"];
const maxPropertyText = 200;

/** The time of day here, with milliseconds. */
function localTime(timestampMs: number): string {
  const time = new Date(timestampMs);
  const [hours = "", minutes = "", seconds = ""] = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) =>
    String(part).padStart(2, "0")
  );
  return `${hours}:${minutes}:${seconds}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

/** The name of the logger: `SourceContext` (Serilog's word), else `LoggerName` (that of Python's seqlog). */
function loggerOf(event: CollectedEvent): string | undefined {
  return ["SourceContext", "LoggerName"].find((name) => typeof event.properties[name] === "string" && event.properties[name] !== "");
}

/** The properties that neither the message nor the logger's name has shown. */
function remaining(event: CollectedEvent, loggerProperty: string | undefined): string {
  const template = event.clef["@m"] === undefined ? parseTemplate(event.messageTemplate) : undefined;
  const shown = new Set(template?.holes.flatMap(({ name }) => [name, name.split(".")[0]]));
  const left = Object.entries(event.properties).filter(([name]) => !shown.has(name) && name !== loggerProperty);
  return left
    .map(([name, value]) => {
      const text = harmless(typeof value === "string" ? JSON.stringify(value) : renderText(value));
      return `${harmless(name)}=${text.length > maxPropertyText ? `${text.slice(0, maxPropertyText - 1)}…` : text}`;
    })
    .join(" ");
}

/** Whether a line of an exception is a frame of a stack, or belongs to one: it is indented, or begins as the frames of some languages do. */
const isFrame = (line: string): boolean => /^(?:\s+\S|at\s|File ")/.test(line);
/** Whether a frame is code that the program's author has not written. */
const isForeignFrame = (line: string): boolean =>
  /\bnode:|node_modules|\bjsr\.io\/|\bdeno\.land\/|site-packages|\bat (?:System|Microsoft)\./.test(line);
const shownFrames = 2;

/** Leaves out most frames of each stack; their number stands in their place. */
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

/** How long a span took; `""` for an event that is no span. */
function durationOf(event: CollectedEvent): string {
  const ms = elapsedMs(event);
  if (ms === undefined) return "";
  return ms < 1000 ? `${Math.round(ms * 10) / 10} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/**
 * Writes an event on one line: local time, level, logger, message, and the properties that the message does not show; an exception follows, indented.
 * A span has its duration after the message.
 *
 * Control characters are written as escapes, so that no event can play with the terminal. A property takes at most 200 characters.
 *
 * @param event The event.
 * @param options Whether to colour.
 * @returns The text, without a line end at its end.
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
  const paint = (text: string, code: string) => (options.colour && text ? `\x1b[${code}m${text}\x1b[0m` : text);
  const rank = Math.min(parseRank(event.level) ?? 2, 5); // an unknown word is Information, as Seq has it
  const level = parseRank(event.level) === undefined ? harmless(event.level) : (shortNames[rank] ?? "");
  const loggerProperty = loggerOf(event);
  const logger = loggerProperty === undefined ? "" : `${harmless(String(event.properties[loggerProperty]))}:`;
  const line = [
    paint(localTime(event.timestampMs), "2"),
    paint(level, levelColours[rank] ?? ""),
    paint(logger, "35"),
    harmless(event.message),
    paint(durationOf(event), "33"),
    paint(remaining(event, loggerProperty), "2"),
  ];
  const lines = event.exception?.trimEnd().split(/\r?\n/) ?? [];
  const exception = options.foldExceptions ? foldFrames(lines) : lines;
  const indented = exception.map((text) => paint(`    ${harmless(text.replaceAll("\t", "    "))}`, levelColours[4] ?? ""));
  return [line.filter((part) => part !== "").join(" "), ...indented].join("\n");
}
