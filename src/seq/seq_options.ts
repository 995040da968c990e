/** The options of the Seq handler, and how they are read. */

import type { DeliverySettings } from "../delivery/delivery_contract.ts";
import type { Overflow, QueueFactory } from "../delivery/queue.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { workOutlivesCall } from "../runtime/detect.ts";
import type { Asked, IngestionSettings } from "./http_post.ts";
import type { Filter } from "../filter.ts";
import { type Handler, isHandler } from "../handler.ts";
import type { Encoder } from "../event/plain_data.ts";
import type { Threshold } from "../event/level.ts";
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
  text,
  threshold,
  wrong,
} from "../option_schema.ts";

/** What a {@linkcode SeqHandler} takes; only `serverUrl` is required. */
export interface SeqHandlerOptions {
  /** The base URL of Seq, such as `http://localhost:5341`; it may carry a path. */
  readonly serverUrl: string;
  /** Where events are posted, below the base. Default: `api/events/raw?clef`, which every version of Seq has, with CORS. */
  readonly endpoint?: string | undefined;
  /** The API key, or a function that is asked before each request; sent as `X-Seq-ApiKey`. Default: none. */
  readonly apiKey?: Asked<string | undefined | null>;
  /** More request headers, or a function that is asked before each request. Default: none. */
  readonly headers?: Asked<Readonly<Record<string, string>>> | undefined;
  /** The least severe level that passes, by any of its names. Default: `"trace"`. */
  readonly level?: Threshold | (string & {}) | number | undefined;
  /** Decide about each event in turn. Default: none. */
  readonly filters?: readonly Filter[] | undefined;
  /** Writes values that JSON has no word for; declines with `undefined`. Default: built in. */
  readonly encoder?: Encoder | undefined;
  /** The most events in one request. Default: 10 000. */
  readonly batchSize?: number | undefined;
  /** The most bytes in one request; an event larger than that goes alone. Default: 1 MiB. */
  readonly maxBatchBytes?: number | undefined;
  /** The least time between requests that are not full, in milliseconds. Default: 2000. */
  readonly periodMs?: number | undefined;
  /** The most events that wait. Default: 100 000. */
  readonly queueSize?: number | undefined;
  /** The most bytes that wait. Default: 32 MiB; 8 MiB where work is bound to a request. */
  readonly maxQueueBytes?: number | undefined;
  /** Which event goes when the queue is full. Default: `"drop-oldest"`. */
  readonly overflow?: Overflow | undefined;
  /** The most bytes of one event; above it the largest values are cut, each saying so. Default: 200 000. */
  readonly eventBodyLimitBytes?: number | undefined;
  /** The longest time for one request, in milliseconds. Default: 30 000; 10 000 where work is bound to a request. */
  readonly requestTimeoutMs?: number | undefined;
  /** The shortest wait between failures, in milliseconds. Default: 500. */
  readonly minBackoffMs?: number | undefined;
  /** The longest wait between failures, in milliseconds. Default: 60 000. */
  readonly maxBackoffMs?: number | undefined;
  /** How long the natural end of the process waits for the delivery, in milliseconds. Default: 5000. */
  readonly exitTimeoutMs?: number | undefined;
  /** How long the handler goes on delivering after configure has replaced it, in milliseconds. Default: 30 000. */
  readonly retireTimeoutMs?: number | undefined;
  /** Properties of every event. Default: none. */
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  /** The property (or properties) with the logger's name; null for none. Default: `"SourceContext"`. */
  readonly loggerNameProperty?: string | readonly string[] | null | undefined;
  /** Whether `a.b` stays one name; otherwise it becomes `{"a":{"b":…}}`. Default: false. */
  readonly preserveDottedPropertyNames?: boolean | undefined;
  /** Sends requests. Default: the runtime's. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Tells the time. Default: the runtime's. */
  readonly clock?: Clock | undefined;
  /** Chance, from 0 up to 1, for the waits between failures. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Keeps a request alive for work (`(work) => ctx.waitUntil(work)`). Default: none. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** The queue, where it is to be another than the one in memory: `durableQueue({ path })`; in a file `{ path }`. Default: memory. */
  readonly queue?: QueueFactory | undefined;
  /** The same as `queue`. Default: memory. */
  readonly buffer?: QueueFactory | undefined;
  /** Whether the least level that the server wants steers the root logger, and not only this handler. Default: false. */
  readonly controlLevel?: boolean | undefined;
  /** Gets the events that could not be delivered: rejected, dropped, or given up at the end. Default: none. */
  readonly fallback?: Handler | undefined;
  /** Called with each event that Seq has rejected, as a line of CLEF, and with what Seq said. Default: none. */
  readonly onRejected?: ((line: string, reason: string) => void) | undefined;
  /** Whether the events that a process takes with it when it exits are told and printed to stderr. Default: true. */
  readonly exitReport?: boolean | undefined;
  /** Told of each request that failed or was rejected; its events are kept and tried again all the same. Default: none. */
  readonly onFailure?: ((error: Error) => void) | undefined;
}

