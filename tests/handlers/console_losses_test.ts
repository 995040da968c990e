/** What handlers of the console count once nobody reads. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsoleLosses } from "../../src/handlers/console_losses.ts";

test("ConsoleLosses has no numbers until an event was not written", () => {
  const losses = new ConsoleLosses();
  losses.note(true);
  assert.equal(losses.stats, undefined);
  losses.note(false);
  losses.note(false);
  assert.deepEqual([losses.stats?.state, losses.stats?.lost], ["closed", { "reader-gone": 2 }]);
});
