/** Decides how each request to the collector's ingestion API is answered; a fetch handler for development and tests. */

import { type Filled, requireOptions } from "../option_schema.ts";
import { type Answer, IngestionError, preflight, refusal, respond } from "./answer.ts";
import { readClef, seqLimits } from "./clef_body.ts";
import type { CollectedEvent } from "./collected_event.ts";
import { type CollectorOptions, readCollectorOptions } from "./collector_options.ts";
import { type CollectedRequest, isClef, type PendingRequest, pendingRequest, readBody } from "./ingestion_request.ts";
import { altered, ConnectionReset, delayOf, failureOf, FaultQueue } from "./simulated_fault.ts";
import type { Fault } from "./simulated_fault.ts";
import { Journal } from "./received_events.ts";
import type { UntilOptions } from "./received_events.ts";
import { Page } from "./page/page.ts";
import { readLegacyEvents } from "./legacy_events.ts";

/** A stand-in for Seq: accepts events by Seq's rules, keeps them in memory, and simulates failures on demand. */
export interface Collector {
  /**
   * The fetch handler, which works without `this` and needs no network. Throws {@linkcode ConnectionReset} if the connection must break.
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The events kept, oldest first; always the same array. */
  readonly events: readonly CollectedEvent[];
  /** The requests kept, in the order in which their outcome was decided; always the same array. */
  readonly requests: readonly CollectedRequest[];
  /** How many events were accepted since the start or the last `clear`, including dropped ones. */
  readonly received: number;
  /** The `MinimumLevelAccepted` of successful responses; may be set. The collector keeps events below it, too. */
  minimumLevelAccepted: string | null;
  /** Discards events, requests, counts and faults. */
  clear(): void;
  /** Adds faults for the next ingestion requests, after the pending faults. Throws a RangeError for a fault that cannot be simulated. */
  fail(faults: Fault | readonly Fault[]): void;
  /** Discards the pending faults, so that all later requests succeed. */
  recover(): void;
  /**
   * Waits for events without polling. With a number, waits for this many events since the start or the last `clear`, and returns all events
   * kept. With a predicate, waits until `count` events (default 1) match, and returns these events. Rejects after `timeoutMs` (default
   * 5000), and says what has arrived.
   */
  until(wanted: number | ((event: CollectedEvent) => boolean), options?: UntilOptions): Promise<CollectedEvent[]>;
  /** Waits for requests in the same way, including rejected and unanswered requests. */
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

/** Waits, possibly for ever; rejects with the signal's reason when the client disconnects. */
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

/** Calls a listener so that its exception reaches the runtime and not the request. */
function notify<T>(listener: ((item: T) => void) | undefined, item: T): void {
  try {
    listener?.(item);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Returns the options with their defaults. */
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
    const path = pending.path.toLowerCase().replace(/(?<=.)\/$/, ""); // ASP.NET's routes ignore case and a trailing slash
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
    for (const event of events) notify(this.#settings.onEvent, event);
    if (reset === "after") throw new ConnectionReset("after");
    const delayMs = delayOf(fault);
    if (delayMs > 0) await wait(delayMs, request.signal);
    return answer;
  }

  /** Reads the request and decides its response and its accepted events, without recording anything. */
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
      this.#record(pending); // the client has disconnected
      throw error;
    }
  }

  #record(pending: PendingRequest, answer?: Answer): void {
    pending.status = answer?.status ?? null;
    pending.error = (answer?.body as { Error?: string } | undefined)?.Error ?? null;
    this.#requests.add([pending], sizeOf(pending));
    notify(this.#settings.onRequest, pending);
  }

  #answer(pending: PendingRequest, answer: Answer, headers: Readonly<Record<string, string>> = {}): Response {
    this.#record(pending, answer);
    return respond(answer, headers);
  }
}

/** Reads the events of a body. Rejects a value that is nested deeper than the stack allows. Seq rejects more than 64 levels. */
function readAll(read: () => CollectedEvent[]): CollectedEvent[] {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new IngestionError(400, "Cannot ingest the payload: a value is nested too deep") : error;
  }
}

/** Estimates the memory that a request uses. */
function sizeOf({ path, query, headers }: PendingRequest): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, path.length + query.length + 500);
}

/**
 * Creates a collector: Seq's ingestion API in memory, as a fetch handler that needs no network.
 *
 * The collector accepts `POST /ingest/clef` and `POST /api/events/raw`. A body on the second route is CLEF if it has the flag `?clef` or
 * the media type of CLEF, and otherwise the older JSON. Responses are the same as Seq's: 201 with `MinimumLevelAccepted`, 400 for the whole
 * batch if one event is wrong, 401 and 413. `GET /health` and `GET /api` respond as well. `GET /` is a page that shows the events;
 * `requests` does not include requests of the page. Collectors are independent of each other.
 *
 * @param options Limits, API keys, listeners.
 * @returns The collector.
 * @throws {ConfigError} If an option is wrong.
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
  return new FetchCollector(requireOptions(readCollectorOptions, options, "createCollector"));
}
