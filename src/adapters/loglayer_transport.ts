/** Decides how LogLayer's calls become events. */

import type { LogEventInit } from "../event/log_event.ts";
import { isObject, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { Adapter, ask, entriesOf, fieldsOf, type TextAdapterOptions, textAdapterReaders } from "./adapter.ts";
import { readArguments } from "./call_arguments.ts";

/** The options of a {@linkcode loglayerTransport}. */
export interface LogLayerOptions extends TextAdapterOptions {
  /** The field of the context or metadata that holds the logger's name, such as `"module"`. Default: none. */
  readonly loggerNameKey?: string | undefined;
}

/** The parameters of a LogLayer transport that are used. */
export interface LogLayerParams {
  /** LogLayer's level. */
  readonly logLevel: string;
  /** The arguments of the call; the first text includes the prefix. */
  readonly messages: readonly unknown[];
  /** The context, the metadata and the error in one object, under the names that LogLayer is configured with. */
  readonly data?: object | undefined;
  /** The error as it was logged. */
  readonly error?: unknown;
  /** The groups of the entry. */
  readonly groups?: readonly string[] | undefined;
  /** The names in `data`. */
  readonly schema?: { readonly errorFieldName?: string | undefined } | undefined;
}

/** A transport for LogLayer. */
export interface LogLayerTransport {
  /** The name by which LogLayer registers the transport. */
  id: string;
  /** Whether LogLayer calls the transport. */
  enabled: boolean;
  /** Accepts a call. Never throws. */
  shipToLogger(params: LogLayerParams): unknown[];
  /** The method that LogLayer calls. */
  _sendToLogger(params: LogLayerParams): void;
  /** Returns `undefined`, because the transport passes calls to no other logging library. */
  getLoggerInstance(): undefined;
}

const readOptions: Reader<LogLayerOptions> = options({ ...textAdapterReaders, loggerNameKey: text });

/**
 * Creates a transport for LogLayer that turns each call into an event: `new LogLayer({ transport: loglayerTransport() })`.
 *
 * The messages are interpreted like console arguments, and a text is a template if each of its holes names a field. Context and metadata
 * become properties, and the unserialized error becomes the exception.
 *
 * @param given The logger or handler, levels, which texts are templates, and the field that holds the logger's name.
 * @returns The transport.
 * @example
 * ```ts
 * import { loglayerTransport } from "@x/seqlog/adapters";
 * import { recordEvents } from "@x/seqlog/testing";
 * import assert from "node:assert/strict";
 *
 * const log = recordEvents();
 * const transport = loglayerTransport({ logger: "shop" }); // new LogLayer({ transport })
 * transport.shipToLogger({ logLevel: "warn", messages: ["Order {Id} is late"], data: { Id: 42 } });
 * log.dispose();
 * assert.equal(log.events.withTemplate("Order {Id} is late").single().message, "Order 42 is late");
 * ```
 */
export function loglayerTransport(given: LogLayerOptions = {}): LogLayerTransport {
  const { loggerNameKey, templates, ...rest } = requireOptions(readOptions, given, "loglayerTransport");
  const adapter = new Adapter("LogLayer", rest);
  const ship = (params: LogLayerParams): void => {
    const { logLevel } = params;
    const level = adapter.levelOf(logLevel);
    const data = fieldsOf(params.data ?? {});
    const name = loggerNameKey === undefined ? undefined : data[loggerNameKey];
    if (typeof name === "string") delete data[loggerNameKey!];
    adapter.write(typeof name === "string" ? name : "", level ?? "info", () => {
      const bound = { ...(level === undefined && { level: logLevel }), ...data };
      return readCall(params, bound, templates);
    });
  };
  const shipToLogger = (params: LogLayerParams): unknown[] => {
    adapter.guard(() => ship(params));
    return entriesOf(ask(() => params.messages));
  };
  return {
    id: "seqlog",
    enabled: true,
    shipToLogger,
    _sendToLogger(params) {
      if (this.enabled) shipToLogger(params);
    },
    getLoggerInstance: () => undefined,
  };
}

/** Writes a call as an event. */
function readCall(params: LogLayerParams, data: Record<string, unknown>, templates: LogLayerOptions["templates"]): LogEventInit {
  const { messages, error, groups, schema } = params;
  const errorField = isObject(schema) && typeof schema.errorFieldName === "string" ? schema.errorFieldName : "err";
  if (error !== undefined && data[errorField] === error) delete data[errorField]; // a serialized error remains as a property
  const bound = { ...data, ...(groups !== undefined && { groups }) };
  const args = entriesOf(messages);
  const event = readArguments(args.length === 0 && error !== undefined ? [error] : args, { bound, templates });
  return { ...(error !== undefined && error !== null && { error }), ...event };
}
