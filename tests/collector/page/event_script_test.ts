import assert from "node:assert/strict";
import { test } from "node:test";
import { toCollectedEvent } from "../../../src/collector/collected_event.ts";
import { eventScript } from "../../../src/collector/page/event_script.ts";
import { runScript } from "../../support/page_script.ts";

test("the page and the collector know the same fields of CLEF", () => {
  const fields = runScript<string[]>([eventScript], "fields");
  const clef = Object.fromEntries(fields.map((name) => [name, "x"]));
  const event = toCollectedEvent({ ...clef, "@t": "2026-03-01T10:15:00Z", "@r": [], "@zz": 1 }, 1);
  assert.deepEqual(event.properties, { "@zz": 1 });
});
