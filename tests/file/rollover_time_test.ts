/** Rolling by time, as by Python's TimedRotatingFileHandler: when, under which name, and how many files are kept. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { readdirSync, readFileSync, utimesSync } from "node:fs";
import { test } from "node:test";
import { configure, flush, getLogger, type LoggingConfig, shutdown } from "../../mod.ts";
import { isRolledSuffix, readRollover, rolledSuffix, rolloverAfter } from "../../src/file/rollover_time.ts";
import type { Issue } from "../../src/option_schema.ts";
import { pythonParts } from "../../src/yaml/yaml.ts";
import { rounds } from "../support/effort.ts";
import { Folder } from "../support/folder.ts";
import { issuesOf } from "../support/issues.ts";
import { askPython, withoutPython } from "../support/python.ts";

const at = (text: string): number => Date.parse(`${text}Z`);
const iso = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 19);

/** Rules, a time, the rollover after it, and the suffix then: what CPython 3.11 says (2026-03-04 is a Wednesday). */
const cases: readonly (readonly [rules: Parameters<typeof rolloverAfter>[1], time: string, next: string, suffix: string])[] = [
  [{ when: "S", interval: 10 }, "2026-03-04T05:06:07", "2026-03-04T05:06:17", "2026-03-04_05-06-07"],
  [{ when: "M" }, "2026-03-04T05:06:07", "2026-03-04T05:07:07", "2026-03-04_05-06"],
  [{}, "2026-03-04T05:06:07", "2026-03-04T06:06:07", "2026-03-04_05"],
  [{ when: "D", interval: 2 }, "2026-03-04T05:06:07", "2026-03-06T05:06:07", "2026-03-04"],
  [{ when: "midnight" }, "2026-03-04T05:06:07", "2026-03-05T00:00:00", "2026-03-04"],
  [{ when: "MIDNIGHT" }, "2026-03-05T00:00:00", "2026-03-06T00:00:00", "2026-03-05"],
  [{ when: "midnight", atTime: "03:30" }, "2026-03-04T01:00:00", "2026-03-04T03:30:00", "2026-03-03"],
  [{ when: "W0" }, "2026-03-04T05:06:07", "2026-03-10T00:00:00", "2026-03-03"],
  [{ when: "w6", atTime: "12:00:30" }, "2026-03-04T05:06:07", "2026-03-08T12:00:30", "2026-03-01"],
  [{ when: "W2", atTime: "04:00" }, "2026-03-04T05:06:07", "2026-03-11T04:00:00", "2026-03-04"],
];

for (const [rules, time, next, suffix] of cases) {
  test(`rolloverAfter(${JSON.stringify(rules)}) after ${time} is ${next}, and the file is then called ${suffix}`, () => {
    const utc = { ...rules, utc: true };
    const rolloverMs = rolloverAfter(at(time), utc);
    assert.deepEqual([iso(rolloverMs), rolledSuffix(rolloverMs, utc)], [next, suffix]);
    assert.ok(isRolledSuffix(suffix, utc));
    assert.equal(isRolledSuffix(`${suffix}x`, utc), false);
    const localMs = rolloverAfter(at(time), rules);
    assert.ok(localMs > at(time) && localMs <= at(time) + 8 * 86_400_000);
  });
}

/** What CPython computes for rules and times, and calls the file that is rolled then. */
const script = `
import datetime, logging.handlers as handlers, time
answer = []
for when, interval, at_time, at in given:
    at_time = None if at_time is None else datetime.time.fromisoformat(at_time)
    one = handlers.TimedRotatingFileHandler("/nowhere", when=when, interval=interval, delay=True, utc=True, atTime=at_time)
    next = one.computeRollover(at)
    answer.append([next, time.strftime(one.suffix, time.gmtime(next - one.interval))])
`;

test("rolloverAfter() and rolledSuffix() compute what CPython does, whatever the rules and the time", { skip: withoutPython }, () => {
  const rules = fc.tuple(
    fc.constantFrom("S", "M", "H", "D", "midnight", ...Array.from({ length: 7 }, (_, day) => `W${day}`)),
    fc.integer({ min: 1, max: 50 }),
    fc.option(fc.constantFrom("00:00", "03:30", "12:00:30", "23:59:59")),
    fc.integer({ min: 86_400, max: 4_000_000_000 }),
  ).map(([when, interval, atTime, at]) => [when, /^(?:W|mid)/.test(when) ? 1 : interval, atTime, at] as const);
  const cases = fc.sample(rules, { seed: 1, numRuns: rounds(2000) });
  const theirs = askPython<[number, string][]>(script, cases);
  cases.forEach(([when, interval, atTime, at], i) => {
    const rules = { when, interval, atTime: atTime ?? undefined, utc: true };
    if (theirs[i]![0] === at) return; // CPython 3.11 rolls again in the second in which it has rolled; 3.12 does not
    const nextMs = rolloverAfter(at * 1000, rules);
    assert.deepEqual([nextMs / 1000, rolledSuffix(nextMs, rules)], theirs[i], JSON.stringify([rules, at]));
  });
});

