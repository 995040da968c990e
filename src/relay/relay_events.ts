/** The relay: takes CLEF from pages and hands it to the server's own logging, so that no API key reaches a page. */

import type { Clock } from "../runtime/clock.ts";
import type { LogEventInit } from "../event/log_event.ts";
import { hasRoom, ready } from "../lifecycle.ts";
import { currentContext } from "../context.ts";
import { report } from "../diagnostic.ts";
import { reasonOf } from "../event/exception.ts";
import { globalProperties } from "../global_properties.ts";
import { clefNames, levels, offRank, parseRank } from "../event/level.ts";
import { boundProperties, type Logger } from "../logger.ts";
import { RateLimit, type Visit } from "./client_quota.ts";
import { vetter } from "./impersonation.ts";
import { readBody, readEvents, type Reason, Refusal } from "./relay_body.ts";
import { hostOf, readRelaySettings, type RelayOptions, type RelaySettings } from "./relay_options.ts";
import { commonSize, writtenSize } from "./written_size.ts";

export type { RelayOptions } from "./relay_options.ts";

/**
 * Makes a handler that takes events from pages and writes them to the server's own logging: the page needs no API key, and can do no more than log.
 *
 * It is to be mounted at a path such as `/seq/*`, whose base a page gives as its `serverUrl`; it takes CLEF, and answers as Seq does. A batch is
 * taken whole or refused whole: for a wrong origin (403), a wrong body (400, 413, 415), one that is too slow (408), too many events in a minute (429),
 * or a server whose own queue is half full (503). It never throws and never rejects. What it refuses is told at most once a minute, as a diagnostic.
 *
 * A page cannot pass for the server: its logger's name stands below the relay's (`browser.shop.cart`), and of its properties those that are stamped,
 * bound to the relay's logger, global, or of the context of the request get `Page` before their name. So does its time (`PageTime`) where it is too
 * far off to be true, and the type of its event (`PageEventType`). No event of a page carries the machine and the process of the server.
 * A property that only a Seq handler's option `properties`, or a `loggerNameProperty` of one's own, would set has to be stamped to be safe.
 *
 * @param options Who may send how much, and what is stamped.
 * @returns The handler; what the server hands it after the request goes to `clientAddress` and `properties`.
 * @throws {ConfigError} If an option is wrong; it lists every mistake.
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

/** How often refusals are told, and when a page that met a full queue may come back. */
const reportEveryMs = 60_000;
const noRoomSeconds = 10;

const hints: Partial<Record<Reason, string>> = {
  origin: "Name the origins of your pages in the option origins",
  rate: "Behind a proxy all pages have its address: then say in the option clientAddress whose request it is",
};

/** How many times as large as a request may be its events may become: templates repeat values, and formats lengthen them. */
const maxGrowth = 4;

/** Events that are ready to be written. */
interface Prepared {
  readonly logger: Logger;
  readonly vetted: readonly LogEventInit[];
  /** What they take in a queue, about. */
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

  /** The one place that keeps a failure from the server. */
  async handle(request: Request, rest: readonly unknown[]): Promise<Response> {
    let headers: Readonly<Record<string, string>> = {};
    try {
      if (!this.#isWelcome(request)) throw new Refusal("origin", 403, "Events of this origin are not taken");
      headers = this.#share(request);
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: { ...headers, ...preflight } });
      if (request.method !== "POST") throw new Refusal("method", 405, "Method not allowed", { allow: "POST, OPTIONS" });
      await this.#take(request, rest);
      return answer(201, { MinimumLevelAccepted: this.#rank === 0 ? null : clefNames[Math.min(this.#rank, offRank - 1)] }, headers);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal("failed", 500, "The relay failed");
      this.#count(refusal.reason, error === refusal ? hints[refusal.reason] : `The last failure: ${reasonOf(error)}`);
      return answer(refusal.status, { Error: refusal.message }, { ...headers, ...refusal.headers });
    }
  }

  /** Whether a page of that origin may send. Only browsers tell the truth about it, and only for them it is asked. */
  #isWelcome({ headers, url }: Request): boolean {
    const given = headers.get("origin");
    const { isWelcome } = this.#settings;
    if (isWelcome !== undefined) return isWelcome(given);
    const site = headers.get("sec-fetch-site"); // right even where a proxy has changed the host
    if (site !== null) return site === "same-origin";
    return given !== null && hostOf(given) === new URL(url).host; // the scheme may differ: a proxy may have taken off the TLS
  }

