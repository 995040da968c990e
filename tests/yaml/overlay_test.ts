/** Configurations laid over one another. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../../src/yaml/overlay.ts";

const layers = (...values: readonly unknown[]) => values.map((value, i) => ({ name: `${i}`, value, isText: true }));

test("overlay() merges maps by key, replaces lists and scalars, and removes what is null", () => {
  const { value } = overlay(layers({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { b: 2, c: [3] } }, { d: null, e: { f: 1 } }));
  assert.deepEqual(value, { a: { b: 2, c: [3] }, e: { f: 1 } });
});

test("overlay() knows an option by both its names, and leaves the user's own names alone", () => {
  const { value } = overlay(
    layers({ handlers: { my_own: { batch_size: 1 } } }, { handlers: { myOwn: { batchSize: 3 }, my_own: { batchSize: 2 } } }),
  );
  assert.deepEqual(value, { handlers: { my_own: { batch_size: 2 }, myOwn: { batchSize: 3 } } });
});

test("overlay() keeps null among properties, where it leaves one out", () => {
  assert.deepEqual(overlay(layers({ properties: { A: 1 } }, { properties: { A: null } })).value, { properties: { A: null } });
});

test("layerOf() names the layer that the value at a path came from", () => {
  const { layerOf } = overlay(layers({ a: { b: 1, c: 1 } }, { a: { b: 2 } }, { a: { d: { e: 1 } } }));
  assert.deepEqual(["a.b", "a.c", "a.d.e", "x"].map((path) => layerOf(path).name), ["1", "0", "2", "0"]);
});
