/** Times as text: each directive, and a comparison with the real strftime. */

import fc from "fast-check";
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { strftime } from "../../src/python/strftime.ts";
import { rounds } from "../support/effort.ts";
import { askPython, withoutPython } from "../support/python.ts";

const local = (year: number, month: number, day: number, hour = 0, minute = 0, second = 0): Date =>
  new Date(year, month, day, hour, minute, second);

/** A Sunday afternoon in March. */
const date = local(2026, 2, 1, 15, 4, 9);

test("strftime() knows every directive", () => {
  const cases: Readonly<Record<string, string>> = {
    "%a %A %b %B %h": "Sun Sunday Mar March Mar",
    "%c": "Sun Mar  1 15:04:09 2026",
    "%C %y %Y %g %G": "20 26 2026 26 2026",
    "%D %x %F": "03/01/26 03/01/26 2026-03-01",
    "%d %e %j": "01  1 060",
    "%H %I %k %l %M %S": "15 03 15  3 04 09",
    "%n%t%%": "\n\t%",
    "%p %P": "PM pm",
    "%r %R %T %X": "03:04:09 PM 15:04 15:04:09 15:04:09",
    "%u %w %U %V %W": "7 0 09 09 08",
    "%Y-%m-%dT%H:%M:%S": "2026-03-01T15:04:09",
    "no directive": "no directive",
    "": "",
  };
  for (const [format, text] of Object.entries(cases)) assert.equal(strftime(format, date), text, format);
});

test("strftime() knows the hours of noon and midnight", () => {
  assert.equal(strftime("%I %l %p %H %k", local(2026, 0, 1, 0)), "12 12 AM 00  0");
  assert.equal(strftime("%I %l %p %H %k", local(2026, 0, 1, 12)), "12 12 PM 12 12");
});

test("strftime() counts weeks as ISO 8601 does at the turn of the year", () => {
  const cases: readonly (readonly [Date, string])[] = [
    [local(2021, 0, 3), "2020-53 20 01 00"],
    [local(2021, 0, 4), "2021-01 21 01 01"],
    [local(2024, 11, 30), "2025-01 25 52 53"],
    [local(2027, 0, 1), "2026-53 26 00 00"],
    [local(2000, 0, 1), "1999-52 99 00 00"],
  ];
  for (const [date, text] of cases) assert.equal(strftime("%G-%V %g %U %W", date), text);
});

test("strftime() shows seconds since 1970, and leaves fractions out", () => {
  assert.equal(strftime("%s", new Date(1_700_000_000_999)), "1700000000");
  assert.equal(strftime("%s", new Date(-1)), "-1");
  assert.equal(strftime("%S", new Date(-1)), "59");
});

test("strftime() pads and raises by flags and widths as glibc does", () => {
  const cases: Readonly<Record<string, string>> = {
    "%-d|%_d|%0e|%-e|%-j|%_j": "1| 1|01|1|60| 60",
    "%5d|%-5d|%_5d|%05e|%3H": "00001|    1|    1|00001|015",
    "%6Y|%_6Y|%-6Y|%06C": "002026|  2026|  2026|000020",
    "%^a|%#a|%^B|%#b|%#p|%^P": "SUN|SUN|MARCH|MAR|pm|pm",
    "%10A|%010A|%^-10A": "    Sunday|0000Sunday|    SUNDAY",
    "%12F|%012T|%^c|%3%|%03n": "  2026-03-01|000015:04:09|SUN MAR  1 15:04:09 2026|  %|00\n",
    "%Ey|%EY|%Ex|%EX|%Od|%OH|%Om": "26|2026|03/01/26|15:04:09|01|15|03",
    "%E3d": "%E3d",
  };
  for (const [format, text] of Object.entries(cases)) assert.equal(strftime(format, date), text, format);
});

test("strftime() leaves what is no directive", () => {
  const cases: Readonly<Record<string, string>> = {
    "%q %f %L %+ %v %N": "%q %f %L %+ %v %N",
    "%8q|%-é|%^q": "     %8q|%-é|%^Q",
    "100%": "100%",
    "%5": "   %5",
    "%Ed|%Oa|%E": "%Ed|%Oa|%E",
    "%E%|%#Eb": "%|%#EB",
    "%:z": "%:z",
  };
  for (const [format, text] of Object.entries(cases)) assert.equal(strftime(format, date), text, format);
});

test("strftime() makes no text of a width beyond Python's bound", () => {
  assert.equal(strftime("%1500d", date).length, 1500);
  assert.equal(strftime("%99999999999d", date), "");
  assert.equal(strftime("%3000d%3000d", date), "");
});

test("strftime() refuses an invalid date", () => {
  assert.throws(() => strftime("%Y", new Date(NaN)), RangeError);
});

/** Runs in a time zone; every runtime follows the variable at once. */
function inZone<T>(zone: string, run: () => T): T {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    return run();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

test("strftime() shows the local time, its offset and its zone", () => {
  const summer = new Date(Date.UTC(2026, 6, 1, 22));
  const winter = new Date(Date.UTC(2026, 0, 1, 22));
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    "UTC": ["1 22 +0000 UTC", "1 22 +0000 UTC"],
    "Europe/Oslo": ["2 00 +0200 CEST", "1 23 +0100 CET"],
    "Europe/London": ["1 23 +0100 BST", "1 22 +0000 GMT"],
    "America/New_York": ["1 18 -0400 EDT", "1 17 -0500 EST"],
    "America/St_Johns": ["1 19 -0230 NDT", "1 18 -0330 NST"],
    "Asia/Kathmandu": ["2 03 +0545 +0545", "2 03 +0545 +0545"],
    "Asia/Dubai": ["2 02 +0400 +04", "2 02 +0400 +04"],
    "America/Sao_Paulo": ["1 19 -0300 -03", "1 19 -0300 -03"],
    "Asia/Tokyo": ["2 07 +0900 JST", "2 07 +0900 JST"],
    "Pacific/Guam": ["2 08 +1000 ChST", "2 08 +1000 ChST"],
  };
  for (const [zone, [inSummer, inWinter]] of Object.entries(cases)) {
    inZone(zone, () => {
      assert.equal(strftime("%-d %H %z %Z", summer), inSummer, zone);
      assert.equal(strftime("%-d %H %z %Z", winter), inWinter, zone);
    });
  }
  inZone("America/St_Johns", () => {
    assert.equal(strftime("%#Z %^Z %6Z|%6z|%_z|%-z", winter), "nst NST    NST|     -000330|- 330|-330");
  });
});

