/** Reports the states and the uncaught errors of a page or web worker. */

import { isBrowser, world } from "./detect.ts";

/** Most bytes that the bodies of all running `keepalive` requests of a page may have (Fetch, "HTTP-network-or-cache fetch"). */
export const keepaliveBytes = 65_536;

/** State of a page: hidden (it may end without another event), left (it ends), or shown. */
export type PageState = "hidden" | "left" | "shown";

export interface BrowserErrorEvent {
  readonly type: string;
  readonly error?: unknown;
  readonly reason?: unknown;
  readonly message?: string;
  readonly filename?: string;
  readonly lineno?: number;
  readonly colno?: number;
  /** Whether a listener has already handled the event. */
  readonly defaultPrevented?: boolean;
}

/** Returns the origin of the page, or of a web worker's page; undefined outside of pages. */
export function pageOrigin(): string | undefined {
  return isBrowser() ? world.location?.origin : undefined;
}

/**
 * Calls the listener with the state of the page, now and at every change. Returns false if there is no page.
 *
 * It uses neither `unload` nor `beforeunload`, because such listeners exclude a page from the browser's back/forward cache. The listeners
 * are on the window, so that they run after the program's listeners on the document.
 */
export function onPage(listener: (state: PageState) => void): boolean {
  const { document, addEventListener } = world;
  if (document === undefined || typeof addEventListener !== "function") return false;
  const look = (): void => listener(document.visibilityState === "hidden" ? "hidden" : "shown");
  addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => listener("left")); // a page in the back/forward cache may never be shown again
  addEventListener("pageshow", look);
  look();
  return true;
}

/** Whether the URL has another origin, so that the browser needs the server's permission (CORS). */
export function isForeign(url: string): boolean {
  return isBrowser() && world.location !== undefined && new URL(url).origin !== world.location.origin;
}

/** Calls the listener with each uncaught error and rejection; returns a function that removes it. Requires {@linkcode isBrowser}. */
export function onBrowserError(listener: (event: BrowserErrorEvent) => void): () => void {
  const { addEventListener, removeEventListener } = world;
  const types = ["error", "unhandledrejection"];
  const hear = (event: BrowserErrorEvent): void => void (event.defaultPrevented || listener(event));
  for (const type of types) addEventListener?.(type, hear);
  return () => types.forEach((type) => removeEventListener?.(type, hear));
}
