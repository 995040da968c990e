/** Decides when a file is rolled by time, and its name after that, by the rules of Python's TimedRotatingFileHandler. */

import { flag, must, number, options, type Reader } from "../option_schema.ts";

/** When a file is rolled, with the options of Python's TimedRotatingFileHandler. */
export interface RolloverOptions {
  /** The unit: `"S"`, `"M"`, `"H"`, `"D"`, `"midnight"`, or a weekday from `"W0"` (Monday) on. Default: `"H"`. */
  readonly when?: string | undefined;
  /** Number of units per file; for `midnight`, number of days. A weekday always means one week. Default: 1. */
  readonly interval?: number | undefined;
  /** Whether days and names follow UTC instead of local time. Default: false. */
  readonly utc?: boolean | undefined;
  /** Time of day for `midnight` and weekdays, such as `"03:30"`. Default: the end of the day. */
  readonly atTime?: string | undefined;
}

const units = ["S", "M", "H", "D", "MIDNIGHT", "W0", "W1", "W2", "W3", "W4", "W5", "W6"];
const dayTime = must(
  "a time of the day, such as 03:30 or 03:30:15",
  (given: unknown) => typeof given === "string" && /^(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/.test(given) ? given : undefined,
);

export const readRollover: Reader<RolloverOptions> = options<RolloverOptions>({
  when: must(
    "one of these words, in any case",
    (given: unknown) => units.find((unit) => typeof given === "string" && unit === given.toUpperCase()),
    units,
  ),
  interval: number(1, 1e6, true),
  utc: flag,
  atTime: dayTime,
});

const unitMs: Readonly<Record<string, number>> = { S: 1000, M: 60_000, H: 3_600_000, D: 86_400_000 };

/** A calendar time, in UTC or local time. */
type Calendar = readonly [year: number, month: number, day: number, hour: number, minute: number, second: number];

function calendarOf(timeMs: number, utc: boolean): Calendar {
  const date = new Date(timeMs);
  return utc
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getFullYear(), date.getMonth(), date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()];
}

function timeOf(calendar: Calendar, utc: boolean): number {
  return utc ? Date.UTC(...calendar) : new Date(...calendar).getTime();
}

/** Returns when a file that began at `timeMs` is rolled. */
export function rolloverAfter(timeMs: number, { when = "H", interval = 1, utc = false, atTime = "24:00" }: RolloverOptions): number {
  const unit = unitMs[when.toUpperCase()];
  if (unit !== undefined) return timeMs + unit * interval;
  const [hour = 0, minute = 0, second = 0] = atTime.split(":").map(Number);
  const [year, month, day] = calendarOf(timeMs, utc);
  const on = (days: number): number => timeOf([year, month, day + days, hour, minute, second], utc);
  let days = on(0) <= timeMs ? 1 : 0;
  if (/^w/i.test(when)) {
    const weekday = (new Date(Date.UTC(year, month, day + days)).getUTCDay() + 6) % 7; // Monday is 0
    return on(days + ((Number(when[1]) - weekday + 7) % 7));
  }
  days += interval - 1;
  return on(days);
}

/** Number of time parts in the file's name: hour, minute, second. */
const timeParts: Readonly<Record<string, number>> = { S: 3, M: 2, H: 1 };

/** Returns the suffix of a rolled file's name: the time at which the file began. */
export function rolledSuffix(rolloverMs: number, { when = "H", interval = 1, utc = false }: RolloverOptions): string {
  const unit = when.toUpperCase();
  const [year, month, day, ...time] = calendarOf(rolloverMs, utc);
  const days = unit.startsWith("W") ? 7 : interval;
  const spanMs = unitMs[unit];
  const beganMs = spanMs === undefined ? timeOf([year, month, day - days, ...time], utc) : rolloverMs - spanMs * interval;
  const parts = calendarOf(beganMs, utc).map((part, i) => String(i === 1 ? part + 1 : part).padStart(i === 0 ? 4 : 2, "0"));
  const count = timeParts[unit] ?? 0;
  return [parts.slice(0, 3), parts.slice(3, 3 + count)].filter(({ length }) => length > 0).map((some) => some.join("-")).join("_");
}

/** Whether the end of a file's name is the suffix of a rolled file. */
export function isRolledSuffix(suffix: string, { when = "H" }: RolloverOptions): boolean {
  const count = timeParts[when.toUpperCase()] ?? 0;
  return new RegExp(`^\\d{4}-\\d\\d-\\d\\d${count === 0 ? "" : `_\\d\\d${"-\\d\\d".repeat(count - 1)}`}$`).test(suffix);
}
