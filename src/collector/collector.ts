/** Seq's ingestion API as a fetch handler, for development and tests. */

import type { Filled } from "../option_schema.ts";
import { type Answer, IngestionError, preflight, refusal, respond } from "./answer.ts";
import { readClef, seqLimits } from "./clef_body.ts";
import type { CollectedEvent } from "./collected_event.ts";
import { type CollectedRequest, isClef, type PendingRequest, pendingRequest, readBody } from "./ingestion_request.ts";
import { altered, ConnectionReset, delayOf, failureOf, FaultQueue } from "./simulated_fault.ts";
import type { Fault } from "./simulated_fault.ts";
import { Journal } from "./received_events.ts";
import type { UntilOptions } from "./received_events.ts";
import { Page } from "./page/page.ts";
import { readLegacyEvents } from "./legacy_events.ts";

/** How a collector behaves; the defaults are Seq's. */
export interface CollectorOptions {
  /** The API keys that may ingest; a missing or wrong one is answered 401. Default: any request may, whatever its key, as with a Seq that asks for none. */
  readonly apiKeys?: readonly string[] | undefined;
  /** The level that a successful answer names at first. Default `null`. */
  readonly minimumLevelAccepted?: string | null | undefined;
  /** The most bytes of UTF-8 in one event, above which its request is answered 400. Default 262 144. */
  readonly maxEventBytes?: number | undefined;
  /** The most bytes in one request, above which it is answered 413. Default 10 485 760 (10 MiB). */
  readonly maxPayloadBytes?: number | undefined;
  /** What an empty line among the events does. Default `"reject"`, so that clients are kept honest. */
  readonly blankLines?: "reject" | "skip" | undefined;
  /** Whether a page of another origin may use `/ingest/clef`, as since Seq 2026.1; `/api/events/raw` it always may. Default true. */
  readonly corsOnIngest?: boolean | undefined;
  /** The path before every route, such as `/seq`. Default none. */
  readonly basePath?: string | undefined;
  /** The names by which a browser may ask for the page at `/`, beside addresses and `localhost`. Default none. */
  readonly pageHosts?: readonly string[] | undefined;
  /** How many events, and how many requests, are kept; beyond it the oldest are forgotten. Default 100 000. */
  readonly keepEvents?: number | undefined;
  /** How many bytes of events, and of requests' headers, are kept; beyond it the oldest are forgotten. Default 268 435 456 (256 MiB). */
  readonly keepBytes?: number | undefined;
  /** Is told of each event once its batch is accepted. What it throws reaches the runtime as an uncaught error, and the answer stays the same. */
  readonly onEvent?: ((event: CollectedEvent) => void) | undefined;
  /** Is told of each request once its outcome is decided; throws as `onEvent` does. */
  readonly onRequest?: ((request: CollectedRequest) => void) | undefined;
}

/** A Seq without the rest of Seq: takes events in by Seq's rules, keeps them, and fails when it is told to. */
export interface Collector {
  /** The fetch handler, usable unbound; needs no network. Throws {@linkcode ConnectionReset} where the connection must break. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The events kept, oldest first; the same array throughout. */
  readonly events: readonly CollectedEvent[];
  /** The requests kept, in the order in which their outcome was decided; the same array throughout. */
  readonly requests: readonly CollectedRequest[];
  /** How many events have been taken in since the start or the last `clear`, forgotten ones included. */
  readonly received: number;
  /** The level that a successful answer names as `MinimumLevelAccepted`; may be set. Events below it are kept all the same. */
  minimumLevelAccepted: string | null;
  /** Forgets events, requests, counts and faults. */
  clear(): void;
  /** Lets the next ingestion requests meet these faults, in order, after those that wait already; throws a RangeError for one that cannot be shown. */
  fail(faults: Fault | readonly Fault[]): void;
  /** Forgets the faults that wait: from now on all is well. */
  recover(): void;
  /**
   * Waits, without polling, for events. A number is how many must have come since the start or the last `clear`: resolves with all that are kept. A
   * predicate must hold for `count` of them (default 1): resolves with those. Rejects after `timeoutMs` (default 5000), saying what has come.
   */
  until(wanted: number | ((event: CollectedEvent) => boolean), options?: UntilOptions): Promise<CollectedEvent[]>;
  /** Waits likewise for requests, the refused and the unanswered included. */
  untilRequests(wanted: number | ((request: CollectedRequest) => boolean), options?: UntilOptions): Promise<CollectedRequest[]>;
}

const ingestionRoutes = ["/ingest/clef", "/api/events/raw"];
const readableRoutes: Readonly<Record<string, object>> = {
  "/health": { status: "The Seq node is in service." },
  "/api": { Product: "Seq (@x/seqlog collector)", Version: "2026.1.0", InstanceName: null, Links: { Raw: "api/events/raw{?clef}" } },
};

