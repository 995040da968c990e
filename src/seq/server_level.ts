/** Applies the level that the server wants, as Serilog's ControlledLevelSwitch does, and requests it while no events are sent. */

import { type LevelSwitch, parseRank } from "../event/level.ts";
import { type Clock, hasTimers, type Timer, unref } from "../runtime/clock.ts";

/** Applies the `MinimumLevelAccepted` of Seq's replies to the root's level switch or to this handler alone. */
export class ServerLevel {
  readonly #steersOther: boolean;
  #given: LevelSwitch | undefined;
  #own: LevelSwitch | undefined;
  /** The switch's level before the server first named one. */
  #original: { readonly rank: number | undefined } | undefined;

  /** @param steersOther Whether the server sets the switch passed to `steer`. If not, it sets an own switch, made with the first level. */
  constructor(steersOther = false) {
    this.#steersOther = steersOther;
  }

  /** Sets the switch that the server controls, if `steersOther` is on. */
  steer(given: LevelSwitch): void {
    if (this.#steersOther) this.#given = given;
  }

  /** Whether the server controls the level, and must be asked for it even if no events are sent. */
  get isActive(): boolean {
    return this.#steersOther || this.#own !== undefined;
  }

  /** Rank of the least severe level that the handler accepts. */
  get rank(): number {
    return this.#own?.rank ?? 0;
  }

  /** Whether the handler accepts an event of this rank. */
  accepts(rank: number): boolean {
    return rank >= this.rank;
  }

  /** Applies the level of a successful reply; null restores the original level. */
  update(level: string | null): void {
    const rank = level === null ? undefined : parseRank(level);
    const given = this.#given;
    if (rank === undefined) {
      if (level !== null || this.#original === undefined) return; // an unknown word changes nothing
      if (given !== undefined) given.rank = this.#original.rank;
      else if (this.#own !== undefined) this.#own.rank = this.#original.rank;
      return;
    }
    const target = given ?? (this.#own ??= { rank: 0 });
    this.#original ??= { rank: target.rank };
    if (target.rank !== rank) target.rank = rank;
  }
}

/** The server is asked 2 minutes after the last request, as Serilog's sink does. */
export const levelCheckMs = 120_000;

export interface LevelCheckSettings {
  readonly clock: Clock;
  readonly isRequestBound: boolean;
  /** Whether the server controls the level. */
  readonly isActive: () => boolean;
  /** Asks the server for its level. */
  readonly ask: () => Promise<unknown>;
}

/** Asks the server for its level after a time without requests; every request restarts the time. */
export class LevelCheck {
  readonly #settings: LevelCheckSettings;
  #timer: Timer | undefined;
  #lastMs = -Infinity;
  #isOver = false;

  constructor(settings: LevelCheckSettings) {
    this.#settings = settings;
  }

  /** Records that a request begins. */
  noteRequest(): void {
    this.#lastMs = this.#settings.clock.now();
  }

  /** Asks the server now, and from then on whenever nothing was sent for a while. A failure changes nothing. */
  async ask(): Promise<void> {
    if (this.#isOver) return;
    this.noteRequest();
    this.arm();
    await this.#settings.ask();
  }

  /** Starts the timer for the next question. */
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

  /** Returns the time until the next question. A clock that was set back does not lengthen it. */
  #leftMs(nowMs: number): number {
    if (nowMs < this.#lastMs) this.#lastMs = nowMs;
    return this.#lastMs + levelCheckMs - nowMs;
  }

  /** Asks if it is time, on runtimes that allow no timer for it. */
  async askIfDue(): Promise<void> {
    const { clock, isRequestBound, isActive } = this.#settings;
    if (isRequestBound && hasTimers(clock) && isActive() && this.#leftMs(clock.now()) <= 0) await this.ask();
  }

  /** Stops asking. */
  stop(): void {
    this.#isOver = true;
    if (this.#timer !== undefined) this.#settings.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
