/** Formats an event as text for people. */

import type { LogEvent } from "./event/log_event.ts";
import { levels } from "./event/level.ts";
import { parseTemplate, renderText } from "./event/message_template.ts";
import { harmless, indentColouredLines, indentLines } from "./harmless_text.ts";

/** Returns the text of an event. */
export interface Formatter {
  (event: LogEvent): string;
  /** Whether its text is already safe to print. Otherwise the handler that prints it escapes harmful characters. */
  readonly isHarmless?: boolean;
}

/** Returns the text of an event, safe to print: no value in it begins a line or moves the cursor. */
export function formatHarmless(format: Formatter, event: LogEvent): string {
  const text = format(event);
  return format.isHarmless === true ? text : indentColouredLines(typeof text === "string" ? text : String(text));
}

const colours = [90, 36, 32, 33, 31, 35];

/**
 * Makes the console's formatter: time, level, logger, message, the properties that the message does not show, and the exception.
 *
 * @param colour Whether ANSI colours are used.
 */
export function textFormatter(colour: boolean): Formatter {
  const paint = (code: number, text: string): string => (colour && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text);
  const format = (event: LogEvent): string => {
    const rank = levels.indexOf(event.level);
    const time = new Date(event.timestampMs).toISOString().slice(11, 23);
    const line = [
      paint(90, time),
      paint(colours[rank] ?? 0, harmless(event.level.toUpperCase().padEnd(5))),
      paint(90, harmless(event.loggerName)),
      indentLines(event.message),
      paint(90, harmless(rest(event))),
    ];
    return line.filter(Boolean).join(" ") + exceptionText(event);
  };
  return Object.assign(format, { isHarmless: true });
}

/** Returns the exception as further lines, or nothing. */
export function exceptionText({ exception }: LogEvent): string {
  return exception === undefined ? "" : indentLines(`\n${exception}`);
}

/** Returns the properties that the message does not show. */
function rest({ messageTemplate, properties }: LogEvent): string {
  const shown = new Set(parseTemplate(messageTemplate).holes.map(({ name }) => name));
  const names = Object.keys(properties).filter((name) => !shown.has(name));
  return names.map((name) => `${name}=${renderText(properties[name])}`).join(" ");
}
