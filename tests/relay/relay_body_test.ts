/** What a page sends, read within limits; relay_events_test.ts shows the same over whole requests. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readBody, readEvents } from "../../src/relay/relay_body.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { assertLinear } from "../support/growth.ts";

const limits = { maxBytes: 5000, bodyTimeoutMs: 1000, maxEvents: 3, maxEventBytes: 1000 };
const utf8 = new TextEncoder();
const line = (fields: object = {}): string => JSON.stringify({ "@t": "2026-03-01T12:00:00Z", ...fields });
const post = (body: BodyInit | null, headers: Record<string, string> = {}): Request =>
  new Request("http://shop.test/", { method: "POST", body, headers, duplex: "half" } as RequestInit);
const read = (text: string): ReturnType<typeof readEvents> => readEvents(utf8.encode(text), limits);

test("readBody() spends for each KiB as it begins, and ends with what the spending throws", async () => {
  const kib: number[] = [];
  assert.equal((await readBody(post("x".repeat(3000)), limits, new FakeClock(), (begun) => kib.push(begun))).length, 3000);
  assert.equal(kib.at(-1), 3);
  await assert.rejects(
    readBody(post("x".repeat(3000)), limits, new FakeClock(), () => {
      throw new Error("no more");
    }),
    { message: "The body is incomplete" },
  );
});

test("readBody() believes no header that says less than what comes, and one that says more at once", async () => {
  const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) });
  const tooLarge = { reason: "too large", status: 413 };
  await assert.rejects(readBody(post(body), limits, new FakeClock(), () => {}), tooLarge);
  await assert.rejects(readBody(post("x", { "content-length": "5001" }), limits, new FakeClock(), () => {}), tooLarge);
  assert.equal((await readBody(post(null), limits, new FakeClock(), () => {})).length, 0);
});

test("readEvents() accepts all lines or none, and names the one that is wrong", () => {
  assert.deepEqual(read(`${line({ N: 1 })}\n\n \n${line({ N: 2 })}\r\n`).map(({ properties }) => properties), [{ N: 1 }, { N: 2 }]);
  assert.deepEqual(read('{"@t":"2026-03-01T12:00:00Z","Id":9007199254740993}')[0]!.properties, { Id: 9007199254740993n });
  const wrong: [string, number, RegExp][] = [
    [`${line()}\nx`, 400, /line 2: it has to be a JSON object/],
    [line({ A: "x".repeat(1000) }), 400, /line 1: an event may have at most 1000 bytes/],
    [line({ "@i": { toString: null } }), 400, /its @i has to be/],
    [line({ "@i": [{ valueOf: null }] }), 400, /its @i has to be/],
    [`${line()}\n`.repeat(4), 413, /at most 3 events/],
    ['{"Events":[]}', 415, /older JSON/],
  ];
  for (const [body, status, message] of wrong) {
    assert.throws(
      () => read(body),
      (error: { status: number; message: string }) => error.status === status && message.test(error.message),
      body,
    );
  }
  assert.throws(() => readEvents(new Uint8Array([0xff, 0xfe]), limits), /not valid UTF-8/);
});

test("readEvents() reads any body in time that grows with its length alone", () => {
  const wide = { maxEvents: 1e9, maxEventBytes: 1e9 };
  const refuses = (body: Uint8Array): void => {
    try {
      readEvents(body, wide);
    } catch {
      // what it costs is measured
    }
  };
  for (const piece of ["\n", " ", " \n", '"', "[", '{"events" ', `${line({ "@mt": "{a}" })}\n`, '{"a":']) {
    assertLinear(JSON.stringify(piece), (size) => utf8.encode(piece.repeat(size / piece.length)), refuses, { to: 1_000_000 });
  }
});
