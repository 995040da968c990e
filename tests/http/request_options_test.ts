/** How requests are logged: defaults, and options that are wrong. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readRequestOptions, type RequestLogOptions } from "../../src/http/request_options.ts";
import { issuesOf } from "../support/issues.ts";

test("readRequestOptions() has a default for everything", () => {
  const settings = readRequestOptions({});
  assert.equal(settings.logger.name, "http.access");
  assert.equal(settings.requestIdHeader, "x-request-id");
  assert.equal(settings.trustedProxies, 0);
  assert.equal(settings.clock, "fine");
  assert.equal(settings.levelOf, undefined);
  assert.equal(settings.isSkipped("GET", "/health"), false);
  assert.match(settings.makeRequestId(), /^[0-9a-f-]{36}$/);
  assert.equal(settings.now, undefined);
});

test("readRequestOptions() accepts true or a number of proxies", async () => {
  const proxies = (trustForwardedFor: unknown): number => readRequestOptions({ trustForwardedFor } as RequestLogOptions).trustedProxies;
  assert.deepEqual([false, true, 1, 2, undefined].map(proxies), [0, 1, 1, 2, 0]);
  for (const wrong of [-1, 1.5, "first", {}, Infinity]) {
    assert.deepEqual((await issuesOf(() => proxies(wrong))).map(({ path }) => path), ["trustForwardedFor"], String(wrong));
  }
});
