/** Decides how a client's disconnection before the response is noticed on each runtime. */

import { systemClock, unref } from "../runtime/clock.ts";

/** A request in progress that has to know whether its client disconnects. */
interface Served {
  abort(): void;
}

/** On Deno, the signal of a request is read once its handler has run for this long, at most twice as long. */
const patienceMs = 5000;

/** On Deno, requests without a response: those that began since the last check, and those that began earlier. */
let young = new Map<Served, Request>();
let old = new Map<Served, Request>();
let isWatching = false;

/**
 * Notifies a request when its client disconnects. On Deno, the signal of a request also fires at every other end, and reading the signal of
 * an answered request prints a warning. So the signal is read only if a handler takes long; it then also reports an earlier disconnection.
 */
export function watchLeaving(request: Request, rest: readonly unknown[], served: Served): void {
  if (!rest.some((one) => "completed" in Object(one))) return listen(request, served);
  young.set(served, request);
  if (!isWatching) watch();
}

/** Removes a request that has its response, because the code that sends the response reports the end. */
export function endWatching(served: Served): void {
  if (isWatching && !young.delete(served)) old.delete(served);
}

function listen({ signal }: Request, served: Served): void {
  signal?.addEventListener("abort", () => served.abort()); // no option: Bun takes half as long again to read one
}

/** Checks slow requests repeatedly until none is left. */
function watch(): void {
  isWatching = true;
  unref(systemClock.setTimeout(() => {
    for (const [served, request] of old) listen(request, served);
    old = young;
    young = new Map();
    if (old.size > 0) watch();
    else isWatching = false;
  }, patienceMs));
}
