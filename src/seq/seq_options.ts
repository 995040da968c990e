/** Declares the options of the Seq handler, reads them, and holds every default. */

import { isHeaderName } from "../event/http_text.ts";
import type { DeliverySettings } from "../delivery/delivery_contract.ts";
import type { Overflow, QueueFactory } from "../delivery/queue.ts";
import { type Clock, maxTimerMs, systemClock } from "../runtime/clock.ts";
import { workOutlivesCall } from "../runtime/detect.ts";
import type { Asked, IngestionSettings } from "./http_post.ts";
import type { Filter } from "../filter.ts";
import { type Handler, isHandler } from "../handler.ts";
import type { Encoder } from "../event/plain_data.ts";
import { quote, type Threshold } from "../event/level.ts";
import {
  any,
  below,
  callable,
  choice,
  describe,
  dictionary,
  flag,
  isObject,
  list,
  must,
  number,
  options,
  orFunction,
  orNull,
  type Reader,
  type Readers,
  text,
  threshold,
  wrong,
} from "../option_schema.ts";

/** Options of a {@linkcode SeqHandler}; only `serverUrl` is required. */
export interface SeqHandlerOptions {
  /** The base URL of Seq, such as `http://localhost:5341`; it may carry a path. */
  readonly serverUrl: string;
  /** Where events are posted, below the base. Default: `api/events/raw?clef`, which every version of Seq has, with CORS. */
  readonly endpoint?: string | undefined;
  /** The API key, or a function called before each request; sent as `X-Seq-ApiKey`. Default: none. */
  readonly apiKey?: Asked<string | undefined | null>;
  /** More request headers, or a function called before each request. Default: none. */
  readonly headers?: Asked<Readonly<Record<string, string>>> | undefined;
  /** The least severe level that passes, by any of its names. Default: `"trace"`. */
  readonly level?: Threshold | (string & {}) | number | undefined;
  /** Functions that let each event pass or not, in order. Default: none. */
  readonly filters?: readonly Filter[] | undefined;
  /** Converts values that JSON cannot express; returns `undefined` to leave a value to the built-in rules. Default: built in. */
  readonly encoder?: Encoder | undefined;
  /** Most events in one request. Default: 10 000. */
  readonly batchSize?: number | undefined;
  /** Most bytes in one request; a larger event is sent alone. A repeated request has at most 64 kB. Default: 1 MiB. */
  readonly maxBatchBytes?: number | undefined;
  /** Shortest time between two requests, unless a batch is full, in milliseconds. Default: 2000. */
  readonly periodMs?: number | undefined;
  /** Most events in the queue. Default: 100 000. */
  readonly queueSize?: number | undefined;
  /** Most bytes in the queue. Default: 32 MiB; 8 MiB where work is bound to a request. */
  readonly maxQueueBytes?: number | undefined;
  /** Which event is dropped when the queue is full. Default: `"drop-oldest"`. */
  readonly overflow?: Overflow | undefined;
  /** Most bytes of one event; the largest values of a larger one are cut and marked. Default: 200 000. */
  readonly eventBodyLimitBytes?: number | undefined;
  /** Time-out of one request, in milliseconds. Default: 30 000; 10 000 where work is bound to a request. */
  readonly requestTimeoutMs?: number | undefined;
  /** Shortest wait after a failure, in milliseconds. Default: 500. */
  readonly minBackoffMs?: number | undefined;
  /** Longest wait after a failure, in milliseconds. Default: 60 000. */
  readonly maxBackoffMs?: number | undefined;
  /** How long a process that ends naturally waits for the delivery, in milliseconds. Default: 5000. */
  readonly exitTimeoutMs?: number | undefined;
  /** How long the handler continues to deliver after configure has replaced it, in milliseconds. Default: 30 000. */
  readonly retireTimeoutMs?: number | undefined;
  /** Properties of every event. Default: none. */
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  /** The property (or properties) that holds the logger's name; null for none. Default: `"SourceContext"`. */
  readonly loggerNameProperty?: string | readonly string[] | null | undefined;
  /** Whether `a.b` stays one name; otherwise it becomes `{"a":{"b":…}}`. Default: false. */
  readonly preserveDottedPropertyNames?: boolean | undefined;
  /** Makes requests. Default: the runtime's. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** The clock and its timers. Default: the runtime's. */
  readonly clock?: Clock | undefined;
  /** Returns a random number from 0 to 1, for the waits after failures. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Keeps a request alive until the work is done (`(work) => ctx.waitUntil(work)`). Default: none. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** The queue: `durableQueue({ path })` keeps it on disk; in a file `{ path }`. Default: memory. */
  readonly queue?: QueueFactory | undefined;
  /** The same as `queue`. Default: memory. */
  readonly buffer?: QueueFactory | undefined;
  /** Whether the level that the server asks for also sets the root logger's level. Default: false. */
  readonly controlLevel?: boolean | undefined;
  /** Receives events that could not be delivered: rejected, dropped, or left when the handler closes. Default: none. */
  readonly fallback?: Handler | undefined;
  /** Called with each event that Seq rejected, as a CLEF line, and Seq's reason. Default: none. */
  readonly onRejected?: ((line: string, reason: string) => void) | undefined;
  /** Whether undelivered events are reported and printed to stderr when the process exits. Default: true. */
  readonly exitReport?: boolean | undefined;
  /** Called with each request that failed or was rejected; failed events are sent again anyway. Default: none. */
  readonly onFailure?: ((error: Error) => void) | undefined;
}

