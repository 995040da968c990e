/** The timestamps that Seq reads. */

const iso8601 = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)? ?(Z|[+-]\d\d:?\d\d)?$/i;

/** The offset as `+hh:mm`, `Z`, or empty for local time; `undefined` beyond the 14 hours that .NET allows. */
function normalOffset(offset: string): string | undefined {
  if (offset === "" || /^z$/i.test(offset)) return offset.toUpperCase();
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  return minutes < 60 && hours * 60 + minutes <= 14 * 60 ? `${offset.slice(0, 3)}:${offset.slice(-2)}` : undefined;
}

/**
 * Reads an ISO 8601 timestamp as Seq does, in whole milliseconds since 1970; `undefined` where it is none.
 *
 * The time, the seconds and the fraction (any number of digits) may be missing; without an offset the time is local, as .NET's `DateTimeOffset`
 * has it. The calendar is checked: 30 February is no date. The other date forms that .NET knows are refused: CLEF asks for ISO 8601.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = iso8601.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "00", minute = "00", second = "00", fraction = "", rawOffset = ""] = match;
  const offset = normalOffset(rawOffset);
  const leapAlike = 2000 + (Number(year) % 400); // Date.UTC reads the years 0 to 99 as 1900 to 1999
  const lastDay = new Date(Date.UTC(leapAlike, Number(month), 0)).getUTCDate();
  if (offset === undefined || year === "0000" || Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > lastDay) {
    return undefined;
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, "0")}${offset}`);
}
