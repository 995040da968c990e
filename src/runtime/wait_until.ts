/** How work begins: at once, or handed to the request that keeps it alive. */

import { heed, report } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import type { DeliverySettings } from "../delivery/delivery_settings.ts";

/** Begins the work; where `waitUntil` was given, only if that takes it. */
export function begin(work: () => Promise<void>, { waitUntil, name, outlives }: DeliverySettings): void {
  if (waitUntil === undefined) return void work();
  let admitted = false;
  const promised = Promise.resolve().then(() => (admitted ? work() : undefined));
  const tell = (message: string): void => {
    const hint = "Pass it as (work) => ctx.waitUntil(work)";
    report({ code: "wait-until-failed", handler: name, message: `waitUntil failed: ${message}`, hint });
  };
  try {
    heed<unknown>(waitUntil(promised), (error) => tell(readException(error).message)); // it has taken the work all the same
    admitted = true;
  } catch (error) {
    const { message } = readException(error);
    if (/global scope/i.test(message)) return; // a Worker's module scope: the events go with the first request's
    tell(message);
    if (outlives) void work();
  }
}
