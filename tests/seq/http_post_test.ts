/** The request: its address, its headers, its one body; and its reply, which is read to the end. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, flush, getLogger, type SeqHandlerOptions } from "../../mod.ts";
import type { CollectedRequest, ServeOptions } from "../../src/collector/serve.ts";
import { range, ship, type Shipping } from "../support/shipping.ts";

const timeout = 300_000;

/** Ships one event with these options; `path` is added to the collector's address. */
async function requestOf(options: Partial<SeqHandlerOptions> & { path?: string }, serve: ServeOptions = {}): Promise<CollectedRequest> {
  await using seq = await ship({}, serve);
  const { path = "", ...others } = options;
  const origin = new URL(seq.collector.url).origin;
  configure({ serverUrl: `${origin}${path}`, clock: seq.clock, ...others });
  getLogger("ingestion").info("Hello");
  await flush({ timeoutMs: 5000 });
  assert.equal(seq.collector.requests.length, 1);
  return seq.collector.requests[0]!;
}

// ---- the address ----

const addresses: Record<string, readonly [options: Partial<SeqHandlerOptions> & { path?: string }, address: string, serve?: ServeOptions]> =
  {
    "a bare address": [{}, "/api/events/raw?clef"],
    "a slash at the end": [{ path: "/" }, "/api/events/raw?clef"],
    "slashes at the end": [{ path: "//" }, "/api/events/raw?clef"],
    "a base path": [{ path: "/logs/seq" }, "/logs/seq/api/events/raw?clef", { basePath: "/logs/seq" }],
    "a base path and a slash": [{ path: "/seq/" }, "/seq/api/events/raw?clef", { basePath: "/seq" }],
    "an endpoint": [{ endpoint: "ingest/clef" }, "/ingest/clef"],
    "an endpoint with a slash before it": [{ endpoint: "/ingest/clef" }, "/ingest/clef"],
    "an endpoint below a base path": [{ path: "/seq", endpoint: "/ingest/clef" }, "/seq/ingest/clef", { basePath: "/seq" }],
  };

for (const [name, [options, address, serve]] of Object.entries(addresses)) {
  test(`serverUrl and endpoint make the address: ${name}`, { timeout }, async () => {
    const { path, query, status, method } = await requestOf(options, serve);
    assert.deepEqual({ address: path + query, status, method }, { address, status: 201, method: "POST" });
  });
}

// ---- the headers ----

test("a request says that it is CLEF, and carries no key where none is given", { timeout }, async () => {
  const { contentType, apiKey, headers } = await requestOf({});
  assert.equal(contentType, "application/vnd.serilog.clef");
  assert.equal(apiKey, null);
  assert.equal("x-seq-apikey" in headers, false);
});

test("apiKey goes in the header X-Seq-ApiKey", { timeout }, async () => {
  const { apiKey, apiKeyFrom, query } = await requestOf({ apiKey: "abc123" });
  assert.deepEqual({ apiKey, apiKeyFrom, query }, { apiKey: "abc123", apiKeyFrom: "header", query: "?clef" });
});

test("apiKey null, empty, or a function that gives nothing means none", { timeout }, async () => {
  const keys: SeqHandlerOptions["apiKey"][] = [undefined, "", () => undefined, () => null, () => Promise.resolve(null)];
  for (const apiKey of keys) {
    const { headers } = await requestOf({ apiKey });
    assert.equal("x-seq-apikey" in headers, false);
  }
});

test("headers are sent in addition to the library's own", { timeout }, async () => {
  const { headers, apiKey } = await requestOf({ headers: { "X-Tenant": "north", authorization: "Bearer t" }, apiKey: "k" });
  assert.deepEqual([headers["x-tenant"], headers.authorization, apiKey], ["north", "Bearer t", "k"]);
});

