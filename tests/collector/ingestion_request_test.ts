/** What Seq reads off a request before it looks at the events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { apiKeyOf, isClef, pendingRequest, readBody } from "../../src/collector/ingestion_request.ts";
import { assertLinear } from "../support/growth.ts";

test("isClef() knows the flag in each of its forms, and the media type", () => {
  const flags: [string, boolean][] = [
    ["?clef", true],
    ["?clef=true", true],
    ["?CLEF=clef", true],
    ["?clef=", false],
    ["?clef&clef", false],
    ["", false],
  ];
  for (const [query, expected] of flags) assert.equal(isClef(query, null), expected, query);
  assert.equal(isClef("", "application/vnd.serilog.CLEF; charset=utf-8"), true);
  assert.equal(isClef("", "application/json"), false);
});

test("apiKeyOf() prefers the header to the query, unless the header is blank", () => {
  assert.deepEqual(apiKeyOf(new Headers({ "x-seq-apikey": "a" }), "?apiKey=b"), { apiKey: "a", apiKeyFrom: "header" });
  assert.deepEqual(apiKeyOf(new Headers({ "x-seq-apikey": " " }), "?apikey=b"), { apiKey: "b", apiKeyFrom: "query" });
  assert.deepEqual(apiKeyOf(new Headers(), ""), { apiKey: null, apiKeyFrom: null });
});

test("pendingRequest() keeps what is known of a request when it comes", () => {
  const { atMs, headers, ...rest } = pendingRequest(new Request("http://seq/a?b=1", { headers: { "X-Seq-ApiKey": "k" } }));
  assert.ok(atMs > 0 && headers["x-seq-apikey"] === "k");
  assert.deepEqual(rest, {
    ...{ method: "GET", path: "/a", query: "?b=1", status: null, error: null, contentType: null },
    ...{ apiKey: "k", apiKeyFrom: "header", bytes: 0, count: 0 },
  });
});

test("readBody() reads no further than its limit, and says why", async () => {
  const post = (body: string): Request => new Request("http://seq/", { method: "POST", body });
  assert.equal((await readBody(post("12345"), 5)).length, 5);
  await assert.rejects(readBody(post("123456"), 5), { name: "IngestionError", status: 413 });
});

test("isClef() reads a query in time that grows with its length alone", () => {
  for (const piece of ["?", "&", "clef&", "=", "%"]) {
    assertLinear(piece, (size) => `?${piece.repeat(size / piece.length)}`, (query) => isClef(query, null));
  }
});
