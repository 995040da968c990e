/** A wall clock that is set back, as by a time server: no wait and no deadline becomes longer by it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogEvent, SeqHandler, type SeqHandlerOptions } from "../../mod.ts";
import { QuickClock, settle } from "../support/quick_clock.ts";
import { FakeSeq, hearDiagnostics } from "../support/seq.ts";

const day = 86_400_000;
const event: LogEvent = { timestampMs: 1e12, level: "info", loggerName: "", messageTemplate: "Hello", properties: {}, message: "Hello" };

/** A handler whose Seq is down. */
function outage(options: Partial<SeqHandlerOptions> = {}): { clock: QuickClock; server: FakeSeq; seq: SeqHandler } {
  const clock = new QuickClock();
  const server = new FakeSeq();
  server.status = 503;
  return { clock, server, seq: new SeqHandler({ serverUrl: "http://seq.test", clock, fetch: server.fetch, ...options }) };
}

test("a clock that is set back during a back-off does not put the next attempt off", async () => {
  using _ = hearDiagnostics();
  const { clock, server, seq } = outage({ minBackoffMs: 5000, maxBackoffMs: 5000 });
  seq.handle(event);
  await settle();
  assert.equal(seq.stats().retries, 1);
  server.status = 201;
  clock.wallMs -= day;
  await clock.advance(5000);
  assert.equal(seq.stats().delivered, 1);
});

test("flush(), ready() return at their deadline though the clock is set back", async () => {
  using _ = hearDiagnostics();
  const { clock, seq } = outage({ queueSize: 2, minBackoffMs: 60_000 });
  seq.handle(event);
  seq.handle(event);
  let ended = 0;
  for (const ending of [seq.flush({ timeoutMs: 3000 }), seq.ready({ timeoutMs: 3000 })]) void ending.then(() => ended++);
  await settle();
  clock.wallMs -= day;
  await clock.advance(2999);
  assert.equal(ended, 0);
  await clock.advance(1);
  assert.equal(ended, 2);
  await seq.close();
});

test("a clock that is set back does not put the question for the level off", async () => {
  const clock = new QuickClock();
  let requests = 0;
  const fetch = (): Promise<Response> => {
    requests++;
    return Promise.resolve(new Response('{"MinimumLevelAccepted":"Verbose"}', { status: 201 }));
  };
  const seq = new SeqHandler({ serverUrl: "http://seq.test", clock, fetch });
  seq.handle(event);
  await settle();
  assert.equal(requests, 1);
  clock.wallMs -= day;
  await clock.advance(240_000);
  assert.ok(requests >= 2, `${requests} requests`);
  await seq.close();
});
