/** Signals that end the process; tests/runtimes has programs that they end. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { onShutdownMessage, onSignal } from "../../src/process/signals.ts";

test("onSignal() says whether the program listens as well", { skip: process.platform === "win32" }, async () => {
  const heard: [string, boolean][] = [];
  const undo = onSignal((signal, isTaken) => heard.push([signal, isTaken]));
  const hold = setTimeout(() => {}, 60_000);
  const both = new Promise<void>((resolve) => process.once("SIGHUP", () => resolve()));
  process.kill(process.pid, "SIGHUP");
  await both;
  clearTimeout(hold);
  undo();
  assert.deepEqual(heard, [["SIGHUP", true]]);
});

test("onShutdownMessage() listens to nobody where pm2 has not started the process", () => {
  const before = process.listenerCount("message");
  const undo = onShutdownMessage(() => {});
  assert.equal(process.listenerCount("message"), before);
  undo();
});
