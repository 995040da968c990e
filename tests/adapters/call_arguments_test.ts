/** readArguments(): a text and values, as the console takes them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isStack, readArguments } from "../../src/adapters/call_arguments.ts";
import { renderMessage } from "../../mod.ts";

const error = new TypeError("no paper");

class Order {
  id = 42;
  toJSON() {
    return { id: this.id, kind: "order" };
  }
}

/** Arguments, and the template, message and properties that they become. */
const calls: readonly (readonly [args: unknown[], template: string, message: string, properties: object])[] = [
  [["text"], "text", "text", {}],
  [["{braces}"], "{{braces}}", "{braces}", {}],
  [["Order {Id}", { Id: 1 }], "Order {Id}", "Order 1", { Id: 1 }],
  [["Order {Id} {Gone}", { Id: 1 }], "Order {{Id}} {{Gone}}", "Order {Id} {Gone}", { Id: 1 }],
  [["Order {Id} for", { Id: 1 }, "Ada"], "Order {Id} for {1}", "Order 1 for Ada", { Id: 1, 1: "Ada" }],
  [["a", 1, null, undefined, [2], true], "a {0} {1} {3} {4}", "a 1 null [2] true", { 0: 1, 1: null, 3: [2], 4: true }],
  [["%s is %d%%", "x", 5, "more"], "{0} is {1}% {2}", "x is 5% more", { 0: "x", 1: 5, 2: "more" }],
  [["%s {b} %s", "x"], "{0} {{b}} %s", "x {b} %s", { 0: "x" }],
  [["%cred", "color: red"], "red", "red", {}],
  [["%o", { a: 1 }], "{0}", '{"a":1}', { 0: { a: 1 } }],
  [["two", { a: 1, b: 2 }, { b: 3 }], "two", "two", { a: 1, b: 2, __1: { b: 3 } }],
  [["made", new Order()], "made", "made", { id: 42, kind: "order" }],
  [["failed", error, { Id: 1 }], "failed", "failed", { Id: 1 }],
  [["failed: %s", error], "failed: {0}", "failed: TypeError: no paper", { 0: "TypeError: no paper" }],
  [["failed", error, new Error("too")], "failed {1}", "failed Error: too", { 1: "Error: too" }],
  [[error], "no paper", "no paper", {}],
  [[error, { Id: 1 }], "no paper", "no paper", { Id: 1 }],
  [[{ Id: 1 }], '{{"Id":{Id}}}', '{"Id":1}', { Id: 1 }],
  [[{ msg: "a {x}", Id: 1 }], "a {{x}}", "a {x}", { Id: 1 }],
  [[{ message: "b" }], "b", "b", {}],
  [[5, "x"], "{0} {1}", "5 x", { 0: 5, 1: "x" }],
  [[undefined], "{0}", "undefined", { 0: "undefined" }],
  [["a", undefined], "a", "a", {}],
  [[], "{{}}", "{}", {}],
];

for (const [args, template, message, properties] of calls) {
  test(`readArguments() reads ${JSON.stringify(args)}`, () => {
    const event = readArguments(args);
    assert.deepEqual([event.messageTemplate, event.properties], [template, properties]);
    assert.equal(renderMessage(event.messageTemplate, event.properties), message);
    assert.equal(event.error, args.find((one) => one === error));
  });
}

test("readArguments() lets the call's fields hide what was bound, and finds free names for its holes", () => {
  const event = readArguments(["{Id} %%", { Id: 2 }, "x"], { bound: { Id: 1, City: "Oslo", 1: "one" } });
  assert.deepEqual(event, { messageTemplate: "{Id} %% {_1}", properties: { Id: 2, City: "Oslo", 1: "one", _1: "x" } });
});

test("readArguments({ templates }) reads every text as a template, or none", () => {
  assert.equal(readArguments(["{Id}"], { templates: true }).messageTemplate, "{Id}");
  assert.equal(readArguments(["{Id}", { Id: 1 }], { templates: false }).messageTemplate, "{{Id}}");
});

test("isStack() knows the stack of an error", () => {
  assert.deepEqual([isStack("Error: x\n    at f (file:///a.js:1:2)"), isStack("at work"), isStack("Error: x\nmore")], [true, false, false]);
});
