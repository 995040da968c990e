/** The event about dropped events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { droppedEvent } from "../../src/seq/dropped_event.ts";

test("droppedEvent() says how many, since when, until when, and why", () => {
  const { level, loggerName, message, timestampMs } = droppedEvent({ count: 7, fromMs: 0, toMs: 1000 }, 2000).event;
  assert.deepEqual([level, loggerName, timestampMs], ["warn", "seqlog", 2000]);
  assert.match(message, /^7 events were dropped from 1970-01-01T00:00:00.* to 1970-01-01T00:00:01.*: the queue was full$/);
});
