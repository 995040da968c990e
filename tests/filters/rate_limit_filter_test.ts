/** rateLimitFilter(): a limit of events per template and period, and the report of the others. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, encodeClef, getLogger, renderMessage } from "../../mod.ts";
import { rateLimitFilter, type RateLimitFilterOptions, readRateLimitOptions } from "../../src/filters/rate_limit_filter.ts";
import type { Issue } from "../../src/option_schema.ts";
import { type Recollection, remember } from "../support/seq.ts";

const log = getLogger("rate_limit_filter");
log.level = "trace";
const summary = "{HeldBack} events like {Template} were held back";

/** A handler behind a filter, and the time that the filter sees. */
interface Limited extends Disposable {
  readonly filter: ReturnType<typeof rateLimitFilter>;
  readonly seen: Recollection;
  nowMs: number;
}

function limited(options: RateLimitFilterOptions): Limited {
  const seen = remember(log);
  const it: Limited = {
    nowMs: 1_000_000,
    seen,
    filter: rateLimitFilter({ now: () => it.nowMs, ...options }),
    [Symbol.dispose]: () => seen[Symbol.dispose](),
  };
  seen.memory.filters = [it.filter];
  return it;
}

const issuesOf = (given: unknown): Issue[] => {
  const issues: Issue[] = [];
  readRateLimitOptions(given, "filters.some", issues);
  return issues;
};

test("rateLimitFilter() lets the first events of a template pass, and of each template for itself", () => {
  using it = limited({ limit: 2 });
  for (let i = 0; i < 5; i++) {
    log.info("a {i}", { i });
    log.error("b {i}", { i });
  }
  assert.deepEqual(it.seen.messages, ["a 0", "b 0", "a 1", "b 1"]);
});

test("rateLimitFilter() begins a period with the first event after the last one ended", () => {
  using it = limited({ limit: 1, periodMs: 100 });
  const at = (ms: number) => {
    it.nowMs = ms;
    log.info("{ms}", { ms });
  };
  for (const ms of [1050, 1149, 1150, 1160, 1249, 1400, 1499, 1500]) at(ms);
  assert.deepEqual(it.seen.events.map(({ properties }) => properties), [
    { ms: 1050 },
    { ms: 1150, HeldBack: 1 },
    { ms: 1400, HeldBack: 2 },
    { ms: 1500, HeldBack: 1 },
  ]);
});

test("rateLimitFilter() has a period of a minute, and the runtime's clock, by default", () => {
  const { now } = Date;
  let nowMs = now();
  Date.now = () => nowMs;
  try {
    using seen = remember(log);
    seen.memory.filters = [rateLimitFilter({ limit: 1 })];
    for (const step of [0, 59_999, 1]) {
      nowMs += step;
      log.info("x");
    }
    assert.deepEqual(seen.events.map(({ properties }) => properties), [{}, {
      HeldBack: 1,
    }]);
  } finally {
    Date.now = now;
  }
});

test("rateLimitFilter() reports the number in the property that it is given", () => {
  using it = limited({ limit: 1, periodMs: 10, property: "Missing" });
  for (let i = 0; i < 3; i++) log.info("x");
  it.nowMs += 10;
  log.info("x");
  assert.deepEqual(it.seen.events.map(({ properties }) => properties), [{}, {
    Missing: 2,
  }]);
  assert.equal(JSON.parse(encodeClef(it.seen.events[1]!)).Missing, 2);
});

test("rateLimitFilter() lets an event pass as it is where nothing was held back", () => {
  using all = remember(log);
  using it = limited({ limit: 3 });
  for (let i = 0; i < 3; i++) {
    log.info(new Error("no paper"), "x {A}", { A: 1 });
  }
  assert.ok(it.seen.events.every((event, i) => event === all.events[i]));
});

test("heldBack() reports for each template what was held back, once", () => {
  using it = limited({ limit: 1, periodMs: 1000 });
  for (let i = 0; i < 4; i++) log.info("a {i}", { i });
  for (let i = 0; i < 3; i++) {
    getLogger("rate_limit_filter.below").error("b {i}", { i });
  }
  log.info("c");
  it.nowMs += 5;
  const events = it.filter.heldBack();
  assert.deepEqual(events.map(({ message, ...event }) => (assert.equal(message, renderMessage(summary, event.properties)), event)), [
    {
      timestampMs: it.nowMs,
      level: "warn",
      loggerName: "rate_limit_filter",
      messageTemplate: summary,
      properties: { HeldBack: 3, Template: "a {i}" },
    },
    {
      timestampMs: it.nowMs,
      level: "warn",
      loggerName: "rate_limit_filter.below",
      messageTemplate: summary,
      properties: { HeldBack: 2, Template: "b {i}" },
    },
  ]);
  assert.equal(events[0]!.message, "3 events like a {i} were held back");
  assert.deepEqual(it.filter.heldBack(), []);
  log.info("a {i}", { i: 9 });
  assert.deepEqual(it.filter.heldBack().map(({ properties }) => properties), [{
    HeldBack: 1,
    Template: "a {i}",
  }]);
  it.nowMs += 1000;
  log.info("a {i}", { i: 10 });
  assert.deepEqual(it.seen.events.at(-1)!.properties, { i: 10 }, "what was told is not told again");
  const line = JSON.parse(encodeClef(events[0]!));
  assert.deepEqual([line["@mt"], line["@l"], line.HeldBack, line.Template], [
    summary,
    "Warning",
    3,
    "a {i}",
  ]);
});