// ---- the real one ----

const letters = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%";
const directive = fc.record({
  flags: fc.string({ unit: fc.constantFrom("-", "_", "0", "^", "#"), maxLength: 3 }),
  width: fc.oneof({ weight: 3, arbitrary: fc.constant("") }, fc.nat(20).map(String), fc.constantFrom("300", "01", "1500")),
  modifier: fc.constantFrom("", "", "", "E", "O"),
  letter: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...letters) },
    { weight: 1, arbitrary: fc.constantFrom("f", "N", "q", "", "+", ":", "E", "O", "i", "é", "😀", " ") },
  ),
}).map(({ flags, width, modifier, letter }) => `%${flags}${width}${modifier}${letter}`);
const format = fc.array(fc.oneof({ weight: 3, arbitrary: directive }, fc.constantFrom(" ", "-", "at", "é", "😀", "\n", "5")), {
  maxLength: 6,
})
  .map((parts) => parts.join(""));

const script = `
import os, time
answer = {}
for zone, cases in given.items():
    if zone != "":
        os.environ["TZ"] = zone
        time.tzset()
    answer[zone] = [time.strftime(format, time.localtime(seconds)) for format, seconds in cases]
`;

type Cases = readonly (readonly [format: string, seconds: number])[];

/** Compares with Python; the zone `""` is that of this process. */
function compare(casesByZone: Readonly<Record<string, Cases>>): void {
  const answers = askPython<Record<string, string[]>>(script, casesByZone);
  for (const [zone, cases] of Object.entries(casesByZone)) {
    const ours = (): string[] => cases.map(([format, seconds]) => strftime(format, new Date(seconds * 1000)));
    const texts = zone === "" ? ours() : inZone(zone, ours);
    cases.forEach((one, i) => assert.equal(texts[i], answers[zone]![i], `${zone} ${JSON.stringify(one)}`));
  }
}

test("strftime() writes what Python writes: any format at any time", { skip: withoutPython }, () => {
  // The zone of this machine may have had other abbreviations once.
  const recent = fc.integer({ min: Date.UTC(2019, 0) / 1000, max: Date.UTC(2026, 0) / 1000 });
  const any = fc.integer({ min: -70_000_000_000, max: 300_000_000_000 });
  const zone = fc.array(fc.tuple(format, recent), { minLength: rounds(8000), maxLength: rounds(8000) });
  compare({ "": fc.sample(zone, { seed: 1, numRuns: 1 })[0]! });
  const old = fc.array(fc.tuple(format, any), { minLength: rounds(8000), maxLength: rounds(8000) });
  compare({ "UTC": fc.sample(old, { seed: 2, numRuns: 1 })[0]! });
});

test("strftime() writes what Python writes: every directive on every day of some years", { skip: withoutPython }, () => {
  const all = Array.from(letters, (letter) => `%${letter}`).join("|");
  const days = [1970, 1999, 2000, 2020, 2021, 2024, 2026, 2100].flatMap((year) =>
    Array.from(
      { length: rounds(366) },
      (_, day) => Date.UTC(year, 0, 1 + Math.floor(day * 366 / rounds(366)), (day * 7) % 24, day % 60, (day * 11) % 60) / 1000,
    )
  );
  compare({ "UTC": days.map((seconds) => [all, seconds]) });
});

test("strftime() writes what Python writes: many time zones", { skip: withoutPython }, () => {
  const zones = "Europe/Oslo Europe/London Europe/Lisbon Europe/Athens Europe/Moscow Europe/Istanbul America/New_York America/Chicago " +
    "America/Denver America/Phoenix America/Los_Angeles America/Anchorage America/Halifax America/St_Johns America/Bogota America/Santiago " +
    "Africa/Cairo Africa/Lagos Africa/Nairobi Africa/Johannesburg Asia/Kolkata Asia/Kathmandu Asia/Shanghai Asia/Tokyo Asia/Seoul " +
    "Asia/Karachi Asia/Jakarta Asia/Dubai Asia/Hong_Kong Australia/Sydney Australia/Adelaide Australia/Perth Australia/Lord_Howe " +
    "Pacific/Auckland Pacific/Honolulu Pacific/Chatham Pacific/Apia Etc/GMT+5";
  const seconds = fc.integer({ min: Date.UTC(2019, 0) / 1000, max: Date.UTC(2026, 0) / 1000 });
  const some = fc.array(seconds.map((seconds) => ["%Y-%m-%d %H:%M:%S %z %Z %s %c", seconds] as const), {
    minLength: rounds(60),
    maxLength: rounds(60),
  });
  const samples = fc.sample(some, { seed: 3, numRuns: zones.split(" ").length });
  compare(Object.fromEntries(zones.split(" ").map((zone, i) => [zone, samples[i]!])));
});
