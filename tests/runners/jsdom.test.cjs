/** @jest-environment jsdom */
/* global expect, test */

const library = `${process.env.LIBRARY}/seqlog.cjs`;

test("the library loads and logs in Jest's jsdom, which lacks classes of the web", async () => {
  expect([typeof TextEncoder, typeof TransformStream, typeof fetch]).toEqual(["undefined", "undefined", "undefined"]);
  const { configure, encodeClef, getLogger, MemoryHandler, shutdown } = require(library);
  const memory = new MemoryHandler();
  configure({ root: { level: "info", handlers: ["memory"] }, handlers: { memory } });
  getLogger("shop").info("Order {OrderId} shipped", { OrderId: 42, Text: "€".repeat(300_000) });
  expect(memory.events.map(({ message }) => message)).toEqual(["Order 42 shipped"]);
  expect(JSON.parse(encodeClef(memory.events[0])).OrderId).toBe(42);
  configure({ serverUrl: process.env.SEQ_URL, level: "info", maxBackoffMs: 1, minBackoffMs: 1 });
  getLogger("shop").info("Order {OrderId} shipped", { OrderId: 43 });
  expect(await shutdown({ timeoutMs: 100 })).toEqual({ delivered: 0, pending: 0, lost: 1 });
});
