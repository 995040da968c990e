/** Returns the abbreviation of the local time zone, as in the time zone database. */

// Only these zones have letters in the database (here by CLDR's English names, which every runtime knows); all others show their offset.
const abbreviations: Readonly<Record<string, string>> = {
  "Alaska Daylight": "AKDT",
  "Alaska Standard": "AKST",
  "American Samoa Standard": "SST",
  "Atlantic Daylight": "ADT",
  "Atlantic Standard": "AST",
  "Australian Central Daylight": "ACDT",
  "Australian Central Standard": "ACST",
  "Australian Eastern Daylight": "AEDT",
  "Australian Eastern Standard": "AEST",
  "Australian Western Standard": "AWST",
  "British Summer": "BST",
  "Central Africa": "CAT",
  "Central Daylight": "CDT",
  "Central European Standard": "CET",
  "Central European Summer": "CEST",
  "Central Indonesia": "WITA",
  "Central Standard": "CST",
  "Chamorro Standard": "ChST",
  "China Standard": "CST",
  "Coordinated Universal": "UTC",
  "Cuba Daylight": "CDT",
  "Cuba Standard": "CST",
  "East Africa": "EAT",
  "Eastern Daylight": "EDT",
  "Eastern European Standard": "EET",
  "Eastern European Summer": "EEST",
  "Eastern Indonesia": "WIT",
  "Eastern Standard": "EST",
  "Greenwich Mean": "GMT",
  "Hawaii-Aleutian Daylight": "HDT",
  "Hawaii-Aleutian Standard": "HST",
  "Hong Kong Standard": "HKT",
  "India Standard": "IST",
  "Irish Standard": "IST",
  "Israel Daylight": "IDT",
  "Israel Standard": "IST",
  "Japan Standard": "JST",
  "Korean Standard": "KST",
  "Mexican Pacific Standard": "MST",
  "Moscow Standard": "MSK",
  "Mountain Daylight": "MDT",
  "Mountain Standard": "MST",
  "New Zealand Daylight": "NZDT",
  "New Zealand Standard": "NZST",
  "Newfoundland Daylight": "NDT",
  "Newfoundland Standard": "NST",
  "Pacific Daylight": "PDT",
  "Pacific Standard": "PST",
  "Pakistan Standard": "PKT",
  "Philippine Standard": "PST",
  "Samoa Standard": "SST",
  "South Africa Standard": "SAST",
  "Taipei Standard": "CST",
  "Taiwan Standard": "CST",
  "Volgograd Standard": "MSK",
  "West Africa": "WAT",
  "West Africa Standard": "WAT",
  "Western European Standard": "WET",
  "Western European Summer": "WEST",
  "Western Indonesia": "WIB",
  "Yukon": "MST",
};

/** Zones that show their offset although CLDR gives them another zone's name. */
const nameless = new Set(["Antarctica/Casey", "Antarctica/Troll", "Asia/Colombo", "Europe/Minsk", "Pacific/Apia"]);

/** Returns the local zone's abbreviation at a time: `CET`, or an offset such as `+04` or `+0545`. */
export function zoneName(date: Date, offsetMinutes: number): string {
  const format = new Intl.DateTimeFormat("en-US", { timeZoneName: "long" });
  const name = format.formatToParts(date).find(({ type }) => type === "timeZoneName")?.value.replace(/ Time$/, "") ?? "";
  if (Object.hasOwn(abbreviations, name) && !nameless.has(format.resolvedOptions().timeZone)) return abbreviations[name]!;
  const size = Math.abs(offsetMinutes);
  const [hours, minutes] = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, "0"));
  return `${offsetMinutes < 0 ? "-" : "+"}${hours}${minutes === "00" ? "" : minutes}`;
}
