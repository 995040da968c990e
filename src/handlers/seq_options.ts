/** The options of the Seq handler, as they are read. */

import type { Clock } from "../clock.ts";
import type { Asked } from "../delivery/ingestion.ts";
import type { Overflow } from "../delivery/queue.ts";
import type { Filter } from "../filter.ts";
import type { Encoder } from "../json.ts";
import { quote, type Threshold } from "../level.ts";
import {
  callable,
  choice,
  dictionary,
  either,
  flag,
  integer,
  type Issue,
  list,
  number,
  options,
  orNull,
  type Reader,
  text,
  threshold,
  value,
} from "../schema.ts";

/** What a {@linkcode SeqHandler} takes; only `serverUrl` is required. */
export interface SeqHandlerOptions {
  /** The base URL of Seq, such as `http://localhost:5341`; it may carry a path. */
  readonly serverUrl: string;
  /** Where events are posted, below the base. Default: `api/events/raw?clef`, which every version of Seq has, with CORS. */
  readonly endpoint?: string;
  /** The API key, or a function that is asked before each request; sent as `X-Seq-ApiKey`. Default: none. */
  readonly apiKey?: Asked<string | undefined | null>;
  /** More request headers, or a function that is asked before each request. Default: none. */
  readonly headers?: Asked<Readonly<Record<string, string>>>;
  /** The least severe level that passes, by any of its names. Default: `"trace"`. */
  readonly level?: Threshold | (string & {}) | number;
  /** Decide about each event in turn. Default: none. */
  readonly filters?: readonly Filter[];
  /** Writes values that JSON has no word for; declines with `undefined`. Default: built in. */
  readonly encoder?: Encoder;
  /** The most events in one request. Default: 10 000. */
  readonly batchSize?: number;
  /** The most bytes in one request; an event larger than that goes alone. Default: 1 MiB. */
  readonly maxBatchBytes?: number;
  /** The least time between requests that are not full, in milliseconds. Default: 2000. */
  readonly periodMs?: number;
  /** The most events that wait. Default: 100 000. */
  readonly queueSize?: number;
  /** The most bytes that wait. Default: 32 MiB; 8 MiB where work is bound to a request. */
  readonly maxQueueBytes?: number;
  /** Which event goes when the queue is full. Default: `"drop-oldest"`. */
  readonly overflow?: Overflow;
  /** The most bytes of one event; above it a placeholder goes. Default: 200 000. */
  readonly eventBodyLimitBytes?: number;
  /** The longest time for one request, in milliseconds. Default: 30 000; 10 000 where work is bound to a request. */
  readonly requestTimeoutMs?: number;
  /** The shortest wait between failures, in milliseconds. Default: 500. */
  readonly minBackoffMs?: number;
  /** The longest wait between failures, in milliseconds. Default: 60 000. */
  readonly maxBackoffMs?: number;
  /** How long the natural end of the process waits for the delivery, in milliseconds. Default: 5000. */
  readonly exitTimeoutMs?: number;
  /** How long the handler goes on delivering after configure has replaced it, in milliseconds. Default: 30 000. */
  readonly retireTimeoutMs?: number;
  /** Properties of every event. Default: none. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** The property (or properties) with the logger's name; null for none. Default: `"SourceContext"`. */
  readonly loggerNameProperty?: string | readonly string[] | null;
  /** Whether `a.b` stays one name; otherwise it becomes `{"a":{"b":…}}`. Default: false. */
  readonly preserveDottedPropertyNames?: boolean;
  /** Sends requests. Default: the runtime's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Tells the time. Default: the runtime's. */
  readonly clock?: Clock;
  /** Keeps a request alive for work (`(work) => ctx.waitUntil(work)`). Default: none. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
}

const isFunction = (given: unknown): boolean => typeof given === "function";
const any: Reader<unknown> = (given) => given;
/** What HTTP allows in a header's value (RFC 9110 §5.5). */
const headerValue = value(
  "a header, whose text has no line breaks and no characters beyond Latin-1",
  (given): given is string => typeof given === "string" && /^[\t\x20-\x7e\x80-\xff]*$/.test(given),
  true,
);

/** The base URL: http or https, without credentials, which fetch refuses. */
export const serverUrl: Reader<string> = (given, path, issues) => {
  const message = whatIsWrongWith(given);
  if (message === undefined) return given as string;
  issues.push({ path, message });
  return undefined;
};

function whatIsWrongWith(given: unknown): string | undefined {
  if (given === undefined || given === null || given === "") {
    return "Cannot ship events without the URL of Seq, such as http://localhost:5341: current value is " +
      (given === "" ? "an empty text" : given);
  }
  let url: URL;
  try {
    url = new URL(String(given));
  } catch {
    return `Cannot use this as a URL, such as http://localhost:5341: current value is ${quote(given)}`;
  }
  if (url.username !== "" || url.password !== "") {
    return "Cannot use a URL with a user name or password in it; pass them as the header authorization";
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return `Cannot use this as an http or https URL: current value is ${quote(given)}`;
  }
  if (url.search !== "" || url.hash !== "") {
    return "Cannot use a base URL with a query or fragment; the option endpoint may have a query, and apiKey takes the key";
  }
  return undefined;
}

const headers: Reader<Record<string, string>> = (given, path, issues) => {
  const read = dictionary(headerValue)(given, path, issues);
  for (const name of Object.keys(read ?? {})) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      issues.push({ path, message: `Cannot use this as the name of a header: current value is ${quote(name)}` });
    }
  }
  return read;
};

/** Everything a `seq` handler takes but its place in the tree; shared by objects, files and `new SeqHandler`. */
export const seqReaders: Readonly<Record<string, Reader<unknown>>> = {
  serverUrl: serverUrl,
  endpoint: text,
  apiKey: either(isFunction, callable, orNull(headerValue)),
  headers: either(isFunction, callable, headers),
  level: threshold,
  filters: list(callable),
  encoder: callable,
  batchSize: integer(1),
  maxBatchBytes: integer(1),
  periodMs: number(0),
  queueSize: integer(1),
  maxQueueBytes: integer(1),
  overflow: choice("drop-oldest", "drop-newest"),
  eventBodyLimitBytes: integer(2048),
  requestTimeoutMs: number(1, 2 ** 31 - 1),
  minBackoffMs: number(1),
  maxBackoffMs: number(1),
  exitTimeoutMs: number(0),
  retireTimeoutMs: number(0),
  properties: dictionary(any),
  loggerNameProperty: orNull(either(Array.isArray, list(text), text)),
  preserveDottedPropertyNames: flag,
  fetch: callable,
  clock: any,
  waitUntil: callable,
};

const readGiven = options<SeqHandlerOptions>(seqReaders);

/** Reads the options of a Seq handler; without a `serverUrl` that is an issue. */
export function readSeqOptions(given: unknown, path: string, issues: Issue[]): SeqHandlerOptions | undefined {
  const read = readGiven(given, path, issues);
  if (read !== undefined && given !== null && !("serverUrl" in read)) {
    serverUrl(undefined, path === "" ? "serverUrl" : `${path}.serverUrl`, issues);
  }
  return read;
}
