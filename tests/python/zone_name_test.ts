/** The abbreviation of the local time zone, as the time zone database has it. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { zoneName } from "../../src/python/zone_name.ts";

const winter = new Date(Date.UTC(2026, 0, 15));
const summer = new Date(Date.UTC(2026, 6, 15));

/** The name in a time zone; every runtime follows the variable at once. */
function nameIn(zone: string, date: Date): string {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    return zoneName(date, -date.getTimezoneOffset());
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

test("zoneName() has the letters of the database, in winter and in summer", () => {
  const zones = ["Europe/Berlin", "Europe/London", "America/New_York", "Australia/Sydney"];
  assert.deepEqual(zones.map((zone) => [nameIn(zone, winter), nameIn(zone, summer)]), [["CET", "CEST"], ["GMT", "BST"], ["EST", "EDT"], [
    "AEDT",
    "AEST",
  ]]);
  assert.deepEqual(["UTC", "Asia/Kolkata", "Asia/Tokyo"].map((zone) => nameIn(zone, winter)), ["UTC", "IST", "JST"]);
});

test("zoneName() is the offset where the database has no letters", () => {
  assert.deepEqual(["Asia/Dubai", "Asia/Kathmandu", "America/Sao_Paulo"].map((zone) => nameIn(zone, winter)), ["+04", "+0545", "-03"]);
});

test("zoneName() does not take the name that CLDR lends a zone from another", () => {
  assert.deepEqual(["Europe/Minsk", "Asia/Colombo"].map((zone) => nameIn(zone, winter)), ["+03", "+0530"]);
});
