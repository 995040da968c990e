/** How work begins: now, within the request that `waitUntil` keeps alive, or later by a timer. */

import { report } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import { type Clock, type Timer, unref } from "../runtime/clock.ts";
import { beginWithin } from "../runtime/wait_until.ts";
import type { DeliverySettings } from "./delivery_contract.ts";

/** Begins work: at once, or within the request that `waitUntil` keeps alive. */
export function beginWork(work: () => Promise<void>, { waitUntil, name, isRequestBound }: DeliverySettings): void {
  const keepAlive = waitUntil?.();
  if (keepAlive === undefined) return void work();
  const hasBegun = beginWithin(keepAlive, work, (error) => {
    const { message } = readException(error);
    if (/global scope/i.test(message)) return; // a Worker's module scope: the events go with the first request's
    const hint = "Pass it as (work) => ctx.waitUntil(work)";
    report({ code: "wait-until-failed", handler: name, message: `waitUntil failed: ${message}`, hint });
  });
  if (!hasBegun && !isRequestBound) void work();
}

/** A timer for the one moment at which work is due next. */
export class WorkTimer {
  #timer: { readonly clock: Clock; readonly id: Timer; readonly dueMs: number } | undefined;

  /** Sets the timer, unless it is set for an earlier moment; `holds` lets it keep the process alive. */
  set(dueMs: number, work: () => void, { clock, holds }: { readonly clock: Clock; readonly holds: boolean }): void {
    if (this.#timer !== undefined && this.#timer.dueMs <= dueMs) return;
    this.clear();
    const id = clock.setTimeout(() => {
      this.#timer = undefined;
      work();
    }, Math.max(0, dueMs - clock.now()));
    this.#timer = { clock, id: holds ? id : unref(id), dueMs };
  }

  clear(): void {
    this.#timer?.clock.clearTimeout(this.#timer.id);
    this.#timer = undefined;
  }
}
