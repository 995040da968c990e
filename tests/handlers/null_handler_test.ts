/** NullHandler: nothing happens, and that is something. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger } from "../../mod.ts";
import { NullHandler } from "../../src/handlers/null_handler.ts";
import { hearConsole } from "../support/seq.ts";

test("NullHandler drops every event, and keeps warnings from the console of a program that configures nothing", () => {
  using onConsole = hearConsole();
  getLogger("null.test").error("before");
  {
    using _ = getLogger("null.test").addHandler(new NullHandler());
    getLogger("null.test.below").fatal("within");
  }
  getLogger("null.test").error("after");
  assert.deepEqual(onConsole.heard.map(({ text }) => /before|within|after/.exec(text)?.[0]), ["before", "after"]);
});

test("NullHandler calls no filter and accepts no event", () => {
  const handler = new NullHandler();
  handler.filters = [() => assert.fail("it was asked")];
  assert.equal(handler.accepts(), false);
  handler.handle();
  handler.emit();
});
