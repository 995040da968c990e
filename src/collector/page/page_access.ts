/** Decides who may see the page and its events: browsers on this machine, and no page of another origin. */

/** Headers that forbid the browser to load anything but the page's own parts. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const address = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])$/i;

/**
 * Returns why a request may not see events; `undefined` if it may.
 *
 * A foreign site can let its own name resolve to this machine (DNS rebinding), so that a browser treats the collector as part of that site.
 * The Host header reveals such a name: only addresses, `localhost` and the allowed names may ask. Browsers also report whether another
 * origin asks.
 *
 * @param request The request.
 * @param allowed The host names that may ask, in addition to addresses and `localhost`.
 * @param isDocument Whether the request is for the page itself, which contains no event.
 */
export function refusalOf(request: Request, allowed: readonly string[], isDocument: boolean): string | undefined {
  const { hostname, origin } = new URL(request.url);
  const name = hostname.toLowerCase().replace(/\.$/, "");
  const isOwn = name === "localhost" || name.endsWith(".localhost") || address.test(name) ||
    allowed.some((one) => one.toLowerCase() === name);
  if (!isOwn) return `Cannot show events to a browser that asks for ${name}: allow the name by pageHosts, or the option --page-host`;
  if (request.headers.get("sec-fetch-mode") === "navigate" && isDocument) return undefined; // another page may link here, but cannot read
  const asking = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site") ?? "none";
  const isSame = (asking === null || asking === origin) && (site === "same-origin" || site === "none");
  return isSame ? undefined : "Cannot show events to a page of another origin";
}
