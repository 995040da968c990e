/** The question for the server's level, asked when nothing has been sent for a while. */

import { hasTimers, type Timer, unref } from "../runtime/clock.ts";
import type { DeliverySettings } from "../delivery/delivery_settings.ts";
import { post } from "./ingestion.ts";

/** How long after the last request it is asked: as Serilog's sink does. */
export const levelCheckMs = 120_000;

/** Asks after a time without requests; a request that is made meanwhile puts it off. */
export class LevelCheck {
  readonly #settings: () => DeliverySettings;
  #timer: Timer | undefined;
  #lastMs = -Infinity;
  #isOver = false;

  /** @param settings Those in force. */
  constructor(settings: () => DeliverySettings) {
    this.#settings = settings;
  }

  /** Notes that a request was begun. */
  sent(nowMs: number): void {
    this.#lastMs = nowMs;
  }

  /** Asks the server for its level, with an empty body; a failure says nothing. It is asked again whenever nothing is sent for a while. */
  async ask(): Promise<void> {
    if (this.#isOver) return;
    const settings = this.#settings();
    this.sent(settings.clock.now());
    this.arm();
    const outcome = await post(new Uint8Array(0), settings);
    if (outcome.kind === "accepted") settings.onLevel?.(outcome.minimumLevel);
  }

  /** Asks from now on, whenever it is time. */
  arm(): void {
    const { clock, outlives, asksLevel } = this.#settings();
    if (!outlives || !asksLevel?.() || this.#isOver || this.#timer !== undefined || !hasTimers(clock)) return;
    const wait = (ms: number): void => {
      this.#timer = unref(clock.setTimeout(() => {
        const leftMs = this.#leftMs(clock.now());
        this.#timer = undefined;
        if (leftMs > 0) wait(leftMs);
        else void this.ask();
      }, ms));
    };
    wait(Math.max(0, this.#leftMs(clock.now())));
  }

  /** How long until it is time to ask; a clock that was set back makes it no longer. */
  #leftMs(nowMs: number): number {
    if (nowMs < this.#lastMs) this.#lastMs = nowMs;
    return this.#lastMs + levelCheckMs - nowMs;
  }

  /** Asks if it is time, for those who have no timer. */
  async askIfDue(): Promise<void> {
    const { clock, asksLevel } = this.#settings();
    if (asksLevel?.() && this.#leftMs(clock.now()) <= 0) await this.ask();
  }

  /** Asks no more. */
  stop(): void {
    this.#isOver = true;
    if (this.#timer !== undefined) this.#settings().clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
