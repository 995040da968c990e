/** The options of a collector, and how they are read. */

import { callable, choice, flag, list, number, options, orNull, type Reader, text } from "../option_schema.ts";
import type { CollectedEvent } from "./collected_event.ts";
import type { CollectedRequest } from "./ingestion_request.ts";

/** The options of a collector; the defaults are Seq's. */
export interface CollectorOptions {
  /**
   * The API keys that may ingest; a missing or wrong key gets status 401. Default: every request may, with any key, like a Seq
   * server that requires no key.
   */
  readonly apiKeys?: readonly string[] | undefined;
  /** The initial `MinimumLevelAccepted` of successful responses. Default `null`. */
  readonly minimumLevelAccepted?: string | null | undefined;
  /** Most bytes of UTF-8 in one event; a request with a larger event gets status 400. Default 262 144. */
  readonly maxEventBytes?: number | undefined;
  /** Most bytes in one request; a larger request gets status 413. Default 10 485 760 (10 MiB). */
  readonly maxPayloadBytes?: number | undefined;
  /** Whether an empty line between events is rejected or skipped. Default `"reject"`, which reveals a faulty client. */
  readonly blankLines?: "reject" | "skip" | undefined;
  /** Whether a page of another origin may use `/ingest/clef`, as in Seq since 2026.1. It may always use `/api/events/raw`. Default true. */
  readonly corsOnIngest?: boolean | undefined;
  /** The path before every route, such as `/seq`. Default none. */
  readonly basePath?: string | undefined;
  /** The host names by which a browser may request the page at `/`, in addition to addresses and `localhost`. Default none. */
  readonly pageHosts?: readonly string[] | undefined;
  /** How many events, and how many requests, are kept; the oldest are dropped first. Default 100 000. */
  readonly keepEvents?: number | undefined;
  /** How many bytes of events, and of requests' headers, are kept; the oldest are dropped first. Default 268 435 456 (256 MiB). */
  readonly keepBytes?: number | undefined;
  /**
   * Called with each event once its batch is accepted. An exception becomes an uncaught error of the runtime; the response is unchanged.
   */
  readonly onEvent?: ((event: CollectedEvent) => void) | undefined;
  /** Called with each request once its outcome is decided. An exception has the same effect as in `onEvent`. */
  readonly onRequest?: ((request: CollectedRequest) => void) | undefined;
}

const count = number(0, Infinity);

/** The readers of the options of a collector. */
export const collectorReaders: Readonly<Record<keyof CollectorOptions, Reader<unknown>>> = {
  apiKeys: list(text),
  minimumLevelAccepted: orNull(text),
  maxEventBytes: count,
  maxPayloadBytes: count,
  blankLines: choice("reject", "skip"),
  corsOnIngest: flag,
  basePath: text,
  pageHosts: list(text),
  keepEvents: count,
  keepBytes: count,
  onEvent: callable,
  onRequest: callable,
};

/** Reads the options of a collector. */
export const readCollectorOptions: Reader<CollectorOptions> = options<CollectorOptions>(collectorReaders);
