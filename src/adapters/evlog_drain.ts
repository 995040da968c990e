/** Decides how evlog's wide events become events. */

import { templateOf } from "../event/log_call.ts";
import { escapeTemplate } from "../event/log_event.ts";
import { capture } from "../event/properties.ts";
import { isObject, options, type Reader, requireOptions } from "../option_schema.ts";
import { Adapter, ask, entriesOf, fieldsOf, readMoment, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { PinoRecord } from "./pino_record.ts";

/** The options of an {@linkcode evlogDrain}. */
export type EvlogOptions = TextAdapterOptions;

/** The fields of evlog's drain context that are used. */
export interface EvlogContext {
  /** The wide event: its time, its level and all fields that the program set. */
  readonly event: object;
}

const readOptions: Reader<EvlogOptions> = options(textAdapterReaders);

/**
 * Creates a drain for evlog that turns each wide event into an event: `initLogger({ drain: evlogDrain() })`, or
 * `nitroApp.hooks.hook("evlog:drain", evlogDrain())`.
 *
 * `tag` becomes the logger's name, `message` the message, and `error` the exception; all other fields become properties. A request without
 * a message becomes `{method} {path} responded {status} in {durationMs} ms`. The drain accepts batches but needs no pipeline, because it
 * never waits and delivery retries by itself.
 *
 * @param given The logger or handler, levels, and which texts are templates.
 * @returns The drain. It never throws.
 * @example
 * ```ts
 * import { evlogDrain } from "@x/seqlog/adapters";
 * import { recordEvents } from "@x/seqlog/testing";
 *
 * const log = recordEvents();
 * const drain = evlogDrain({ logger: "shop" }); // initLogger({ drain })
 * drain({ event: { timestamp: new Date().toISOString(), level: "info", method: "GET", path: "/cart", status: 200, durationMs: 12 } });
 * log.dispose();
 * log.events.withMessage("GET /cart responded 200 in 12 ms").withProperties({ status: 200 }).single();
 * ```
 */
export function evlogDrain(given: EvlogOptions = {}): (context: EvlogContext | readonly EvlogContext[]) => void {
  const { templates, ...rest } = requireOptions(readOptions, given, "evlogDrain");
  const adapter = new Adapter("evlog", rest);
  const drain = ({ event }: EvlogContext): void => {
    const fields = fieldsOf(event);
    for (const name of Object.keys(fields)) if (fields[name] === undefined) delete fields[name]; // options that initLogger did not receive
    const record = new PinoRecord({}, fields);
    const level = adapter.levelOf(fields["level"]);
    const tag = typeof fields["tag"] === "string" ? record.take("tag") as string : "";
    adapter.write(tag.replaceAll(":", "."), level ?? "info", () => {
      if (level !== undefined) record.take("level");
      const moment = readMoment(fields["timestamp"]);
      if (moment !== undefined) record.take("timestamp");
      const error = record.readError("error");
      const text = typeof fields["message"] === "string"
        ? record.readText("message", { templates })
        : { messageTemplate: templateFor(fields) };
      return { ...moment, ...error, ...text, properties: record.fields };
    });
  };
  return (context) => {
    adapter.guard(() => {
      for (const one of Array.isArray(context) ? entriesOf(context) : [context]) adapter.guard(() => drain(one as EvlogContext));
    });
  };
}

/** Returns the message of a wide event that has none: a request's result, an error's text, or the fields. */
function templateFor(fields: Record<string, unknown>): string {
  const { method, path, status, durationMs, error } = fields;
  if (typeof method === "string" && typeof path === "string") {
    return `{method} {path}${status === undefined ? "" : " responded {status}"}${durationMs === undefined ? "" : " in {durationMs} ms"}`;
  }
  const text = isObject(error) ? ask(() => error["message"]) : undefined;
  return typeof text === "string" && text !== "" ? escapeTemplate(text) : templateOf(capture(fields));
}
