/** Declares and reads the options of the relay, with every default. */

import { addressOf } from "../http/client_address.ts";
import { parseRank, type Threshold } from "../event/level.ts";
import { getLogger } from "../logger.ts";
import type { Logger } from "../logger_face.ts";
import {
  any,
  callable,
  describe,
  dictionary,
  type Filled,
  flag,
  list,
  must,
  number,
  options,
  orFunction,
  type Reader,
  requireOptions,
  text,
  threshold,
} from "../option_schema.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";

/** Options of {@linkcode relayEvents}; none is required. */
export interface RelayOptions {
  /** The logger for pages' events, or its name; its level, filters and handlers apply. Default: `"browser"`. */
  readonly logger?: Logger | string | undefined;
  /**
   * Origins whose pages may send, such as `https://shop.example`, or `https://*.shop.example` for all its subdomains; `"*"` allows any.
   * Default: the origin of the request itself.
   */
  readonly origins?: readonly string[] | "*" | undefined;
  /** Most bytes per request. Default: 262 144. */
  readonly maxBytes?: number | undefined;
  /** Most events per request. Default: 1000. */
  readonly maxEvents?: number | undefined;
  /** Most bytes per event. Default: 65 536. */
  readonly maxEventBytes?: number | undefined;
  /** Time-out for reading a body, in milliseconds. Default: 10 000. */
  readonly bodyTimeoutMs?: number | undefined;
  /** Most events that one client may send per minute; a request counts as at least 1 event, and 1 per KiB. Default: 6000. */
  readonly eventsPerMinute?: number | undefined;
  /** The same limit for all clients together. Default: 60 000. */
  readonly totalEventsPerMinute?: number | undefined;
  /** Most clients tracked at a time; the oldest is forgotten first. Default: 10 000. */
  readonly maxClients?: number | undefined;
  /**
   * Returns the sender: its address or another name. Default: the address of the connection, as Bun, Deno, Node or Workers report it, never
   * a header of the client.
   */
  // deno-lint-ignore no-explicit-any -- the arguments are the server's, of its own types
  readonly clientAddress?: ((request: Request, ...rest: any[]) => string | null | undefined) | undefined;
  /** Properties added to every event, which a page cannot set; a function is called once per request. Default: none. */
  // deno-lint-ignore no-explicit-any -- as above
  readonly properties?: object | ((request: Request, ...rest: any[]) => object | Promise<object>) | undefined;
  /** The least severe level that is accepted, by any of its names. Default: the logger's. */
  readonly level?: Threshold | (string & {}) | number | undefined;
  /** How far a page's clock may be wrong, in milliseconds. Beyond that, an event gets the server's time. Default: 86 400 000, a day. */
  readonly maxClockSkewMs?: number | undefined;
  /** Whether a page may send spans, which appear in the traces of the server. If not, they become ordinary events. Default: false. */
  readonly spans?: boolean | undefined;
  /** The clock. Default: the runtime's. */
  readonly clock?: Clock | undefined;
}

export interface RelaySettings extends Filled<Omit<RelayOptions, "logger" | "origins" | "level">> {
  readonly logger: Logger;
  /** Returns whether pages of an origin may send; `undefined` if only pages of the request's own origin may. */
  readonly isWelcome: ((origin: string | null) => boolean) | undefined;
  readonly isOpen: boolean;
  /** Rank of the least severe level that is accepted. */
  readonly rank: number;
}

/** Returns the host of an origin as browsers write it; `undefined` if it is malformed. */
export function hostOf(origin: string): string | undefined {
  try {
    const { protocol, host, origin: written } = new URL(origin);
    const isWritten = /^https?:$/.test(protocol) ? written === origin : /^[a-z][a-z\d+.-]*:\/\/[^/?#@\s]+$/.test(origin);
    return isWritten ? host : undefined;
  } catch {
    return undefined; // "null", or not a URL
  }
}

const wildcard = "://*.";

/** Whether the text is an origin, with or without a wildcard. */
function isOrigin(given: unknown): boolean {
  return typeof given === "string" && hostOf(given.replace(wildcard, "://")) !== undefined && !given.replace(wildcard, "").includes("*");
}

const origin = must(
  "an origin as browsers write it, such as https://shop.example, https://*.shop.example or http://localhost:8000",
  (given) => (isOrigin(given) ? given as string : undefined),
);

/** Makes a function that compares an origin with the listed ones. A wildcard stands for one or more labels before a host. */
function matcherOf(origins: readonly string[]): (origin: string | null) => boolean {
  const exact = new Set(origins.filter((one) => !one.includes(wildcard)));
  const wild = origins.filter((one) => one.includes(wildcard)).map((one) => one.split("*"));
  const isBelow = (origin: string, prefix: string, suffix: string): boolean =>
    origin.length > prefix.length + suffix.length && origin.startsWith(prefix) && origin.endsWith(suffix) &&
    /^[a-z\d.-]+$/i.test(origin.slice(prefix.length, -suffix.length));
  return (origin) => origin !== null && (exact.has(origin) || wild.some(([prefix = "", suffix = ""]) => isBelow(origin, prefix, suffix)));
}

const isLogger = (given: unknown): boolean => typeof given === "string" || typeof (given as Logger | null)?.write === "function";
const count = number(1, undefined, true);

const readRelayOptions: Reader<RelayOptions> = options<RelayOptions>({
  logger: describe(must("a logger, or its name", (given) => (isLogger(given) ? given : undefined)), text.about),
  origins: (given, path, issues) => (given === "*" ? given : list(origin)(given, path, issues)),
  maxBytes: count,
  maxEvents: count,
  maxEventBytes: count,
  bodyTimeoutMs: number(1, 2 ** 31 - 1),
  eventsPerMinute: count,
  totalEventsPerMinute: count,
  maxClients: count,
  clientAddress: callable,
  properties: orFunction(dictionary(any)),
  level: threshold,
  maxClockSkewMs: number(0),
  spans: flag,
  clock: any,
});

/** Reads the options of a relay. Throws a ConfigError that lists every mistake. */
export function readRelaySettings(given: RelayOptions): RelaySettings {
  const {
    logger = "browser",
    origins,
    maxBytes = 262_144,
    maxEvents = 1000,
    maxEventBytes = 65_536,
    bodyTimeoutMs = 10_000,
    eventsPerMinute = 6000,
    totalEventsPerMinute = 60_000,
    maxClients = 10_000,
    clientAddress = addressOf,
    properties = {},
    level = "trace",
    maxClockSkewMs = 86_400_000,
    spans = false,
    clock = systemClock,
  } = requireOptions(readRelayOptions, given, "relayEvents");
  return {
    isWelcome: origins === undefined ? undefined : origins === "*" ? () => true : matcherOf(origins),
    isOpen: origins === "*",
    ...{ maxBytes, maxEvents, maxEventBytes, bodyTimeoutMs, eventsPerMinute, totalEventsPerMinute, maxClients },
    ...{ clientAddress, properties, maxClockSkewMs, spans, clock },
    logger: typeof logger === "string" ? getLogger(logger) : logger,
    rank: parseRank(level) ?? 0,
  };
}
