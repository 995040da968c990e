/** The tree of loggers: which name inherits from which, which handlers its events reach, and what a new configuration changes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, MemoryHandler } from "../mod.ts";
import { Hierarchy, hierarchy, type NodeSettings, replaceSettings } from "../src/hierarchy.ts";

const settings = (changes: Partial<NodeSettings> = {}): NodeSettings => ({ handlers: [], filters: [], propagate: true, ...changes });

test("a name takes its level from the nearest above that has one, whichever of them came first", () => {
  const tree = new Hierarchy();
  const deep = tree.get("shop.orders.rows");
  assert.equal(deep.threshold, 3, "warnings and above, while nothing is set");
  tree.change(tree.root, { rank: 2 });
  tree.change(tree.get("shop"), { rank: 1 });
  assert.deepEqual([deep.threshold, tree.get("shopping").threshold], [1, 2]);
  tree.change(tree.get("shop.orders"), { rank: 5 });
  assert.deepEqual(tree.lineage("shop.orders.rows").map(({ name }) => name), ["shop.orders.rows", "shop.orders", "shop", ""]);
  assert.deepEqual([deep.threshold, tree.get("shop.users").threshold], [5, 1]);
  assert.deepEqual([tree.get("root"), tree.get("")], [tree.root, tree.root]);
});

test("an event reaches its own handlers first, then those above, up to the name that does not propagate", () => {
  const tree = new Hierarchy();
  const [own, above, top] = [new MemoryHandler(), new MemoryHandler(), new MemoryHandler()];
  const node = tree.get("a.b");
  tree.change(tree.root, { handlers: [top] });
  tree.change(tree.get("a"), { handlers: [above], added: [above] });
  tree.change(node, { added: [own] });
  assert.deepEqual(node.reached, [own, above, top], "a handler that one name has twice gets an event once");
  tree.change(node, { handlers: [top] });
  assert.deepEqual(node.reached, [top, own, above, top], "one that stands on two names gets it twice, as in Python");
  tree.change(tree.get("a"), { propagate: false });
  assert.deepEqual(node.reached, [top, own, above]);
});

test("the encoders of the handlers are called in turn, each once", () => {
  const tree = new Hierarchy();
  const asked: string[] = [];
  const encoding = (name: string): MemoryHandler =>
    Object.assign(new MemoryHandler(), {
      encoder: (value: unknown) => {
        asked.push(name);
        return value === name ? `by ${name}` : undefined;
      },
    });
  const [first, second] = [encoding("first"), encoding("second")];
  const node = tree.get("a");
  tree.change(node, { handlers: [first] });
  tree.change(tree.root, { handlers: [first, second, new MemoryHandler()] });
  assert.equal(node.encoder?.("second", ""), "by second");
  assert.deepEqual(asked, ["first", "second"]);
  assert.equal(node.encoder?.("third", ""), undefined);
  assert.equal(tree.get("b").encoder?.("first", ""), "by first");
});

test("replaceSettings() turns off what exists and is neither named nor below a named one, if it is configured to", () => {
  const tree = new Hierarchy();
  for (const name of ["kept", "kept.below", "keptlike", "other"]) tree.get(name);
  const named = new Map([["kept", settings({ rank: 4 })]]);
  assert.deepEqual(replaceSettings(tree, named), []);
  assert.deepEqual(replaceSettings(tree, named, { disableExisting: true }), ["keptlike", "other"]);
  assert.deepEqual([...tree.nodes].map(({ name, disabled }) => [name, disabled]), [
    ["", false],
    ["kept", false],
    ["kept.below", false],
    ["keptlike", true],
    ["other", true],
  ]);
});

test("replaceSettings() forgets what a configuration gave and what is below a name of the new one; a program's own settings stay", () => {
  const tree = new Hierarchy();
  const [configured, added] = [new MemoryHandler(), new MemoryHandler()];
  replaceSettings(tree, new Map([["a", settings({ rank: 5, handlers: [configured], propagate: false })]]));
  tree.change(tree.get("a"), { added: [added] });
  tree.change(tree.get("mine"), { rank: 0 });
  tree.change(tree.get("b.below"), { rank: 0 });
  replaceSettings(tree, new Map([["b", settings({ rank: 4 })], ["mine", settings()]]));
  const { rank, handlers, propagate, reached } = tree.get("a");
  assert.deepEqual([rank, handlers, propagate, reached], [undefined, [], true, [added]]);
  assert.deepEqual([tree.get("b.below").rank, tree.get("b.below").threshold, tree.get("mine").rank], [undefined, 4, 0]);
  replaceSettings(tree, new Map([["mine", settings({ rank: null })]]));
  assert.equal(tree.get("mine").rank, undefined);
});

test("the tree of the process is one, and getLogger() hangs its loggers into it", () => {
  assert.equal(hierarchy(), hierarchy());
  const logger = getLogger("hierarchy.test");
  assert.ok([...hierarchy().nodes].some((node) => node.name === "hierarchy.test" && node.logger === logger));
});
