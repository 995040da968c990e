/** What the collector replies. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { IngestionError, preflight, refusal, respond } from "../../src/collector/answer.ts";

test("respond() sends text as it is, anything else as JSON, and no body where a status has none", async () => {
  const text = respond({ status: 200, body: "plain" });
  assert.deepEqual([await text.text(), text.headers.get("content-type")], ["plain", "text/plain; charset=utf-8"]);
  const json = respond({ status: 201, body: { A: 1 }, headers: { "x-a": "1" } }, { "x-a": "2" });
  assert.deepEqual([await json.json(), json.headers.get("x-a")], [{ A: 1 }, "2"]);
  assert.equal(respond({ status: 204, body: "none" }).body, null);
});

test("refusal() words a refusal as Seq does, and IngestionError carries its status", () => {
  assert.deepEqual(refusal(404, "Not found"), { status: 404, body: { Error: "Not found" }, headers: {} });
  const error = new IngestionError(413, "too large");
  assert.deepEqual([error.name, error.status, error.message], ["IngestionError", 413, "too large"]);
});

test("preflight() allows the headers that are asked for, and without a question those of Seq's clients", () => {
  const asked = new Request("http://seq/", { method: "OPTIONS", headers: { "access-control-request-headers": "x-own" } });
  assert.equal(preflight(asked).headers!["access-control-allow-headers"], "x-own");
  assert.equal(
    preflight(new Request("http://seq/", { method: "OPTIONS" })).headers!["access-control-allow-headers"],
    "content-type, x-seq-apikey",
  );
});
