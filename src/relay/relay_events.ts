/**
 * The relay: accepts CLEF from pages and writes it to the server's own logging, so that no API key reaches a page.
 *
 * @example
 * ```ts
 * import { relayEvents } from "@x/seqlog/relay";
 * import assert from "node:assert/strict";
 *
 * const relay = relayEvents({ origins: ["https://shop.example"] }); // Deno.serve(relay); a page has { serverUrl: "/seq" }
 * const foreign = new Request("https://shop.example/seq/api/events/raw?clef", { method: "POST", headers: { origin: "https://evil.example" } });
 * assert.equal((await relay(foreign)).status, 403);
 * ```
 *
 * @module
 */

import type { Clock } from "../runtime/clock.ts";
import type { LogEventInit } from "../event/log_event.ts";
import { hasRoom, ready } from "../lifecycle.ts";
import { currentContext } from "../context.ts";
import { report } from "../diagnostic.ts";
import { reasonOf } from "../event/exception.ts";
import { globalProperties } from "../global_properties.ts";
import { clefNames, levels, offRank, parseRank } from "../event/level.ts";
import { loggerInside } from "../logger.ts";
import type { Logger } from "../logger_face.ts";
import { type ClientRequest, RateLimit } from "./client_quota.ts";
import { impersonationGuard } from "./impersonation.ts";
import { readBody, readEvents, type Reason, Refusal } from "./relay_body.ts";
import { hostOf, readRelaySettings, type RelayOptions, type RelaySettings } from "./relay_options.ts";
import { commonSize, writtenSize } from "./written_size.ts";

export type { RelayOptions } from "./relay_options.ts";

/**
 * Makes a handler that accepts events from pages and writes them to the server's own logging. The page needs no API key, and can only log.
 *
 * Mount it at a path such as `/seq/*`; a page sets the part before `*` as its `serverUrl`. It accepts CLEF and replies as Seq does. A batch
 * is accepted or refused as a whole: for a wrong origin (403), a wrong body (400, 413, 415), a slow one (408), too many events per minute
 * (429), or if the server's own queue is half full (503). It never throws or rejects. Refusals are reported as a diagnostic, once a minute
 * at most.
 *
 * A page's events cannot look like the server's. The logger's name is put below the relay's (`browser.shop.cart`). Its properties get the
 * prefix `Page` if they are set by the option `properties`, bound to the relay's logger, global, or in the request's context. An
 * implausible time becomes the property `PageTime`, and an event type becomes `PageEventType`. No event of a page carries the machine and
 * the process of the server. A property that only the Seq handler's `properties` or `loggerNameProperty` sets is protected only if the
 * option `properties` sets it, too.
 *
 * @param options Limits, allowed origins, and properties to add.
 * @returns The handler. It passes further arguments from the server on to `clientAddress` and `properties`.
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler } from "@x/seqlog";
 * import { relayEvents } from "@x/seqlog/relay";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("browser").addHandler(memory);
 * const relay = relayEvents({ properties: (request: Request) => ({ UserAgent: request.headers.get("user-agent") }) });
 *
 * const headers = { "content-type": "application/vnd.serilog.clef", origin: "https://shop.example", "user-agent": "a browser" };
 * const body = `{"@t":"${new Date().toISOString()}","@l":"Error","@mt":"Cart {Cart} is lost","Cart":7,"SourceContext":"shop.cart"}`;
 * const response = await relay(new Request("https://shop.example/seq/api/events/raw?clef", { method: "POST", headers, body }));
 * assert.equal(response.status, 201);
 * assert.equal(memory.events[0]?.loggerName, "browser.shop.cart");
 * assert.deepEqual(memory.events[0]?.properties, { Cart: 7, UserAgent: "a browser" });
 * added.dispose();
 * ```
 */
export function relayEvents(options: RelayOptions = {}): (request: Request, ...rest: unknown[]) => Promise<Response> {
  const relay = new Relay(readRelaySettings(options));
  return (request, ...rest) => relay.handle(request, rest);
}

/** How often refusals are reported, and when a page may retry after the queue was full. */
const reportEveryMs = 60_000;
const noRoomSeconds = 10;

