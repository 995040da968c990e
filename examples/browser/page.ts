/**
 * Logging from a page. Everybody can read what a page knows: send to a path of your own server that passes events on, or with a key that may only ingest.
 *
 * Without a Seq, start the collector first: `npm run collector`.
 */

import { configure, getLogger } from "@x/seqlog";

declare const document: { querySelector(selector: string): { addEventListener(type: string, listener: () => void): void } };

// The query may name another Seq: index.html?seq=http://localhost:5341
configure({
  serverUrl: new URLSearchParams(location.search).get("seq") ?? "http://localhost:5341",
  properties: { Application: "shop-page" },
  handleUncaught: true, // errors that nobody catches are logged, and the browser shows them as before
});
const logger = getLogger("shop.page");

logger.info("Page {Path} opened", { Path: location.pathname });
document.querySelector("button").addEventListener("click", () => logger.info("Order {OrderId} sent", { OrderId: 42 }));
addEventListener("pagehide", () => logger.info("Page {Path} left", { Path: location.pathname })); // this one arrives, too
