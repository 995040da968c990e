/** Texts of HTTP without their credentials. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { redactHeaderText, redactQuery, redactUrl } from "../../src/event/http_text.ts";

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
});

test("each text is read in linear time: twice the text costs about twice the time", () => {
  const texts: readonly (readonly [(text: string) => string, string])[] = [
    ...["?", "?=", "&token=", "=", "%", "?token=x", "[", "]token=", ";;;a"].flatMap((part) =>
      [[redactQuery, part], [redactUrl, part]] as const
    ),
    [redactUrl, "://"],
    [redactUrl, "@"],
    [redactUrl, ":@"],
    ...["\n", ":", "a:\n", " \n", "\r\n ", "cookie: \n ", "a".repeat(300)].map((part) => [redactHeaderText, part] as const),
  ];
  const cost = (read: (text: string) => string, text: string): number => {
    let least = Infinity;
    for (let i = 0; i < 3; i++) {
      const before = process.cpuUsage();
      read(text);
      const { user, system } = process.cpuUsage(before);
      least = Math.min(least, user + system);
    }
    return least;
  };
  for (const [read, part] of texts) {
    const text = part.repeat(Math.ceil(200_000 / part.length));
    const [once, twice] = [cost(read, text), cost(read, text + text + text + text)];
    assert.ok(twice < 12 * Math.max(once, 3000), `${read.name} of ${JSON.stringify(part.slice(0, 10))}: ${once} and ${twice} µs`);
    read(`${text}=${text}`);
    assert.ok(cost(read, `${text}${text}=:@?#`) < 12 * Math.max(once, 3000));
  }
});