const hints: Partial<Record<Reason, string>> = {
  origin: "Name the origins of your pages in the option origins",
  rate: "Behind a proxy all pages share its address: return the client's address in the option clientAddress",
};

/** How many times larger than the request its events may become, because templates repeat values and formats lengthen them. */
const maxGrowth = 4;

/** Events that are ready to be written. */
interface Prepared {
  readonly logger: Logger;
  readonly safe: readonly LogEventInit[];
  /** Approximate size in a queue. */
  readonly bytes: number;
}

class Relay {
  readonly #settings: RelaySettings;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #rate: RateLimit;
  readonly #refused = new Map<Reason, number>();
  #reportedMs = -Infinity;

  constructor(settings: RelaySettings) {
    const { logger, clock, eventsPerMinute: perMinute, totalEventsPerMinute: totalPerMinute, maxClients } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.#logger = logger;
    this.#rate = new RateLimit({ perMinute, totalPerMinute, maxClients }, clock.now());
  }

  /** Handles a request. No failure reaches the server. */
  async handle(request: Request, rest: readonly unknown[]): Promise<Response> {
    let headers: Readonly<Record<string, string>> = {};
    try {
      if (!this.#isWelcome(request)) throw new Refusal("origin", 403, "Events of this origin are not accepted");
      headers = this.#share(request);
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: { ...headers, ...preflight } });
      if (request.method !== "POST") throw new Refusal("method", 405, "Method not allowed", { allow: "POST, OPTIONS" });
      await this.#accept(request, rest);
      return answer(201, { MinimumLevelAccepted: this.#rank === 0 ? null : clefNames[Math.min(this.#rank, offRank - 1)] }, headers);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal("failed", 500, "The relay failed");
      this.#count(refusal.reason, error === refusal ? hints[refusal.reason] : `The last failure: ${reasonOf(error)}`);
      return answer(refusal.status, { Error: refusal.message }, { ...headers, ...refusal.headers });
    }
  }

  /** Whether a page of this origin may send. Other programs than browsers can send any origin, but the check only protects browsers. */
  #isWelcome({ headers, url }: Request): boolean {
    const given = headers.get("origin");
    const { isWelcome } = this.#settings;
    if (isWelcome !== undefined) return isWelcome(given);
    const site = headers.get("sec-fetch-site"); // correct even if a proxy has changed the host
    if (site !== null) return site === "same-origin";
    return given !== null && hostOf(given) === new URL(url).host; // the scheme may differ, as behind a TLS proxy
  }

