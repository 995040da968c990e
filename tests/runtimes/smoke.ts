/** Is run on the lowest versions promised, and on all others by the suites beside it. Prints nothing but "ok". */

import assert from "node:assert/strict";
import { configure, flush, getLogger, shutdown, stats } from "../../mod.ts";
import { serveCollector } from "../../src/collector/serve.ts";

const log = getLogger("smoke");

// A given fetch: it receives the bytes of the request.
const bodies: Uint8Array[] = [];
const fetch = (_: unknown, init?: RequestInit): Promise<Response> => {
  bodies.push(init?.body as Uint8Array);
  return Promise.resolve(
    new Response('{"MinimumLevelAccepted":null}', { status: 201 }),
  );
};
configure({ serverUrl: "http://seq.test", fetch, level: "debug" });
log.info("Order {OrderId} shipped to {City}", { OrderId: 42, City: "Oslo" });
log.with({ Bound: true }).error(
  new RangeError("Out of stock"),
  "Order {OrderId} failed",
  { OrderId: 43 },
);
log.trace("Nobody hears this");
assert.deepEqual(await flush(), { delivered: 2, pending: 0, lost: 0 });
const lines = bodies.flatMap((body) => new TextDecoder().decode(body).split("\n")).map((line) => JSON.parse(line));
const [shipped, failed] = lines;
assert.equal(lines.length, 2);
assert.match(shipped["@t"], /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
assert.equal(shipped["@mt"], "Order {OrderId} shipped to {City}");
assert.deepEqual([shipped.OrderId, shipped.City, shipped.SourceContext], [
  42,
  "Oslo",
  "smoke",
]);
assert.equal(typeof shipped.ProcessId, "number");
assert.deepEqual([failed["@l"], failed.Bound], ["Error", true]);
assert.match(failed["@x"], /^RangeError: Out of stock\n/);

// The runtime's own fetch, to a collector of its own.
const seq = await serveCollector({ port: 0 });
configure({ serverUrl: seq.url, apiKey: "key" });
for (let N = 1; N <= 100; N++) log.info("Event {N}", { N });
await seq.until(100, { timeoutMs: 60_000 });
assert.deepEqual(
  seq.events.map(({ properties }) => properties.N),
  Array.from({ length: 100 }, (_, i) => i + 1),
);
assert.equal(seq.requests[0]?.apiKey, "key");
const { pending, lost } = await shutdown();
assert.deepEqual({ pending, lost }, { pending: 0, lost: 0 });
assert.deepEqual(stats(), {});
await seq.close();

console.log("ok");
