/** Records of tslog as events: a transport for it. */

import type { Threshold } from "../event/level.ts";
import { isError } from "../event/value_kind.ts";
import { isObject, options, type Reader, requireOptions } from "../option_schema.ts";
import { Adapter, ask, entriesOf, fieldsOf, readMoment, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { readArguments } from "./call_arguments.ts";

/** What a {@linkcode tslogTransport} takes. */
export type TslogOptions = TextAdapterOptions;

type Fields = Record<string, unknown>;

/** The least severe level, and those above it, by tslog's numbers. */
const numbers: readonly Threshold[] = ["trace", "trace", "debug", "info", "warn", "error", "fatal"];

const readOptions: Reader<TslogOptions> = options(textAdapterReaders);

/**
 * A transport for tslog that makes an event of each record: `logger.attachTransport(tslogTransport())`.
 *
 * The names of the logger and of those above it are the logger's name, `a.b`. The arguments are read as the console's, the logger's own object becomes
 * properties, and the place of the call is `sourceLocation`. `silly` is trace; a level of a program's own is read by its name, or else its number.
 *
 * @param given The logger or handler, levels by tslog's names or numbers, and which texts are templates.
 * @returns The transport. It never throws.
 * @example
 * ```ts
 * import { tslogTransport } from "@x/seqlog/adapters";
 * import { recordEvents } from "@x/seqlog/testing";
 * import assert from "node:assert/strict";
 *
 * const log = recordEvents("db");
 * const transport = tslogTransport(); // logger.attachTransport(transport)
 * transport({ 0: "Slow query", 1: { ms: 350 }, _logMeta: { logLevelId: 4, logLevelName: "WARN", date: new Date(), name: "db" } });
 * log.dispose();
 * assert.deepEqual(log.events.withMessage("Slow query").withLevel("warn").single().properties, { ms: 350 });
 * ```
 */
export function tslogTransport(given: TslogOptions = {}): (record: object) => void {
  const { templates, ...rest } = requireOptions(readOptions, given);
  const adapter = new Adapter("tslog", rest, { silly: "trace", SILLY: "trace" });
  return (record) =>
    adapter.guard(() => {
      const { meta, args, bound } = readRecord(fieldsOf(record));
      const { logLevelId, logLevelName, name, parentNames, date, path } = meta;
      const level = adapter.levelOf(logLevelName) ?? adapter.saidLevel(logLevelId) ?? numbers[Math.min(Number(logLevelId), 6)] ?? "info";
      const names = [...entriesOf(parentNames), name].filter((one) => typeof one === "string" && one !== "");
      adapter.write(names.join("."), level, () => {
        const location = isObject(path) && typeof path["filePathWithLine"] === "string" ? { sourceLocation: path["filePathWithLine"] } : {};
        const event = readArguments(args, { bound, templates });
        return { ...readMoment(date), ...event, properties: { ...location, ...event.properties } };
      });
    });
}

interface TslogRecord {
  readonly meta: Fields;
  readonly args: unknown[];
  readonly bound: Fields;
}

/** The parts of a record: arguments stand under their numbers, but a single object or error is spread over the record. */
function readRecord(record: Fields): TslogRecord {
  const metaName = Object.keys(record).find((name) => ask(() => (record[name] as Fields)?.["logLevelId"] !== undefined) === true);
  const meta = metaName === undefined ? {} : fieldsOf(record[metaName] as object);
  const args: unknown[] = [];
  const bound: Fields = {};
  for (const name of Object.keys(record)) {
    if (name === metaName) continue;
    const value = errorOf(record[name]);
    if (/^\d{1,3}$/.test(name)) args.push(value);
    else bound[name] = value;
  }
  if (!isError(record["nativeError"])) return { meta, args, bound };
  for (const name of ["nativeError", "name", "message", "stack", "cause"]) delete bound[name];
  return { meta, args: [record["nativeError"], ...args], bound };
}

/** An error that tslog has laid out, as it was. */
function errorOf(value: unknown): unknown {
  const error = ask(() => (value as { readonly nativeError?: unknown } | null | undefined)?.nativeError);
  return isError(error) ? error : value;
}
