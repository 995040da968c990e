/** What the types of a configuration accept and refuse: `deno check` reads this file, and an error that is expected and missing fails it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, type LoggingConfig, MemoryHandler, type SeqOptions } from "../../mod.ts";
import { pythonParts } from "../../src/yaml/yaml.ts";

const env: Readonly<Record<string, string | undefined>> = {};

/** Only read by the type checker. */
export const accepted: readonly (() => unknown)[] = [
  () => configure({ serverUrl: env.SEQ_URL, level: env.LOG_LEVEL, console: env.CONSOLE }),
  () =>
    configure({
      root: { level: env.LOG_LEVEL, handlers: ["a"] },
      handlers: { a: { class: "seq", serverUrl: "x", level: env.A, batchSize: null } },
    }),
  () => configure({ handlers: { a: { class: "list", any: 5 } } }, { handlers: { list: () => new MemoryHandler() } }),
  () => configure({ handlers: { a: { class: "logging.StreamHandler" } }, formatters: { f: { format: "%(message)s" } } }, pythonParts),
  () =>
    configure({
      handlers: { a: { class: () => new MemoryHandler(), any: 5 }, b: new MemoryHandler(), c: { "()": () => new MemoryHandler() } },
    }),
  () => configure({ filters: { a: { name: "x" }, b: { class: "level", min: "info" }, c: () => true, d: { filter: () => true } } }),
  () => {
    const config: LoggingConfig = { handlers: { a: { class: "memory" } } };
    return [configure(config), configure(config, pythonParts)];
  },
  () => {
    const given: SeqOptions = { serverUrl: null, level: env.LOG_LEVEL ?? null };
    return configure(given);
  },
];

/** Refused with the place of the mistake; editors suggest the right word. */
export const refused: readonly (() => unknown)[] = [
  // @ts-expect-error: no class of that name
  () => configure({ handlers: { a: { class: "sek", serverUrl: "x" } } }),
  // @ts-expect-error: no option of that name
  () => configure({ handlers: { a: { class: "seq", serverURL: "x" } } }),
  // @ts-expect-error: no option of that name together with a required one
  () => configure({ handlers: { a: { class: "seq", serverUrl: "x", batchsize: 5 } } }),
  // @ts-expect-error: not among the parts
  () => configure({ handlers: { a: { class: "lst" } } }, { handlers: { list: () => new MemoryHandler() } }),
  // @ts-expect-error: no option of the filter
  () => configure({ filters: { a: { class: "level", mn: 5 } } }),
  // @ts-expect-error: no class of formatters
  () => configure({ formatters: { a: { class: "txt" } } }),
  // @ts-expect-error: no part of that name
  () => configure({ version: 1 }, { handler: {} }),
];

test("the types of a configuration are checked by deno check", () => {
  assert.equal(accepted.length + refused.length, 15);
});
