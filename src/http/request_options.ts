/** How requests are logged: the options of logRequests and logNodeRequests. */

import { getLogger } from "../logger.ts";
import type { Logger } from "../logger_face.ts";
import { isCredentialParameter } from "../event/credential_names.ts";
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

/** A request of which it is known how it ended. */
export interface CompletedRequest {
  /** The method, such as `"GET"`. */
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The status of the response; 499 where the client left before there was one. */
  readonly statusCode: number;
  /** How long it took, in milliseconds. */
  readonly elapsedMs: number;
  /** What the handler threw, or what was handed to `enrichRequest`. */
  readonly error?: unknown | undefined;
  /** Whether the client left before it had the whole response. */
  readonly isAborted: boolean;
}

/** What is known of a request when it comes. */
export interface CallerFacts {
  readonly method: string;
  /** The path, with the query if there is one. */
  readonly target: string;
  /** The address of the connection, where it is known. */
  readonly clientAddress?: string | undefined;
  /** The value of a header. */
  readonly header: (name: string) => string | null | undefined;
}

/** What {@linkcode logRequests} and {@linkcode logNodeRequests} take. */
export interface RequestLogOptions {
  /** The logger of the completion events, or its name. Default: `"http.access"`. */
  readonly logger?: Logger | string | undefined;
  /** The level of a completion event, or what decides it; `"off"` logs none. Default: `"error"` from status 500 on and where something was thrown, else `"info"`. */
  readonly level?: Threshold | ((completed: CompletedRequest) => Threshold) | undefined;
  /** Requests without a completion event: paths (a `*` at the end stands for any rest), patterns of such, or a function. Default: none. */
  readonly skip?: readonly (string | RegExp)[] | ((request: { readonly method: string; readonly path: string }) => boolean) | undefined;
  /**
   * Parameters of the query whose values are not logged; letters alone count, so that `accessToken` is `access_token`, also in brackets
   * (`user[access_token]`). Default: those whose names end as credentials do, such as `access_token`.
   */
  readonly redact?: readonly string[] | undefined;
  /** The header with an id that the caller has given; one that is not sane (1 to 128 letters, digits and `._:/+=@-`) is not taken. null takes none. Default: `"x-request-id"`. */
  readonly requestIdHeader?: string | null | undefined;
  /** Makes an id. Default: `crypto.randomUUID`. */
  readonly makeRequestId?: (() => string) | undefined;
  /**
   * How many proxies of your own stand before the server: the client's address is that many from the right of the header `x-forwarded-for`, if that
   * is an address; true is 1. What stands further left a client can write itself. Default: false, the address of the connection.
   */
  readonly trustForwardedFor?: boolean | number | undefined;
  /**
   * Whether the completion is that of a response's body, which is then handed on through a stream; of fetch handlers only. Default: where the
   * response says no length, and its type is one that is streamed (`text/event-stream`, JSON lines, `multipart/x-mixed-replace`), or its body is a
   * stream and its type none, `text/plain`, `application/octet-stream`, sound or video, or it has `transfer-encoding` or `x-accel-buffering: no`.
   */
  readonly followBody?: boolean | ((response: Response) => boolean) | undefined;
  /**
   * Configures the logging by the environment that a Worker is given: called before the first request, and again only when `env` is another
   * object. Calls `configure`, or returns the configuration where the program imports `configure` anyway. What it throws goes to `console.error`; requests are served all the same.
   */
  // deno-lint-ignore no-explicit-any -- the caller knows the type of his environment
  readonly configure?: ((env: any) => unknown) | undefined;
  /** Whether a completion event is a span, and the request part of a trace: of its caller's by the headers of W3C Trace Context, else of a new one. Default: true. */
  readonly spans?: boolean | undefined;
  /** Whether a request continues the trace of its caller, or what decides it; at the edge of one's own services false keeps strangers out. Default: true. */
  readonly trustTrace?: boolean | ((request: CallerFacts) => boolean) | undefined;
  /** The header of the response with the id of the trace; `"traceresponse"` has W3C's form. Default: none. */
  readonly traceHeader?: string | null | undefined;
  /** Tells the time in milliseconds, with a fraction. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** The options with their defaults. */
export interface RequestLogSettings extends Pick<RequestLogOptions, "requestIdHeader" | "followBody" | "configure" | "traceHeader"> {
  readonly logger: Logger;
  /** 0 where the header is not trusted. */
  readonly trustedProxies: number;
  readonly levelOf: ((completed: CompletedRequest) => Threshold) | undefined;
  /** Whether only the end decides about the level. */
  readonly isLevelOpen: boolean;
  readonly spans: boolean;
  readonly trustsTrace: (request: CallerFacts) => boolean;
  readonly isSkipped: (method: string, path: string) => boolean;
  readonly isSecret: (name: string) => boolean;
  /** Whether the clock has fractions of a millisecond. */
  readonly clock: "fine" | "whole";
  readonly makeRequestId: () => string;
  readonly now: () => number;
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
  (given: unknown) => (typeof given === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(given) ? given : undefined), // others make Headers.get throw
);

const proxies: Reader<boolean | number> = must(
  "true, false, or how many proxies stand before the server, at least 1",
  (given: unknown) => truth(given) ?? (Number.isInteger(given) && (given as number) > 0 ? given as number : undefined),
);

const readOptions: Reader<RequestLogOptions> = options<RequestLogOptions>({
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
});

/** Reads the options of a wrapper. Throws a ConfigError that lists every mistake. */
export function readRequestOptions(given: RequestLogOptions): RequestLogSettings {
  const {
    logger = "http.access",
    level,
    skip = [],
    redact, // where it is not given, isCredentialParameter() decides
    requestIdHeader = "x-request-id",
    makeRequestId = () => crypto.randomUUID(),
    trustForwardedFor = false,
    followBody, // where it is not given, isStreamed() of response_body decides
    configure,
    spans = true,
    trustTrace = true,
    traceHeader = null,
    now,
  } = requireOptions(readOptions, given);
  return {
    ...{ requestIdHeader, makeRequestId, followBody, configure, spans, traceHeader },
    trustsTrace: typeof trustTrace === "function" ? (request) => trustTrace(request) === true : () => trustTrace,
    isLevelOpen: level !== undefined,
    now: now ?? (() => performance.now()),
    clock: now === undefined && !workOutlivesCall() ? "whole" : "fine",
    trustedProxies: Number(trustForwardedFor),
    logger: typeof logger === "string" ? getLogger(logger) : logger,
    levelOf: level === undefined || typeof level === "function" ? level : () => level,
    isSkipped: typeof skip === "function" ? (method, path) => skip({ method, path }) === true : skipper(skip),
    isSecret: redact === undefined ? isCredentialParameter : isOneOf(redact),
  };
}

function skipper(patterns: readonly (string | RegExp)[]): (method: string, path: string) => boolean {
  const matches = (pattern: string | RegExp, path: string): boolean => {
    if (typeof pattern !== "string") return path.search(pattern) >= 0; // `test` would go on where it stood
    return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
  };
  return (_method, path) => patterns.some((pattern) => matches(pattern, path));
}

/** Whether a parameter has one of these names; what stands in brackets is looked at, too. */
function isOneOf(names: readonly string[]): (name: string) => boolean {
  const lettersOf = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{Nd}]/gu, "") || name; // a name may have no letter
  const known = new Set(names.map(lettersOf));
  return (name) => [name, ...name.split(/[[\]]/)].some((part) => part !== "" && known.has(lettersOf(part)));
}
