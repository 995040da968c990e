/** The losses of console handlers when the stream has no reader. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsoleLosses } from "../../src/handlers/console_losses.ts";

test("ConsoleLosses has no numbers until an event was not written", () => {
  const losses = new ConsoleLosses();
  const look = () => losses.stats && [losses.stats.state, losses.stats.lost];
  losses.note(true);
  assert.equal(look(), undefined);
  losses.note(false);
  losses.note(false);
  assert.deepEqual(look(), ["closed", { "reader-gone": 2 }]);
});
