/** Decides how work begins: now, within the request that `waitUntil` keeps alive, or later on a timer. */

import { report } from "../diagnostic.ts";
import { reasonOf } from "../event/exception.ts";
import { runOutside } from "../runtime/async_context.ts";
import { type Clock, type Timer, unref } from "../runtime/clock.ts";
import { beginWithin } from "../runtime/wait_until.ts";
import type { DeliverySettings } from "./delivery_contract.ts";

/** Begins work immediately, or within the request that `waitUntil` keeps alive. */
export function beginWork(work: () => Promise<void>, { waitUntil, name, isRequestBound }: DeliverySettings): void {
  const keepAlive = waitUntil?.();
  if (keepAlive === undefined) return void work();
  const hasBegun = beginWithin(keepAlive, work, (error) => {
    const message = reasonOf(error);
    if (/global scope/i.test(message)) return; // in a Worker's module scope no request exists yet: the first request sends these events
    const hint = "Pass waitUntil as (work) => ctx.waitUntil(work)";
    report({ code: "wait-until-failed", handler: name, message: `waitUntil failed: ${message}`, hint });
  });
  if (!hasBegun && !isRequestBound) void work();
}

/** One timer, set to the earliest moment at which work is due. */
export class WorkTimer {
  #timer: { readonly clock: Clock; readonly id: Timer; readonly dueMs: number } | undefined;

  /** When the timer fires; Infinity if it is not set. */
  get dueMs(): number {
    return this.#timer?.dueMs ?? Infinity;
  }

  /** Sets the timer, unless it already fires earlier. If `holds` is true, the timer keeps the process alive. */
  set(dueMs: number, work: () => void, { clock, holds }: { readonly clock: Clock; readonly holds: boolean }): void {
    if (this.dueMs <= dueMs) return;
    this.clear();
    const fire = (): void => {
      this.#timer = undefined;
      work();
    };
    const id = runOutside(() => clock.setTimeout(fire, Math.max(0, dueMs - clock.now())));
    this.#timer = { clock, id: holds ? id : unref(id), dueMs };
  }

  clear(): void {
    this.#timer?.clock.clearTimeout(this.#timer.id);
    this.#timer = undefined;
  }
}