interface Verdict {
  readonly answer: Answer;
  readonly events: readonly CollectedEvent[];
}

/** Waits, for ever if need be, unless the client goes away first: then it rejects with the signal's reason. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}

/** Calls a listener so that what it throws reaches the runtime and not the request. */
function tell<T>(listener: ((item: T) => void) | undefined, item: T): void {
  try {
    listener?.(item);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** The options with their defaults, but for what has a home of its own. */
type Settings =
  & Filled<Pick<CollectorOptions, "maxEventBytes" | "maxPayloadBytes" | "blankLines" | "corsOnIngest">>
  & Pick<CollectorOptions, "apiKeys" | "onEvent" | "onRequest">;

class FetchCollector implements Collector {
  readonly events: readonly CollectedEvent[];
  readonly requests: readonly CollectedRequest[];
  minimumLevelAccepted: string | null;
  readonly #settings: Settings;
  readonly #basePath: string;
  readonly #events: Journal<CollectedEvent>;
  readonly #requests: Journal<CollectedRequest>;
  readonly #page: Page;
  readonly #faults: FaultQueue = new FaultQueue();

  constructor(options: CollectorOptions) {
    const {
      apiKeys,
      minimumLevelAccepted = null,
      maxEventBytes = seqLimits.maxEventBytes,
      maxPayloadBytes = 10 * 1024 * 1024,
      blankLines = seqLimits.blankLines,
      corsOnIngest = true,
      basePath = "",
      pageHosts = [],
      keepEvents = 100_000,
      keepBytes = 256 * 1024 * 1024,
      onEvent,
      onRequest,
    } = options;
    this.#settings = { apiKeys, maxEventBytes, maxPayloadBytes, blankLines, corsOnIngest, onEvent, onRequest };
    this.#basePath = `/${basePath}/`.replace(/\/+/g, "/").slice(0, -1).toLowerCase();
    this.#events = new Journal("events", { items: keepEvents, bytes: keepBytes });
    this.#requests = new Journal("requests", { items: keepEvents, bytes: keepBytes });
    this.#page = new Page(this.#events, pageHosts);
    this.events = this.#events.items;
    this.requests = this.#requests.items;
    this.minimumLevelAccepted = minimumLevelAccepted;
  }

  get received(): number {
    return this.#events.total;
  }

  clear(): void {
    this.#events.clear();
    this.#requests.clear();
    this.#faults.clear();
  }

  fail(faults: Fault | readonly Fault[]): void {
    this.#faults.add([faults].flat() as Fault[]);
  }

  recover(): void {
    this.#faults.clear();
  }

  until(wanted: number | ((event: CollectedEvent) => boolean), options: UntilOptions = {}): Promise<CollectedEvent[]> {
    return this.#events.until(wanted, options, () => this.#describe());
  }

  untilRequests(wanted: number | ((request: CollectedRequest) => boolean), options: UntilOptions = {}): Promise<CollectedRequest[]> {
    return this.#requests.until(wanted, options, () => this.#describe());
  }

  #describe(): string {
    const last = this.requests.at(-1);
    const outcome = last?.status == null
      ? "was not answered"
      : `was answered ${last.status}${last.error === null ? "" : `, ${last.error}`}`;
    const tail = last === undefined ? "" : `; the last, ${last.method} ${last.path}${last.query}, ${outcome}`;
    return `${this.received} events have come in ${this.#requests.total} requests${tail}`;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const pending = pendingRequest(request);
    const path = pending.path.toLowerCase().replace(/(?<=.)\/$/, ""); // ASP.NET's routes: in any case, with or without a slash at the end
    const isBase = path === this.#basePath;
    if (isBase && !pending.path.endsWith("/")) return respond({ status: 302, headers: { location: `${pending.path}/` } });
    const route = isBase ? "/" : path.startsWith(`${this.#basePath}/`) ? path.slice(this.#basePath.length) : "";
    if (this.#page.has(route)) return await this.#page.answer(request, route);
    if (ingestionRoutes.includes(route)) return await this.#ingestion(request, pending, route);
    if (!Object.hasOwn(readableRoutes, route)) return this.#answer(pending, refusal(404, "Not found"));
    const isRead = ["GET", "HEAD"].includes(request.method);
    return this.#answer(
      pending,
      isRead ? { status: 200, body: readableRoutes[route] } : refusal(405, "Method not allowed", { allow: "GET, HEAD" }),
    );
  };

  async #ingestion(request: Request, pending: PendingRequest, route: string): Promise<Response> {
    const isOpen = this.#settings.corsOnIngest || route !== "/ingest/clef";
    const cors: Record<string, string> = isOpen && request.headers.has("origin") ? { "access-control-allow-origin": "*" } : {};
    if (request.method === "OPTIONS" && isOpen) return this.#answer(pending, preflight(request), cors);
    if (request.method !== "POST") return this.#answer(pending, refusal(405, "Method not allowed", { allow: "POST" }), cors);
    const isAllClef = route === "/ingest/clef" || isClef(pending.query, pending.contentType);
    return respond(await this.#ingest(request, pending, isAllClef), cors);
  }

  async #ingest(request: Request, pending: PendingRequest, isAllClef: boolean): Promise<Answer> {
    const fault = this.#faults.next() ?? {};
    const reset = "reset" in fault ? fault.reset : undefined;
    if (reset === "before") {
      this.#record(pending);
      throw new ConnectionReset("before");
    }
    const { answer, events } = await this.#judge(request, pending, isAllClef, fault);
    pending.count = events.length;
    this.#record(pending, reset === "after" || "hang" in fault ? undefined : answer);
    this.#events.add(events, pending.bytes);
    for (const event of events) tell(this.#settings.onEvent, event);
    if (reset === "after") throw new ConnectionReset("after");
    const delayMs = delayOf(fault);
    if (delayMs > 0) await wait(delayMs, request.signal);
    return answer;
  }

  /** Reads the request and decides, without any trace yet, what is answered and which events are in. */
  async #judge(request: Request, pending: PendingRequest, isAllClef: boolean, fault: Fault): Promise<Verdict> {
    const { maxPayloadBytes, maxEventBytes, blankLines, apiKeys } = this.#settings;
    try {
      const body = await readBody(request, maxPayloadBytes);
      pending.bytes = body.length;
      const failure = failureOf(fault);
      if (failure !== undefined) return { answer: failure, events: [] };
      if (apiKeys !== undefined && !apiKeys.includes(pending.apiKey ?? "")) {
        throw new IngestionError(
          401,
          `Cannot ingest without a valid API key: ${pending.apiKey === null ? "there is none" : "the key is unknown"}`,
        );
      }
      const events = readAll(() => isAllClef ? readClef(body, { maxEventBytes, blankLines }) : readLegacyEvents(body, maxEventBytes));
      return { answer: altered({ status: 201, body: { MinimumLevelAccepted: this.minimumLevelAccepted } }, fault), events };
    } catch (error) {
      if (error instanceof IngestionError) return { answer: refusal(error.status, error.message), events: [] };
      this.#record(pending); // the client went away
      throw error;
    }
  }

  #record(pending: PendingRequest, answer?: Answer): void {
    pending.status = answer?.status ?? null;
    pending.error = (answer?.body as { Error?: string } | undefined)?.Error ?? null;
    this.#requests.add([pending], sizeOf(pending));
    tell(this.#settings.onRequest, pending);
  }

  #answer(pending: PendingRequest, answer: Answer, headers: Readonly<Record<string, string>> = {}): Response {
    this.#record(pending, answer);
    return respond(answer, headers);
  }
}

