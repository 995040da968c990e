/** The names of a bag as they are written, cached where bags come from one place. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Shape, shapeOf } from "../../src/event/bag_shape.ts";
import { range } from "../support/shipping.ts";

test("bags of one place with the same names in the same order share a shape, also where several such bags take turns", () => {
  const site: { shape?: Shape } = {};
  const bags = [["a", "b"], ["b", "a"], ["a"], []];
  const shapes = bags.map((names) => shapeOf(names, site));
  assert.deepEqual(shapes.map(({ names }) => names), bags);
  for (let turn = 0; turn < 3; turn++) assert.ok(bags.every((names, i) => shapeOf([...names], site) === shapes[i]));
  assert.notEqual(shapeOf(["a"], undefined), shapeOf(["a"], undefined));
});

test("a place whose bags always have other names keeps few shapes", () => {
  const site: { shape?: Shape } = {};
  for (const n of range(1, 1000)) {
    assert.deepEqual(shapeOf([`name ${n}`], site).names, [`name ${n}`]);
    let kept = 0;
    for (let shape = site.shape; shape !== undefined; shape = shape.next) kept++;
    assert.ok(kept >= 1 && kept <= 4, `${kept} shapes`);
  }
});

test("a shape says which names are special or guarded, and writes each name so that no other has it", () => {
  const { names, special, guarded } = shapeOf(["", "_", "@a"], undefined);
  assert.deepEqual({ names, special, guarded }, { names: ["_2", "_", "@a"], special: true, guarded: false });
  assert.equal(shapeOf(["toJSON"], undefined).guarded, true);
});
