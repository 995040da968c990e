/** Redaction of data and texts: the forms in which secrets occur, and the cost of hostile texts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Redactor } from "../../src/filters/redactor.ts";
import { getLogger, MemoryHandler, redactFilter } from "../../mod.ts";
import { assertLinear } from "../support/growth.ts";

const redactor = (...keys: string[]): Redactor => new Redactor(keys, [], "***");
const textOf = (text: string, ...keys: string[]): string => {
  const one = redactor(...keys);
  return one.redactText(text, one.unknown);
};
const dataOf = (data: unknown, ...keys: string[]): unknown => {
  const one = redactor(...keys);
  return one.redact(data, one.top);
};

test("Redactor finds parameters by their names in queries, forms, cookies and sentences", () => {
  const cases: [string, string][] = [
    ["https://h/a?token=s3cret&b=2#c", "https://h/a?token=***&b=2#c"],
    ["token=s3cret", "token=***"],
    ["a=1;Token=s3cret; b=2", "a=1;Token=***; b=2"],
    ["user[token]=s3cret&token[]=s3cret", "user[token]=***&token[]=***"],
    ["%74oken=s3cret", "%74oken=***"],
    ['login token="s3cret one" failed', "login token=*** failed"],
    ["token=abc==&x=1", "token=***&x=1"],
    ["url=https://h?token=s3cret", "url=https://h?token=***"],
    ["<a href='/x?token=s3cret'>", "<a href='/x?token=***'>"],
    ["token=&x=1", "token=&x=1"],
    ["tokens=1 and token = 2", "tokens=1 and token = 2"],
    ["===", "==="],
  ];
  for (const [text, expected] of cases) assert.equal(textOf(text, "token"), expected);
});

test("Redactor finds lines of headers by their names, and those that go on", () => {
  const raw = "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer s3cret\r\n more s3cret\r\nCookie:sid=s3cret\r\nAccept: */*\r\n\r\n";
  assert.equal(
    textOf(raw, "authorization", "cookie"),
    "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: ***\r\n ***\r\nCookie:***\r\nAccept: */*\r\n\r\n",
  );
  assert.equal(textOf("authorization: s3cret", "authorization"), "authorization: ***");
  assert.equal(textOf("no authorization: given", "authorization"), "no authorization: given");
});

test("Redactor reads lists in which names and values take turns", () => {
  const raw = ["Host", "h", "Authorization", "Bearer s3cret", "X-Secret", "s3cret"];
  assert.deepEqual(dataOf({ rawHeaders: raw }, "authorization", "x-secret"), {
    rawHeaders: ["Host", "h", "Authorization", "***", "X-Secret", "***"],
  });
  assert.deepEqual(dataOf([raw], "authorization"), [["Host", "h", "Authorization", "***", "X-Secret", "s3cret"]]);
  assert.deepEqual(dataOf({ missing: ["authorization", "email"] }, "token"), { missing: ["authorization", "email"] });
  assert.deepEqual(dataOf({ fields: ["password", "email"] }, "password"), { fields: ["password", "email"] });
});

test("Redactor compares names with asterisks as whole names, and dotted keys as the ends of paths", () => {
  const cases: [string, string, boolean][] = [
    ["*token*", "myTokenId", true],
    ["a*b*c", "axxbyyc", true],
    ["a*b*c", "acb", false],
    ["a*a", "a", false],
    ["*", "anything", true],
    ["**key", "API_key", true],
    ["user.password", "user.password", true],
    ["user.password", "a.user.password.hash", true],
    ["user.password", "userpassword", false],
    ["user.*", "user.x", true],
    ["a.b.c", "b.c", false],
  ];
  for (const [key, path, expected] of cases) {
    const one = redactor(key);
    assert.equal(one.below(one.top, path).isSecret, expected, `${key} ${path}`);
    const nested = path.split(".").reduce((place, name) => (place.isSecret ? place : one.below(place, name)), one.top);
    assert.equal(nested.isSecret, expected, `${key} ${path}, nested`);
  }
  const one = redactor("a.b.c");
  assert.equal(one.below(one.unknown, "c").isSecret, true);
  assert.equal(one.below(one.below(one.unknown, "b"), "c").isSecret, true);
  assert.equal(one.below(one.below(one.unknown, "x"), "c").isSecret, false);
});

test("Redactor reads any text in time that grows with its length alone", () => {
  const pieces = [
    '"',
    '{"}\n',
    '{"a\n',
    '\\"',
    "\\",
    '"a" ',
    '"a":',
    '"token":',
    '"token":{',
    '\\"token\\":\\"',
    "=",
    "token=",
    "a=",
    'token="',
    "?",
    "\n",
    " \n",
    ":",
    "a:",
    "token:",
    "token: x\n ",
    "[",
    "{",
    "%",
    "api_",
    "a.",
  ];
  for (const keys of [["token"], ["*api*key*"], ["*pass*word*key*"], ["a.a.a.a.b"]]) {
    const one = redactor(...keys);
    for (const piece of pieces) {
      const text = (size: number): string => piece.repeat(Math.ceil(size / piece.length));
      assertLinear(`${keys} in ${JSON.stringify(piece)}`, text, (given) => one.redactText(given, one.unknown));
    }
  }
  const escaped = redactor("token");
  assertLinear("escapes before a field", (size) => `${"\\".repeat(size)}"token${"\\".repeat(size)}": ${"\\".repeat(size)}`, (text) => {
    escaped.redactText(text, escaped.unknown);
  });
});

test("Redactor compares a name of any length with any glob in time that grows with its length alone", () => {
  for (
    const [key, piece] of [["*api*key*", "api_"], ["*pass*word*key*", "password"], ["*a*a*a*a*b*", "a"], ["a.b", "a."], ["*.*.*.x", "a."]]
  ) {
    const one = redactor(key!);
    assertLinear(`${key} in ${piece}`, (size) => piece!.repeat(size / piece!.length), (name) => one.below(one.top, name));
    assertLinear(
      `${key} in a field ${piece}`,
      (size) => `"${piece!.repeat(size / piece!.length)}": 1`,
      (text) => one.redactText(text, one.unknown),
    );
  }
});

test("redactFilter() reaches URLSearchParams, queries, raw headers, JSON and holes of a template", () => {
  const memory = new MemoryHandler();
  memory.filters = [redactFilter({ keys: ["token", "authorization"], patterns: [/\d{16}/] })];
  const log = getLogger("redactor.test");
  log.level = "trace";
  using _added = log.addHandler(memory);
  log.info("A {Form} {Url}", { Form: new URLSearchParams({ Token: "s3cret", a: "1" }), Url: "/x?token=s3cret" });
  log.info("B", { rawHeaders: ["Host", "h", "Authorization", "s3cret"], _header: "GET / HTTP/1.1\r\nAuthorization: s3cret\r\n\r\n" });
  log.info('C {"token": "s3cret"} token=s3cret {token:s3cret} {4111111111111111}' as string);
  log.error(new Error("GET /x?token=s3cret failed"));
  for (const event of memory.events) {
    const text = JSON.stringify([event.messageTemplate, event.message, event.properties, event.exception]);
    assert.ok(!text.includes("s3cret") && !text.includes("4111111111111111"), text);
  }
  assert.equal(memory.events.length, 4);
  log.level = undefined;
});
