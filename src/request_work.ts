/** What keeps a request alive for work, where work is bound to a request and the program has handed in nothing. */

import { currentRequest } from "./context.ts";
import { importBuiltin } from "./runtime/detect.ts";
import { shared } from "./runtime/global_state.ts";

type WaitUntil = (work: Promise<unknown>) => void;

interface Lender {
  /** That of workerd itself, which knows whose work it is. */
  waitUntil?: WaitUntil;
  isSought?: boolean;
}

const lender = (): Lender => shared<Lender>("requestWork", () => ({}));

/** Keeps the request that is worked for alive; `undefined` where none is known. */
export function requestWaitUntil(): WaitUntil | undefined {
  return lender().waitUntil ?? currentRequest()?.waitUntil;
}

/** Whether {@linkcode seekWaitUntil} has nothing to do any more. */
export const isWaitUntilSought = (): boolean => lender().isSought === true;

/** Looks once for the one that workerd has for whatever request is worked for. Never rejects. */
export async function seekWaitUntil(): Promise<void> {
  const { waitUntil } = await importBuiltin<{ waitUntil?: WaitUntil }>("cloudflare:workers") as { waitUntil?: WaitUntil };
  const found = lender();
  found.isSought = true;
  if (typeof waitUntil === "function") found.waitUntil = (work) => waitUntil(work);
}