test("readRollover() reads units in any case, and refuses what is none", () => {
  const issues: Issue[] = [];
  assert.deepEqual(readRollover({ when: "midnight", interval: "2", at_time: "3:30", utc: "yes" }, "", issues), {
    ...{ when: "MIDNIGHT", interval: 2, atTime: "3:30", utc: true },
  });
  readRollover({ when: "Y", interval: 0, atTime: "25:00" }, "r", issues);
  assert.deepEqual(issues.map(({ path }) => path), ["r.when", "r.interval", "r.atTime"]);
});

test("logging.handlers.TimedRotatingFileHandler rolls by a given clock, and keeps backupCount files", async () => {
  using folder = new Folder();
  let nowMs = at("2026-03-04T05:06:07");
  const file = {
    class: "logging.handlers.TimedRotatingFileHandler",
    ...{ filename: folder.at("app.log"), when: "M", utc: true, backupCount: 2, clock: { now: () => nowMs } },
  };
  configure({ root: { level: "info", handlers: ["file"] }, handlers: { file } } as LoggingConfig, pythonParts);
  for (const name of ["a", "b", "c", "d"]) {
    getLogger().info(name);
    getLogger().info(`${name}${name}`);
    await flush();
    nowMs += 90_000;
  }
  await shutdown();
  const names = readdirSync(folder.at(".")).sort();
  assert.deepEqual(names, ["app.log", "app.log.2026-03-04_05-07", "app.log.2026-03-04_05-09"]);
  assert.deepEqual(names.map((name) => readFileSync(folder.at(name), "utf8")), ["d\ndd\n", "b\nbb\n", "c\ncc\n"]);
});

test("TimedRotatingFileHandler and WatchedFileHandler read their options strictly", async () => {
  using folder = new Folder();
  const filename = folder.at("app.log");
  const [timed, watched] = ["TimedRotating", "Watched"].map((name) => `logging.handlers.${name}FileHandler`);
  const issues = await issuesOf(() =>
    configure(
      { handlers: { a: { class: timed, filename, when: "x", maxBytes: 5 }, b: { class: watched, filename, whn: "S" } } } as never,
      pythonParts,
    )
  );
  assert.deepEqual(issues.map(({ path }) => path), ["handlers.a.when", "handlers.a.maxBytes", "handlers.b.whn"]);
  assert.match(issues[0]!.message, /^Cannot use this as one of these words, in any case: current value is "x"; known are S, M, H, D, /);
});

/** Logs texts to a file that is rolled every hour, each at its time, by a process of its own or by one; returns what the files hold. */
async function rollHourly(entries: readonly (readonly [timeMs: number, text: string])[], restarts: boolean): Promise<string[]> {
  using folder = new Folder();
  let nowMs = 0;
  const file = { class: "file", filename: folder.at("app.log"), formatter: "plain", rollover: { when: "H" }, clock: { now: () => nowMs } };
  const formatters = { plain: { format: "%(message)s" } };
  for (const [timeMs, text] of entries) {
    nowMs = timeMs;
    configure({ root: { level: "info", handlers: ["file"] }, handlers: { file }, formatters } as LoggingConfig, pythonParts);
    getLogger().info(text);
    await (restarts ? shutdown() : flush());
    utimesSync(folder.at("app.log"), timeMs / 1000, timeMs / 1000);
  }
  await shutdown();
  return readdirSync(folder.at(".")).sort().map((name) => readFileSync(folder.at(name), "utf8"));
}

test("FileHandler overwrites no file that is rolled already, if an hour comes twice", async () => {
  // Any clock that is set back by an hour: a test cannot choose its time zone on every runtime.
  const hourMs = 3_600_000;
  const start = at("2026-10-25T00:10:00");
  const hours = [0, 1.1, 0.05, 1.15, 2.3].map((hour, i) => [start + hour * hourMs, `text ${i}`] as const);
  const texts = await rollHourly(hours, false);
  assert.deepEqual(texts.join("").trim().split("\n").sort(), hours.map(([, text]) => text));
});

test("FileHandler rolls by the age of the file, also if each process lives shorter than that", async () => {
  const startMs = Date.now();
  const runs = Array.from({ length: 5 }, (_, i) => [startMs + i * 1_220_000, `text ${i}`] as const);
  const texts = await rollHourly(runs, true);
  assert.deepEqual(texts.map((text) => text.trim().split("\n").length).sort(), [2, 3]);
});
