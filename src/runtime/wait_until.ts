/** How work is kept alive: handed to the request that it is done for, where a runtime binds work to its request. */

import { importBuiltin } from "./detect.ts";
import { shared } from "./global_state.ts";

/** Keeps a request alive until the work is done. */
export type WaitUntil = (work: Promise<unknown>) => void;

interface Platform {
  /** workerd's own, which knows whose work it is. */
  waitUntil?: WaitUntil;
  isSought?: boolean;
}

const platform = (): Platform => shared<Platform>("requestWork", () => ({}));

/** Returns the runtime's own `waitUntil`, once {@linkcode seekWaitUntil} has found one. */
export function platformWaitUntil(): WaitUntil | undefined {
  return platform().waitUntil;
}

/** Whether {@linkcode seekWaitUntil} has looked. */
export const isWaitUntilSought = (): boolean => platform().isSought === true;

/** Looks once for the `waitUntil` that workerd has for whatever request the code works for. Never rejects. */
export async function seekWaitUntil(): Promise<void> {
  const { waitUntil } = await importBuiltin<{ waitUntil?: WaitUntil }>("cloudflare:workers") as { waitUntil?: WaitUntil };
  const found = platform();
  found.isSought = true;
  if (typeof waitUntil === "function") found.waitUntil = (work) => waitUntil(work);
}

/**
 * Begins work once `waitUntil` has accepted its promise; returns false where that throws, and the work has not begun.
 *
 * @param onError Called with what `waitUntil` throws, or what a promise that it returns rejects with: the work is begun all the same then.
 */
export function beginWithin(waitUntil: WaitUntil, work: () => Promise<void>, onError: (error: unknown) => void): boolean {
  let isAccepted = false;
  const promised = Promise.resolve().then(() => (isAccepted ? work() : undefined));
  try {
    const returned: unknown = waitUntil(promised);
    isAccepted = true;
    if (returned instanceof Promise) returned.catch(onError);
  } catch (error) {
    onError(error);
  }
  return isAccepted;
}
