/** Page events where there is no page; tests/runtimes/browser has real pages, and delivery/send_at_page_hide_test simulated ones. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isForeign, keepaliveBytes, onPage } from "../../src/runtime/page_events.ts";

test("onPage() says that there is no page, and calls nobody", () => {
  let calls = 0;
  assert.equal(onPage(() => calls++), false);
  assert.equal(calls, 0);
});

test("isForeign() holds for no address outside a page", () => {
  assert.equal(isForeign("http://elsewhere.test/"), false);
  assert.equal(keepaliveBytes, 64 * 1024);
});
