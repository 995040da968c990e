/** What a response means. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeResponse, readRetryAfter, type SeqOutcome } from "../../src/seq/response_outcome.ts";

const url = "http://user:pw@seq.test:5341/api/events/raw?clef";

function judge(status: number, reply = "", headers: Record<string, string> = {}, hasKey = true): SeqOutcome {
  const conceal = (text: string): string => text.replaceAll("secret-key", "[hidden]");
  return judgeResponse(new Response(null, { status, headers }), reply, { url, hasKey, nowMs: 0, conceal });
}

test("judgeResponse() reads a level, an empty reply, and a reply that is not Seq's", () => {
  assert.deepEqual(judge(201, '{"MinimumLevelAccepted":"Warning"}'), { kind: "accepted", minimumLevel: "Warning" });
  assert.deepEqual(judge(201, '{"MinimumLevelAccepted":null}'), { kind: "accepted", minimumLevel: null });
  assert.deepEqual(judge(201, "{}"), { kind: "accepted", minimumLevel: null });
  assert.deepEqual(judge(201), { kind: "accepted", minimumLevel: null });
  for (const reply of ["<html>", "[", '{"Error":"disk full"}']) {
    const outcome = judge(200, reply);
    assert.ok(outcome.kind === "accepted" && outcome.notice?.code === "odd-reply", reply);
  }
});

test("judgeResponse() finds the body at fault for 400, 413 and 422, and the key for 401 and 403", () => {
  for (const status of [400, 413, 422]) {
    const outcome = judge(status, '{"Error":"no time"}');
    assert.ok(outcome.kind === "rejected");
    assert.deepEqual([outcome.isTooLarge, outcome.reason], [status === 413, `HTTP ${status}: no time`]);
  }
  for (const status of [401, 403]) {
    const outcome = judge(status, "Please log in.");
    assert.ok(outcome.kind === "failed" && outcome.isRefused);
    assert.equal(outcome.notice.code, "refused");
    assert.match(outcome.notice.message, /^Seq refuses the API key/);
  }
});

test("judgeResponse() says of a 401 without a key that none was sent", () => {
  const outcome = judge(401, "", {}, false);
  assert.ok(outcome.kind === "failed" && outcome.isRefused);
  assert.match(outcome.notice.message, /none was sent/);
  assert.equal(outcome.notice.hint, "Set the option apiKey");
});

test("judgeResponse() says of any other status that the server was reached", () => {
  for (const status of [302, 404, 405, 407, 408, 429, 500, 503]) {
    const outcome = judge(status);
    assert.ok(outcome.kind === "failed" && !outcome.isRefused && outcome.status === status);
    assert.match(outcome.notice.message, /^The server at http:\/\/seq\.test:5341\/api\/events\/raw answers, but does not accept events/);
    assert.ok(outcome.notice.hint);
  }
});

test("judgeResponse() shows at most 200 characters of a reply or a location, and no secret", () => {
  const long = judge(503, `{"Error":"The API key secret-key is unknown ${"x".repeat(60_000)}"}`);
  assert.ok(long.kind === "failed" && long.reason.length < 250);
  assert.ok(!JSON.stringify(long).includes("secret-key"));
  const moved = judge(302, "", { location: `https://a:b@elsewhere.test/secret-key/${"y".repeat(5000)}?key=1` });
  assert.ok(moved.kind === "failed" && moved.reason.length < 450);
  assert.ok(!/secret-key|a:b|key=1/.test(JSON.stringify(moved)));
});

test("readRetryAfter() reads seconds, a date, and neither", () => {
  const now = Date.UTC(2026, 2, 1, 12);
  const cases: [header: string | null, ms: number | undefined][] = [
    [null, undefined],
    ["0", 0],
    ["7", 7000],
    [" 120 ", 120_000],
    ["Sun, 01 Mar 2026 12:00:30 GMT", 30_000],
    ["Sun, 01 Mar 2026 11:00:00 GMT", 0],
    ["soon", undefined],
    ["", undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["+5", undefined],
    ["0x10", undefined],
    ["1e3", undefined],
    ["12, 13", undefined],
    ["12s", undefined],
    ["Sun, 99 Foo 2026 12:00:30 GMT", undefined],
    ["9".repeat(400), Infinity],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", Date.UTC(9999, 11, 31, 23, 59, 59) - now],
  ];
  for (const [header, ms] of cases) assert.equal(readRetryAfter(header, now), ms, JSON.stringify(header));
});
