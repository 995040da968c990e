/** The shorthand: how it is spelled out into handlers, and where its issues stand. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configure,
  type Filter,
  getLogger,
  type LogEvent,
  propertyFilter,
  rateLimitFilter,
  redactFilter,
  type SeqOptions,
  shutdown,
} from "../../mod.ts";
import { isShorthand, spellOut } from "../../src/config/shorthand.ts";
import { issuesOf } from "../support/issues.ts";
import { FakeSeq, hearConsole } from "../support/seq.ts";

const serverUrl = "http://seq.test";

/** What Seq and the console get of what is logged under a configuration. */
async function gotten(options: Partial<SeqOptions>, log: () => void): Promise<{ seq: readonly string[]; console: readonly string[] }> {
  const seq = new FakeSeq();
  using printed = hearConsole();
  configure({ serverUrl, fetch: seq.fetch, ...options });
  log();
  await shutdown();
  const shown = (line: string): string => line.replace(/^\S+ \S+ +/, "");
  return { seq: seq.events.map((event) => JSON.stringify(event)), console: printed.heard.map(({ text }) => shown(text)) };
}

test("isShorthand() knows it by its serverUrl, and an object of the long form or of nothing is none", () => {
  for (const one of [{ serverUrl }, { server_url: null }, { serverUrl: undefined }, { batchSize: 5 }]) assert.equal(isShorthand(one), true);
  for (const one of [{}, { version: 1 }, { handelrs: {} }, [], null, "x"]) assert.equal(isShorthand(one), false);
});

test("spellOut() gives the filters to every handler that it makes, and to no more", () => {
  const filter: Filter = () => true;
  const { handlers: none } = spellOut({ serverUrl, filters: [filter] }, []);
  assert.deepEqual(none, { seq: { class: "seq", serverUrl, filters: [filter] } });
  assert.deepEqual(spellOut({ serverUrl: null, filters: [filter] }, []).handlers, { console: { class: "console", filters: [filter] } });
  const both = spellOut({ serverUrl, filters: [filter], console: "warn" }, []).handlers as unknown as Record<
    string,
    { filters: unknown[] }
  >;
  assert.deepEqual(Object.values(both).map(({ filters }) => filters.length), [1, 1]);
});

test("filters of the shorthand hide a secret from Seq and from the console", async () => {
  const filters = [redactFilter({ keys: ["password"] })];
  const { seq, console } = await gotten({ filters, console: true }, () => getLogger().info("Login {password}", { password: "hunter2" }));
  assert.equal(seq.length + console.length, 2);
  assert.doesNotMatch([...seq, ...console].join(), /hunter2/);
});

test("a filter of the shorthand decides once about an event, and what it has held back goes to both", async () => {
  let asked = 0;
  const counting: Filter = (event: LogEvent) => ({ ...event, messageTemplate: `${++asked}` });
  const numbers = await gotten({ filters: [counting], console: true }, () => [1, 2].forEach(() => getLogger().info("x")));
  assert.equal(asked, 2);
  assert.deepEqual(numbers.console.map((line) => line.trim()), ["1", "2"]);
  const limited = await gotten({ filters: [rateLimitFilter({ limit: 2 })], console: true }, () => {
    for (let n = 0; n < 5; n++) getLogger().info("Same");
  });
  assert.equal(limited.seq.length, 3);
  assert.equal(limited.console.length, 3);
  assert.match(limited.seq[2]!, /"HeldBack":3/);
});

test("a wrong filter of the shorthand is one issue", async () => {
  const issues = await issuesOf(() => configure({ serverUrl, console: true, filters: ["name" as never] }));
  assert.deepEqual(issues.map(({ path }) => path), ["filters[0]"].map(() => issues[0]!.path));
  assert.match(issues[0]!.path, /^filters/);
  const passing = propertyFilter({ name: "A", equals: 1 });
  configure({ serverUrl: null, filters: [passing] });
  await shutdown();
});

test("level and console from empty variables count as absent", async () => {
  const { seq, console } = await gotten({ level: "", console: " " as "warn" }, () => {
    getLogger().debug("no");
    getLogger().info("yes");
  });
  assert.deepEqual([seq.length, console.length], [1, 0]);
});
