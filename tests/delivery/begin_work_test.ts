/** How work begins. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { beginWork, WorkTimer } from "../../src/delivery/begin_work.ts";
import type { DeliverySettings } from "../../src/delivery/delivery_contract.ts";
import type { WaitUntil } from "../../src/runtime/wait_until.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { hearDiagnostics } from "../support/seq.ts";

const settings = (keepAlive?: WaitUntil, isRequestBound = false): DeliverySettings =>
  ({ name: "seq", isRequestBound, waitUntil: () => keepAlive }) as unknown as DeliverySettings;

async function begins(given: DeliverySettings): Promise<boolean> {
  let hasBegun = false;
  beginWork(() => Promise.resolve(void (hasBegun = true)), given);
  await turn();
  return hasBegun;
}

test("beginWork() begins at once, or within the request that waitUntil keeps alive", async () => {
  const kept: Promise<unknown>[] = [];
  assert.equal(await begins(settings()), true);
  assert.equal(await begins(settings((work) => void kept.push(work), true)), true);
  assert.equal(kept.length, 1);
});

test("beginWork() reports a waitUntil that throws; the work begins nevertheless where it may", async () => {
  using diagnostics = hearDiagnostics();
  const throws: WaitUntil = () => {
    throw new TypeError("Illegal invocation");
  };
  assert.deepEqual([await begins(settings(throws)), await begins(settings(throws, true))], [true, false]);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["wait-until-failed", "wait-until-failed"]);
});

test("beginWork() reports nothing at a Worker's module scope", async () => {
  using diagnostics = hearDiagnostics();
  const throws: WaitUntil = () => {
    throw new Error("Disallowed operation called within global scope");
  };
  assert.equal(await begins(settings(throws, true)), false);
  assert.deepEqual(diagnostics.heard, []);
});

test("WorkTimer fires once, at the earliest moment that it was set for", async () => {
  const clock = new FakeClock(0);
  const timer = new WorkTimer();
  const fired: string[] = [];
  const set = (dueMs: number, what: string): void => timer.set(dueMs, () => fired.push(what), { clock, holds: true });
  set(1000, "late");
  set(500, "early");
  set(700, "between");
  await clock.advance(2000);
  assert.deepEqual([fired, clock.timers], [["early"], 0]);
  set(3000, "never");
  timer.clear();
  assert.equal(clock.timers, 0);
});
