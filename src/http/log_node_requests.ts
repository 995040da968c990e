/** The wrapper of listeners of Node's HTTP servers: node:http, node:https, node:http2, and the frameworks above them. */

import { current, hasStorage, runInContext } from "../context.ts";
import { builtin } from "../runtime/detect.ts";
import { aboutRequest, type RequestFacts } from "./request_properties.ts";
import { withoutMapping } from "./client_address.ts";
import { beginSafely, RequestLog, scopeOf } from "./request_log.ts";
import { readRequestOptions, type RequestLogOptions } from "./request_options.ts";

/** What is read of Node's IncomingMessage, and of that of node:http2. */
interface Incoming {
  readonly method?: string;
  readonly url?: string;
  /** The whole path, where a framework has cut the other. */
  readonly originalUrl?: string;
  readonly httpVersion?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: { readonly remoteAddress?: string; readonly destroyed?: boolean } | null;
  once?(event: "close", listener: () => void): unknown;
}

/** What is read of a stream of node:http2. */
interface Stream {
  readonly aborted: boolean;
  readonly rstCode: number;
  readonly writableEnded: boolean;
  readonly sentHeaders?: { readonly ":status"?: number };
}

/** What is used of Node's ServerResponse, and of that of node:http2. */
interface Outgoing {
  readonly statusCode: number;
  readonly writableEnded?: boolean;
  readonly writableFinished?: boolean;
  readonly headersSent?: boolean;
  /** What it was destroyed with. */
  readonly errored?: unknown;
  /** Of node:http2 alone. */
  readonly stream?: Stream;
  getHeader(name: string): unknown;
  setHeader?(name: string, value: string): unknown;
  once(event: string, listener: (error: unknown) => void): unknown;
  write: (...args: never[]) => unknown;
  end: (...args: never[]) => unknown;
}

/**
 * Wraps a listener of `node:http`, `https` or `http2` so that each request becomes one event, and every event that is logged for it carries its
 * `RequestId`: the same as {@linkcode logRequests} for fetch handlers.
 *
 * It is complete when the response is sent, or when the client has left. What the listener throws, or rejects with, fills the event's exception and is
 * thrown on. As it calls the listener with all that it is called with, it also wraps an Express middleware: `app.use(logNodeRequests((_request, _response,
 * next) => next()))`. Requests that are upgraded (WebSocket) are no concern of a server's listener, nor of this.
 *
 * @param listener Called with the request, the response and what else the server hands over.
 * @param options How requests are logged.
 * @returns A listener of the same type.
 * @throws {ConfigError} If an option is wrong; it lists every mistake.
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
  const settings = readRequestOptions(options);
  const wrapped = function (this: unknown, request: Incoming, response: Outgoing, ...rest: unknown[]): unknown {
    const isLogged = scopeOf(request)?.isOver === false; // by a wrapper around this one
    const log = isLogged ? undefined : beginSafely(() => new RequestLog(settings, aboutRequest(factsOf(request), settings)));
    if (log === undefined) return listener.call(this, request, response, ...rest);
    log.mark(request);
    if (hasStorage()) { for (const emitter of [request, response] as Emitter[]) keepContext(log, emitter); }
    const header = log.traceHeader;
    if (header !== undefined && !response.headersSent) response.setHeader?.(...header);
    const sent = request.method === "HEAD" ? undefined : countBytes(response);
    response.once("close", () => end(log, response, sent));
    request.once?.("close", () => { // of a response that waits behind another nobody tells that its connection is gone
      if (request.socket?.destroyed === true && !isSent(response)) end(log, response, sent);
    });
    const fail = (error: unknown): never => {
      log.complete({
        statusCode: response.headersSent ? response.statusCode : 500,
        error: error ?? new TypeError(`The listener describeThrown ${error}`),
      });
      throw error;
    };
    try {
      const run = (): unknown => listener.call(this, request, response, ...rest);
      const result = runInContext(log, run, "requests have no context of their own");
      return result instanceof Promise ? result.then(undefined, fail) : result; // nobody else calls the `then` of what a listener answers
    } catch (error) {
      return fail(error);
    }
  };
  return wrapped as unknown as L;
}

/** What is used of an emitter of Node's. */
interface Emitter {
  emit?: (...args: never[]) => unknown;
}

/** Runs the listeners of an emitter in the context of its request, and so what it is piped to: an emitter runs them in that of whoever emits. */
function keepContext(log: RequestLog, emitter: Emitter): void {
  const { emit } = emitter;
  if (emit === undefined) return;
  emitter.emit = (...args) => {
    const run = (): unknown => emit.apply(emitter, args);
    return current()?.request === log ? run() : runInContext(log, run, "");
  };
}

function factsOf({ method = "GET", originalUrl, url = "/", httpVersion, headers, socket }: Incoming): RequestFacts {
  const target = originalUrl ?? url;
  return {
    method,
    target: target.startsWith("/") ? target : target.replace(/^\w+:\/\/[^/?]*(?=[/?]|$)/, ""), // a proxy's absolute form
    protocol: httpVersion === undefined ? undefined : `HTTP/${httpVersion}`,
    clientAddress: withoutMapping(socket?.remoteAddress),
    header: (name) => {
      const value = headers[name.toLowerCase()];
      return typeof value === "string" ? value : value?.join(", ");
    },
  };
}

/** Whether the whole response went out, as far as this side knows. */
function isSent({ stream, writableEnded, writableFinished, headersSent }: Outgoing): boolean {
  if (stream === undefined) return writableFinished === true;
  return headersSent === true && (writableEnded === true || stream.writableEnded) && !stream.aborted && stream.rstCode === 0;
}

/** Logs how it ended. */
function end(log: RequestLog, response: Outgoing, sent: (() => number) | undefined): void {
  const { stream, writableEnded, headersSent, errored } = response;
  const statusCode = stream?.sentHeaders?.[":status"] ?? response.statusCode;
  if (isSent(response)) {
    const isKnown = sent !== undefined && writableEnded === true; // not what went by the stream itself
    return log.complete({ statusCode, ...(isKnown && { bytes: statusCode === 204 || statusCode === 304 ? 0 : sent() }) });
  }
  if (headersSent) log.respond(statusCode);
  if (errored && !isClients(errored)) log.complete({ statusCode: headersSent ? statusCode : 500, error: errored });
  else log.abort();
}

/** Whether Node has made the error because the client has left. */
function isClients(errored: unknown): boolean {
  const { code, message } = Object(errored) as { readonly code?: unknown; readonly message?: unknown };
  return code === "ECONNRESET" && message === "aborted";
}

interface Buffers {
  readonly Buffer: { byteLength(chunk: unknown, encoding?: unknown): number };
}

/** Counts what is written to the body of a response: Node tells only of whole sockets. */
function countBytes(response: Outgoing): () => number {
  const { byteLength } = builtin<Buffers>("node:buffer")!.Buffer;
  const { write, end } = response;
  let bytes = 0;
  let isEnding = false; // that of node:http2 ends by writing
  const count = ([chunk, encoding]: readonly unknown[]): void => {
    if (typeof chunk === "string" || ArrayBuffer.isView(chunk)) bytes += byteLength(chunk, encoding);
  };
  response.write = (...args) => {
    const isTaken = !isEnding && !response.writableEnded;
    const result = write.apply(response, args);
    if (isTaken) count(args);
    return result;
  };
  response.end = (...args) => {
    const isTaken = !response.writableEnded;
    isEnding = true;
    try {
      return end.apply(response, args);
    } finally {
      isEnding = false;
      if (isTaken) count(args);
    }
  };
  return () => bytes;
}
