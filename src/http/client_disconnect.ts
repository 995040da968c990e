/** Decides how a client's disconnection before the response is noticed on each runtime. */

import { systemClock, unref } from "../runtime/clock.ts";

/** A request in progress that has to know whether its client disconnects. */
interface Served {
  abort(): void;
}

/** A handler on Deno runs for this long, at most twice as long, before its request's signal is read. */
const patienceMs = 5000;

/** A request on Deno without a response. */
export interface Watched {
  readonly request: Request;
  readonly served: Served;
  /** Its position among all: so it is removed in one step, and without the hash that a Map would compute. */
  at: number;
  /** Whether it was there at the last check already. */
  isOld: boolean;
}

const watched: Watched[] = [];
let isWatching = false;

/**
 * Notifies a request when its client disconnects. On Deno the signal also fires at every other end, and reading it prints a warning once
 * the request is answered. So it is read only if a handler takes long; it then also reports a client that disconnected earlier.
 *
 * @returns What {@linkcode endWatching} takes.
 */
export function watchLeaving(request: Request, rest: readonly unknown[], served: Served): Watched | undefined {
  if (!rest.some((one) => "completed" in Object(one))) return listen(request, served);
  const one = { request, served, at: watched.length, isOld: false };
  watched.push(one);
  if (!isWatching) watch();
  return one;
}

/** Removes a request that has its response, because the sender of the response reports its end. */
export function endWatching(one: Watched | undefined): void {
  if (one === undefined || watched[one.at] !== one) return;
  const last = watched.pop()!;
  if (last === one) return;
  last.at = one.at;
  watched[one.at] = last;
}

function listen({ signal }: Request, served: Served): undefined {
  signal?.addEventListener("abort", () => served.abort()); // no option: Bun takes half as long again to read one
}

/** Checks slow requests repeatedly until none is left. */
function watch(): void {
  isWatching = true;
  unref(systemClock.setTimeout(() => {
    for (const one of [...watched]) {
      if (one.isOld) {
        endWatching(one);
        listen(one.request, one.served);
      } else one.isOld = true;
    }
    isWatching = watched.length > 0;
    if (isWatching) watch();
  }, patienceMs));
}
