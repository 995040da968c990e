/** Decides which routes belong to the page, and how its requests are answered. */

import { refusal, respond } from "../answer.ts";
import type { CollectedEvent } from "../collected_event.ts";
import { FilterSyntaxError } from "../filter_tokens.ts";
import type { Journal } from "../received_events.ts";
import { pageHeaders, refusalOf } from "./page_access.ts";
import { readQuery, waitForEvents } from "./page_events.ts";
import { pageHtml } from "./page_html.ts";

/** Serves a collector's events to browsers. */
export class Page {
  readonly #journal: Journal<CollectedEvent>;
  readonly #hosts: readonly string[];
  /** The collector's identity, by which the page notices that another collector has started. */
  readonly #start: number = Date.now();
  readonly #waiting: { count: number } = { count: 0 };

  /** @param journal The events. @param hosts The host names by which browsers may ask, in addition to addresses and `localhost`. */
  constructor(journal: Journal<CollectedEvent>, hosts: readonly string[]) {
    this.#journal = journal;
    this.#hosts = hosts;
  }

  /** Returns whether a route belongs to the page. */
  has(route: string): boolean {
    return route === "/" || route === "/page/events";
  }

  /** Responds to a request on one of the page's routes. */
  async answer(request: Request, route: string): Promise<Response> {
    if (!["GET", "HEAD"].includes(request.method)) return this.#respond(refusal(405, "Method not allowed", { allow: "GET, HEAD" }));
    const reason = refusalOf(request, this.#hosts, route === "/");
    if (reason !== undefined) return this.#respond(refusal(403, reason));
    return route === "/" ? await this.#html() : await this.#events(request);
  }

  #respond(answer: Parameters<typeof respond>[0], more: Readonly<Record<string, string>> = {}): Response {
    return respond(answer, { ...pageHeaders, "content-security-policy": "default-src 'none'", ...more });
  }

  async #html(): Promise<Response> {
    const { html, policy } = await pageHtml();
    return this.#respond({ status: 200, body: html }, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy });
  }

  async #events(request: Request): Promise<Response> {
    try {
      const query = readQuery(new URL(request.url).searchParams, Date.now());
      const epoch = (): string => `${this.#start}.${this.#journal.clears}`;
      const wait = { journal: this.#journal, epoch, query, signal: request.signal, waiting: this.#waiting };
      return this.#respond({ status: 200, body: await waitForEvents(wait) });
    } catch (error) {
      if (!(error instanceof FilterSyntaxError)) throw error;
      return this.#respond({ status: 400, body: { Error: error.message, Position: error.position } });
    }
  }
}
