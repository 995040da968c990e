import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTimestamp } from "../../src/collector/collected_event.ts";

test("parseTimestamp() reads ISO 8601 in its usual forms", () => {
  const cases: [string, number][] = [
    ["2026-03-01T10:15:00Z", Date.UTC(2026, 2, 1, 10, 15)],
    ["2026-03-01T10:15:00.4821234Z", Date.UTC(2026, 2, 1, 10, 15, 0, 482)],
    ["2026-03-01T10:15:00.123456789Z", Date.UTC(2026, 2, 1, 10, 15, 0, 123)],
    ["2026-03-01T10:15:00.5z", Date.UTC(2026, 2, 1, 10, 15, 0, 500)],
    ["2026-03-01T10:15Z", Date.UTC(2026, 2, 1, 10, 15)],
    ["2026-03-01 10:15:00+02:00", Date.UTC(2026, 2, 1, 8, 15)],
    ["2026-03-01T10:15:00-0330", Date.UTC(2026, 2, 1, 13, 45)],
    ["2026-03-01T10:15:00 +14:00", Date.UTC(2026, 1, 28, 20, 15)],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
    ["9999-12-31T23:59:59.9999999Z", Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
    ["0001-01-01T00:00:00Z", -62_135_596_800_000],
  ];
  for (const [text, expected] of cases) assert.equal(parseTimestamp(text), expected, text);
});

test("parseTimestamp() takes a time without an offset as local", () => {
  assert.equal(parseTimestamp("2026-03-01T10:15:00.25"), new Date(2026, 2, 1, 10, 15, 0, 250).getTime());
  assert.equal(parseTimestamp("2026-03-01"), new Date(2026, 2, 1).getTime());
});

test("parseTimestamp() refuses what is no timestamp", () => {
  const wrong = [
    "",
    "now",
    "1700000000",
    "2026-02-30T00:00:00Z",
    "2025-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T10:60:00Z",
    "2026-01-01T10:00:60Z",
    "2026-01-01T10:00:00+15:00",
    "2026-01-01T10:00:00+01:60",
    "0000-01-01T00:00:00Z",
    "2026-01-01T10:00:00Z and more",
    "Invalid Date",
    "+012026-01-01T00:00:00.000Z",
  ];
  for (const text of wrong) assert.equal(parseTimestamp(text), undefined, text);
});
