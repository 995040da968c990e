/** sampleFilter(): a share of the events, and all that are severe. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, encodeClef, getLogger, type LogEvent } from "../../mod.ts";
import { readSampleOptions, sampleFilter, type SampleFilterOptions } from "../../src/filters/sample_filter.ts";
import type { Issue } from "../../src/option_schema.ts";
import { remember } from "../support/seq.ts";

const log = getLogger("sample_filter");
log.level = "trace";

const issuesOf = (given: unknown): Issue[] => {
  const issues: Issue[] = [];
  readSampleOptions(given, "filters.some", issues);
  return issues;
};

/** What passes of what is logged, and how often chance was asked. */
function sample(options: SampleFilterOptions, act: () => void): { events: readonly LogEvent[]; asked: number } {
  using seen = remember(log);
  const { random = () => 0.5 } = options;
  let asked = 0;
  seen.memory.filters = [
    sampleFilter({ ...options, random: () => (asked++, random()) }),
  ];
  assert.equal(asked, 0, "nothing is decided yet");
  act();
  return { events: seen.events, asked };
}

test("sampleFilter() lets events pass by chance", () => {
  const chances = [0, 0.09, 0.1, 0.5, 0.999];
  const { events, asked } = sample({
    rate: 0.1,
    random: () => chances.shift()!,
  }, () => {
    for (let i = 0; i < 5; i++) log.info("{i}", { i });
  });
  assert.deepEqual(events.map(({ properties }) => properties), [{
    i: 0,
    SampleRate: 0.1,
  }, { i: 1, SampleRate: 0.1 }]);
  assert.equal(asked, 5);
});

test("sampleFilter() lets everything pass at rate 1, untouched, and nothing at 0", () => {
  using all = remember(log);
  const { events, asked } = sample({ rate: 1 }, () => log.info("x", { A: 1 }));
  assert.equal(events[0], all.event);
  assert.equal(asked, 0);
  assert.equal(sample({ rate: 0, random: () => 0 }, () => log.info("x")).events.length, 0);
});

test("sampleFilter() lets events above maxLevel pass, untouched and unasked", () => {
  using all = remember(log);
  const { events, asked } = sample({ rate: 0 }, () => {
    for (
      const level of [
        "trace",
        "debug",
        "info",
        "warn",
        "error",
        "fatal",
      ] as const
    ) log.log(level, "x");
  });
  assert.deepEqual(events, all.events.slice(3));
  assert.ok(events.every((event, i) => event === all.events[3 + i]));
  assert.equal(asked, 3);
});

test("sampleFilter() accepts any alias of maxLevel, and Python's numbers", () => {
  const count = (maxLevel: string | number) =>
    sample({ rate: 0, maxLevel }, () => {
      for (
        const level of [
          "trace",
          "debug",
          "info",
          "warn",
          "error",
          "fatal",
        ] as const
      ) log.log(level, "x");
    }).events.length;
  assert.deepEqual(["verbose", "DEBUG", 10, 25, "Error", "critical", 50].map(count), [5, 4, 4, 3, 1, 0, 0]);
});

test("sampleFilter() carries the rate as the configured property, or as none", () => {
  assert.deepEqual(
    sample({ rate: 0.6, property: "Rate" }, () => log.info("x")).events[0]!
      .properties,
    { Rate: 0.6 },
  );
  assert.deepEqual(
    sample({ rate: 0.6, property: "__proto__" }, () => log.info("x")).events[0]!
      .properties,
    JSON.parse('{"__proto__":0.6}'),
  );
  using all = remember(log);
  const { events } = sample({ rate: 0.6, property: null }, () => log.info("x"));
  assert.equal(events[0], all.event);
});

test("sampleFilter() keeps all else of the event that passes", () => {
  using all = remember(log);
  const { events: [event] } = sample({ rate: 0.6 }, () =>
    log.with({ B: 2 }).info(new Error("no paper"), "{A:000} {B}", {
      A: 1,
      C: { d: 1n },
    }));
  const { properties, ...rest } = event!;
  const { properties: before, ...restBefore } = all.event;
  assert.deepEqual(rest, restBefore);
  assert.deepEqual(properties, { ...before, SampleRate: 0.6 });
  const line = JSON.parse(encodeClef(event!));
  assert.equal(line.SampleRate, 0.6);
  assert.deepEqual(line, {
    ...JSON.parse(encodeClef(all.event)),
    SampleRate: 0.6,
  });
});

test("sampleFilter() passes about as many as it should", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.05, max: 0.95, noNaN: true }), (rate) => {
      let turn = 0;
      const { events } = sample({ rate, random: () => turn++ / 200 }, () => {
        for (let i = 0; i < 200; i++) log.info("x");
      });
      assert.equal(events.length, Math.ceil(rate * 200));
    }),
    { numRuns: 20 },
  );
});

test("sampleFilter() gets chance from Math.random when an event is decided, not before", () => {
  const { random } = Math;
  let asked = 0;
  Math.random = () => (asked++, 0.2);
  try {
    using seen = remember(log);
    seen.memory.filters = [sampleFilter({ rate: 0.3 })];
    assert.equal(asked, 0);
    log.warn("x");
    assert.equal(asked, 0);
    log.info("x");
    assert.equal(asked, 1);
    assert.equal(seen.events.length, 2);
  } finally {
    Math.random = random;
  }
});

test("sampleFilter() reports every mistake with its path", () => {
  assert.deepEqual(issuesOf({}), [{
    path: "filters.some.rate",
    message: "Missing: a number, 0 or more and at most 1",
  }]);
  for (const rate of [-0.1, 1.1, NaN, "x", null]) {
    assert.deepEqual(issuesOf({ rate }).map(({ path }) => path), [
      "filters.some.rate",
    ]);
  }
  assert.deepEqual(
    issuesOf({ rate: 0.5, maxLevel: "off", property: 1, random: 0.5, rat: 1 })
      .map(({ path }) => path),
    [
      "filters.some.maxLevel",
      "filters.some.property",
      "filters.some.random",
      "filters.some.rat",
    ],
  );
  assert.throws(() => sampleFilter({} as SampleFilterOptions), ConfigError);
});
