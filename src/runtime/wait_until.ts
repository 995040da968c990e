/** Keeps work alive on runtimes that bind it to a request, by passing it to the request's `waitUntil`. */

import { importBuiltin } from "./detect.ts";
import { shared } from "./global_state.ts";

/** Keeps a request alive until the work has finished. */
export type WaitUntil = (work: Promise<unknown>) => void;

interface Platform {
  /** workerd's own function, which finds the current request by itself. */
  waitUntil?: WaitUntil;
  isSought?: boolean;
}

/** The object that has `waitUntil`: the context of a Worker's handler, or of Vercel Edge. */
interface WaitUntilOwner {
  readonly waitUntil: WaitUntil;
}

const platform = (): Platform => shared<Platform>("requestWork", () => ({}));

/** Returns the runtime's own `waitUntil`, if {@linkcode seekWaitUntil} has found one. */
export function platformWaitUntil(): WaitUntil | undefined {
  return platform().waitUntil;
}

/** Whether {@linkcode seekWaitUntil} has run. */
export const isWaitUntilSought = (): boolean => platform().isSought === true;

/** Looks once for workerd's `waitUntil`, which works for whatever request is current. Never rejects. */
export async function seekWaitUntil(): Promise<void> {
  const { waitUntil } = await importBuiltin<{ waitUntil?: WaitUntil }>("cloudflare:workers") as { waitUntil?: WaitUntil };
  const found = platform();
  found.isSought = true;
  if (typeof waitUntil === "function") found.waitUntil = (work) => waitUntil(work);
}

/** Returns the `waitUntil` of a handler's arguments, if one of them has it. */
export function waitUntilOf(args: readonly unknown[]): WaitUntil | undefined {
  const owner = args.find((one) => typeof (Object(one) as Partial<WaitUntilOwner>).waitUntil === "function") as WaitUntilOwner | undefined;
  return owner && ((work) => owner.waitUntil(work));
}

/**
 * Starts work once `waitUntil` has accepted its promise. Returns false, without starting the work, if `waitUntil` throws.
 *
 * @param onError Called with the error that `waitUntil` throws or, while the work runs, with the rejection of a promise that it returns.
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
