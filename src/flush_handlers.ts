/** Flushes handlers together: no handler delays the others, and the flush at the end of the process repeats until nothing is queued. */

import { report } from "./diagnostic.ts";
import { describeThrown } from "./event/plain_data.ts";
import type { Handler } from "./handler.ts";
import { type FlushOptions, type FlushResult, sumOfFlushes } from "./handler_stats.ts";
import { type Clock, hasTimers, systemClock, within } from "./runtime/clock.ts";

/** Result of each handler's flush. */
export type FlushResults = Map<Handler, FlushResult>;

export interface Flushed {
  readonly handlers: readonly Handler[];
  /** Whether a configuration has replaced the handler. */
  isRetired(handler: Handler): boolean;
}

/** The default time-out of every flush. */
export const flushTimeoutMs = 10_000;
/** How long one flush of a retired handler waits before its server's progress is checked. */
const sliceMs = 250;
/** After 4 such waits without progress, the flush stops. */
const maxFailedSlices = 4;
/** Pause between two flushes at the end of the process, so that events logged meanwhile share a request. */
const pauseMs = 50;

/** Returns the clock of a handler's deadlines. A handler of another copy of the module may have none. */
const clockOf = ({ deadlineClock }: Handler): Clock => deadlineClock ?? systemClock;

/** Calls a handler's method and returns its result. Returns undefined if it takes too long, or if it fails, which is reported. */
export async function callGuarded<T>(
  handler: Handler,
  what: string,
  work: () => Promise<T> | undefined,
  timeoutMs: number = flushTimeoutMs,
): Promise<T | undefined> {
  try {
    const given = work();
    if (given === undefined) return undefined;
    if (!hasTimers(systemClock)) return await given;
    const graceMs = clockOf(handler) === systemClock ? 100 : 60_000; // a test may advance its clock late
    return await within(given, { clock: systemClock, ms: timeoutMs + graceMs, holds: true });
  } catch (error) {
    report({ code: "handler-failed", handler: handler.name, message: `A handler could not be ${what}: ${describeThrown(error)}` });
    return undefined;
  }
}

/** Flushes all handlers concurrently; never rejects. */
export async function flushHandlers(flushed: Flushed, { timeoutMs = flushTimeoutMs, givesUp }: FlushOptions): Promise<FlushResults> {
  const flushOne = async (handler: Handler): Promise<[Handler, FlushResult]> => {
    const flush = flushed.isRetired(handler) ? flushRetired : flushHandler;
    return [handler, await flush(handler, { timeoutMs, givesUp })];
  };
  return new Map(await Promise.all(flushed.handlers.map(flushOne)));
}

async function flushHandler(handler: Handler, options: FlushOptions): Promise<FlushResult> {
  return (await callGuarded(handler, "flushed", () => handler.flush(options), options.timeoutMs)) ?? unflushed(handler);
}

/** Returns the result for a handler whose flush failed or was too late: what it has queued is pending. */
function unflushed(handler: Handler): FlushResult {
  return { delivered: 0, pending: statsOf(handler)?.queued ?? 0, lost: 0 };
}

/** Retired handlers whose servers failed throughout a flush: the next flush tries them once. */
const failing = new WeakSet<Handler>();

/** Flushes a replaced handler, whose server may be dead: stops waiting once the server has accepted nothing for a while. */
async function flushRetired(handler: Handler, { timeoutMs = flushTimeoutMs, givesUp }: FlushOptions): Promise<FlushResult> {
  const clock = clockOf(handler);
  const beganMs = clock.now();
  const numbers = (): { retries: number; delivered: number } => ({ retries: 0, delivered: 0, ...statsOf(handler) });
  const total = { delivered: 0, pending: 0, lost: 0 };
  let attempts = failing.has(handler) ? 1 : maxFailedSlices;
  for (let before = numbers();; before = numbers()) {
    const leftMs = timeoutMs - (clock.now() - beganMs);
    const isLast = leftMs <= sliceMs;
    const slice = { timeoutMs: Math.max(0, Math.min(leftMs, sliceMs)), givesUp: isLast && givesUp };
    const result = await callGuarded(handler, "flushed", () => handler.flush(slice), leftMs); // a busy program may end a slice late
    if (result === undefined) return sumOfFlushes([total, unflushed(handler)]);
    total.delivered += result.delivered;
    total.lost += result.lost;
    const { retries, delivered } = numbers();
    if (delivered > before.delivered) {
      failing.delete(handler);
      attempts = maxFailedSlices;
    } else if (retries > 0 && --attempts === 0) {
      failing.add(handler);
    }
    if (result.pending === 0 || isLast || attempts === 0) return { ...total, pending: result.pending };
  }
}

function statsOf(handler: Handler): ReturnType<Handler["stats"]> {
  try {
    return handler.stats();
  } catch {
    return undefined; // the public stats() reports the error
  }
}

/**
 * Flushes until nothing is queued or the deadline passes, because events may be logged during the last request. If the program keeps
 * logging, the last flush begins once half of the time has passed.
 */
export async function flushUntilEmpty(
  flushed: () => Flushed,
  { timeoutMs = flushTimeoutMs, givesUp }: FlushOptions,
): Promise<FlushResults> {
  const first = flushed();
  const clock = first.handlers.map(clockOf).find((one) => one !== systemClock) ?? systemClock;
  const beganMs = clock.now();
  const leftMs = (): number => timeoutMs - (clock.now() - beganMs);
  const all = await flushHandlers(first, { timeoutMs, givesUp });
  const waits = (): boolean => {
    const { handlers, isRetired } = flushed();
    return handlers.some((handler) => !isRetired(handler) && (statsOf(handler)?.queued ?? 0) > 0);
  };
  for (let isLast = false; !isLast && leftMs() > 0 && hasTimers(clock) && sumOfFlushes(all.values()).pending === 0 && waits();) {
    isLast = leftMs() < timeoutMs / 2;
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, Math.min(pauseMs, leftMs())));
    const more = await flushHandlers(flushed(), { timeoutMs: Math.max(0, leftMs()), givesUp });
    for (const [handler, result] of more) all.set(handler, sumOfFlushes([all.get(handler), result]));
  }
  return all;
}
