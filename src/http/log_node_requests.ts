/** The wrapper of listeners of Node's HTTP servers: node:http, node:https, node:http2, and the frameworks above them. */

import { runInContext } from "../context.ts";
import { builtin } from "../runtime.ts";
import { aboutRequest, type RequestFacts } from "./request_about.ts";
import { beginSafely, RequestLog } from "./request_log.ts";
import { readRequestOptions, type RequestLogOptions } from "./request_options.ts";

/** What is read of Node's IncomingMessage, and of that of node:http2. */
interface Incoming {
  readonly method?: string;
  readonly url?: string;
  /** The whole path, where a framework has cut the other. */
  readonly originalUrl?: string;
  readonly httpVersion?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: { readonly remoteAddress?: string } | null;
}

/** What is used of Node's ServerResponse, and of that of node:http2. */
interface Outgoing {
  readonly statusCode: number;
  readonly writableFinished?: boolean;
  readonly headersSent?: boolean;
  getHeader(name: string): unknown;
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
    const log = beginSafely(() => new RequestLog(settings, aboutRequest(factsOf(request), settings)));
    if (log === undefined) return listener.call(this, request, response, ...rest);
    log.mark(request);
    const sent = request.method === "HEAD" ? undefined : countBytes(response);
    response.once("close", () => {
      if (response.writableFinished) log.complete({ statusCode: response.statusCode, bytes: sent?.() });
      else {
        if (response.headersSent) log.respond(response.statusCode);
        log.abort();
      }
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
      return typeof (result as Promise<unknown> | undefined)?.then === "function"
        ? (result as Promise<unknown>).then(undefined, fail)
        : result;
    } catch (error) {
      return fail(error);
    }
  };
  return wrapped as unknown as L;
}

function factsOf({ method = "GET", originalUrl, url = "/", httpVersion, headers, socket }: Incoming): RequestFacts {
  const target = originalUrl ?? url;
  return {
    method,
    target: target.startsWith("/") ? target : target.replace(/^\w+:\/\/[^/?]*(?=[/?]|$)/, ""), // a proxy's absolute form
    protocol: httpVersion === undefined ? undefined : `HTTP/${httpVersion}`,
    clientAddress: socket?.remoteAddress,
    header: (name) => {
      const value = headers[name.toLowerCase()];
      return typeof value === "string" ? value : value?.[0];
    },
  };
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
    if (!isEnding && (typeof chunk === "string" || chunk instanceof Uint8Array)) bytes += byteLength(chunk, encoding);
  };
  response.write = (...args) => {
    count(args);
    return write.apply(response, args);
  };
  response.end = (...args) => {
    count(args);
    isEnding = true;
    try {
      return end.apply(response, args);
    } finally {
      isEnding = false;
    }
  };
  return () => bytes;
}
