/** What a page, or a worker of one, tells of itself. */

import { isBrowser } from "./detect.ts";

/** The most bytes that the bodies of all `keepalive` requests of a page may have while they are under way (Fetch, "HTTP-network-or-cache fetch"). */
export const keepaliveBytes = 65_536;

/** What becomes of a page: it is hidden, and may end without another word; it is left, and ends; it is seen. */
export type PageState = "hidden" | "left" | "shown";

/** The event of an error, or of a rejection, that nobody has caught. */
export interface BrowserErrorEvent {
  readonly type: string;
  readonly error?: unknown;
  readonly reason?: unknown;
  readonly message?: string;
  readonly filename?: string;
  readonly lineno?: number;
  readonly colno?: number;
  /** Whether somebody has taken care of it. */
  readonly defaultPrevented?: boolean;
}

const world = globalThis as unknown as {
  readonly document?: { readonly visibilityState?: string };
  readonly location?: { readonly origin: string };
  readonly addEventListener?: (type: string, listener: (event: never) => void) => void;
  readonly removeEventListener?: (type: string, listener: (event: never) => void) => void;
};

/**
 * Calls the listener with the state of the page, now and when it changes; answers whether there is a page.
 *
 * Nothing listens to `unload` and `beforeunload`, for with these a browser restores no page; and visibility is heard at the window, behind those who hear it
 * at the document.
 */
export function onPage(listener: (state: PageState) => void): boolean {
  const { document, addEventListener } = world;
  if (document === undefined || typeof addEventListener !== "function") return false;
  const look = (): void => listener(document.visibilityState === "hidden" ? "hidden" : "shown");
  addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => listener("left")); // one that is kept for the way back may never be seen again, either
  addEventListener("pageshow", look);
  look();
  return true;
}

/** Whether a request to the URL goes to another origin, which a browser sends only if the server allows it. */
export function isForeign(url: string): boolean {
  return isBrowser() && world.location !== undefined && new URL(url).origin !== world.location.origin;
}

/** Calls the listener with the event of each error, and rejection, that nobody has caught; answers what undoes it. Only where {@linkcode isBrowser}. */
export function onBrowserError(listener: (event: BrowserErrorEvent) => void): () => void {
  const { addEventListener, removeEventListener } = world;
  const types = ["error", "unhandledrejection"];
  const hear = (event: BrowserErrorEvent): void => void (event.defaultPrevented || listener(event));
  for (const type of types) addEventListener?.(type, hear);
  return () => types.forEach((type) => removeEventListener?.(type, hear));
}
