/** Clients that leave before there is a response: who tells of them, and when he is asked. */

import { systemClock, unref } from "../runtime/clock.ts";

/** A request that is being served, as far as it concerns it that its client leaves. */
interface Served {
  abort(): void;
}

/** A handler on Deno takes this long, or up to twice as long, before its request's signal is looked at. */
const patienceMs = 5000;

/** On Deno: requests that have no response yet, those since the last look and those before it. */
let young = new Map<Served, Request>();
let old = new Map<Served, Request>();
let isWatching = false;

/**
 * Lets what is served know when its client leaves. Deno alone says that by a signal which tells of every other end, too, and prints a warning once a request
 * whose signal was looked at is answered: there it is looked at only where a handler takes long, and tells then of who has left before, too.
 */
export function watchLeaving(request: Request, rest: readonly unknown[], served: Served): void {
  if (!rest.some((one) => "completed" in Object(one))) return listen(request, served);
  young.set(served, request);
  if (!isWatching) watch();
}

/** Forgets a request that has its response: whatever sends that tells of its end. */
export function endWatching(served: Served): void {
  if (isWatching && !young.delete(served)) old.delete(served);
}

function listen({ signal }: Request, served: Served): void {
  signal?.addEventListener("abort", () => served.abort(), { once: true });
}

/** Looks at what takes long, again and again until nothing is under way. */
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
