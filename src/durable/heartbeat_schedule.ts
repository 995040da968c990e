/** Schedules when a queue rewrites its heartbeat, and when it searches for dead processes' lines. */

import { type Clock, type Timer, unref } from "../runtime/clock.ts";

export interface HeartbeatSteps {
  readonly clock: Clock;
  /** Time between two heartbeats, and shortest time between two searches. */
  readonly beatMs: number;
  /** How long one turn of a search may block the process. */
  readonly turnMs?: number | undefined;
  /** Whether a search is in progress. */
  isLooking(): boolean;
  /** Rewrites the heartbeat. */
  beat(nowMs: number): void;
  /** Starts or continues a search until the turn is over. Returns how many lines were found. */
  look(nowMs: number, isOver: () => boolean): number;
  /** Called when lines were found, and when the first search is over. */
  wake(): void;
}

/** Longest turn. Between two turns, the process has 4 times as long for other work, except during the first search: callers wait for it. */
const maxTurnMs = 8;
const pausePart = 4;

/** Schedules heartbeats and searches on timers that do not keep the process alive. */
export class HeartbeatSchedule {
  readonly #steps: HeartbeatSteps;
  #beatenMs = -Infinity;
  #lookedMs = -Infinity;
  #timer: Timer | undefined;
  #turn: Timer | undefined;
  #isFirst = true;
  #isRetired = false;

  constructor(steps: HeartbeatSteps) {
    this.#steps = steps;
  }

  /** Whether the first search is still running, so that there may be more lines than counted. */
  get isSearching(): boolean {
    return this.#isFirst && this.#turn !== undefined;
  }

  /** Starts the schedule, and runs the first turn of the first search. */
  start(): void {
    this.#beatLater();
    this.#isFirst = true;
    this.look(this.#steps.clock.now());
  }

  stop(): void {
    const { clock } = this.#steps;
    for (const timer of [this.#timer, this.#turn]) if (timer !== undefined) clock.clearTimeout(timer);
    this.#timer = this.#turn = undefined;
  }

  /** Ends the searches; heartbeats continue. */
  retire(): void {
    this.#isRetired = true;
  }

  #isDue(lastMs: number, nowMs: number): boolean {
    return Math.abs(nowMs - lastMs) >= this.#steps.beatMs; // true as well if the clock was set back
  }

  /** Rewrites the heartbeat if that is due, because timers may be late. */
  beatIfDue(nowMs: number): void {
    if (!this.#isDue(this.#beatenMs, nowMs)) return;
    this.#beatenMs = nowMs;
    this.#steps.beat(nowMs);
  }

  /** Searches if that is due, because timers may be late. */
  lookIfDue(nowMs: number): void {
    if (this.#isDue(this.#lookedMs, nowMs)) this.look(nowMs);
  }

  /** Rewrites the heartbeat and starts a search. */
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
