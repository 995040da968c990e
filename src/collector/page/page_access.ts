/** Who may see the page and its events: this machine's browsers, and no page of another origin. */

/** What keeps a browser from anything but the page's own parts. */
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
 * Returns why a request may not see events; `undefined` where it may.
 *
 * A page elsewhere can let its own name lead to this machine, so that a browser takes the collector for a part of that page. The name that the browser has
 * asked for gives it away: only an address, `localhost` and the names that are allowed are let in. Browsers also say whether another origin asks.
 *
 * @param request The request.
 * @param allowed The names that are let in, beside addresses and `localhost`.
 * @param isDocument Whether it is the page itself that is asked for, which holds no event.
 */
export function refusalOf(request: Request, allowed: readonly string[], isDocument: boolean): string | undefined {
  const { hostname, origin } = new URL(request.url);
  const name = hostname.toLowerCase().replace(/\.$/, "");
  const isOwn = name === "localhost" || name.endsWith(".localhost") || address.test(name) ||
    allowed.some((one) => one.toLowerCase() === name);
  if (!isOwn) return `Cannot show events to a browser that asks for ${name}: allow the name by pageHosts, or the option --page-host`;
  if (request.headers.get("sec-fetch-mode") === "navigate" && isDocument) return undefined; // a link elsewhere may lead here; its page reads nothing
  const asking = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site") ?? "none";
  const isSame = (asking === null || asking === origin) && (site === "same-origin" || site === "none");
  return isSame ? undefined : "Cannot show events to a page of another origin";
}
