/** Passes undelivered events to the fallback handler, and rejected events to `onRejected`. */

import { readClef } from "../event/clef_decoder.ts";
import type { Loss } from "../delivery/queue.ts";
import { catchRejection, report } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import { toRecord } from "../event/log_event.ts";
import { parseTemplate, renderMessage } from "../event/message_template.ts";
import { textOf } from "../event/plain_data.ts";
import type { SeqHandlerOptions } from "./seq_options.ts";

/** The receivers of lost events, and the server's message. */
interface Receivers extends Pick<SeqHandlerOptions, "onRejected" | "fallback"> {
  readonly said: string | undefined;
}

/** Passes lost events to the fallback handler, and rejected ones to the caller's function. */
export function handOver({ lines, reason }: Loss, { said, fallback, onRejected }: Receivers): void {
  for (const line of new TextDecoder().decode(lines?.()).split("\n")) {
    if (line === "") continue;
    const fail = (error: unknown): void => {
      report({ code: "handler-failed", message: `The fallback or onRejected failed to handle a lost event: ${readException(error).text}` });
    };
    try {
      if (reason === "rejected") catchRejection<unknown>(onRejected?.(line, said ?? reason), fail);
      if (fallback === undefined) continue;
      const { messageTemplate = "", message = "", properties = {}, level = "info", timestampMs = 0, ...rest } = readClef(JSON.parse(line));
      const template = messageTemplate || message;
      const values = properties as Record<string, unknown>;
      const event = { ...rest, timestampMs, level, loggerName: nameIn(values), messageTemplate: template, properties: values };
      fallback.handle(toRecord({ ...event, message: renderMessage(parseTemplate(template), values) }));
    } catch (error) {
      fail(error);
    }
  }
}

/** Returns the logger's name, if a property with a usual name holds it. */
function nameIn({ SourceContext, LoggerName }: Readonly<Record<string, unknown>>): string {
  return textOf(SourceContext ?? LoggerName ?? "");
}
