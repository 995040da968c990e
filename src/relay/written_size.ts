/** Computes how large a page's event becomes when it is written: a short template may show a long value many times. */

import { encodeClef } from "../event/clef.ts";
import { escapeTemplate, type LogEvent, type LogEventInit } from "../event/log_event.ts";
import { renderMessage } from "../event/message_template.ts";
import { utf8 } from "../runtime/utf8.ts";

/** Sets no limit, so that no event becomes a placeholder. */
const shape = { eventBodyLimitBytes: Infinity };

/**
 * Returns the bytes of an event's line and of its message, without the properties common to all events.
 *
 * @param event The event of a page, with the names that it may use.
 * @param nowMs The server's time.
 */
export function writtenSize(event: LogEventInit, nowMs: number): number {
  const { timestampMs = nowMs, level = "info", loggerName = "", properties = {}, message = "" } = event;
  const { messageTemplate = escapeTemplate(message), error, traceId, spanId } = event;
  const whole: LogEvent = {
    ...{ timestampMs, level, loggerName, messageTemplate, error, traceId, spanId, message: "" },
    properties: properties as Record<string, unknown>,
  };
  const line = utf8().encode(encodeClef(whole, shape)).length;
  return line + (messageTemplate.includes("{") ? renderMessage(messageTemplate, whole.properties).length : 0);
}

/** Returns the bytes of the properties common to all events: added, bound, global or ambient ones. */
export function commonSize(properties: readonly object[]): number {
  return writtenSize({ messageTemplate: "", properties: Object.assign({}, ...properties) }, 0);
}
