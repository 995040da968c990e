/** The end of a page: what waits is sent when the page is hidden, in requests that outlive it. */

import { onPage } from "../runtime/page.ts";
import { systemClock } from "../runtime/clock.ts";
import { report } from "../diagnostic.ts";
import { shared } from "../runtime/global_state.ts";
import type { Queue } from "./queue.ts";

/** The most bytes that the bodies of all `keepalive` requests of a page may have while they are under way (Fetch, "HTTP-network-or-cache fetch"). */
const budgetBytes = 65_536;
/** Where less room is left, bodies are not made to fit into it: that would be a request for each line. */
const smallRoomBytes = 8192;
/** For so long after the page was hidden lines gather no longer than this between two requests: it may end without another word. */
const urgentMs = 1000;
export const urgentPeriodMs = 100;
/** How many requests go beside those under way for what others log when they hear that the page is hidden; more would be made by whoever logs requests. */
const maxBeside = 16;

/** Something that may have events in it when the page is hidden. */
export interface Leaving {
  readonly settings: { readonly name: string };
  /** Begins to send them, at most so many bytes; answers how many events stay behind if the page is over now. */
  leave(maxBytes: number, isOver: boolean): number;
}

/** The page, and what its requests may still carry when it ends; where there is no page, it never ends. */
class PageEnd {
  readonly isPage: boolean;
  #isHidden = false;
  #isOver = false;
  #hiddenMs = -Infinity;
  /** How many such requests are left; `undefined` once all have heard of it. */
  #beside: number | undefined;
  #leftBytes = budgetBytes;
  #onHidden: ((isOver: boolean) => void) | undefined;

  constructor() {
    this.isPage = onPage((state) => {
      this.#isHidden = state !== "shown";
      this.#isOver = state === "left";
      if (!this.#isHidden) return;
      this.#hiddenMs = performance.now();
      this.#beside = maxBeside;
      systemClock.setTimeout(() => (this.#beside = undefined), 0); // by then all have heard of it
      this.#onHidden?.(this.#isOver);
    });
  }

  /** The bytes that requests which outlive the page may carry beside those under way. */
  get leftBytes(): number {
    return this.#leftBytes;
  }

  /** The most bytes that a body should have now. */
  get bodyLimit(): number {
    return this.#isHidden && this.#leftBytes >= smallRoomBytes ? this.#leftBytes : Infinity;
  }

  get isHidden(): boolean {
    return this.#isHidden;
  }

  /** Whether the page was hidden just now. */
  get isUrgent(): boolean {
    return this.#isHidden && performance.now() < this.#hiddenMs + urgentMs;
  }

  /** Takes room for a body, if there is enough; answers whether. */
  take(bytes: number): boolean {
    if (!this.isPage || bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  /** Gives it back. */
  give(bytes: number): void {
    this.#leftBytes += bytes;
  }

  /** From now on lets those who are pending send what they have when the page is hidden. */
  serve(pending: ReadonlyMap<Leaving, Queue>): void {
    this.#onHidden = (isOver) => {
      const roads = [...pending].filter(([, { size }]) => size > 0);
      roads.sort(([, a], [, b]) => a.bytes - b.bytes); // who needs less than its share leaves more to the others
      for (const [i, [road]] of roads.entries()) this.#send(road, Math.floor(this.#leftBytes / (roads.length - i)), isOver);
    };
  }

  /** Lets it send at once, beside what is under way, what was logged while the page's end was told; answers whether it was. What may not go is told. */
  leaveBeside(road: Leaving, behind: () => number): boolean {
    if (this.#beside === undefined) return false;
    if (this.#beside-- > 0) {
      this.#send(road, this.#leftBytes, false);
      return true;
    }
    this.#beside = undefined; // told once: whoever hears of it may log
    if (this.#isOver) tellLeft(road, behind());
    return false;
  }

  #send(road: Leaving, maxBytes: number, isOver: boolean): void {
    const behind = road.leave(maxBytes, isOver);
    if (this.#isOver && behind > 0) tellLeft(road, behind);
  }
}

function tellLeft({ settings: { name: handler } }: Leaving, count: number): void {
  const events = count === 1 ? "1 event" : `${count} events`;
  const message = `${events} may be lost, for the page was left before they could be sent`;
  report({
    code: "left",
    handler,
    message,
    hint: `A browser lets a page that ends send ${budgetBytes} bytes: log less, or flush earlier`,
    count,
  });
}

/** The end of this page, one for all copies of the module. */
export function pageEnd(): PageEnd {
  return shared("pageEnd", () => new PageEnd());
}
