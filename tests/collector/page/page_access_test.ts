import assert from "node:assert/strict";
import { test } from "node:test";
import { pageHeaders, refusalOf } from "../../../src/collector/page/page_access.ts";

const refusal = (url: string, headers: Record<string, string> = {}, allowed: string[] = []): string | undefined =>
  refusalOf(new Request(url, { headers }), allowed, url.endsWith("/"));

test("refusalOf() lets in addresses, localhost and the names that are allowed", () => {
  for (const host of ["127.0.0.1:5341", "localhost:5341", "app.localhost", "[::1]:5341", "192.168.1.7", "LOCALHOST", "localhost."]) {
    assert.equal(refusal(`http://${host}/`), undefined, host);
  }
  assert.equal(refusal("http://my-machine.local:5341/", {}, ["My-Machine.local"]), undefined);
});

test("refusalOf() refuses a host name that is not configured: DNS rebinding", () => {
  for (const host of ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test", "notlocalhost", "my-machine.local"]) {
    assert.match(refusal(`http://${host}/`)!, /^Cannot show events to a browser that asks for /, host);
  }
});

test("refusalOf() refuses pages of other origins, those of this machine included", () => {
  const url = "http://127.0.0.1:5341/page/events";
  assert.equal(refusal(url, { origin: "http://127.0.0.1:5341", "sec-fetch-site": "same-origin" }), undefined);
  assert.equal(refusal(url, { "sec-fetch-site": "none" }), undefined);
  for (
    const headers of [{ origin: "http://127.0.0.1:3000" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }, {
      "sec-fetch-site": "same-site",
    }]
  ) assert.equal(refusal(url, headers as unknown as Record<string, string>), "Cannot show events to a page of another origin");
});

test("pageHeaders allow nobody to embed, keep or read the page", () => {
  assert.equal(pageHeaders["cross-origin-resource-policy"], "same-origin");
  assert.equal(pageHeaders["x-frame-options"], "DENY");
  assert.equal("access-control-allow-origin" in pageHeaders, false);
});