test("headers that name one of the library's own are sent once", { timeout }, async () => {
  const { headers } = await requestOf({ headers: { "X-Seq-ApiKey": "from headers", "Content-Type": "text/plain" }, apiKey: "from apiKey" });
  assert.equal(headers["x-seq-apikey"], "from apiKey");
  assert.match(headers["content-type"]!, /^[\w/.-]+$/);
});

/** The values of a header in all requests that were accepted. */
const values = (seq: Shipping, name: string): (string | undefined)[] =>
  seq.collector.requests.filter(({ status }) => status === 201).map(({ headers }) => headers[name]);

test("apiKey and headers as functions are called before each request", { timeout }, async () => {
  let asked = 0;
  await using seq = await ship({ periodMs: 0, apiKey: () => `key-${++asked}`, headers: () => ({ "x-asked": String(asked) }) });
  for (const n of range(1, 3)) {
    seq.log();
    await seq.delivered(n);
  }
  assert.deepEqual(values(seq, "x-seq-apikey"), ["key-1", "key-2", "key-3"]);
  assert.equal(asked, 3);
});

test("apiKey and headers as async functions are awaited, and called again for a retry", { timeout }, async () => {
  let asked = 0;
  await using seq = await ship({
    minBackoffMs: 1000,
    maxBackoffMs: 1000,
    apiKey: async () => {
      await Promise.resolve();
      return `key-${++asked}`;
    },
    headers: () => Promise.resolve({ "x-async": "yes" }),
  });
  seq.collector.fail({ status: 503 });
  seq.log();
  await seq.failed(1);
  await seq.clock.advance(1000);
  await seq.delivered(1);
  assert.deepEqual(seq.collector.requests.map(({ apiKey, headers }) => [apiKey, headers["x-async"]]), [["key-1", "yes"], ["key-2", "yes"]]);
});

// ---- the body ----

test("a request's body is one Uint8Array of lines, its length declared", { timeout }, async () => {
  await using seq = await ship();
  seq.log(1000);
  await flush();
  const { body } = seq.sent[0]!.init;
  assert.ok(body instanceof Uint8Array);
  assert.equal(new TextDecoder().decode(body).split("\n").length, 1000);
  assert.equal(seq.collector.requests[0]!.headers["content-length"], String(body.length));
});

test("a body has no line break at its end and no empty line", { timeout }, async () => {
  await using seq = await ship({ batchSize: 3 }, { blankLines: "reject" });
  seq.log(8);
  await flush();
  for (const { init } of seq.sent) assert.doesNotMatch(new TextDecoder().decode(init.body as Uint8Array), /\n\n|\n$|^\n/);
});

test("fetch is called as a plain function", { timeout }, async () => {
  const receivers: unknown[] = [];
  await using seq = await ship({
    fetch: function (this: unknown, input: RequestInfo | URL, init?: RequestInit) {
      receivers.push(this);
      return fetch(input, init);
    },
  });
  seq.log();
  await flush();
  assert.deepEqual(receivers, [undefined]);
});

test("the runtime's fetch is looked up at the time of the request", { timeout }, async () => {
  await using seq = await ship();
  configure({ serverUrl: seq.collector.url, clock: seq.clock });
  const original = globalThis.fetch;
  let calls = 0;
  globalThis.fetch = (input, init) => {
    calls++;
    return original(input, init);
  };
  try {
    seq.log();
    await flush();
  } finally {
    globalThis.fetch = original;
  }
  assert.equal(calls, 1);
});

// ---- the reply ----

test("every reply is read to its end, whatever it says", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 1000, maxBackoffMs: 1000 });
  const page = "<p>".repeat(10_000);
  seq.collector.fail([{ status: 500, body: page }, { status: 503, body: "" }, { status: 401 }, { status: 200, body: page }]);
  seq.log();
  for (const n of range(1, 3)) {
    await seq.failed(n);
    await seq.clock.advance(1000);
  }
  await seq.delivered(1);
  assert.deepEqual(seq.sent.map(({ response }) => response!.status), [500, 503, 401, 200]);
  for (const { response } of seq.sent) assert.ok(response!.bodyUsed || response!.body === null, `the reply ${response!.status} is unread`);
});

