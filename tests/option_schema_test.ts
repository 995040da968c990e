/** How options are read: null and undefined are absent, in one place for all of them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { registry } from "../src/config/built_in_classes.ts";
import { longReaders, partsReaders } from "../src/config/grammar.ts";
import { readDurableOptions } from "../src/durable/durable_options.ts";
import {
  type Issue,
  methodOf,
  number,
  options,
  orNull,
  type Reader,
  requireOptions,
  text,
  threshold,
  truth,
  waitTime,
} from "../src/option_schema.ts";
import { pythonParts } from "../src/yaml/yaml.ts";

/** What a reader makes of something, and the paths of what is wrong with it. */
function read<T>(reader: Reader<T>, given: unknown): { value: T | undefined; paths: string[] } {
  const issues: Issue[] = [];
  const value = reader(given, "", issues);
  return { value, paths: issues.map(({ path }) => path) };
}

const { handlers, filters, formatters } = registry(pythonParts);
const described = [handlers, filters, formatters].flatMap(({ known }) => Object.entries(known));
const all: readonly (readonly [name: string, readers: Readonly<Record<string, Reader<unknown>>>])[] = [
  ["the top", longReaders],
  ["the parts", partsReaders],
  ["the queue on disk", readDurableOptions.about!.options!],
  ...described.map(([name, { about }]) => [name, about!.options!] as const),
];

for (const [name, readers] of all) {
  test(`null and undefined are absent for every option of ${name}`, () => {
    for (const [option, reader] of Object.entries(readers)) {
      for (const nothing of [null, undefined]) {
        const { value, paths } = read(options({ [option]: reader }), { [option]: nothing });
        assert.deepEqual(paths, [], option);
        const isMeant = reader.about?.orNull === true && nothing === null;
        assert.deepEqual(value, isMeant ? { [option]: null } : {}, option);
      }
    }
  });
}

test("options() reads a name in both spellings, finds each mistake, and takes an empty level for absent", () => {
  const reader = options<{ batchSize?: number; level?: string }>({ batchSize: number(1), level: threshold });
  assert.deepEqual(read(reader, { batch_size: "5", level: " " }), { value: { batchSize: 5 }, paths: [] });
  assert.deepEqual(read(reader, { batchSize: 0, batch_size: 5, x: 1 }).paths, ["batchSize", "batch_size", "x"]);
  assert.deepEqual(read(options({ a: orNull(text) }), { a: null }), { value: { a: null }, paths: [] });
});

test("waitTime reads milliseconds, limits it to what a timer accepts, and refuses anything else", () => {
  assert.deepEqual([0, 5, 1e12, Infinity].map((ms) => read(waitTime, ms).value), [0, 5, 2 ** 31 - 1001, 2 ** 31 - 1001]);
  for (const wrong of [-1, NaN, "5", {}, true]) assert.deepEqual(read(waitTime, wrong).paths, [""]);
});

test("truth() and methodOf() read words and objects of Python's kind", () => {
  assert.deepEqual(["yes", "Off", 1, 0, true, "maybe", null].map(truth), [true, false, true, false, true, undefined, undefined]);
  const method = methodOf<() => number>("filter");
  const kept = {
    n: 5,
    filter(): number {
      return this.n;
    },
  };
  assert.equal(method(kept)?.(), 5);
  for (const none of [[], {}, "text", null, { filter: 5 }]) assert.equal(method(none), undefined);
});

test("requireOptions() throws one error with every mistake", () => {
  assert.throws(() => requireOptions(options({ a: text }), { a: 1, b: 2 }), /a: .*\n.*b: /);
});
