/** Makes the event that reports to Seq how many events were dropped. */

import type { Dropped } from "../delivery/losses.ts";
import { EventRecord } from "../event/log_event.ts";
import { parseTemplate } from "../event/message_template.ts";
import { capture } from "../event/properties.ts";

export function droppedEvent({ count, fromMs, toMs }: Dropped, nowMs: number): EventRecord {
  const properties = { Count: count, From: new Date(fromMs), To: new Date(toMs), Reason: "the queue was full" };
  const template = parseTemplate("{Count} events were dropped from {From} to {To}: {Reason}");
  return new EventRecord({ rank: 3, template, scope: { loggerName: "seqlog" }, own: capture(properties), origin: { timestampMs: nowMs } });
}
