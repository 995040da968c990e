/** Wide events of evlog as events: a drain for it. */

import { templateOf } from "../event/log_call.ts";
import { escapeTemplate } from "../event/log_event.ts";
import { capture } from "../event/properties.ts";
import { isObject, options, type Reader, requireOptions } from "../option_schema.ts";
import { Adapter, ask, entriesOf, fieldsOf, readMoment, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { PinoRecord } from "./pino_record.ts";

/** What an {@linkcode evlogDrain} takes. */
export type EvlogOptions = TextAdapterOptions;

/** What evlog hands to a drain, as far as it is read. */
export interface EvlogContext {
  /** The wide event: its time, level and whatever was set. */
  readonly event: object;
}

const readOptions: Reader<EvlogOptions> = options(textAdapterReaders);

/**
 * A drain for evlog that makes an event of each wide event: `initLogger({ drain: evlogDrain() })`, or `nitroApp.hooks.hook("evlog:drain", evlogDrain())`.
 *
 * `tag` is the logger's name, `message` the message, and `error` the exception; all else becomes properties. A request without a message is
 * `{method} {path} responded {status} in {durationMs} ms`. It takes batches, too, but needs no pipeline: it never waits, and delivery tries again by itself.
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
  const { templates, ...rest } = requireOptions(readOptions, given);
  const adapter = new Adapter("evlog", rest);
  const drain = ({ event }: EvlogContext): void => {
    const fields = fieldsOf(event);
    for (const name of Object.keys(fields)) if (fields[name] === undefined) delete fields[name]; // what initLogger was not given
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

/** The message of a wide event that has none: of a request what came of it, of an error its text, and else the fields. */
function templateFor(fields: Record<string, unknown>): string {
  const { method, path, status, durationMs, error } = fields;
  if (typeof method === "string" && typeof path === "string") {
    return `{method} {path}${status === undefined ? "" : " responded {status}"}${durationMs === undefined ? "" : " in {durationMs} ms"}`;
  }
  const text = isObject(error) ? ask(() => error["message"]) : undefined;
  return typeof text === "string" && text !== "" ? escapeTemplate(text) : templateOf(capture(fields));
}
