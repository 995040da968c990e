/** Texts of HTTP without their credentials. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { redactHeaderText, redactQuery, redactUrl } from "../../src/event/http_text.ts";
import { assertLinear } from "../support/growth.ts";

const urls: readonly (readonly [url: string, redacted: string])[] = [
  ["https://u:p@h/", "https://u:***@h/"],
  ["https://u:p@ss@h/a?b=c", "https://u:***@h/a?b=c"],
  ["postgres://u:p%40@h:5432/db?sslmode=on", "postgres://u:***@h:5432/db?sslmode=on"],
  ["//u:p@h", "//u:***@h"],
  ["http://user@seq.test:5341/a?b=c#d", "http://user@seq.test:5341/a?b=c#d"],
  ["http://h:80/a@b:c", "http://h:80/a@b:c"],
  ["/cb?code=1&state=2", "/cb?code=***&state=2"],
  ["https://h/a?user[password]=x&q=y&token[]=z", "https://h/a?user[password]=***&q=y&token[]=***"],
  ["https://h/#access_token=x&expires_in=3600", "https://h/#access_token=***&expires_in=3600"],
  ["/a?user%5Bpassword%5D=x;api-key=y", "/a?user%5Bpassword%5D=***;api-key=***"],
  ["/a?token", "/a?token"],
  ["/a?b=token=x&token=y=z", "/a?b=token=x&token=***"],
  ["https://h/cart;jsessionid=x;v=1?q=y", "https://h/cart;jsessionid=***;v=1?q=y"],
  ["/cart;JSESSIONID=x/next", "/cart;JSESSIONID=***"],
  ["/login?next=%2Fa%3Ftoken%3Dx%26b%3Dc&q=y", "/login?next=***&q=y"],
  ["/login?next=https%3A%2F%2Fh%2Fa%3Fb%3Dc&q=a%3Db", "/login?next=https%3A%2F%2Fh%2Fa%3Fb%3Dc&q=a%3Db"],
  ["", ""],
];
for (const [url, redacted] of urls) test(`redactUrl() reads ${url}`, () => assert.equal(redactUrl(url), redacted));

test("redactHeaderText() hides the credentials of raw headers, folded ones too", () => {
  const raw = "POST /a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n  and more\r\nCookie: a=b\r\nAccept: */*\r\n\r\n";
  assert.equal(
    redactHeaderText(raw),
    "POST /a HTTP/1.1\r\nHost: h\r\nAuthorization: [Redacted]\r\n [Redacted]\r\nCookie: [Redacted]\r\nAccept: */*\r\n\r\n",
  );
  assert.equal(redactHeaderText("x-api-key: 1\nb: 2"), "x-api-key: [Redacted]\nb: 2");
  assert.equal(redactHeaderText("no header"), "no header");
  assert.equal(
    redactHeaderText("Request:\n  Host: a\n  Cookie: b=1\n"),
    "Request:\n  Host: a\n  Cookie: [Redacted]\n",
    "indented below a line",
  );
  assert.equal(redactHeaderText("Note: a\r\n\tx-api-key: 1\r\n2\r\n"), "Note: a\r\n\tx-api-key: [Redacted]\r\n2\r\n", "below a header");
});

test("redactHeaderText() hides values under other names, and leaves what is no header", () => {
  const names = { replacement: "*", isSecret: (name: string) => name === "token" };
  for (const text of ["token", ": x", "to ken: x", "token:", "a\n b: c", ""]) assert.equal(redactHeaderText(text, names), text);
  assert.equal(redactHeaderText("  token: x\r\n\ty\r\nb: z", names), "  token: *\r\n\t*\r\nb: z");
});

test("each text is read in linear time", () => {
  const texts: readonly (readonly [(text: string) => string, string])[] = [
    ...["?", "?=", "&token=", "=", "%", "?token=x", "[", "]token=", ";;;a", "%3D", "a=%3Dtoken%3Dx%26&", "%253D"].flatMap((part) =>
      [[redactQuery, part], [redactUrl, part]] as const
    ),
    [redactUrl, "://"],
    [redactUrl, "@"],
    [redactUrl, ":@"],
    ...["\n", ":", "a:\n", " \n", "\r\n ", "cookie: \n ", "a".repeat(300)].map((part) => [redactHeaderText, part] as const),
  ];
  for (const [read, part] of texts) {
    for (const end of ["", "=:@?#"]) {
      assertLinear(`${read.name} of ${part.slice(0, 10)} and ${end}`, (size) => part.repeat(Math.ceil(size / part.length)) + end, read);
    }
  }
});
