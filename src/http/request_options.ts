/** Decides how the options of logRequests and logNodeRequests are read, and their defaults. */

import { getLogger } from "../logger.ts";
import type { Logger } from "../logger_face.ts";
import { isHeaderName } from "../event/http_text.ts";
import { isCredentialParameter, lettersOf } from "../event/credential_names.ts";
import type { Threshold } from "../event/level.ts";
import { workOutlivesCall } from "../runtime/detect.ts";
import {
  callable,
  flag,
  list,
  must,
  options,
  orFunction,
  orNull,
  type Reader,
  requireOptions,
  text,
  threshold,
  truth,
} from "../option_schema.ts";

/** A request that has ended. */
export interface CompletedRequest {
  /** The method, such as `"GET"`. */
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The response's status; 499 if the client disconnected before there was a response. */
  readonly statusCode: number;
  /** The duration in milliseconds. */
  readonly elapsedMs: number;
  /** What the handler threw, or the error passed to `enrichRequest`. */
  readonly error?: unknown | undefined;
  /** Whether the client disconnected before it had received the whole response. */
  readonly isAborted: boolean;
}

/** A request as it arrives. */
export interface CallerFacts {
  /** The method, such as `GET`. */
  readonly method: string;
  /** The path, with the query if there is one. */
  readonly target: string;
  /** The address of the connection, if it is known. */
  readonly clientAddress?: string | undefined;
  /** Returns the value of a header. */
  readonly header: (name: string) => string | null | undefined;
}

