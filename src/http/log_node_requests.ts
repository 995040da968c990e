/** Decides how requests to Node's HTTP servers (node:http, node:https, node:http2, and frameworks based on them) are logged. */

import { current, hasStorage, runInContext } from "../context.ts";
import { requireFunction } from "../diagnostic.ts";
import { builtin } from "../runtime/detect.ts";
import { aboutRequest, type RequestFacts } from "./request_properties.ts";
import { withoutMapping } from "./client_address.ts";
import { beginSafely, RequestLog, scopeOf } from "./request_log.ts";
import { readRequestOptions, type RequestLogOptions } from "./request_options.ts";

/** The part of Node's IncomingMessage (of node:http2 as well) that is read. */
interface Incoming extends Emitter {
  readonly method?: string;
  readonly url?: string;
  /** The full path, if a framework has shortened `url`. */
  readonly originalUrl?: string;
  readonly httpVersion?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: { readonly remoteAddress?: string; readonly destroyed?: boolean } | null;
}

/** The part of a stream of node:http2 that is read. */
interface Stream {
  readonly aborted: boolean;
  readonly rstCode: number;
  readonly writableEnded: boolean;
  readonly sentHeaders?: { readonly ":status"?: number };
}

/** The part of Node's ServerResponse (of node:http2 as well) that is used. */
interface Outgoing extends Emitter {
  readonly statusCode: number;
  readonly writableEnded?: boolean;
  readonly writableFinished?: boolean;
  readonly headersSent?: boolean;
  /** The error that destroyed the response. */
  readonly errored?: unknown;
  /** Present only in node:http2. */
  readonly stream?: Stream;
  getHeader(name: string): unknown;
  setHeader?(name: string, value: string): unknown;
  write: (...args: never[]) => unknown;
  end: (...args: never[]) => unknown;
}

/**
 * Wraps a listener of `node:http`, `https` or `http2` so that each request becomes one event. Every event logged during the request carries
 * its `RequestId`. {@linkcode logRequests} does the same for fetch handlers.
 *
 * The request is complete when the response is sent or the client has disconnected. An exception or a rejection of the listener becomes the
 * event's exception and is rethrown. All arguments are passed on, so it also wraps an Express middleware:
 * `app.use(logNodeRequests((_request, _response, next) => next()))`. Upgraded requests (WebSocket) reach no listener.
 *
 * @param listener Called with the request, the response and the server's other arguments.
 * @param options How requests are logged.
 * @returns A listener of the same type.
 * @throws {TypeError} If the listener is not a function.
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { logNodeRequests } from "@x/seqlog";
 * import { createServer } from "node:http";
 *
 * const server = createServer(logNodeRequests((request, response) => {
 *   response.end(`You asked for ${request.url}`);
 * }, { skip: ["/health"] }));
 * ```
 */
// deno-lint-ignore no-explicit-any -- the listener's request and response are Node's, or a framework's
export function logNodeRequests<L extends (request: any, response: any, ...rest: any[]) => unknown>(
  listener: L,
  options: RequestLogOptions = {},
): L {
  requireFunction(listener, "logNodeRequests", "listener");
  const settings = readRequestOptions(options, "logNodeRequests");
  const wrapped = function (this: unknown, request: Incoming, response: Outgoing, ...rest: unknown[]): unknown {
    const isLogged = scopeOf(request)?.isOver === false; // an outer wrapper logs it
    const log = isLogged ? undefined : beginSafely(() => new RequestLog(settings, aboutRequest(factsOf(request), settings)));
    if (log === undefined) return listener.call(this, request, response, ...rest);
    log.mark(request);
    const header = log.traceHeader;
    if (header !== undefined && !response.headersSent) response.setHeader?.(...header);
    const sent = request.method === "HEAD" ? undefined : countBytes(response);
    watch(log, response, () => end(log, response, sent), () => response.stream ?? end(log, response, sent, true));
    watch(log, request, () => { // a response that waits behind another gets no event when its connection closes
      if (request.socket?.destroyed === true && !isSent(response)) end(log, response, sent);
    });
    const fail = (error: unknown): never => {
      log.complete({
        statusCode: response.headersSent ? response.statusCode : 500,
        error: error ?? new TypeError(`The listener threw ${error}`),
      });
      throw error;
    };
    try {
      const run = (): unknown => listener.call(this, request, response, ...rest);
      const result = runInContext(log, run, "requests have no context of their own");
      return result instanceof Promise ? result.then(undefined, fail) : result; // no one else handles the promise that a listener returns
    } catch (error) {
      return fail(error);
    }
  };
  return wrapped as unknown as L;
}

/** The part of a Node emitter that is used. */
interface Emitter {
  emit?: (...args: never[]) => unknown;
  listenerCount?(event: unknown): number;
  once?(event: "close", listener: () => void): unknown;
}

/**
 * Keys under which a request or response keeps the state of its replaced methods. Where Node's methods are replaced, all objects get the
 * same functions: on Node 26, a function that only one object has survives until the next full garbage collection, with all that it refers
 * to. An object with methods of its own, which may be called without `this`, gets functions of its own.
 */
const watching = Symbol("watching");
const counting = Symbol("counting");

/** An emitter whose events are watched. */
interface Watch {
  readonly log: RequestLog;
  readonly emitter: Emitter;
  readonly emit: NonNullable<Emitter["emit"]>;
  readonly keepsContext: boolean;
  readonly whenClosed: () => void;
  readonly whenFinished: (() => void) | undefined;
}

