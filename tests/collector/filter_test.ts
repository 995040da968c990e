import assert from "node:assert/strict";
import { test } from "node:test";
import { toCollectedEvent } from "../../src/collector/collected_event.ts";
import { parseFilter } from "../../src/collector/filter.ts";
import { FilterSyntaxError } from "../../src/collector/filter_tokens.ts";

const event = toCollectedEvent({
  "@t": "2026-03-01T10:15:00Z",
  "@mt": "GET {Path} failed",
  "@l": "err",
  "@x": "TypeError: No carrier\n    at ship (ship.js:1:1)",
  "@tr": "0af7651916cd43dd8448eb211c80319c",
  "@sp": "b7ad6b7169203331",
  "@st": "2026-03-01T10:14:59.750Z",
  "@sa": { name: "http" },
  Path: "/orders/42",
  StatusCode: 503,
  Elapsed: 120.5,
  Tags: ["slow", "eu"],
  User: { Name: "Ada", Roles: [{ Id: 7 }] },
  "http.method": "GET",
  "x-id": "a-1",
  Big: 12345678901234567890n,
  Nothing: null,
  Done: false,
  Quote: "it's",
}, 1);
const nowMs = Date.parse("2026-03-01T10:16:00Z");
const passes = (filter: string): boolean => parseFilter(filter)(event, nowMs);

const passing = [
  "",
  "  ",
  "StatusCode >= 500 and Elapsed > 100",
  "StatusCode = 200 or StatusCode = 503 and not Path = '/health'",
  "(StatusCode = 200 or StatusCode = 503) and Elapsed <= 120.5",
  "StatusCode <> 200 AND Elapsed < 1s AND Elapsed > 100ms",
  "Path like '/orders/%' and Path not like '%_x'",
  "Path like '/ORDERS/4_' ci",
  "Has(User.Name) and not Has(User.Age)",
  "User.Name = 'ada' ci and User['Name'] = 'Ada' and User.Roles[0].Id = 7",
  "Tags[0] = 'slow' and Tags[-1] = 'eu' and 'eu' in Tags and Length(Tags) = 2",
  "http.method = 'GET' and @Properties['x-id'] = 'a-1' and @p['x-id'] like 'a%'",
  "@Level = 'Error' and @Level = 'ERR' and @Level >= 'warn' and @Level < 'Fatal' and @l in ['error', 'fatal']",
  "@Message = 'GET /orders/42 failed' and @MessageTemplate like '%{Path}%' and @Exception like 'TypeError:%'",
  "@Timestamp > Now() - 5m and @Timestamp <= '2026-03-01T10:15:00Z' and @t >= DateTime('2026-03-01')",
  "@Elapsed = 250ms and @SpanId = 'b7ad6b7169203331' and @TraceId is not null and @ParentId is null and @Scope.name = 'http'",
  "Big = 12345678901234567890 and Big > 1",
  "Nothing is null and Missing is null and Has(Nothing) and not Has(Missing) and Nothing = null",
  "Done = false and not Done and Done <> true",
  "Quote = 'it''s'",
  "Contains(Path, 'ORDERS') ci and StartsWith(Path, '/o') and EndsWith(Path, '42') and IndexOf(Path, 'r') = 2",
  "ToUpper(User.Name) = 'ADA' and Coalesce(Missing, Nothing, StatusCode) = 503",
  "StatusCode / 100 - 0.03 = 5 and StatusCode % 100 = 3 and 2 + 3 * 2 = 8 and -StatusCode < -500",
  "StatusCode in [500, 503] and StatusCode not in [200, 204]",
  "Tags = ['slow', 'eu']",
  "failed",
  "CARRIER",
  '"get /orders" and "no carrier"',
  "true",
];
const failing = [
  "Missing = 1",
  "Missing <> 1", // as Seq has it: an absent value is neither equal nor different
  "StatusCode = '503'",
  "StatusCode > '1'",
  "not Has(StatusCode)",
  "constructor = 1",
  "User.constructor = 1",
  "Tags.length = 2",
  "Missing like '%'",
  "Missing in [1]",
  "StatusCode in Path",
  "StatusCode / 0 = 1",
  "@Level > 'Error'",
  "nowhere",
  "'text'",
  "503",
  "false",
];

test("parseFilter() reads a subset of Seq's language", () => {
  for (const filter of passing) assert.equal(passes(filter), true, filter);
  for (const filter of failing) assert.equal(passes(filter), false, filter);
});

test("parseFilter() names the place of what it cannot read, and what is expected there", () => {
  const wrong: readonly (readonly [filter: string, position: number, message: RegExp])[] = [
    ["StatusCode == 500", 11, /equality is written =/],
    ["A != 1", 2, /inequality is written <>/],
    ["A = 1 && B = 2", 6, /a conjunction is written and/],
    ["A = 1 adn B = 2", 6, /an operator or the end of the filter is expected/],
    ['A = "x"', 4, /a text that is compared stands in single quotes/],
    ["A =", 3, /a value is expected/],
    ["A = and", 4, /a value is expected/],
    ["A = 'x", 4, /the text that begins here needs a closing '/],
    ["(A = 1", 6, /\) is expected/],
    ["A = /x/", 4, /regular expressions are not supported/],
    ["A like B", 7, /a pattern in single quotes/],
    ["A not B", 6, /like or in is expected/],
    ["1 < A < 3", 6, /comparisons are joined by and/],
    ["Tags[?] = 'a'", 5, /\[\?\] and \[\*\] are not supported/],
    ["Tags[*] = 'a'", 5, /\[\?\] and \[\*\] are not supported/],
    ["Tags[1.5] = 'a'", 5, /a whole number is expected/],
    ["A. = 1", 3, /a name is expected after the dot/],
    ["Sqrt(A) = 1", 0, /the functions are Has, Contains/],
    ["Has(A, B)", 0, /Has takes 1 argument$/],
    ["Has()", 0, /Has takes 1 argument$/],
    ["@Foo = 1", 0, /the fields of an event are @Timestamp, @Level/],
    ["@t > 'soon'", 5, /a time is an ISO 8601 timestamp/],
    ["A is 1", 5, /null or not null is expected/],
    ["A = 1 # 2", 6, /a name, a value or an operator is expected/],
    ["two words", 4, /an operator or the end/],
  ];
  for (const [filter, position, message] of wrong) {
    assert.throws(() => parseFilter(filter), (error) => {
      assert.ok(error instanceof FilterSyntaxError && error instanceof SyntaxError);
      assert.deepEqual([error.name, error.filter, error.position], ["FilterSyntaxError", filter, position], filter);
      assert.ok(error.message.startsWith(`Cannot read the filter at character ${position + 1}: `), error.message);
      assert.match(error.message, message);
      return true;
    });
  }
});

test("parseFilter() bounds length and depth, and no name of an object's prototype is a function", () => {
  assert.throws(() => parseFilter("A".repeat(4001)), /at most 4000 characters/);
  assert.throws(() => parseFilter(`${"(".repeat(1000)}A`), /nested at most 64 levels/);
  assert.throws(() => parseFilter(`${"not ".repeat(100)}A`), /nested at most 64 levels/);
  assert.throws(() => parseFilter(`${"-".repeat(100)}A = 1`), /nested at most 64 levels/);
  assert.throws(() => parseFilter("toString()"), /the functions are/);
  assert.equal(passes(Array.from({ length: 300 }, () => "Done=true").join(" or ")), false);
});
