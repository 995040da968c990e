/**
 * Testing what a program logs: `npx tsx --test examples/testing.ts`, `deno test examples/testing.ts` or `bun test ./examples/testing.ts`.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, getLogger, onDiagnostic, shutdown } from "@x/seqlog";
import { createCollector } from "@x/seqlog/collector";
import { recordEvents } from "@x/seqlog/testing";

/** What is tested: a program that logs. */
function ship(orderId: number, city?: string): void {
  const logger = getLogger("shop.orders");
  if (city === undefined) return logger.warn("Order {OrderId} has no address", { OrderId: orderId });
  logger.info("Order {OrderId} shipped to {City}", { OrderId: orderId, City: city });
}

test("what is logged is recorded, whatever its level", () => {
  using log = recordEvents("shop");
  ship(42);
  ship(43, "Oslo");
  const { level, properties } = log.events.withTemplate("Order {OrderId} has no address").single();
  assert.equal(level, "warn");
  assert.deepEqual(properties, { OrderId: 42 });
  assert.deepEqual(log.events.fromLogger("shop.orders").messages, ["Order 42 has no address", "Order 43 shipped to Oslo"]);
});

test("a collector sees what Seq would see, without a network", async () => {
  const seq = createCollector();
  configure({ serverUrl: "http://seq.test", fetch: (input, init) => seq.fetch(new Request(input, init)) });
  ship(42, "Oslo");
  const { delivered } = await shutdown();
  assert.equal(delivered, 1);
  assert.equal(seq.events[0]?.message, "Order 42 shipped to Oslo");
  assert.equal(seq.events[0]?.properties.City, "Oslo");
});

test("the collector simulates a failure, and no event is lost", async () => {
  const seq = createCollector();
  seq.fail({ status: 503 });
  const heard: string[] = [];
  using _listening = onDiagnostic(({ code }) => heard.push(code));
  configure({ serverUrl: "http://seq.test", fetch: (input, init) => seq.fetch(new Request(input, init)), minBackoffMs: 1 });
  ship(42, "Oslo");
  await shutdown();
  assert.deepEqual(seq.requests.map(({ status }) => status), [503, 201]);
  assert.deepEqual(heard, ["unreachable", "recovered"]);
});
