import assert from "node:assert/strict";
import { test } from "node:test";
import { readClefLine } from "../../src/collector/clef_body.ts";
import { writeClef } from "../../src/collector/clef_text.ts";

test("writeClef() writes an event as it came, long numbers included", () => {
  for (
    const line of [
      '{"@t":"2026-03-01T10:15:00Z","@mt":"Hi {Name}","Name":"you\\n","@@odd":[1,{"a":null}]}',
      '{"@t":"2026-03-01T10:15:00Z","Id":12345678901234567890,"Ids":[-9007199254740993],"Text":"1"}',
    ]
  ) assert.equal(writeClef(readClefLine(line, 1)), line);
});