test("a reply without end is cut off, and counts by its status", { timeout }, async () => {
  let given = 0;
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      given += 10_000;
      controller.enqueue(new Uint8Array(10_000));
    },
    cancel() {
      cancelled = true;
    },
  });
  await using seq = await ship({ fetch: () => Promise.resolve(new Response(endless, { status: 201 })) });
  seq.log();
  await seq.delivered(1);
  assert.ok(cancelled);
  assert.ok(given < 1_000_000, `${given} bytes were read`);
});

test("any 2xx is a success, whatever the reply", { timeout }, async () => {
  await using seq = await ship();
  seq.collector.fail([
    { status: 200, body: "" },
    { status: 202, body: "<html>" },
    { status: 204 },
    { status: 201, body: "null" },
    { status: 201, body: '{"MinimumLevelAccepted":17}' },
    { status: 201, body: "[" },
  ]);
  for (const n of range(1, 6)) {
    seq.log();
    assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 }, `reply ${n}`);
  }
  assert.deepEqual(seq.heard.map(({ code, count }) => [code, count]), [["odd-reply", 1]], "a reply that is none of Seq's is told once");
});

test("a failure is reported in the reply's own words, however it writes them", { timeout }, async () => {
  const replies: [body: unknown, said: RegExp][] = [
    [{ Error: "Disk is full" }, /HTTP 507: Disk is full/],
    [{ error: "Disk is full" }, /HTTP 507: Disk is full/],
    ["Disk\n   is full", /HTTP 507: Disk is full/],
    ["x".repeat(100_000), /HTTP 507: x{100,300}[^x]/],
    ["", /HTTP 507\b/],
    ["null", /HTTP 507\b/],
  ];
  for (const [body, said] of replies) {
    await using seq = await ship();
    seq.collector.fail({ status: 507, body });
    seq.log();
    await seq.failed(1);
    assert.match(seq.heard[0]!.message, said);
  }
});

// ---- check ----

test("check() returns whether Seq takes events, and sends none", { timeout }, async () => {
  await using seq = await ship({ apiKey: "right" }, { apiKeys: ["right"] });
  assert.deepEqual(await seq.logging.check(), { seq: { ok: true, message: "Seq 2026.1.0 accepts events", version: "2026.1.0" } });
  assert.deepEqual(
    seq.collector.requests.map(({ bytes, apiKey }) => [bytes, apiKey]),
    [[0, "right"], [0, null]],
    "and is asked for its version, without the key",
  );
  assert.equal(seq.collector.received, 0);
});

test("check() returns why not, and never rejects", { timeout }, async () => {
  await using seq = await ship({ apiKey: "wrong" }, { apiKeys: ["right"] });
  const { seq: refused } = await seq.logging.check();
  assert.equal(refused!.ok, false);
  assert.match(refused!.message, /401/);
  await seq.collector.close();
  const { seq: away } = await seq.logging.check();
  assert.equal(away!.ok, false);
  assert.ok(away!.message.length > 0);
  assert.deepEqual(seq.heard, []);
});

test("check() changes neither the queue nor the state", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 60_000 });
  seq.collector.fail([{ status: 503 }, { status: 401 }]);
  seq.log(2);
  await seq.failed(1);
  const before = seq.seq.stats();
  await seq.logging.check();
  assert.deepEqual(seq.seq.stats(), before);
});

test("check() of several handlers names each", { timeout }, async () => {
  await using seq = await ship();
  const logging = configure({
    root: { handlers: ["up", "down", "console"] },
    handlers: {
      up: { class: "seq", serverUrl: seq.collector.url },
      down: { class: "seq", serverUrl: `${seq.collector.url}/nowhere` },
      console: { class: "console" },
    },
  });
  const { up, down, ...others } = await logging.check();
  assert.deepEqual([up!.ok, down!.ok, others], [true, false, {}]);
  assert.match(down!.message, /404/);
});