test("rateLimitFilter() never holds back what heldBack() returned", () => {
  using it = limited({ limit: 1 });
  log.info("x");
  log.info("x");
  const [event] = it.filter.heldBack();
  for (let i = 0; i < 5; i++) {
    log.write(event!);
    assert.equal(it.filter(event!), true);
  }
  assert.deepEqual(it.seen.messages, [
    "x",
    ...Array(5).fill("1 events like x were held back"),
  ]);
  assert.deepEqual(it.filter.heldBack(), []);
});

test("rateLimitFilter() does not block when the clock is set back", () => {
  using it = limited({ limit: 1, periodMs: 1000 });
  log.info("x");
  log.info("x");
  it.nowMs = 5;
  log.info("x");
  log.info("x");
  it.nowMs = 1005;
  log.info("x");
  assert.deepEqual(it.seen.events.map(({ properties }) => properties), [{}, {
    HeldBack: 1,
  }, { HeldBack: 1 }]);
});

test("rateLimitFilter() distinguishes 1000 templates; the others share one limit", () => {
  using it = limited({ limit: 1, periodMs: 1000 });
  for (let i = 0; i < 1005; i++) log.info(`template ${i}`);
  assert.equal(it.seen.events.length, 1001);
  for (let i = 0; i < 1000; i++) log.info(`template ${i}`);
  assert.equal(it.seen.events.length, 1001);
  const told = it.filter.heldBack();
  assert.equal(told.length, 1001);
  assert.deepEqual(told.at(-1)!.properties, {
    HeldBack: 4,
    Template: "template 1004",
  });
  assert.ok(told.slice(0, -1).every(({ properties }) => properties.HeldBack === 1));
});

test("rateLimitFilter() forgets templates whose period is over when there is no room", () => {
  using it = limited({ limit: 1, periodMs: 1000 });
  for (let i = 0; i < 1000; i++) log.info(`old ${i}`);
  log.info("old 0");
  it.nowMs += 1000;
  for (let i = 0; i < 999; i++) log.info(`new ${i}`);
  assert.equal(it.seen.events.length, 1999);
  for (let i = 0; i < 999; i++) log.info(`new ${i}`);
  assert.equal(it.seen.events.length, 1999, "each is told apart");
  assert.equal(it.filter.heldBack().length, 1000);
});

test("rateLimitFilter() loses no event from its count", () => {
  const steps = fc.array(
    fc.record({
      ms: fc.integer({ min: -50, max: 300 }),
      template: fc.nat(3),
      flush: fc.nat(9),
    }),
    { maxLength: 200 },
  );
  fc.assert(fc.property(steps, fc.integer({ min: 1, max: 4 }), (steps, limit) => {
    using it = limited({ limit, periodMs: 200 });
    let told = 0;
    for (const { ms, template, flush } of steps) {
      it.nowMs += ms;
      log.info(`template ${template}`);
      if (flush === 0) {
        told += it.filter.heldBack().reduce((sum, { properties }) => sum + (properties.HeldBack as number), 0);
      }
    }
    told += it.filter.heldBack().reduce((sum, { properties }) => sum + (properties.HeldBack as number), 0);
    const passed = it.seen.events.reduce((sum, { properties }) => sum + 1 + ((properties.HeldBack as number | undefined) ?? 0), 0);
    assert.equal(passed + told, steps.length);
  }));
});

test("rateLimitFilter() reports every mistake with its path", () => {
  assert.deepEqual(issuesOf({}), [{
    path: "filters.some.limit",
    message: "Missing: a whole number, 1 or more",
  }]);
  assert.deepEqual(issuesOf({ limit: 0, periodMs: 0, property: 7, now: 5, period: 1 }).map(({ path }) => path), [
    "filters.some.limit",
    "filters.some.periodMs",
    "filters.some.property",
    "filters.some.now",
    "filters.some.period",
  ]);
  assert.deepEqual(issuesOf({ limit: 1.5 }).map(({ path }) => path), [
    "filters.some.limit",
  ]);
  assert.deepEqual(issuesOf({ limit: 5, period_ms: 1000 }), []);
  assert.throws(() => rateLimitFilter({} as RateLimitFilterOptions), ConfigError);
});
