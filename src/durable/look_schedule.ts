/** When a queue shows that its process lives, and when it looks for what dead processes have left. */

import { type Clock, type Timer, unref } from "../runtime/clock.ts";

/** What is scheduled, and by which clock. */
export interface LookSteps {
  readonly clock: Clock;
  /** The time between two signs of life, and at least between two looks. */
  readonly beatMs: number;
  /** How long one turn of a look may hold up the process. */
  readonly turnMs?: number | undefined;
  /** Whether a look has begun that is not over. */
  isLooking(): boolean;
  /** Shows that the process lives. */
  beat(nowMs: number): void;
  /** Begins a look, or goes on with it until the turn is over; returns how many lines were found. */
  look(nowMs: number, isOver: () => boolean): number;
  /** Called when lines were found, and when the first look is over. */
  wake(): void;
}

/** How long a turn takes at most, and for how many times as long the process has time for other work then, unless somebody may wait for the look. */
const maxTurnMs = 8;
const pausePart = 4;

/** Beats and looks, by timers that do not keep the process alive. */
export class LookSchedule {
  readonly #steps: LookSteps;
  #beatenMs = -Infinity;
  #lookedMs = -Infinity;
  #timer: Timer | undefined;
  #turn: Timer | undefined;
  #isFirst = true;
  #isRetired = false;

  constructor(steps: LookSteps) {
    this.#steps = steps;
  }

  /** Whether the first look is not over: there may be more lines than are counted. */
  get isSearching(): boolean {
    return this.#isFirst && this.#turn !== undefined;
  }

  /** Begins: the first turn of the first look is over when this returns. */
  start(): void {
    this.#beatLater();
    this.#isFirst = true;
    this.look(this.#steps.clock.now());
  }

  /** Ends all timers. */
  stop(): void {
    const { clock } = this.#steps;
    for (const timer of [this.#timer, this.#turn]) if (timer !== undefined) clock.clearTimeout(timer);
    this.#timer = this.#turn = undefined;
  }

  /** Looks no more; the signs of life go on. */
  retire(): void {
    this.#isRetired = true;
  }

  #isDue(lastMs: number, nowMs: number): boolean {
    return Math.abs(nowMs - lastMs) >= this.#steps.beatMs; // a clock that was set back counts, too
  }

  /** Shows that the process lives, if it is time to: timers may be late. */
  beatIfDue(nowMs: number): void {
    if (!this.#isDue(this.#beatenMs, nowMs)) return;
    this.#beatenMs = nowMs;
    this.#steps.beat(nowMs);
  }

  /** Looks, if it is time to: timers may be late. */
  lookIfDue(nowMs: number): void {
    if (this.#isDue(this.#lookedMs, nowMs)) this.look(nowMs);
  }

  /** Shows that the process lives, and begins a look. */
  look(nowMs: number): void {
    this.#beatenMs = nowMs;
    this.#steps.beat(nowMs);
    if (this.#isRetired || this.#turn !== undefined) return;
    this.#lookedMs = nowMs;
    this.#goOn(nowMs);
  }

  #goOn(nowMs: number): void {
    const { clock, turnMs = maxTurnMs, look, isLooking, wake } = this.#steps;
    const isContinued = this.#turn !== undefined;
    const endMs = performance.now() + turnMs;
    this.#turn = undefined;
    const found = look(nowMs, () => performance.now() >= endMs);
    if (isLooking()) {
      this.#turn = unref(clock.setTimeout(() => this.#goOn(clock.now()), this.#isFirst ? 0 : turnMs * pausePart));
      return;
    }
    if (found > 0 || (this.#isFirst && isContinued)) wake();
    this.#isFirst = false;
  }

  #beatLater(): void {
    const { clock, beatMs } = this.#steps;
    this.#timer = unref(clock.setTimeout(() => {
      this.#beatLater();
      this.look(clock.now());
    }, beatMs));
  }
}