/** Accepts an http(s) URL, but without credentials, which fetch refuses, and without a query, which belongs to `endpoint`. */
function readUrl(given: unknown): string | undefined {
  try {
    const url = (given as string).trim();
    const { protocol, username, password, search, hash } = new URL(url);
    return /^https?:$/.test(protocol) && username + password + search + hash === "" ? url : undefined;
  } catch {
    return undefined; // not a URL
  }
}

const serverUrl = must(
  "the URL of Seq, with http:// or https://, such as http://localhost:5341, without credentials and query, which go into headers, apiKey and endpoint",
  readUrl,
  undefined,
  (given) => /[@?#\s]|^"[^.:/]{14}|[^/]\/(?=[^/"]*\d)[^/"]{16}/.test(given), // the value may contain credentials, or be an API key in the wrong place
);
/** Text that HTTP allows in a header. Surrounding space is removed (RFC 9110 §5.5), because a key read from a file ends in a line break. */
const headerValue = must(
  "one line of Latin text for an HTTP header (quote numbers in YAML)",
  (given: unknown) => (typeof given === "string" && /^[\t\x20-\x7e\x80-\xff]*$/.test(given.trim()) ? given.trim() : undefined),
  undefined,
  () => true,
);
const headers: Reader<unknown> = (given, path, issues) => {
  if (!isObject(given)) return void issues.push(wrong(path, "an object of headers", given, undefined, true));
  const read = dictionary(headerValue)(given, path, issues);
  for (const name in read) {
    must("the name of an HTTP header", (name) => isHeaderName(name) || undefined, undefined, () => true)(
      name,
      path,
      issues,
    );
  }
  return read;
};
/** Reads a queue that the program has made. */
export const readQueue: Reader<unknown> = must(
  "durableQueue({ path }) of ./durable, or { path } in a YAML file",
  (given) => (typeof given === "function" ? given : undefined),
);
const count = number(1, undefined, true);
const time = number(0, maxTimerMs);

const seqReaders = (): Readers => ({
  serverUrl: serverUrl,
  endpoint: describe(must("a path below serverUrl", (given: unknown) => (/^"(?!\w+:)/.test(quote(given)) ? given : undefined)), text.about),
  apiKey: orFunction(orNull(headerValue)),
  headers: orFunction(headers),
  level: threshold,
  filters: list(callable, "a list of filters"),
  encoder: callable,
  batchSize: count,
  maxBatchBytes: count,
  periodMs: time,
  queueSize: count,
  maxQueueBytes: count,
  overflow: choice("drop-oldest", "drop-newest"),
  eventBodyLimitBytes: number(2048, undefined, true),
  requestTimeoutMs: number(1, maxTimerMs),
  minBackoffMs: number(1, maxTimerMs),
  maxBackoffMs: number(1, maxTimerMs),
  exitTimeoutMs: time,
  retireTimeoutMs: time,
  properties: dictionary(any),
  loggerNameProperty: orNull((given, path, issues) => (Array.isArray(given) ? list(text) : text)(given as never, path, issues)),
  preserveDottedPropertyNames: flag,
  fetch: callable,
  clock: any,
  random: callable,
  waitUntil: callable,
  onFailure: callable,
  queue: readQueue,
  buffer: readQueue,
  controlLevel: flag,
  fallback: describe(must("a handler", (given: unknown) => (isHandler(given) ? given : undefined)), { type: "text" }),
  onRejected: callable,
  exitReport: flag,
});

/** Makes the reader of a Seq handler's options, and of more or other options. A missing `serverUrl` is an issue. */
// @__NO_SIDE_EFFECTS__
export function seqOptions<T extends SeqHandlerOptions>(more?: Readers): Reader<T> {
  const readAll = options<T>(() => ({ ...seqReaders(), ...more }));
  return describe((given, path, issues) => {
    const read = readAll(given, path, issues);
    if (read && !("serverUrl" in read)) serverUrl(undefined, below(path, "serverUrl"), issues);
    return read;
  }, readAll.about);
}

/** Reads the options of a Seq handler. */
export const readSeqOptions: Reader<SeqHandlerOptions> = seqOptions();

/** Settings of requests and delivery that follow from the options alone. */
export interface SeqSettings extends IngestionSettings, Omit<DeliverySettings, "name" | "serverName" | "send" | "waitUntil"> {
  readonly retireTimeoutMs: number;
}

/** Returns the settings of a handler, from options that are read. Every default of the delivery is declared here. */
export function settingsOf({ buffer, queue = buffer, endpoint = "api/events/raw?clef", ...given }: SeqHandlerOptions): SeqSettings {
  const isRequestBound = !workOutlivesCall();
  const defaults = {
    batchSize: 10_000,
    maxBatchBytes: 1_048_576,
    periodMs: 2000,
    queueSize: 100_000,
    maxQueueBytes: isRequestBound ? 8_388_608 : 33_554_432,
    overflow: "drop-oldest",
    requestTimeoutMs: isRequestBound ? 10_000 : 30_000,
    minBackoffMs: 500,
    maxBackoffMs: 60_000,
    exitTimeoutMs: 5000,
    retireTimeoutMs: 30_000,
    exitReport: true,
    clock: systemClock,
    random: Math.random,
  };
  const url = `${given.serverUrl.replace(/\/*$/, "/")}${endpoint.replace(/^\/+/, "")}`;
  return { ...defaults, ...given, queue, url, isRequestBound } as SeqSettings;
}
