/** The handler that ships events to Seq, used without configure. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, SeqHandler } from "../../mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeSeq } from "../support/seq.ts";

test("SeqHandler ships what reaches it, counts it, and loses what comes after its end", async () => {
  const seq = new FakeSeq();
  const handler = new SeqHandler({ serverUrl: "http://seq.test", fetch: seq.fetch, clock: new FakeClock() });
  const added = getLogger("shop").addHandler(handler);
  getLogger("shop").warn("{Left} items left", { Left: 3 });
  getLogger("shop").info("not for the root's level");
  assert.deepEqual(await handler.flush(), { delivered: 1, pending: 0, lost: 0 });
  assert.deepEqual(seq.events.map(({ Left, SourceContext }) => [Left, SourceContext]), [[3, "shop"]]);
  await handler.close();
  getLogger("shop").warn("too late");
  added[Symbol.dispose]();
  const { state, delivered, lost } = handler.stats();
  assert.deepEqual({ state, delivered, lost }, { state: "closed", delivered: 1, lost: { closed: 1 } });
});

test("SeqHandler adopts the queue of a handler for the same server only", async () => {
  const seq = new FakeSeq();
  const make = (serverUrl: string): SeqHandler => new SeqHandler({ serverUrl, fetch: seq.fetch, clock: new FakeClock() });
  const old = make("http://seq.test");
  const added = getLogger("shop").addHandler(old);
  getLogger("shop").warn("waits");
  added[Symbol.dispose]();
  assert.equal(make("http://other.test").adopt(old), false);
  const next = make("http://seq.test");
  assert.equal(next.adopt(old), true);
  assert.equal(next.stats().queued, 1);
  await next.flush();
  assert.equal(seq.events.length, 1);
  await next.close();
});
