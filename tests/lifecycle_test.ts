/** What is in force, and how it ends; tests/flush_handlers_test.ts and tests/delivery have deadlines. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, flush, getLogger, Handler, shutdown, stats } from "../mod.ts";
import { inForce } from "../src/lifecycle.ts";
import { FakeSeq } from "./support/seq.ts";

test("shutdown() undoes what others have begun, each once", async () => {
  configure({ serverUrl: null });
  const undone: string[] = [];
  const { undo } = inForce();
  for (const name of ["one", "two"]) undo.set(name, () => void (undone.push(name), undo.delete(name)));
  await shutdown();
  await shutdown();
  assert.deepEqual(undone, ["one", "two"]);
});

test("a handler of the program's that fails in every question holds up nobody", async () => {
  class FailsInAll extends Handler {
    emit(): void {}
    override flush(): never {
      throw new Error("no");
    }
    override stats(): never {
      throw new Error("no");
    }
    override check(): never {
      throw new Error("no");
    }
  }
  const seq = new FakeSeq();
  const logging = configure({ serverUrl: "http://seq.test", fetch: seq.fetch });
  using _ = getLogger().addHandler(new FailsInAll());
  getLogger("lifecycle").info("Delivered");
  assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 });
  assert.deepEqual(Object.keys(stats()), ["seq"]);
  const { seq: ok, FailsInAll: broken } = await logging.check();
  assert.deepEqual([ok?.ok, broken?.ok], [true, false]);
  await logging.shutdown();
});