/** Http or https, without what fetch refuses (credentials) or what belongs elsewhere (a query). */
function readUrl(given: unknown): string | undefined {
  try {
    const url = (given as string).trim();
    const { protocol, username, password, search, hash } = new URL(url);
    return /^https?:$/.test(protocol) && username + password + search + hash === "" ? url : undefined;
  } catch {
    return undefined; // no URL at all
  }
}

const serverUrl = must(
  "the URL of Seq, such as http://localhost:5341, without user, password and query (these go into the options headers, apiKey and endpoint)",
  readUrl,
  undefined,
  (given) => /[@?]/.test(given),
);
/** What HTTP allows in a header; the space around it, such as the line break at the end of a file, is no part of it (RFC 9110 §5.5). */
const headerValue = must(
  "the text of a header of HTTP, in quotes where YAML would read a number",
  (given: unknown) => (typeof given === "string" && /^[\t\x20-\x7e\x80-\xff]*$/.test(given.trim()) ? given.trim() : undefined),
  undefined,
  () => true,
);
const headers: Reader<unknown> = (given, path, issues) => {
  if (!isObject(given)) return void issues.push(wrong(path, "an object of headers", given, undefined, true));
  const read = dictionary(headerValue)(given, path, issues);
  for (const name in read) {
    must("the name of a header", (name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) || undefined)(name, path, issues);
  }
  return read;
};
const count = number(1, undefined, true);
/** Beyond it a timer fires at once. */
const maxTimeMs = 2 ** 31 - 1;
const time = number(0, maxTimeMs);

const readGiven = options<SeqHandlerOptions>({
  serverUrl: serverUrl,
  endpoint: text,
  apiKey: orFunction(orNull(headerValue)),
  headers: orFunction(headers),
  level: threshold,
  filters: list(callable),
  encoder: callable,
  batchSize: count,
  maxBatchBytes: count,
  periodMs: time,
  queueSize: count,
  maxQueueBytes: count,
  overflow: choice("drop-oldest", "drop-newest"),
  eventBodyLimitBytes: number(2048, undefined, true),
  requestTimeoutMs: number(1, maxTimeMs),
  minBackoffMs: number(1, maxTimeMs),
  maxBackoffMs: number(1, maxTimeMs),
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
  queue: callable,
  buffer: callable,
  controlLevel: flag,
  fallback: describe(must("a handler", (given: unknown) => (isHandler(given) ? given : undefined)), { type: "text" }),
  onRejected: callable,
  exitReport: flag,
});

/** Reads the options of a Seq handler; without a `serverUrl` that is an issue. */
export const readSeqOptions: Reader<SeqHandlerOptions> = describe((given, path, issues) => {
  const read = readGiven(given, path, issues);
  if (read && !("serverUrl" in read)) serverUrl(undefined, below(path, "serverUrl"), issues);
  return read;
}, readGiven.about);

/** The settings of the requests and of their delivery, as they follow from the options alone. */
export interface SeqSettings extends IngestionSettings, Omit<DeliverySettings, "name" | "serverName" | "send" | "waitUntil"> {
  readonly retireTimeoutMs: number;
}

/** Returns the settings of a handler; every default of its delivery stands here. */
export function settingsOf(options: SeqHandlerOptions): SeqSettings {
  const isRequestBound = !workOutlivesCall();
  const {
    serverUrl,
    endpoint = "api/events/raw?clef",
    batchSize = 10_000,
    maxBatchBytes = 1_048_576,
    periodMs = 2000,
    queueSize = 100_000,
    maxQueueBytes = isRequestBound ? 8_388_608 : 33_554_432,
    overflow = "drop-oldest",
    requestTimeoutMs = isRequestBound ? 10_000 : 30_000,
    minBackoffMs = 500,
    maxBackoffMs = 60_000,
    exitTimeoutMs = 5000,
    retireTimeoutMs = 30_000,
    exitReport = true,
    clock = systemClock,
    random = Math.random,
    apiKey,
    headers,
    fetch,
    onFailure,
    buffer,
    queue = buffer,
  } = options;
  const url = `${serverUrl.replace(/\/*$/, "/")}${endpoint.replace(/^\/+/, "")}`;
  return {
    ...{ url, apiKey, headers, fetch, onFailure, queue, exitReport, clock, isRequestBound, random },
    ...{ batchSize, maxBatchBytes, periodMs, queueSize, maxQueueBytes, overflow },
    ...{ requestTimeoutMs, minBackoffMs, maxBackoffMs, exitTimeoutMs, retireTimeoutMs },
  };
}
