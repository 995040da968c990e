/** The requests of a delivery while they are under way. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeliverySettings } from "../../src/delivery/delivery_contract.ts";
import type { Lease } from "../../src/delivery/lease.ts";
import type { Outcome, Send } from "../../src/delivery/outcome.ts";
import { CurrentRequest } from "../../src/delivery/current_request.ts";
import { PageSender } from "../../src/delivery/send_at_page_hide.ts";
import { FakeClock } from "../support/fake_clock.ts";

const notice = { code: "unreachable", message: "No" };
const failed: Outcome = { kind: "failed", reason: "No", isRefused: false, notice };
const request = { body: new Uint8Array(100_000), lease: {} as Lease, isRetry: false };

function settingsWith(send: Send): DeliverySettings {
  return { send, clock: new FakeClock(), isRequestBound: false, requestTimeoutMs: 1000 } as unknown as DeliverySettings;
}

test("CurrentRequest makes the next body smaller after a time-out, and leaves it alone after any other failure", async () => {
  const sender = new CurrentRequest(new PageSender());
  await sender.send(settingsWith(() => Promise.resolve(failed)), request);
  assert.equal(sender.limit.bytes, Infinity);
  await sender.send(settingsWith(() => Promise.resolve({ ...failed, isTimeout: true })), request);
  assert.ok(sender.limit.bytes < 100_000);
});

test("CurrentRequest knows since when a request is under way, and when the last one ended", async () => {
  const sender = new CurrentRequest(new PageSender());
  let finish = (): void => {};
  const sending = sender.send(settingsWith(() => new Promise((resolve) => finish = () => resolve({ kind: "accepted" }))), request);
  assert.equal(typeof sender.last?.begunMs, "number");
  assert.equal(sender.last?.endedMs, undefined);
  finish();
  await sending;
  assert.equal(typeof sender.last?.endedMs, "number");
});

test("CurrentRequest aborts a request as a probe once, until one succeeds", async () => {
  const sender = new CurrentRequest(new PageSender());
  const hang: Send = (_, { signal }) => new Promise((resolve) => signal!.addEventListener("abort", () => resolve(failed)));
  const first = sender.send(settingsWith(hang), request);
  sender.probe(5000);
  assert.deepEqual(await first, failed);
  assert.ok(sender.pausedMs > 5000);
  assert.deepEqual([sender.endProbe(), sender.endProbe()], [true, false]);
  let isOver = false;
  const second = sender.send(settingsWith(hang), request).then(() => (isOver = true));
  sender.probe(9000);
  await Promise.resolve();
  assert.equal(isOver, false, "a second probe does nothing");
  sender.abort();
  await second;
  await sender.send(settingsWith(() => Promise.resolve({ kind: "accepted" })), request);
  const third = sender.send(settingsWith(hang), request);
  sender.probe(12_000);
  await third;
  assert.equal(sender.endProbe(), true);
});
