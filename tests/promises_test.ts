/** Functions of the program's that are asynchronous where they need not be: what they reject with ends nothing, and is told. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { configure, flush, getLogger, type LoggingConfig, shutdown } from "../mod.ts";
import { serveCollector } from "./support/collector.ts";
import { hearDiagnostics } from "./support/seq.ts";

const refuse = (): Promise<never> => Promise.reject(new Error("Not now"));
const any = refuse as never;

const options: Readonly<Record<string, readonly [config: (seq: object) => object, code: string, faults?: object[]]>> = {
  "a global property": [(seq) => ({ handlers: { seq }, properties: { Session: any } }), "callback-failed"],
  "a filter": [(seq) => ({ handlers: { seq: { ...seq, filters: [any] } } }), "filter-failed"],
  "an encoder": [(seq) => ({ handlers: { seq: { ...seq, encoder: any } } }), "callback-failed"],
  "onFailure": [(seq) => ({ handlers: { seq: { ...seq, onFailure: any } } }), "callback-failed", [{ status: 503 }]],
  "onRejected": [(seq) => ({ handlers: { seq: { ...seq, onRejected: any } } }), "handler-failed", [{ status: 400 }, {}, { status: 400 }]],
  "waitUntil": [(seq) => ({ handlers: { seq: { ...seq, waitUntil: any } } }), "wait-until-failed"],
};

for (const [what, [config, code, faults = []]] of Object.entries(options)) {
  test(`${what} that rejects loses no event, ends nothing, and is told`, { timeout: 300_000 }, async () => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", hear);
    try {
      await using seq = await serveCollector({ port: 0 });
      using told = hearDiagnostics();
      const handler = { class: "seq", serverUrl: seq.url, minBackoffMs: 1, maxBackoffMs: 2 };
      configure({ root: { level: "info", handlers: ["seq"] }, ...config(handler) } as LoggingConfig);
      seq.fail(faults as never);
      getLogger("odd").info("Event {N} at {Url}", { N: 1, Url: new URL("http://seq.test") });
      await flush();
      await new Promise((resolve) => setTimeout(resolve)); // a rejection is found unhandled when the event loop turns
      assert.deepEqual(seq.events.map(({ properties }) => properties.N), what === "onRejected" ? [] : [1]);
      assert.ok(told.heard.some((one) => one.code === code), JSON.stringify(told.heard));
      assert.deepEqual(unhandled, []);
    } finally {
      process.off("unhandledRejection", hear);
      await shutdown({ timeoutMs: 0 });
    }
  });
}

test("an encoder is not asked about its own answer, but about what stands in it", async () => {
  const asked: unknown[] = [];
  const encoder = (value: unknown): unknown => {
    asked.push(value);
    return value instanceof URL ? { at: new Date(0) } : new Map([["ms", 0]]);
  };
  await using seq = await serveCollector({ port: 0 });
  configure({ handlers: { seq: { class: "seq", serverUrl: seq.url, encoder } }, root: { level: "info", handlers: ["seq"] } });
  getLogger("odd").info("Event at {Url}", { Url: new URL("http://seq.test") });
  await shutdown();
  assert.deepEqual(asked.map((value) => (value as object).constructor.name), ["URL", "Date"]);
  assert.deepEqual(seq.events.map(({ properties }) => properties.Url), [{ at: { ms: 0 } }]);
});
