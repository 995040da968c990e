/** Properties for the completion event of a request, added while it is served. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { enrichRequest, logRequests } from "../../mod.ts";
import { hearRequests } from "../support/access.ts";

const request = (): Request => new Request("http://shop.test/");

test("enrichRequest() adds to the request of its context or to the one it is given, until its event is logged", async () => {
  await using heard = hearRequests();
  const given = request();
  const results: boolean[] = [];
  const serve = logRequests(async (one: Request) => {
    results.push(enrichRequest({ A: 1, B: 1 }));
    await null;
    results.push(enrichRequest({ B: 2 }, one));
    return new Response("ok");
  });
  await serve(given);
  results.push(enrichRequest({ C: 3 }, given), enrichRequest({ C: 3 }), enrichRequest({ C: 3 }, {}));
  assert.deepEqual(results, [true, true, false, false, false]);
  const { A, B, C } = heard.access[0]!.properties;
  assert.deepEqual([A, B, C], [1, 2, undefined]);
});

test("enrichRequest() captures properties at once, and an error among them as the exception", async () => {
  await using heard = hearRequests();
  const cart = { items: 1 };
  await logRequests((_request: Request) => {
    enrichRequest({ cart, error: new Error("No paper") });
    cart.items = 2;
    return new Response("Sorry", { status: 500 });
  })(request());
  const [event] = heard.access;
  assert.deepEqual([event!.properties.cart, event!.level], [{ items: 1 }, "error"]);
  assert.match(event!.exception ?? "", /^Error: No paper/);
});
