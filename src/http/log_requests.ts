/** Decides how requests to fetch handlers (Bun.serve, Deno.serve, Workers, and frameworks based on them) are logged. */

import { flush } from "../lifecycle.ts";
import { isStorageSought, requestWaitUntil, runInContext, seekStorage } from "../context.ts";
import { report, requireFunction } from "../diagnostic.ts";
import { describeThrown } from "../event/plain_data.ts";
import { isWaitUntilSought, seekWaitUntil, waitUntilOf } from "../runtime/wait_until.ts";
import { workOutlivesCall } from "../runtime/detect.ts";
import { isBun, losesLength } from "../runtime/response_quirks.ts";
import { configureOnce, type Configures, isConfigured } from "./worker_env.ts";
import { endWatching, type Watched, watchLeaving } from "./client_disconnect.ts";
import { aboutInvocation, aboutRequest, factsOf, isRequest } from "./request_properties.ts";
import { beginSafely, type Completion, RequestLog, scopeOf } from "./request_log.ts";
import { readRequestOptions, type RequestLogOptions, type RequestLogSettings } from "./request_options.ts";
import { canFollow, followBody, isStreamed } from "./response_body.ts";

/** The result of a fetch handler; `undefined` if it has upgraded the connection. */
type Answer = Response | undefined | void;

type Handler = (...args: unknown[]) => unknown;

/** How long a response waits for its events if nothing else keeps the request alive. */
const lastFlushMs = 2000;

/**
 * Wraps a fetch handler so that each request becomes one event, and every event logged during it carries its `RequestId`.
 *
 * The event is `HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0.0000} ms` of the logger `http.access`, with query,
 * protocol, client address, user agent and length if they are known. An exception fills the event's exception and is rethrown. Where work
 * is bound to a request (Workers, Vercel Edge), events are delivered after the response. Also wraps a Worker's `scheduled` and `queue`, and
 * methods of Durable Objects. The template is that of Serilog's request logging.
 *
 * @param handler Called with the runtime's arguments and its `this`.
 * @param options How requests are logged.
 * @returns A handler of the same type.
 * @throws {TypeError} If the handler is not a function.
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { getLogger, logRequests, MemoryHandler } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const access = getLogger("http.access");
 * const added = access.addHandler(memory);
 * access.level = "info";
 * const serve = logRequests((request: Request) => new Response(`You asked for ${new URL(request.url).pathname}`));
 * await serve(new Request("http://localhost/orders/42?page=1"));
 * assert.equal(memory.events[0]?.properties.RequestPath, "/orders/42");
 * assert.equal(memory.events[0]?.properties.QueryString, "?page=1");
 * added.dispose();
 * ```
 */
export function logRequests<
  // deno-lint-ignore no-explicit-any -- each runtime has its own further arguments
  H extends (request: Request, ...rest: any[]) => Response | undefined | void | Promise<Response | undefined | void>,
>(
  handler: H,
  options?: RequestLogOptions,
): H;
/** Wraps a handler of any other signature. */
// deno-lint-ignore no-explicit-any -- other handlers have their own arguments
export function logRequests<H extends (...args: any[]) => unknown>(handler: H, options?: RequestLogOptions): H;
export function logRequests<H extends (...args: never[]) => unknown>(handler: H, options: RequestLogOptions = {}): H {
  requireFunction(handler, "logRequests", "handler");
  const settings = readRequestOptions(options, "logRequests");
  const isBound = !workOutlivesCall();
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const env = isBound ? (Object(this) as { readonly env?: unknown }).env ?? args[1] : undefined; // a method has no env argument
    const serve = (): unknown => new Serving(settings, isBound, this, args).run(handler as unknown as Handler);
    return isPrepared(settings.configure, env, isBound) ? serve() : prepare(settings.configure, env, isBound).then(serve);
  };
  const length = Math.max(handler.length, 1); // Deno passes a request only to a handler with a parameter
  return Object.defineProperty(wrapped, "length", { value: length }) as unknown as H;
}

function isPrepared(configures: Configures | undefined, env: unknown, isBound: boolean): boolean {
  return (configures === undefined || isConfigured(configures, env)) && (!isBound || (isWaitUntilSought() && isStorageSought()));
}

/** Prepares each request separately, because requests must not share a promise. */
async function prepare(configures: Configures | undefined, env: unknown, isBound: boolean): Promise<void> {
  if (isBound) await Promise.all([seekWaitUntil(), seekStorage()]);
  if (configures !== undefined) await configureOnce(configures, env);
}

/** One call of a wrapped handler. */
class Serving {
  readonly #settings: RequestLogSettings;
  readonly #isBound: boolean;
  readonly #that: unknown;
  readonly #args: unknown[];
  readonly #request: Request | undefined;
  #log: RequestLog | undefined;
  #watched: Watched | undefined;
  #isUpgrade = false;

  constructor(settings: RequestLogSettings, isBound: boolean, that: unknown, args: unknown[]) {
    this.#settings = settings;
    this.#isBound = isBound;
    this.#that = that;
    this.#args = args;
    const [first] = args;
    this.#request = isRequest(first) ? first : undefined;
  }

