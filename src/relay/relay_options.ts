/** What a relay may be told, with every default. */

import { addressOf } from "../http/client_address.ts";
import { parseRank, type Threshold } from "../event/level.ts";
import { getLogger, type Logger } from "../logger.ts";
import {
  any,
  callable,
  describe,
  dictionary,
  type Filled,
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

/** What {@linkcode relayEvents} takes; none is required. */
export interface RelayOptions {
  /** The logger that pages log by, or its name: its level, filters and handlers decide. Default: `"browser"`. */
  readonly logger?: Logger | string | undefined;
  /**
   * The origins whose pages may send, such as `https://shop.example`, or `https://*.shop.example` for all below it; `"*"` means any. Default: that of
   * the request itself.
   */
  readonly origins?: readonly string[] | "*" | undefined;
  /** The most bytes of one request. Default: 262 144. */
  readonly maxBytes?: number | undefined;
  /** The most events of one request. Default: 1000. */
  readonly maxEvents?: number | undefined;
  /** The most bytes of one event. Default: 65 536. */
  readonly maxEventBytes?: number | undefined;
  /** How long a body may take, in milliseconds. Default: 10 000. */
  readonly bodyTimeoutMs?: number | undefined;
  /** What one client may send in a minute: events, or KiB where it sends or writes more of these, and at least 1 for a request. Default: 6000. */
  readonly eventsPerMinute?: number | undefined;
  /** The same for all clients together. Default: 60 000. */
  readonly totalEventsPerMinute?: number | undefined;
  /** How many clients are told apart; of more, the last ones are. Default: 10 000. */
  readonly maxClients?: number | undefined;
  /** Who sends: its address, or any other name. Default: what Bun, Deno, Node or Workers say of the connection, and no header that a client can write. */
  // deno-lint-ignore no-explicit-any -- what the server hands on is of the server's type
  readonly clientAddress?: ((request: Request, ...rest: any[]) => string | null | undefined) | undefined;
  /** Properties of every event, which a page cannot set, or a function that is asked once for each request. Default: none. */
  // deno-lint-ignore no-explicit-any -- as above
  readonly properties?: object | ((request: Request, ...rest: any[]) => object | Promise<object>) | undefined;
  /** The least severe level that is taken, by any of its names. Default: that of the logger. */
  readonly level?: Threshold | (string & {}) | number | undefined;
  /** How far the clock of a page may be off, in milliseconds; beyond it an event gets the server's time. Default: 86 400 000, a day. */
  readonly maxClockSkewMs?: number | undefined;
  /** Tells the time. Default: the runtime's. */
  readonly clock?: Clock | undefined;
}

/** The options with their defaults. */
export interface RelaySettings extends Filled<Omit<RelayOptions, "logger" | "origins" | "level">> {
  readonly logger: Logger;
  /** Says whether pages of an origin may send; `undefined` where only those of the request's own origin may. */
  readonly isWelcome: ((origin: string | null) => boolean) | undefined;
  readonly isOpen: boolean;
  /** The least rank that is accepted. */
  readonly rank: number;
}

/** The host of an origin, in the form in which browsers write it; `undefined` for what is none. */
export function hostOf(origin: string): string | undefined {
  try {
    const { protocol, host, origin: written } = new URL(origin);
    const isWritten = /^https?:$/.test(protocol) ? written === origin : /^[a-z][a-z\d+.-]*:\/\/[^/?#@\s]+$/.test(origin);
    return isWritten ? host : undefined;
  } catch {
    return undefined; // "null", or no URL at all
  }
}

const wildcard = "://*.";

/** Whether it is an origin; of one with a wildcard, what is left without it. */
function isOrigin(given: unknown): boolean {
  return typeof given === "string" && hostOf(given.replace(wildcard, "://")) !== undefined && !given.replace(wildcard, "").includes("*");
}

const origin = must(
  "an origin as browsers write it, such as https://shop.example, https://*.shop.example or http://localhost:8000",
  (given) => (isOrigin(given) ? given as string : undefined),
);

/** Compares an origin with those that are listed; a wildcard stands for one or more names before a host. */
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
    clock = systemClock,
  } = requireOptions(readRelayOptions, given);
  return {
    isWelcome: origins === undefined ? undefined : origins === "*" ? () => true : matcherOf(origins),
    isOpen: origins === "*",
    ...{ maxBytes, maxEvents, maxEventBytes, bodyTimeoutMs, eventsPerMinute, totalEventsPerMinute, maxClients },
    ...{ clientAddress, properties, maxClockSkewMs, clock },
    logger: typeof logger === "string" ? getLogger(logger) : logger,
    rank: parseRank(level) ?? 0,
  };
}
