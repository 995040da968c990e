/** Watches the files that a configuration was read from. */

import { type Clock, hasTimers, systemClock, type Timer, unref } from "../runtime/clock.ts";
import { type Disposable, disposable } from "../diagnostic.ts";
import { any, number, options, type Reader } from "../option_schema.ts";

/** How a configuration is watched. */
export interface WatchOptions {
  /** How often the files are checked, in milliseconds. Default: 1000. */
  readonly periodMs?: number | undefined;
  /** The clock. Default: the runtime's. */
  readonly clock?: Clock | undefined;
}

export const readWatchOptions: Reader<WatchOptions> = options<WatchOptions>({ periodMs: number(1, 2 ** 31 - 1), clock: any });

/** A state to watch. */
export interface Watched {
  /** Returns the current state, as text. */
  look(): string;
  /** The state that was last applied. */
  readonly known: string;
  /** Applies a new state. */
  changed(): Promise<void>;
}

/**
 * Polls a state, and applies a new state once two polls in a row have found it.
 *
 * Polling is used because no listener notices every kind of replacement on every system (an editor's rename, a mounted volume that switches
 * links). The second poll prevents that a half-written file is applied.
 *
 * @param state The state to watch.
 * @returns An object that stops the watching when disposed.
 */
export function watch(state: Watched, { periodMs = 1000, clock = systemClock }: WatchOptions): Disposable {
  let before = state.known;
  let timer: Timer | undefined;
  let isOver = false;
  const next = (): void => {
    if (!isOver && hasTimers(clock)) timer = unref(clock.setTimeout(tick, periodMs));
  };
  const tick = async (): Promise<void> => {
    const now = state.look();
    const isSteady = now === before;
    before = now;
    if (isSteady && now !== state.known) await state.changed();
    next();
  };
  next();
  return disposable(() => {
    isOver = true;
    if (timer !== undefined) clock.clearTimeout(timer);
  });
}