  run(handler: Handler): unknown {
    const isLogged = this.#request !== undefined && scopeOf(this.#request)?.isOver === false; // by an outer wrapper
    const log = this.#log = isLogged ? undefined : beginSafely(() => this.#begin(handler.name));
    if (log === undefined) return handler.apply(this.#that, this.#args);
    let result: unknown;
    try {
      result = this.#within(() => handler.apply(this.#that, this.#args));
    } catch (error) {
      return this.#fail(error);
    }
    if (typeof (result as Promise<unknown> | undefined)?.then !== "function") return this.#end(result);
    return Promise.resolve(result).then((answer) => this.#end(answer), (error) => this.#fail(error));
  }

  /** Runs the program's code in the context of the request. */
  #within<T>(work: () => T): T {
    return runInContext(this.#log!, work, "requests have no context of their own");
  }

  #begin(name: string): RequestLog {
    const [first, ...rest] = this.#args;
    const { ctx } = Object(this.#that) as { readonly ctx?: unknown }; // a Durable Object's
    const keeper = this.#isBound ? waitUntilOf([...rest, ctx]) : undefined;
    const request = this.#request;
    const about = request === undefined
      ? aboutInvocation(name || "handler", first, this.#settings)
      : aboutRequest(factsOf(request, rest), this.#settings);
    const log = new RequestLog(this.#settings, about, keeper);
    if (request !== undefined) {
      log.mark(request);
      if (isBun()) this.#isUpgrade = request.headers.has("upgrade");
      this.#watched = watchLeaving(request, rest, log);
    }
    return log;
  }

  /** Logs the response now or when its body ends, and returns the result for the runtime. */
  #end(given: unknown): unknown {
    const log = this.#log!;
    const answer = log.traceHeader === undefined ? given : withHeader(given, log.traceHeader);
    endWatching(this.#watched);
    const { status: statusCode } = Object(answer) as Partial<Response>;
    if (this.#request === undefined) log.complete({ statusCode: 200 });
    else if (typeof statusCode !== "number") log.complete(this.#endOf(answer));
    else if (isSentOnce() && (answer as Response).bodyUsed) log.complete(failure("a Response whose body was read before"));
    else if (this.#isFollowed(answer as Response)) return this.#follow(answer as Response);
    else log.complete({ statusCode, bytes: this.#lengthOf(answer as Response) });
    return this.#deliver(() => answer);
  }

  /** Returns the length that the response declares. After its headers are read, Bun no longer knows that a body is a part of a file. */
  #lengthOf(response: Response): number | undefined {
    const isLeftAlone = isBun() && this.#settings.followBody === false;
    const length = isLeftAlone ? null : response.headers?.get?.("content-length") ?? null;
    return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
  }

  /** Handles a result that is no response. Bun then sends an empty response, or none on an upgraded connection; other runtimes fail. */
  #endOf(answer: unknown): Completion {
    if (isBun()) return { statusCode: this.#isUpgrade ? 101 : 204 };
    return failure(answer === undefined || answer === null ? `${answer}, which is no Response` : "something that is no Response");
  }

  /** Logs an exception and rethrows it. */
  #fail(error: unknown): unknown {
    endWatching(this.#watched);
    this.#log!.complete({ statusCode: 500, error: error ?? new TypeError(`The handler threw ${error}`) });
    return this.#deliver(() => {
      throw error;
    });
  }

  #isFollowed(response: Response): boolean {
    if (response.status === 101 || this.#log!.about.method === "HEAD") return false;
    const { followBody = isStreamed } = this.#settings;
    try {
      return (typeof followBody === "function" ? followBody(response) === true : followBody) && canFollow(response);
    } catch (failure) {
      report({ code: "request-log-failed", message: `The function followBody of a request log failed: ${describeThrown(failure)}` });
      return false;
    }
  }

  #follow(response: Response): Response | Promise<Response> {
    const { status: statusCode } = response;
    const log = this.#log!;
    log.respond(statusCode);
    try {
      return followBody(response, (end) => {
        log.complete({ statusCode, ...end });
        if (this.#isBound) void this.#keep();
      }, (work) => this.#within(work));
    } catch {
      log.complete({ statusCode }); // other code reads the body; its end is unknown
      if (this.#isBound) void this.#keep();
      return response;
    }
  }

  /** Ensures that the events are delivered, then runs the remaining work. */
  #deliver(then: () => unknown): unknown {
    const waiting = this.#isBound ? this.#keep() : undefined;
    return waiting === undefined ? then() : waiting.then(then);
  }

  /** Keeps the request alive until its events are delivered; if that is impossible, returns the promise that the response must await. */
  #keep(): Promise<unknown> | undefined {
    const waitUntil = this.#log!.waitUntil ?? requestWaitUntil();
    if (waitUntil === undefined) return flush({ timeoutMs: lastFlushMs });
    try {
      waitUntil(flush());
    } catch (error) {
      report({ code: "wait-until-failed", message: `waitUntil failed: ${describeThrown(error)}` });
    }
    return undefined;
  }
}

/** Returns the response with one more header; unchanged if its headers are immutable and its body cannot be passed on. */
function withHeader(answer: unknown, [name, value]: [string, string]): unknown {
  if (typeof (Object(answer) as Partial<Response>).headers?.set !== "function") return answer;
  const response = answer as Response;
  try {
    response.headers.set(name, value);
    return response;
  } catch {
    if (response.bodyUsed || response.status < 200) return response; // an upgrade
  }
  const copy = new Response(response.body, response); // its headers are immutable: from fetch, or a redirect
  copy.headers.set(name, value);
  return copy;
}

/** Whether the server rejects a response whose body was read, and the check is cheap: on Bun and Deno. */
const isSentOnce = (): boolean => isBun() || losesLength();

/** Describes a result that servers reject. */
function failure(what: string): Completion {
  return { statusCode: 500, error: new TypeError(`The handler returned ${what}`) };
}
