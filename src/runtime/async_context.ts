/** Runs the library's own work outside the program's async context, and recognises the calls that this work causes. */

import { builtin, isNode, isWorkerd } from "./detect.ts";
import { runUntraced } from "./open_telemetry.ts";

interface Storage {
  run<T>(store: true, work: () => T): T;
  getStore(): true | undefined;
  disable(): void;
}

interface AsyncHooks {
  readonly AsyncLocalStorage?: (new () => Storage) & { snapshot?(): <T>(work: () => T) => T };
}

// A Worker's work belongs to its request and must keep that request's context.
const StorageClass = isWorkerd() ? undefined : builtin<AsyncHooks>("node:async_hooks")?.AsyncLocalStorage;

/** Captured while the module loads, when no request is running. */
const enterSnapshot = StorageClass?.snapshot?.();

/** Marks the library's own requests, if the runtime keeps such a mark across awaits. */
const marks = StorageClass && new StorageClass();
/** Number of own requests that are running. While there are none, a log call needs only one comparison. */
let active = 0;
/** Number of own requests being started on the stack, for runtimes that keep no mark. */
let depth = 0;

/** Runs work outside the program's async context: timers and requests that it starts inherit nothing from the caller. */
export function runOutside<T>(work: () => T): T {
  return enterSnapshot === undefined ? work() : enterSnapshot(work);
}

/** Runs one of the library's own requests, so that {@linkcode isInOwnRequest} recognises the calls it causes. */
export function runOwnRequest<T>(work: () => Promise<T>): Promise<T> {
  active++;
  depth++;
  try {
    const done = marks === undefined ? runUntraced(work) : marks.run(true, () => runUntraced(work));
    return done.finally(() => {
      // On Node 20 each storage in use costs every promise of the program; `run` enables it again.
      if (--active === 0 && isNode()) marks?.disable();
    });
  } finally {
    depth--;
  }
}

/** Whether one of the library's own requests caused this call, for example through a wrapped fetch or a diagnostic listener. */
export function isInOwnRequest(): boolean {
  return active > 0 && (depth > 0 || marks?.getStore() === true);
}
