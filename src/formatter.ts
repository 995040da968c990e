/** Formatters: an event as text for people. */

import type { LogEvent } from "./event/log_event.ts";
import { levels } from "./event/level.ts";
import { parseTemplate, renderText } from "./event/message_template.ts";

/** Makes the text of an event. */
export type Formatter = (event: LogEvent) => string;

const words = ["TRACE", "DEBUG", "INFO ", "WARN ", "ERROR", "FATAL"];
const colours = [90, 36, 32, 33, 31, 35];

/**
 * Makes the formatter of the console: time, level, logger, message, the properties that the message does not show, and the exception.
 *
 * @param colour Whether ANSI colours are used.
 */
export function textFormatter(colour: boolean): Formatter {
  const paint = (code: number, text: string): string => (colour && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text);
  return (event) => {
    const rank = levels.indexOf(event.level);
    const time = new Date(event.timestampMs).toISOString().slice(11, 23);
    const line = [
      paint(90, time),
      paint(colours[rank] ?? 0, words[rank] ?? event.level),
      paint(90, harmless(event.loggerName)),
      harmless(event.message),
      paint(90, harmless(rest(event))),
    ];
    return line.filter((part) => part !== "").join(" ") + (event.exception === undefined ? "" : `\n${harmless(event.exception)}`);
  };
}

/** The properties that the message does not show. */
function rest({ messageTemplate, properties }: LogEvent): string {
  const shown = new Set(parseTemplate(messageTemplate).holes.map(({ name }) => name));
  const names = Object.keys(properties).filter((name) => !shown.has(name));
  return names.map((name) => `${name}=${renderText(properties[name])}`).join(" ");
}

/** The text without the control characters by which it could move a terminal's cursor or forge its lines. */
function harmless(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
