/** What a completion event says of its request: secrets of the query are hidden, whatever they are called, and hostile targets cost no more than their length. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { logNodeRequests, logRequests } from "../../mod.ts";
import { aboutInvocation, aboutRequest, factsOf, isRequest, type RequestFacts } from "../../src/http/request_properties.ts";
import { readRequestOptions, type RequestLogOptions } from "../../src/http/request_options.ts";
import { hearRequests } from "../support/access.ts";
import { assertLinear } from "../support/growth.ts";

const facts = (target: string, headers: Record<string, string> = {}): RequestFacts => ({
  method: "GET",
  target,
  clientAddress: "10.0.0.1",
  header: (name) => headers[name],
});
const about = (target: string, options: RequestLogOptions = {}, headers: Record<string, string> = {}): Record<string, unknown> => ({
  ...aboutRequest(facts(target, headers), readRequestOptions(options)).properties,
});
const queryOf = (query: string, options?: RequestLogOptions): unknown => about(`/a?${query}`, options).QueryString;

test("aboutRequest() hides the value of every parameter that is called as credentials are", () => {
  const secret = [
    ...["accessToken", "refreshToken", "session_id", "sid", "api-key", "secret_key", "private_token", "otp", "SAMLResponse"],
    ...["X-Goog-Signature", "token[]", "user[password]", "X-Amz-Security-Token", "id_token", "client_secret", "code", "auth", "key"],
    ...["pwd", "PASSWORD", "sig", "jwt", "apikey", "a[b][newPassword]", "acc%65ss_token", "oauth_signature", "csrf-token"],
  ];
  for (const name of secret) assert.equal(queryOf(`x=1&${name}=s3cret&y=2`), `?x=1&${name}=***&y=2`, name);
  for (const name of ["page", "q", "tokens_left", "keyword", "author", "codec", "sidebar", "design", "passenger"]) {
    assert.equal(queryOf(`${name}=1`), `?${name}=1`, name);
  }
});

test("the event of a request hides secret parameters of its path", async () => {
  await using heard = hearRequests();
  await logRequests((_request: Request) => new Response("ok"))(new Request("http://shop.test/cart;v=1;jsessionid=s3cret"));
  assert.deepEqual(heard.access.map(({ properties }) => properties.RequestPath), ["/cart;v=1;jsessionid=***"]);
});

test("aboutRequest() compares the names of the option redact by their letters, in brackets too", () => {
  const redact = ["creditCard"];
  assert.equal(
    queryOf("credit_card=1&CREDIT-CARD=2&order[creditcard]=3&token=4&creditcards=5", { redact }),
    "?credit_card=***&CREDIT-CARD=***&order[creditcard]=***&token=4&creditcards=5",
  );
});

test("aboutRequest() reads a query of any separators in time that grows with its length alone", () => {
  for (const piece of ["?", "&", ";", "=", "?=", "&a", "%", "%zz=&", "token", "[", "a[", "+", "\u0000", "#", "?token=x&"]) {
    assertLinear(JSON.stringify(piece), (size) => `/a?${piece.repeat(size / piece.length)}`, (target) => about(target));
  }
});

test("logRequests() and logNodeRequests() serve 60 kB of question marks without more than reading them", async () => {
  await using heard = hearRequests();
  const path = `/a${"?".repeat(60_000)}`;
  await logRequests((_request: Request) => new Response("ok"))(new Request(`http://shop.test${path}`));
  const response = { statusCode: 200, getHeader: () => undefined, once: (_: string, act: () => void) => act(), write() {}, end() {} };
  logNodeRequests((_request: unknown, _response: unknown) => {})({ url: path, headers: {}, method: "HEAD" }, {
    ...response,
    writableFinished: true,
  });
  assert.deepEqual(heard.access.map(({ properties }) => String(properties.QueryString).length), [60_000, 60_000]);
});

test("aboutRequest() reads the address from x-forwarded-for only as far as proxies are trusted", () => {
  const headers = { "x-forwarded-for": "6.6.6.6, 203.0.113.9" };
  assert.equal(about("/").ClientIp, "10.0.0.1");
  assert.equal(about("/", {}, headers).ClientIp, "10.0.0.1");
  assert.equal(about("/", { trustForwardedFor: true }, headers).ClientIp, "203.0.113.9");
  assert.equal(about("/", { trustForwardedFor: 2 }, headers).ClientIp, "6.6.6.6");
  assert.equal(about("/", { trustForwardedFor: 3 }, headers).ClientIp, "10.0.0.1");
  assert.equal(about("/", { trustForwardedFor: true }, { "x-forwarded-for": "ERROR root: forged" }).ClientIp, "10.0.0.1");
});

test("aboutRequest() and aboutInvocation() show decimals only of a clock that has them", () => {
  const settings = readRequestOptions({ makeRequestId: () => "1" });
  const shown = (clock: "fine" | "whole"): string[] => [
    aboutRequest(facts("/"), { ...settings, clock }).template,
    aboutInvocation("x", { cron: "* * * * *" }, { ...settings, clock }).template,
  ];
  assert.deepEqual(shown("fine"), [
    "HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0.0000} ms",
    "Scheduled {Cron} ended with {Outcome} in {Elapsed:0.0000} ms",
  ]);
  assert.deepEqual(shown("whole"), [
    "HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0} ms",
    "Scheduled {Cron} ended with {Outcome} in {Elapsed:0} ms",
  ]);
});

test("factsOf() keeps path and query apart from host and fragment, of any make of request", () => {
  const of = (url: string): string => factsOf({ url, method: "GET", headers: new Headers() } as Request, []).target;
  assert.deepEqual(["http://h/a?b#c", "http://h", "/a?b", "http://h?x"].map(of), ["/a?b", "/", "/a?b", "/"]);
  assert.equal(isRequest(new Request("http://h/")), true);
  assert.equal(isRequest({ url: "/", method: "GET" }), false);
});
