/** handleSignals() and handleUncaught(): their listeners, and that none remains; tests/runtimes has programs that really end. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { configure, getLogger, shutdown } from "../../mod.ts";
import { handleSignals, handleUncaught } from "../../src/process/exit_hooks.ts";
import type { FlushOptions } from "../../src/handler_stats.ts";
import { configureTracing, tracingStats } from "../../src/tracing/sampling.ts";
import { startSpan } from "../../src/tracing/start_span.ts";
import { hearDiagnostics, remember } from "../support/seq.ts";

const events = ["SIGTERM", "SIGINT", "SIGHUP", "uncaughtException", "unhandledRejection", "newListener", "removeListener"] as const;

interface DenoSignals {
  readonly addSignalListener: unknown;
  readonly removeSignalListener: unknown;
}

/** Who listens to the process, and what stands for Deno's calls. */
function traces(): unknown {
  const { addSignalListener, removeSignalListener } = (globalThis as { Deno?: DenoSignals }).Deno ?? {} as Partial<DenoSignals>;
  return [events.map((event) => process.listeners(event as "exit")), addSignalListener, removeSignalListener];
}

const noFlush = (): Promise<void> => Promise.resolve();

test("handleSignals() and handleUncaught() leave nothing behind", () => {
  const before = traces();
  for (let round = 0; round < 3; round++) {
    handleSignals(noFlush);
    handleUncaught(noFlush);
    assert.notDeepEqual(traces(), before);
  }
  handleSignals(undefined);
  handleUncaught(undefined);
  assert.deepEqual(traces(), before);
  handleSignals(undefined);
  handleUncaught(undefined);
  assert.deepEqual(traces(), before);
});

test("configure() begins what its options say, and shutdown() or another configure() ends it", async () => {
  const before = traces();
  for (const options of [{ handleSignals: true }, { handleSignals: true, handleUncaught: true }]) {
    configure({ serverUrl: null, ...options });
    const during = traces();
    assert.notDeepEqual(during, before);
    configure({ version: 1, ...options });
    assert.deepEqual(traces(), during);
    configure({ serverUrl: null });
    assert.deepEqual(traces(), before);
    configure({ serverUrl: null, ...options });
    await shutdown();
    assert.deepEqual(traces(), before);
  }
});

test("handleUncaught() listens to rejections in addition to the program's listeners, and never in their place", () => {
  const count = (): number => process.listenerCount("unhandledRejection");
  const before = count();
  const listen = (): void => {};
  handleUncaught(noFlush);
  const own = count() - before;
  process.on("unhandledRejection", listen);
  process.on("unhandledRejection", listen);
  process.off("unhandledRejection", listen);
  assert.ok(count() >= before + own + 1);
  process.off("unhandledRejection", listen);
  assert.equal(count(), before + own);
  handleUncaught(undefined);
  assert.equal(count(), before);
});

test("handleSignals() logs and flushes with its deadline where the program listens as well, and the process continues", async () => {
  const logger = getLogger("process");
  logger.level = "info";
  using kept = remember(logger);
  const flushed: unknown[] = [];
  const flush = (options: FlushOptions, isEnding: boolean): Promise<void> => {
    flushed.push([options, isEnding]);
    return Promise.resolve();
  };
  const hold = setTimeout(() => {}, 60_000); // a listener does not hold the process
  const heard = new Promise<void>((resolve) => process.once("SIGHUP", () => resolve()));
  handleSignals(flush);
  handleSignals(flush, 300);
  process.kill(process.pid, "SIGHUP");
  await heard;
  clearTimeout(hold);
  handleSignals(undefined);
  logger.level = undefined;
  assert.deepEqual(flushed, [[{ timeoutMs: 300 }, false]]);
  assert.deepEqual(kept.messages, ["The process received SIGHUP"]);
  assert.deepEqual([kept.event.level, kept.event.loggerName], ["info", "process"]);
});

test("a signal that the program handles leaves the spans that wait, because the process continues", async () => {
  configureTracing({ sample: 0, keepErrors: true });
  using diagnostics = hearDiagnostics();
  const logger = getLogger("process");
  const hold = setTimeout(() => {}, 60_000);
  configure({ serverUrl: null, handleSignals: true, handleUncaught: true });
  const outer = startSpan(logger, "outer");
  startSpan(logger, "inner", {}, { parent: outer }).end();
  const heard = new Promise<void>((resolve) => process.once("SIGHUP", () => resolve()));
  process.kill(process.pid, "SIGHUP");
  await heard;
  clearTimeout(hold);
  assert.deepEqual([tracingStats().held, diagnostics.heard], [1, []]);
  outer.end();
  configureTracing({});
  await shutdown();
});
