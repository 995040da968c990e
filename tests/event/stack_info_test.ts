/** `stackInfo()`: the place of a log call as the event's exception. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, stackInfo } from "../../mod.ts";
import { remember } from "../support/seq.ts";

function placeOfTheCall(): Error {
  const held = [stackInfo()]; // a call in the place of a return has no frame where the engine reuses it
  return held[0]!;
}

test("stackInfo() is an error of its own name, without a message, that was never thrown", () => {
  const info = stackInfo();
  assert.ok(info instanceof Error);
  assert.deepEqual([info.name, info.message], ["StackInfo", ""]);
});

test("stackInfo() has the stack of its caller", () => {
  assert.match(placeOfTheCall().stack ?? "", /placeOfTheCall/);
});

test("stackInfo() leaves itself out where the runtime can", (t) => {
  if (!("captureStackTrace" in Error)) return t.skip("the runtime has no Error.captureStackTrace");
  const frames = (placeOfTheCall().stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  assert.match(frames[0] ?? "", /placeOfTheCall/);
  assert.ok(!frames.some((frame) => frame.includes("stack_info.ts")));
});

test("stackInfo() before a template fills the exception, and the level stays", () => {
  using heard = remember();
  getLogger().warn(placeOfTheCall(), "Cache {Name} is empty", { Name: "prices" });
  const { level, message, exception } = heard.event;
  assert.deepEqual([level, message], ["warn", "Cache prices is empty"]);
  assert.match(exception ?? "", /^StackInfo\n[^]*placeOfTheCall/);
});
