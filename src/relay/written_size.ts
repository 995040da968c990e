/** What the events of a page become when they are written: a short template may show a long value many times. */

import { encodeClef } from "../event/clef.ts";
import { escapeTemplate, type LogEvent, type LogEventInit } from "../event/log_event.ts";
import { renderMessage } from "../event/message_template.ts";

const utf8 = new TextEncoder();

/** Shapes no line: the handlers decide about placeholders. */
const shape = { eventBodyLimitBytes: Infinity };

/**
 * The bytes of an event's line and of its message, without what is common to all.
 *
 * @param event The event of a page, with the names that it may have.
 * @param nowMs The time of the server.
 */
export function writtenSize(event: LogEventInit, nowMs: number): number {
  const { timestampMs = nowMs, level = "info", loggerName = "", properties = {}, message = "" } = event;
  const { messageTemplate = escapeTemplate(message), error, traceId, spanId } = event;
  const whole: LogEvent = {
    ...{ timestampMs, level, loggerName, messageTemplate, error, traceId, spanId, message: "" },
    properties: properties as Record<string, unknown>,
  };
  const line = utf8.encode(encodeClef(whole, shape)).length;
  return line + (messageTemplate.includes("{") ? renderMessage(messageTemplate, whole.properties).length : 0);
}

/** The bytes that all events have in common: what is stamped, bound, global or of the context. */
export function commonSize(properties: readonly object[]): number {
  return writtenSize({ messageTemplate: "", properties: Object.assign({}, ...properties) }, 0);
}
