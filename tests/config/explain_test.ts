/** explain(): why a handler does not get every event. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, explain, flush, getLogger, Handler, type HandlerStats, shutdown } from "../../mod.ts";

/** Ships to a Seq that asks for a level, delivers an event, and gives what explain says of the handler. */
async function explainSeq(asked: string | null, level = "trace"): Promise<string> {
  const fetch = (): Promise<Response> => Promise.resolve(new Response(JSON.stringify({ MinimumLevelAccepted: asked }), { status: 201 }));
  configure({
    root: { level: "trace", handlers: ["seq"] },
    handlers: { seq: { class: "seq", serverUrl: "http://seq.test", fetch, level } },
  });
  try {
    getLogger("shop").fatal("Till on fire");
    await flush();
    return String(explain("shop")).split("\n  ")[1]!;
  } finally {
    await shutdown();
  }
}

test("explain() says that Seq asks for a level, where that is why a handler gets no more", async () => {
  assert.equal(await explainSeq("Error"), "seq, on the root: error, fatal (Seq asks for error)");
  assert.equal(await explainSeq("Information"), "seq, on the root: info, warn, error, fatal (Seq asks for info)");
});

test("explain() names a handler's level, and the level that Seq asks for only if that is the higher one", async () => {
  assert.equal(await explainSeq(null, "warn"), "seq, on the root: warn, error, fatal (its level is warn)");
  assert.equal(await explainSeq("Debug", "warn"), "seq, on the root: warn, error, fatal (its level is warn)");
  assert.equal(await explainSeq("Error", "info"), "seq, on the root: error, fatal (its level is info; Seq asks for error)");
  assert.equal(await explainSeq(null), "seq, on the root: trace, debug, info, warn, error, fatal");
});

test("explain() says that a root without a level is at warn by default", async () => {
  configure({ root: { handlers: ["memory"] }, handlers: { memory: { class: "memory" } } });
  const text = String(explain("shop"));
  await shutdown();
  assert.match(text, /^Logger "shop" logs from warn on, the default of a root without a level\.\n/);
});

test("explain() and a ConfigError show names that a program has from elsewhere without what a terminal obeys", () => {
  const name = "shop\u202e\x1b[2J\u2028forged";
  const error = (() => {
    try {
      configure({ serverUrl: "http://seq.test", loggers: { [name]: name as never } });
    } catch (thrown) {
      return (thrown as Error).message;
    }
  })();
  for (const text of [String(explain(name)), error!]) assert.match(text, /^(?:[^\p{Cc}\p{Zl}\p{Zp}\u202e]|\n)*$/u);
});

test("explain() says that events of other processes wait on disk", async () => {
  class Waiting extends Handler {
    emit(): void {}
    override stats(): HandlerStats {
      const none = { state: "ok", queued: 0, queuedBytes: 0, delivered: 0, retries: 0, lost: {} } as const;
      return { ...none, waiting: { folders: 3, bytes: 4096 } };
    }
  }
  configure({ root: { level: "fatal", handlers: ["disk"] }, handlers: { disk: new Waiting() } });
  const text = String(explain("shop"));
  await shutdown();
  assert.match(text, /disk, on the root: fatal \(of other processes, 4096 bytes in 3 folders wait to be taken over\)/);
});
