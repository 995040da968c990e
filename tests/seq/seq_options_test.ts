/** The options of the Seq handler: what is refused, and every default. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, SeqHandler, type SeqHandlerOptions } from "../../mod.ts";
import { settingsOf } from "../../src/seq/seq_options.ts";

const serverUrl = "http://seq.test:5341";

/** The paths of the issues. */
function refused(options: object): string[] {
  try {
    new SeqHandler({ serverUrl, ...options } as SeqHandlerOptions);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ path }) => path);
    throw error;
  }
}

test("settingsOf() has the defaults that are documented, where work outlives its call", () => {
  const { clock: _clock, random: _random, isRequestBound, ...settings } = settingsOf({ serverUrl });
  assert.equal(isRequestBound, false);
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  assert.deepEqual(given, {
    serverUrl,
    url: "http://seq.test:5341/api/events/raw?clef",
    batchSize: 10_000,
    maxBatchBytes: 1_048_576,
    periodMs: 2000,
    queueSize: 100_000,
    maxQueueBytes: 33_554_432,
    overflow: "drop-oldest",
    requestTimeoutMs: 30_000,
    minBackoffMs: 500,
    maxBackoffMs: 60_000,
    exitTimeoutMs: 5000,
    retireTimeoutMs: 30_000,
    exitReport: true,
  });
});

test("settingsOf() puts the endpoint below the base, whatever slashes are between", () => {
  const urlOf = (base: string, endpoint?: string): string =>
    settingsOf({ serverUrl: base, ...(endpoint !== undefined && { endpoint }) }).url;
  assert.equal(urlOf("http://h/seq"), "http://h/seq/api/events/raw?clef");
  assert.equal(urlOf("http://h/seq///", "//ingest/clef"), "http://h/seq/ingest/clef");
});

test("SeqHandler refuses wrong options, each with its path", () => {
  assert.deepEqual(refused({ serverUrl: "ftp://h" }), ["serverUrl"]);
  assert.deepEqual(refused({ serverUrl: "http://u:p@h" }), ["serverUrl"]);
  assert.deepEqual(refused({ batchSize: 0, periodMs: -1, overflow: "drop-all" }), ["batchSize", "periodMs", "overflow"]);
  assert.deepEqual(refused({ apiKey: "a\nb" }), ["apiKey"]);
  assert.deepEqual(refused({}), []);
});

test("SeqHandler refuses Infinity, NaN and what no timer accepts, for every number", () => {
  const counts = ["batchSize", "maxBatchBytes", "queueSize", "maxQueueBytes", "eventBodyLimitBytes"];
  const times = ["periodMs", "requestTimeoutMs", "minBackoffMs", "maxBackoffMs", "exitTimeoutMs", "retireTimeoutMs"];
  for (const name of [...counts, ...times]) {
    for (const wrong of [Infinity, -Infinity, NaN, -1, "many", {}, [], true, 2n]) {
      assert.deepEqual(refused({ [name]: wrong }), [name], `${name}: ${String(wrong)}`);
    }
    assert.deepEqual(refused({ [name]: null }), [], `${name}: null is absent`);
  }
  for (const name of times) assert.deepEqual(refused({ [name]: 2 ** 31 }), [name]);
  for (const name of counts) assert.deepEqual(refused({ [name]: 4096.5 }), [name]);
});
