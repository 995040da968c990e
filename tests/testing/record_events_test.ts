/** recordEvents(): what is logged while a test runs, whatever the levels are. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, configure, getLogger, MemoryHandler, shutdown } from "../../mod.ts";
import { recordEvents, type RecordOptions } from "../../src/testing/testing.ts";

test("recordEvents() records every level without a configuration, until it is disposed of", () => {
  const before = getLogger().level;
  const log = recordEvents();
  getLogger("recorded").trace("one");
  getLogger("recorded.below").fatal("two");
  assert.deepEqual(log.events.messages, ["one", "two"]);
  log.clear();
  getLogger("recorded").debug("three");
  assert.deepEqual(log.events.messages, ["three"]);
  log.dispose();
  getLogger("recorded").trace("four");
  log.dispose();
  assert.deepEqual([log.events.messages, getLogger().level], [["three"], before]);
});

test("recordEvents() records one logger and those below it, from a level on, the newest of so many", () => {
  using log = recordEvents(getLogger("shop"), { level: "info", capacity: 2 });
  for (const name of ["shop", "shop.orders", "shopping", ""]) {
    for (const n of [1, 2]) getLogger(name).info("{Name} {N}", { Name: name, N: n });
  }
  getLogger("shop").debug("too fine");
  assert.deepEqual(log.events.messages, ["shop.orders 1", "shop.orders 2"]);
});

test("recordEvents() records loggers with levels of their own, that do not propagate, or that are turned off; all of it comes back", async () => {
  getLogger("early");
  const memory = new MemoryHandler();
  const loggers = {
    "quiet": { level: "error" },
    "quiet.off": { level: "off" },
    "alone": { propagate: false, handlers: ["memory"], level: "warn" },
  } as const;
  configure({ root: { level: "warn" }, handlers: { memory }, loggers, disableExistingLoggers: true });
  const levels = () => ["", "quiet", "quiet.off", "alone", "early"].map((name) => getLogger(name).isEnabled("info"));
  const log = recordEvents();
  assert.deepEqual(levels(), [true, true, true, true, true]);
  for (const name of ["quiet", "quiet.off", "quiet.off.deep", "alone.below", "early"]) getLogger(name).trace(name);
  assert.deepEqual(log.events.messages, ["quiet", "quiet.off", "quiet.off.deep", "alone.below", "early"]);
  assert.deepEqual(memory.events.map(({ message }) => message), ["alone.below"]);
  log.dispose();
  assert.deepEqual(levels(), [false, false, false, false, false]);
  getLogger("alone.below").error("after");
  assert.equal(log.events.length, 5);
  await shutdown();
});

test("recordEvents() leaves a level that the program has set meanwhile", () => {
  const log = recordEvents("kept");
  getLogger("kept").level = "error";
  log.dispose();
  assert.equal(getLogger("kept").level, "error");
  getLogger("kept").level = undefined;
});

test("recordEvents() may be nested", () => {
  using outer = recordEvents();
  const inner = recordEvents("nested");
  getLogger("nested").debug("both");
  inner.dispose();
  getLogger("nested").debug("outer");
  assert.deepEqual([inner.events.messages, outer.events.messages], [["both"], ["both", "outer"]]);
});

test("recordEvents() reports every wrong option", () => {
  const wrong = { level: "loud", capacity: 0, more: 1 } as unknown as RecordOptions;
  const paths = (error: unknown) => error instanceof ConfigError && error.issues.map(({ path }) => path).join() === "level,capacity,more";
  assert.throws(() => recordEvents("", wrong), paths);
});