/** What a body holds. A value that is nested deeper than the stack reaches is refused, as by Seq, which knows 64 levels. */
function readAll(read: () => CollectedEvent[]): CollectedEvent[] {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new IngestionError(400, "Cannot ingest the payload: a value is nested too deep") : error;
  }
}

/** What a request takes in memory, about. */
function sizeOf({ path, query, headers }: PendingRequest): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, path.length + query.length + 500);
}

/**
 * Makes a collector: Seq's ingestion API in memory, as a fetch handler that needs no network.
 *
 * It takes `POST /ingest/clef` and `POST /api/events/raw` (CLEF by the flag `?clef` or by its media type, else the older JSON) and answers as Seq
 * does: 201 with `MinimumLevelAccepted`, 400 for the whole batch when one event is bad, 401, 413; and `GET /health` and `/api`. Collectors are independent.
 * `GET /` is a page that shows the events; what the page asks for is not among `requests`.
 *
 * @param options Limits, API keys, listeners.
 * @returns The collector.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createCollector } from "@x/seqlog/collector";
 *
 * const collector = createCollector();
 * const body = '{"@t":"2026-03-01T10:15:00Z","@mt":"Order {Id} shipped","Id":42}';
 * const reply = await collector.fetch(new Request("http://seq/ingest/clef", { method: "POST", body }));
 * assert.equal(reply.status, 201);
 * assert.equal(collector.events[0]?.message, "Order 42 shipped");
 *
 * collector.fail({ status: 503 });
 * const refused = await collector.fetch(new Request("http://seq/ingest/clef", { method: "POST", body }));
 * assert.equal(refused.status, 503);
 * assert.equal(collector.received, 1);
 * ```
 */
export function createCollector(options: CollectorOptions = {}): Collector {
  return new FetchCollector(options);
}
