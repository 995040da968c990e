/** Watches what a configuration was read from. */

import { type Clock, hasTimers, systemClock, type Timer, unref } from "../runtime/clock.ts";
import { type Disposable, disposable } from "../diagnostic.ts";
import { any, number, options, type Reader } from "../option_schema.ts";

/** How a configuration is watched. */
export interface WatchOptions {
  /** How often the files are looked at, in milliseconds. Default: 1000. */
  readonly periodMs?: number | undefined;
  /** Tells the time. Default: the runtime's. */
  readonly clock?: Clock | undefined;
}

/** Reads how a configuration is watched. */
export const readWatchOptions: Reader<WatchOptions> = options<WatchOptions>({ periodMs: number(1, 2 ** 31 - 1), clock: any });

/** A state that is watched. */
export interface Watched {
  /** What there is now, as text. */
  look(): string;
  /** What there was when it was last taken in. */
  readonly known: string;
  /** Takes in a new state. */
  changed(): Promise<void>;
}

/**
 * Looks at a state again and again, and tells when it is another one and has stayed so for two looks.
 *
 * It looks rather than listens, because what replaces a file (an editor, a mounted volume whose links are switched) is seen by no listener
 * on every system; and it looks twice, so that no half-written file is read.
 *
 * @param state The state.
 * @returns Stops the watching when disposed.
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