/**
 * Calls back once the emitter closes, before its listeners are called, or has finished, after them: the responses that `serverless-http` and
 * `inject` of `light-my-request` make close never, or before their socket has written. (Two more listeners per request would cost more.)
 * Runs the listeners of the emitter and of its destination in the request's context; by default they run in the context of the code that
 * emits.
 */
function watch(log: RequestLog, emitter: Emitter, whenClosed: () => void, whenFinished?: () => void): void {
  const { emit } = emitter;
  if (emit === undefined) return void emitter.once?.("close", whenClosed);
  const state: Watch = { log, emitter, emit, keepsContext: hasStorage(), whenClosed, whenFinished };
  if (Object.hasOwn(emitter, "emit")) return void (emitter.emit = (...args) => emitWatched(state, args));
  (emitter as { [watching]?: Watch })[watching] = state;
  emitter.emit = emitShared;
}

function emitShared(this: { [watching]?: Watch }, ...args: never[]): unknown {
  return emitWatched(this[watching]!, args);
}

function emitWatched({ log, emitter, emit, keepsContext, whenClosed, whenFinished }: Watch, args: never[]): unknown {
  if (args[0] === "close") whenClosed();
  try {
    const hasNone = emitter.listenerCount?.(args[0]) === 0; // true for most events of a request
    if (hasNone || !keepsContext || current()?.request === log) return emit.apply(emitter, args);
    return runInContext(log, () => emit.apply(emitter, args), "");
  } finally {
    if (args[0] === "finish") whenFinished?.();
  }
}

function factsOf({ method = "GET", originalUrl, url = "/", httpVersion, headers, socket }: Incoming): RequestFacts {
  const target = originalUrl ?? url;
  return {
    method,
    target: target.startsWith("/") ? target : target.replace(/^\w+:\/\/[^/?]*(?=[/?]|$)/, ""), // a proxy sends the whole URL
    protocol: httpVersion === undefined ? undefined : `HTTP/${httpVersion}`,
    clientAddress: withoutMapping(socket?.remoteAddress),
    header: (name) => {
      const value = headers[name.toLowerCase()];
      return typeof value === "string" ? value : value?.join(", ");
    },
  };
}

/** Returns whether the whole response was sent, as far as the server knows. */
function isSent({ stream, writableEnded, writableFinished, headersSent }: Outgoing): boolean {
  if (stream === undefined) return writableFinished === true;
  return headersSent === true && (writableEnded === true || stream.writableEnded) && !stream.aborted && stream.rstCode === 0;
}

/** Logs how the request ended. */
function end(log: RequestLog, response: Outgoing, sent: (() => number) | undefined, isFinished: boolean = isSent(response)): void {
  const { stream, writableEnded, headersSent, errored } = response;
  const statusCode = stream?.sentHeaders?.[":status"] ?? response.statusCode;
  if (isFinished) {
    const isKnown = sent !== undefined && writableEnded === true; // unknown if the program wrote to the stream itself
    return log.complete({ statusCode, ...(isKnown && { bytes: statusCode === 204 || statusCode === 304 ? 0 : sent() }) });
  }
  if (headersSent) log.respond(statusCode);
  if (errored && !isClients(errored)) log.complete({ statusCode: headersSent ? statusCode : 500, error: errored });
  else log.abort();
}

/** Returns whether Node created the error because the client disconnected. */
function isClients(errored: unknown): boolean {
  const { code, message } = Object(errored) as { readonly code?: unknown; readonly message?: unknown };
  return code === "ECONNRESET" && message === "aborted";
}

interface Buffers {
  readonly Buffer: { byteLength(chunk: unknown, encoding?: unknown): number };
}

let buffers: Buffers | undefined;

/** A response whose body's bytes are counted. */
interface Count {
  readonly response: Outgoing;
  readonly write: Outgoing["write"];
  readonly end: Outgoing["end"];
  bytes: number;
  /** Whether `end` is running: in node:http2, it calls `write`. */
  isEnding: boolean;
}

/** Counts the bytes of a response's body, because Node counts only the bytes of whole sockets. */
function countBytes(response: Outgoing): () => number {
  const { write, end } = response;
  const state: Count = { response, write, end, bytes: 0, isEnding: false };
  const hasOwn = Object.hasOwn(response, "end");
  if (!hasOwn) (response as { [counting]?: Count })[counting] = state;
  response.write = hasOwn ? (...args) => writeCounted(state, args) : writeShared;
  response.end = hasOwn ? (...args) => endCounted(state, args) : endShared;
  return () => state.bytes;
}

function writeShared(this: { [counting]?: Count }, ...args: never[]): unknown {
  return writeCounted(this[counting]!, args);
}

function endShared(this: { [counting]?: Count }, ...args: never[]): unknown {
  return endCounted(this[counting]!, args);
}

function writeCounted(state: Count, args: never[]): unknown {
  const { response, write } = state;
  const isTaken = !state.isEnding && !response.writableEnded;
  const result = write.apply(response, args);
  if (isTaken) count(state, args);
  return result;
}

function endCounted(state: Count, args: never[]): unknown {
  const { response, end } = state;
  if (!response.writableEnded) count(state, args); // before the call, which may finish the response
  state.isEnding = true;
  try {
    return end.apply(response, args);
  } finally {
    state.isEnding = false;
  }
}

function count(state: Count, [chunk, encoding]: readonly unknown[]): void {
  const { byteLength } = (buffers ??= builtin<Buffers>("node:buffer")!).Buffer;
  if (typeof chunk === "string" || ArrayBuffer.isView(chunk)) state.bytes += byteLength(chunk, encoding);
}
