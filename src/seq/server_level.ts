/** The level that the server asks for, followed as Serilog's ControlledLevelSwitch does, and the question for it when nothing is sent. */

import { type LevelSwitch, parseRank } from "../event/level.ts";
import { type Clock, hasTimers, type Timer, unref } from "../runtime/clock.ts";

/** Follows the `MinimumLevelAccepted` of Seq's replies: in a switch that others read as well, or for one handler alone. */
export class ServerLevel {
  readonly #steersOther: boolean;
  #given: LevelSwitch | undefined;
  #own: LevelSwitch | undefined;
  /** What the switch was at before the server first said something. */
  #original: { readonly rank: number | undefined } | undefined;

  /** @param steersOther Whether the server steers a switch that is handed in; otherwise a private one is made when the server first names a level. */
  constructor(steersOther = false) {
    this.#steersOther = steersOther;
  }

  /** Hands in the switch that the server steers, where it steers one. */
  steer(given: LevelSwitch): void {
    if (this.#steersOther) this.#given = given;
  }

  /** Whether the server steers, so that it has to be asked even when there is nothing to send. */
  get isActive(): boolean {
    return this.#steersOther || this.#own !== undefined;
  }

  /** The rank of the least severe level that the handler itself lets pass. */
  get rank(): number {
    return this.#own?.rank ?? 0;
  }

  /** Whether the handler itself lets an event of that rank pass. */
  accepts(rank: number): boolean {
    return rank >= this.rank;
  }

  /** Follows what a successful reply says; null goes back to the level before. */
  update(level: string | null): void {
    const rank = level === null ? undefined : parseRank(level);
    const given = this.#given;
    if (rank === undefined) {
      if (level !== null || this.#original === undefined) return; // a word that is no level says nothing
      if (given !== undefined) given.rank = this.#original.rank;
      else if (this.#own !== undefined) this.#own.rank = this.#original.rank;
      return;
    }
    const target = given ?? (this.#own ??= { rank: 0 });
    this.#original ??= { rank: target.rank };
    if (target.rank !== rank) target.rank = rank;
  }
}

/** How long after the last request the server is asked for its level: as Serilog's sink does. */
export const levelCheckMs = 120_000;

/** What a level check needs. */
export interface LevelCheckSettings {
  readonly clock: Clock;
  readonly isRequestBound: boolean;
  /** Whether the server steers the level. */
  readonly isActive: () => boolean;
  /** Asks the server. */
  readonly ask: () => Promise<unknown>;
}

/** Asks after a time without requests; a request that is made meanwhile puts it off. */
export class LevelCheck {
  readonly #settings: LevelCheckSettings;
  #timer: Timer | undefined;
  #lastMs = -Infinity;
  #isOver = false;

  constructor(settings: LevelCheckSettings) {
    this.#settings = settings;
  }

  /** Notes that a request begins. */
  noteRequest(): void {
    this.#lastMs = this.#settings.clock.now();
  }

  /** Asks the server now; a failure says nothing. It is asked again whenever nothing is sent for a while. */
  async ask(): Promise<void> {
    if (this.#isOver) return;
    this.noteRequest();
    this.arm();
    await this.#settings.ask();
  }

  /** Asks from now on, whenever it is time. */
  arm(): void {
    const { clock, isRequestBound, isActive } = this.#settings;
    if (isRequestBound || !isActive() || this.#isOver || this.#timer !== undefined || !hasTimers(clock)) return;
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

  /** Asks if it is time, for runtimes that have no timer for it. */
  async askIfDue(): Promise<void> {
    const { clock, isRequestBound, isActive } = this.#settings;
    if (isRequestBound && hasTimers(clock) && isActive() && this.#leftMs(clock.now()) <= 0) await this.ask();
  }

  /** Asks no longer. */
  stop(): void {
    this.#isOver = true;
    if (this.#timer !== undefined) this.#settings.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
