/** Decides how tslog's records become events. */

import type { Threshold } from "../event/level.ts";
import { define, isError, isList } from "../event/value_kind.ts";
import { isObject, options, type Reader, requireOptions } from "../option_schema.ts";
import { Adapter, ask, entriesOf, fieldsOf, readMoment, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { readArguments } from "./call_arguments.ts";

/** The options of a {@linkcode tslogTransport}. */
export type TslogOptions = TextAdapterOptions;

type Fields = Record<string, unknown>;

/** The levels by tslog's numbers, least severe first. */
const numbers: readonly Threshold[] = ["trace", "trace", "debug", "info", "warn", "error", "fatal"];

const readOptions: Reader<TslogOptions> = options(textAdapterReaders);

/**
 * Creates a transport for tslog that turns each record into an event: `logger.attachTransport(tslogTransport())`.
 *
 * The names of the logger and its parents become the logger's name, `a.b`. The arguments are interpreted as on the console, and a prefix in
 * brackets is part of the message. The logger's own object, its bindings and the context of `runInContext` become properties, and the
 * call's location becomes `sourceLocation`. `silly` is trace. A custom level is read by its name or, if the name is unknown, by its number.
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
  const { templates, ...rest } = requireOptions(readOptions, given, "tslogTransport");
  const adapter = new Adapter("tslog", rest, { silly: "trace", SILLY: "trace" });
  return (record) =>
    adapter.guard(() => {
      const { meta, args, bound } = readRecord(fieldsOf(record), readSymbols(record));
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

/** The fields that tslog itself writes into a record's metadata. Other fields come from the program, by `runInContext` or middleware. */
const metaNames = /^(?:runtime|runtimeVersion|hostname|browser|date|logLevel(?:Id|Name)|name|parentNames|path)$/;

/** Returns the parts of a record. Arguments have numbers as names, but a single object or error is spread over the record. */
function readRecord(record: Fields, symbols: SymbolFields): TslogRecord {
  const metaName = Object.keys(record).find((name) => ask(() => (record[name] as Fields)?.["logLevelId"] !== undefined) === true);
  const meta = metaName === undefined ? {} : fieldsOf(record[metaName] as object);
  const args: unknown[] = [];
  const bound: Fields = { ...symbols.boundFields };
  for (const name of Object.keys(meta)) if (!metaNames.test(name)) define(bound, name, meta[name]);
  for (const name of Object.keys(record)) {
    if (name === metaName) continue;
    const value = errorOf(record[name]);
    if (/^\d{1,3}$/.test(name)) args.push(value);
    else if (isSame(value, symbols.maskedArgs)) args.push(...value.map(errorOf)); // the option argumentsArrayName
    else define(bound, name, value);
  }
  if (!isError(record["nativeError"])) return { meta, args: joinPrefix(args), bound };
  for (const name of ["nativeError", "name", "message", "stack", "cause"]) delete bound[name];
  return { meta, args: [record["nativeError"], ...args], bound };
}

/** The symbols under which tslog 5 keeps data in a record: all arguments, and the bound fields of a record that is an error. */
interface SymbolFields {
  readonly maskedArgs?: unknown;
  readonly boundFields?: Fields;
}

const symbolName = /^tslog\.\w+\.(maskedArgs|boundFields)$/;

function readSymbols(record: object): SymbolFields {
  const found: Fields = {};
  for (const symbol of Object.getOwnPropertySymbols(record)) {
    const [, name] = symbolName.exec(symbol.description ?? "") ?? [];
    if (name !== undefined) found[name] = ask(() => (record as Readonly<Record<symbol, unknown>>)[symbol]);
  }
  return isObject(found["boundFields"]) ? { ...found, boundFields: fieldsOf(found["boundFields"]) } : { maskedArgs: found["maskedArgs"] };
}

/** Whether a value is the list of the arguments, in which tslog has converted the errors. */
const isSame = (value: unknown, args: unknown): value is unknown[] =>
  isList(value) && isList(args) && value.length === args.length && value.every((one, index) => errorOf(one) === args[index]);

/** Joins the texts in brackets that tslog's `prefix` puts first with the text after them, which is the message. */
function joinPrefix(args: readonly unknown[]): unknown[] {
  const isPrefix = (value: unknown): boolean => typeof value === "string" && /^(?:\[[^\]]*\]|\([^)]*\)|<[^>]*>):?$/.test(value);
  let count = 0;
  while (isPrefix(args[count])) count++;
  if (typeof args[count] !== "string") count--;
  return count < 1 ? [...args] : [args.slice(0, count + 1).join(" "), ...args.slice(count + 1)];
}

/** Restores an error that tslog has converted to fields. */
function errorOf(value: unknown): unknown {
  const error = ask(() => (value as { readonly nativeError?: unknown } | null | undefined)?.nativeError);
  return isError(error) ? error : value;
}