  /** The headers by which a browser shows the answer to a page of another origin. */
  #share({ headers }: Request): Record<string, string> {
    const given = headers.get("origin");
    if (given === null) return {};
    const shown = this.#settings.isOpen ? "*" : given;
    return { "access-control-allow-origin": shown, "access-control-expose-headers": "retry-after", vary: "origin" };
  }

  /** The least rank that is taken. */
  get #rank(): number {
    const least = levels.findIndex((level) => this.#logger.isEnabled(level));
    return Math.max(least === -1 ? offRank : least, this.#settings.rank);
  }

  /** Takes all events of a request, or none. */
  async #take(request: Request, rest: readonly unknown[]): Promise<void> {
    const { clientAddress, properties, maxBytes, maxEvents } = this.#settings;
    const visit = this.#rate.visit(clientAddress(request, ...rest) ?? undefined, this.#clock.now());
    if (visit.waitMs > 0 || !visit.spend(1, 0)) throw tooMany(visit);
    refuseMediaType(request.headers);
    if (!(await ready({ timeoutMs: 0 }))) throw noRoom(); // asked again before the writing; here it saves the reading
    // spent while a body comes, which bounds what all bodies take; a request that was admitted is never too much by itself, nor all that come at once
    const bodyDebt = Math.ceil(maxBytes / 1024);
    let spent = 1;
    const spend = (cost: number, debt: number): void => {
      if (cost > spent && !visit.spend(cost - spent, debt)) throw tooMany(visit);
      spent = Math.max(spent, cost);
    };
    const body = await readBody(request, this.#settings, this.#clock, (kib) => spend(kib, bodyDebt));
    const events = readEvents(body, this.#settings);
    spend(events.length, bodyDebt + maxEvents);
    if (events.length === 0) return;
    const stamped = (typeof properties === "function" ? await properties(request, ...rest) : properties) ?? {};
    // from here on nothing waits: nobody else may take the room between the question for it and the writing
    const { logger, vetted, bytes } = this.#prepare(events, stamped);
    spend(Math.ceil(bytes / 1024), bodyDebt * (1 + maxGrowth) + maxEvents);
    if (!hasRoom(vetted.length, bytes)) throw noRoom();
    for (const event of vetted) logger.write(event);
  }

  /** What is written of the events of a page: in the names that it may use, and no more than a request may become. */
  #prepare(events: readonly LogEventInit[], stamped: object): Prepared {
    const { maxClockSkewMs, rank: least, maxBytes } = this.#settings;
    const nowMs = this.#clock.now();
    const around = [stamped, boundProperties(this.#logger), globalProperties.get(), currentContext()?.values ?? {}];
    const loggerName = this.#logger.name || "browser"; // the root has no name that could stand before a page's
    const validate = vetter({ loggerName, reserved: around.flatMap(Object.keys), nowMs, maxClockSkewMs });
    const common = commonSize(around);
    const vetted: LogEventInit[] = [];
    let bytes = 0;
    let grown = 0;
    events.forEach((event, i) => {
      if ((parseRank(event.level) ?? 2) < least) return;
      const one = validate(event, i);
      vetted.push(one);
      const size = writtenSize(one, nowMs);
      bytes += common + size;
      grown += size;
      if (grown > maxBytes * maxGrowth) {
        throw new Refusal("too large", 413, `The events of a request may become at most ${maxBytes * maxGrowth} bytes`);
      }
    });
    return { logger: this.#logger.with(stamped), vetted, bytes }; // apart from the page's properties, however many these are
  }

  /** Counts a refusal, and tells what was counted, at most once a minute. */
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

function tooMany({ waitMs }: Visit): Refusal {
  return new Refusal("rate", 429, "Too many events", { "retry-after": `${Math.max(1, Math.ceil(waitMs / 1000))}` });
}

/** What a page may call its CLEF: that, lines of JSON, or the plain text of `sendBeacon`. */
const mediaTypes = /^(?:application\/(?:vnd\.serilog\.clef|x-ndjson|json|octet-stream)|text\/plain)?$/;

function refuseMediaType(headers: Headers): void {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  if (!mediaTypes.test(type.trim().toLowerCase())) throw new Refusal("media type", 415, "Only CLEF is taken: application/vnd.serilog.clef");
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.trim().toLowerCase() === "identity") return;
  throw new Refusal("media type", 415, "Only a body without encoding is taken", { "accept-encoding": "identity" }); // a small one could become a large one
}