  /** Headers that let a browser show the reply to a page of another origin. */
  #share({ headers }: Request): Record<string, string> {
    const given = headers.get("origin");
    if (given === null) return {};
    const shown = this.#settings.isOpen ? "*" : given;
    return { "access-control-allow-origin": shown, "access-control-expose-headers": "retry-after", vary: "origin" };
  }

  /** Rank of the least severe level that is accepted. */
  get #rank(): number {
    const least = levels.findIndex((level) => this.#logger.isEnabled(level));
    return Math.max(least === -1 ? offRank : least, this.#settings.rank);
  }

  /** Accepts all events of a request, or none. */
  async #accept(request: Request, rest: readonly unknown[]): Promise<void> {
    const { clientAddress, properties, maxBytes, maxEvents } = this.#settings;
    const client = this.#rate.request(clientAddress(request, ...rest) ?? undefined, this.#clock.now());
    if (client.waitMs > 0 || !client.spend(1, 0)) throw tooMany(client);
    refuseMediaType(request.headers);
    if (!(await ready({ timeoutMs: 0 }))) throw noRoom(); // a first check, before the body is read; a second follows before the writing
    // The budget is spent while the body arrives, which limits the memory of all bodies. The debt lets every admitted request finish.
    const bodyDebt = Math.ceil(maxBytes / 1024);
    let spent = 1;
    const spend = (cost: number, debt: number): void => {
      if (cost > spent && !client.spend(cost - spent, debt)) throw tooMany(client);
      spent = Math.max(spent, cost);
    };
    const body = await readBody(request, this.#settings, this.#clock, (kib) => spend(kib, bodyDebt));
    const events = readEvents(body, this.#settings);
    spend(events.length, bodyDebt + maxEvents);
    if (events.length === 0) return;
    const stamped = (typeof properties === "function" ? await properties(request, ...rest) : properties) ?? {};
    // No await from here on: nothing else can use up the room between the check and the writing.
    const { logger, safe, bytes } = this.#prepare(events, stamped);
    spend(Math.ceil(bytes / 1024), bodyDebt * (1 + maxGrowth) + maxEvents);
    if (!hasRoom(safe.length, bytes)) throw noRoom();
    for (const event of safe) logger.write(event);
  }

  /** Makes the events to be written: with names that a page may use, and within the size that a request may grow to. */
  #prepare(events: readonly LogEventInit[], stamped: object): Prepared {
    const { maxClockSkewMs, spans, rank: least, maxBytes } = this.#settings;
    const nowMs = this.#clock.now();
    const around = [stamped, loggerInside(this.#logger)?.bound?.values ?? {}, globalProperties.get(), currentContext()?.values ?? {}];
    const loggerName = this.#logger.name || "browser"; // the root has no name to prefix
    const guard = impersonationGuard({ loggerName, reserved: around.flatMap(Object.keys), nowMs, maxClockSkewMs, spans });
    const common = commonSize(around);
    const safe: LogEventInit[] = [];
    let bytes = 0;
    let grown = 0;
    events.forEach((event, i) => {
      if ((parseRank(event.level) ?? 2) < least) return;
      const one = guard(event, i);
      safe.push(one);
      const size = writtenSize(one, nowMs);
      bytes += common + size;
      grown += size;
      if (grown > maxBytes * maxGrowth) {
        throw new Refusal("too large", 413, `The events of a request may become at most ${maxBytes * maxGrowth} bytes`);
      }
    });
    return { logger: this.#logger.with(stamped), safe, bytes }; // kept apart from the page's properties, however many there are
  }

  /** Counts a refusal and, once a minute at most, reports the counts. */
  #count(reason: Reason, hint?: string): void {
    const counts = this.#refused;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const nowMs = this.#clock.now();
    if (Math.abs(nowMs - this.#reportedMs) < reportEveryMs) return;
    const all = [...counts].map(([reason, count]) => `${reason} ${count}`).join(", ");
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    counts.clear();
    this.#reportedMs = nowMs;
    report({ code: "relay-refused", message: `The relay has refused requests of pages (${all})`, hint, count: total });
  }
}

const preflight = {
  "access-control-allow-methods": "POST",
  "access-control-allow-headers": "content-type, x-seq-apikey, traceparent, tracestate",
  "access-control-max-age": "600",
};

function answer(status: number, body: object, headers: Readonly<Record<string, string>>): Response {
  const own = { "content-type": "application/json; charset=utf-8", "x-content-type-options": "nosniff", "cache-control": "no-store" };
  return new Response(JSON.stringify(body), { status, headers: { ...own, ...headers } });
}

function noRoom(): Refusal {
  return new Refusal("no room", 503, "The server's queue is half full", { "retry-after": `${noRoomSeconds}` });
}

function tooMany({ waitMs }: ClientRequest): Refusal {
  return new Refusal("rate", 429, "Too many events", { "retry-after": `${Math.max(1, Math.ceil(waitMs / 1000))}` });
}

/** Media types that a page may use for CLEF: its own, lines of JSON, or the plain text of `sendBeacon`. */
const mediaTypes = /^(?:application\/(?:vnd\.serilog\.clef|x-ndjson|json|octet-stream)|text\/plain)?$/;

function refuseMediaType(headers: Headers): void {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  if (!mediaTypes.test(type.trim().toLowerCase())) {
    throw new Refusal("media type", 415, "Only CLEF is accepted: application/vnd.serilog.clef");
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.trim().toLowerCase() === "identity") return;
  // compressed data could become huge
  throw new Refusal("media type", 415, "Only a body without encoding is accepted", { "accept-encoding": "identity" });
}