/** The options of {@linkcode logRequests} and {@linkcode logNodeRequests}. */
export interface RequestLogOptions {
  /** The logger of the completion events, or its name. Default: `"http.access"`. */
  readonly logger?: Logger | string | undefined;
  /**
   * The level of a completion event, or a function that decides it; `"off"` logs none. Default: `"error"` from status 500 on and after an
   * exception, else `"info"`.
   */
  readonly level?: Threshold | ((completed: CompletedRequest) => Threshold) | undefined;
  /**
   * Requests without a completion event: paths (a final `*` stands for any rest), regular expressions for paths, or a function. Default:
   * none.
   */
  readonly skip?: readonly (string | RegExp)[] | ((request: { readonly method: string; readonly path: string }) => boolean) | undefined;
  /**
   * Query parameters whose values are not logged. Only letters and digits are compared, so that `accessToken` includes `access_token`, also
   * in brackets (`user[access_token]`). Default: parameters whose names end like those of credentials, such as `access_token`.
   */
  readonly redact?: readonly string[] | undefined;
  /**
   * The header with the caller's request id. An id is used only if it consists of 1 to 128 letters, digits and `._:/+=@-`. null ignores the
   * header. Default: `"x-request-id"`.
   */
  readonly requestIdHeader?: string | null | undefined;
  /** Creates an id. Default: `crypto.randomUUID`. */
  readonly makeRequestId?: (() => string) | undefined;
  /**
   * How many of your own proxies precede the server; true means 1. The client's address is then this entry of the header `x-forwarded-for`,
   * counted from the right, because a client can forge entries further left. Default: false, the address of the connection.
   */
  readonly trustForwardedFor?: boolean | number | undefined;
  /**
   * Whether the request completes with the end of the response's body, which then passes through a stream; for fetch handlers only.
   * Default: whether the response is streamed. A response without a declared length is streamed in three cases. Its type is
   * `text/event-stream`, JSON lines or `multipart/x-mixed-replace`. It has the header `transfer-encoding` or `x-accel-buffering: no`. Its
   * body is a stream that the program made, and its type is absent, `text/plain`, `application/octet-stream`, audio or video.
   */
  readonly followBody?: boolean | ((response: Response) => boolean) | undefined;
  /**
   * Configures the logging from a Worker's environment: called before the first request, and again only when `env` is another object. The
   * function calls `configure`, or returns a configuration if other code of the program uses `configure`. An exception is reported to
   * `console.error`, and requests are still served.
   */
  // deno-lint-ignore no-explicit-any -- only the caller knows the type of the environment
  readonly configure?: ((env: any) => unknown) | undefined;
  /**
   * Whether a completion event is a span. The request is then part of the caller's trace, by the headers of W3C Trace Context, or else of a
   * new trace. Default: true.
   */
  readonly spans?: boolean | undefined;
  /**
   * Whether a request continues its caller's trace, or a function that decides it. On a public server, false ignores the traces of
   * strangers. Default: true.
   */
  readonly trustTrace?: boolean | ((request: CallerFacts) => boolean) | undefined;
  /** The response header that carries the trace's id; `"traceresponse"` uses W3C's format. Default: none. */
  readonly traceHeader?: string | null | undefined;
  /** Returns the time in milliseconds with a fraction. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** The options with their defaults. */
export interface RequestLogSettings extends Pick<RequestLogOptions, "requestIdHeader" | "followBody" | "configure" | "traceHeader"> {
  readonly logger: Logger;
  /** 0 if the header is not trusted. */
  readonly trustedProxies: number;
  readonly levelOf: ((completed: CompletedRequest) => Threshold) | undefined;
  /** Whether only the end of the request decides the level. */
  readonly isLevelOpen: boolean;
  readonly spans: boolean;
  readonly trustsTrace: (request: CallerFacts) => boolean;
  readonly isSkipped: (method: string, path: string) => boolean;
  readonly isSecret: (name: string) => boolean;
  /** Whether the clock has fractions of a millisecond. */
  readonly clock: "fine" | "whole";
  readonly makeRequestId: () => string;
  /** The program's own clock; `undefined` means `performance.now`. */
  readonly now: (() => number) | undefined;
}

const pathPattern: Reader<string | RegExp> = must(
  "a path that begins with / or *, or a regular expression",
  (given: unknown) => (given instanceof RegExp || (typeof given === "string" && /^[/*]/.test(given)) ? given : undefined),
);
const logger: Reader<Logger | string> = must(
  "a logger, or the name of one",
  (given: unknown) => (typeof given === "string" || typeof (given as Logger)?.write === "function" ? given as Logger : undefined),
);

const headerName: Reader<string> = must(
  "the name of a header",
  (given: unknown) => (isHeaderName(given) ? given : undefined), // what Headers.get accepts
);

const proxies: Reader<boolean | number> = must(
  "true, false, or how many proxies stand before the server, at least 1",
  (given: unknown) => truth(given) ?? (Number.isInteger(given) && (given as number) > 0 ? given as number : undefined),
);

const readOptions: Reader<RequestLogOptions> = options<RequestLogOptions>(() => ({
  logger,
  level: orFunction(threshold),
  skip: orFunction(list(pathPattern)),
  redact: list(text),
  requestIdHeader: orNull(headerName),
  makeRequestId: callable,
  trustForwardedFor: proxies,
  followBody: orFunction(flag),
  configure: callable,
  spans: flag,
  trustTrace: orFunction(flag),
  traceHeader: orNull(headerName),
  now: callable,
}));

/** Reads the options of a wrapper. Throws a ConfigError that lists every mistake. */
export function readRequestOptions(given: RequestLogOptions, call?: string): RequestLogSettings {
  const {
    logger = "http.access",
    level,
    skip = [],
    redact, // by default isCredentialParameter() decides
    requestIdHeader = "x-request-id",
    makeRequestId = () => crypto.randomUUID(),
    trustForwardedFor = false,
    followBody, // by default isStreamed() of response_body decides
    configure,
    spans = true,
    trustTrace = true,
    traceHeader = null,
    now,
  } = requireOptions(readOptions, given, call);
  return {
    ...{ requestIdHeader, makeRequestId, followBody, configure, spans, traceHeader },
    trustsTrace: typeof trustTrace === "function" ? (request) => trustTrace(request) === true : () => trustTrace,
    isLevelOpen: level !== undefined,
    now,
    clock: now === undefined && !workOutlivesCall() ? "whole" : "fine",
    trustedProxies: Number(trustForwardedFor),
    logger: typeof logger === "string" ? getLogger(logger) : logger,
    levelOf: level === undefined || typeof level === "function" ? level : () => level,
    isSkipped: typeof skip === "function"
      ? (method, path) => skip({ method, path }) === true
      : (_method, path) => skip.some((one) => matches(one, path)),
    isSecret: redact === undefined ? isCredentialParameter : isOneOf(redact),
  };
}

/** Returns whether the pattern matches the path. */
function matches(pattern: string | RegExp, path: string): boolean {
  if (typeof pattern !== "string") return path.search(pattern) >= 0; // `test` would begin at the previous match
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

/** Returns whether a parameter has one of these names, also in brackets. */
function isOneOf(names: readonly string[]): (name: string) => boolean {
  const keyOf = (name: string): string => lettersOf(name) || name; // the name may have neither
  const known = new Set(names.map(keyOf));
  return (name) => [name, ...name.split(/[[\]]/)].some((part) => part !== "" && known.has(keyOf(part)));
}
