import assert from "node:assert/strict";
import { test } from "node:test";
import { createCollector } from "../../src/collector/collector.ts";
import type { Collector } from "../../src/collector/collector.ts";

const event = (message: string, more: object = {}) => JSON.stringify({ "@t": "2026-03-01T10:15:00Z", "@m": message, ...more });
const clefType = { "content-type": "application/vnd.serilog.clef" };

function post(
  collector: Collector,
  body: string | Uint8Array<ArrayBuffer>,
  path = "/ingest/clef",
  headers: Record<string, string> = {},
): Promise<Response> {
  return collector.fetch(new Request(`http://seq${path}`, { method: "POST", body, headers }));
}

async function reply(response: Promise<Response>): Promise<[number, unknown]> {
  const { status, headers, ...rest } = await response.then(async (r) => ({ status: r.status, headers: r.headers, text: await r.text() }));
  assert.match(headers.get("content-type") ?? "", /^application\/json/);
  return [status, JSON.parse(rest.text)];
}

test("createCollector() accepts CLEF on /ingest/clef whatever its type and replies as Seq does", async () => {
  const collector = createCollector();
  for (
    const headers of [{}, clefType, { "content-type": "application/json" }, { "content-type": "text/plain" }] as Record<string, string>[]
  ) {
    assert.deepEqual(await reply(post(collector, `${event("a")}\n${event("b")}\n`, "/ingest/clef", headers)), [201, {
      MinimumLevelAccepted: null,
    }]);
  }
  assert.equal(collector.received, 8);
  assert.deepEqual(
    collector.events.slice(0, 2).map(({ message }) => message),
    ["a", "b"],
  );
});

test("createCollector() accepts CLEF on /api/events/raw by the flag or the media type", async () => {
  const collector = createCollector();
  const isTaken = async (query: string, headers: Record<string, string> = {}) =>
    (await post(collector, event("a"), `/api/events/raw${query}`, headers)).status === 201;
  for (const query of ["?clef", "?clef=true", "?clef=TRUE", "?clef=clef", "?CLEF", "?apiKey=x&clef"]) {
    assert.equal(await isTaken(query), true, query);
  }
  for (const query of ["", "?clef=", "?clef=false", "?clef=1", "?clef&clef", "?notclef", "?clef=&x=1"]) {
    assert.equal(await isTaken(query), false, query);
  }
  assert.equal(await isTaken("", clefType), true);
  assert.equal(await isTaken("", { "content-type": "application/vnd.serilog.clef;charset=utf-8" }), true);
  assert.equal(await isTaken("", { "content-type": "application/json" }), false);
});

test("createCollector() accepts the older JSON on /api/events/raw", async () => {
  const collector = createCollector();
  const body = JSON.stringify({
    Events: [{ Timestamp: "2026-03-01T10:15:00Z", Level: "Error", MessageTemplate: "Hi {Name}", Properties: { Name: "you" } }],
  });
  assert.deepEqual(await reply(post(collector, body, "/api/events/raw", { "content-type": "application/json" })), [201, {
    MinimumLevelAccepted: null,
  }]);
  assert.equal(collector.events[0]?.message, "Hi you");
  const [status, answer] = await reply(post(collector, event("a"), "/api/events/raw", { "content-type": "application/json" }));
  assert.equal(status, 400);
  assert.match((answer as { Error: string }).Error, /`Events` array/);
});

test("createCollector() treats an empty body as a check of level and key", async () => {
  const collector = createCollector({ minimumLevelAccepted: "Warning" });
  assert.deepEqual(await reply(post(collector, "", "/api/events/raw?clef")), [201, { MinimumLevelAccepted: "Warning" }]);
  assert.equal(collector.received, 0);
  const noBody = await collector.fetch(new Request("http://seq/ingest/clef", { method: "POST" }));
  assert.equal(noBody.status, 201);
});

test("createCollector() names the level that is set at the time", async () => {
  const collector = createCollector();
  for (const level of ["Debug", null, "Error"]) {
    collector.minimumLevelAccepted = level;
    assert.deepEqual(await reply(post(collector, event("a", { "@l": "Verbose" }))), [201, { MinimumLevelAccepted: level }]);
  }
  assert.equal(collector.received, 3);
});

test("createCollector() refuses a whole batch for one bad line", async () => {
  const collector = createCollector();
  const [status, answer] = await reply(post(collector, `${event("a")}\n{"@m":"no time"}\n${event("c")}`));
  assert.equal(status, 400);
  assert.deepEqual(answer, { Error: "Cannot ingest the event on line 2: it carries no `@t` timestamp" });
  assert.deepEqual([...collector.events], []);
  assert.equal(collector.requests[0]?.count, 0);
  assert.equal(collector.requests[0]?.error, "Cannot ingest the event on line 2: it carries no `@t` timestamp");
});

test("createCollector() does not decode a compressed body, as Seq does not", async () => {
  const collector = createCollector();
  const gzipped = new Response(event("a")).body!.pipeThrough(new CompressionStream("gzip"));
  const body = new Uint8Array(await new Response(gzipped).arrayBuffer());
  assert.equal((await post(collector, body, "/ingest/clef", { "content-encoding": "gzip" })).status, 400);
});

test("createCollector() limits the bytes of an event with 400 and of a request with 413", async () => {
  const collector = createCollector({ maxEventBytes: 100, maxPayloadBytes: 150 });
  assert.equal((await post(collector, event("x".repeat(100)))).status, 400);
  assert.equal((await post(collector, event("fits"))).status, 201);
  const body = `${event("a")}\n${event("b")}\n${event("c")}\n${event("d")}`;
  assert.deepEqual(await reply(post(collector, body)), [413, { Error: "Maximum raw payload content length of 150 bytes exceeded" }]);
  assert.equal(collector.received, 1);
});

test("createCollector() has Seq's limits by default", async () => {
  const collector = createCollector();
  const line = `${event("x".repeat(200_000))}\n`;
  assert.equal((await post(collector, line.repeat(52))).status, 201);
  assert.equal((await post(collector, line.repeat(53))).status, 413);
  assert.equal((await post(collector, event("x".repeat(262_144)))).status, 400);
});

test("createCollector() stops reading a body that streams past the limit", async () => {
  const collector = createCollector({ maxPayloadBytes: 10_000 });
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream({
    pull: (controller) => (pulled++, controller.enqueue(new Uint8Array(4096))),
    cancel: () => void (cancelled = true),
  });
  const init = { method: "POST", body, duplex: "half" } as RequestInit;
  assert.equal((await collector.fetch(new Request("http://seq/ingest/clef", init))).status, 413);
  assert.equal(cancelled, true);
  assert.ok(pulled < 10, String(pulled));
});

test("createCollector() accepts any key, or none, unless keys are given", async () => {
  const collector = createCollector();
  assert.equal((await post(collector, event("a"), "/ingest/clef", { "x-seq-apikey": "whatever" })).status, 201);
  assert.equal((await post(collector, event("a"))).status, 201);
  assert.deepEqual(
    collector.requests.map(({ apiKey, apiKeyFrom }) => [apiKey, apiKeyFrom]),
    [
      ["whatever", "header"],
      [null, null],
    ],
  );
});

test("createCollector() with keys replies 401 to a missing or wrong one; the header wins over the query", async () => {
  const collector = createCollector({ apiKeys: ["right", "other"] });
  const status = async (query: string, key?: string) =>
    (await post(collector, event("a"), `/api/events/raw?clef${query}`, key === undefined ? {} : { "X-Seq-ApiKey": key })).status;
  assert.equal(await status("", "right"), 201);
  assert.equal(await status("", "other"), 201);
  assert.equal(await status("&apiKey=right"), 201);
  assert.equal(await status("&APIKEY=ri%67ht"), 201);
  assert.equal(await status("&apiKey=wrong", "right"), 201);
  assert.equal(await status("&apiKey=right", ""), 201);
  assert.equal(await status("&apiKey=right", "wrong"), 401);
  assert.equal(await status("&apiKey=wrong"), 401);
  assert.equal(await status(""), 401);
  const [, answer] = await reply(post(collector, event("a"), "/ingest/clef", { "x-seq-apikey": "secret-guess" }));
  assert.deepEqual(Object.keys(answer as object), ["Error"]);
  assert.doesNotMatch(JSON.stringify(answer), /secret-guess/);
  assert.equal(collector.received, 6);
});

test("createCollector() replies to /health and /api without a key", async () => {
  const collector = createCollector({ apiKeys: ["right"] });
  const get = (path: string) => reply(collector.fetch(new Request(`http://seq${path}`)));
  assert.deepEqual(await get("/health"), [200, { status: "The Seq node is in service." }]);
  for (const path of ["/api", "/api/", "/API"]) {
    const [status, body] = await get(path);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body as object), ["Product", "Version", "InstanceName", "Links"]);
  }
});

test("createCollector() replies 404 and 405 in JSON", async () => {
  const collector = createCollector();
  const answer = async (method: string, path: string): Promise<[number, string | null]> => {
    const response = await collector.fetch(new Request(`http://seq${path}`, { method }));
    assert.deepEqual(Object.keys((await response.json()) as object), ["Error"]);
    return [response.status, response.headers.get("allow")];
  };
  for (const path of ["/ingest", "/ingest/otlp/v1/logs", "/api/events", "/constructor"]) {
    assert.deepEqual(await answer("GET", path), [404, null], path);
  }
  assert.deepEqual(await answer("GET", "/ingest/clef"), [405, "POST"]);
  assert.deepEqual(await answer("PUT", "/api/events/raw"), [405, "POST"]);
  assert.deepEqual(await answer("POST", "/health"), [405, "GET, HEAD"]);
});

test("createCollector() serves under a base path and nowhere else", async () => {
  for (const basePath of ["/seq", "seq/", "/Seq"]) {
    const collector = createCollector({ basePath });
    assert.equal((await post(collector, event("a"), "/seq/ingest/clef")).status, 201);
    assert.equal((await collector.fetch(new Request("http://seq/seq/api"))).status, 200);
    assert.equal((await post(collector, event("a"), "/ingest/clef")).status, 404);
    assert.equal((await post(collector, event("a"), "/seqx/ingest/clef")).status, 404);
  }
});

test("createCollector() lets pages of other origins post, on /ingest only with corsOnIngest", async () => {
  const preflight = (collector: Collector, path: string) => {
    const headers = {
      origin: "http://page",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-seq-apikey",
    };
    return collector.fetch(new Request(`http://seq${path}`, { method: "OPTIONS", headers }));
  };
  const [open, closed] = [createCollector(), createCollector({ corsOnIngest: false })];
  for (const [collector, path] of [[open, "/ingest/clef"], [open, "/api/events/raw?clef"], [closed, "/api/events/raw"]] as const) {
    const { status, headers } = await preflight(collector, path);
    assert.equal(status, 204);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    assert.equal(headers.get("access-control-allow-headers"), "content-type,x-seq-apikey");
    assert.match(headers.get("access-control-allow-methods") ?? "", /POST/);
    const posted = await post(collector, "broken", path, { origin: "http://page" });
    assert.equal(posted.status, 400);
    assert.equal(posted.headers.get("access-control-allow-origin"), "*");
  }
  const refused = await preflight(closed, "/ingest/clef");
  assert.equal(refused.status, 405);
  assert.equal(refused.headers.get("access-control-allow-origin"), null);
  assert.equal(
    (await post(closed, event("a"), "/ingest/clef", { origin: "http://page" })).headers.get("access-control-allow-origin"),
    null,
  );
  assert.equal((await post(open, event("a"))).headers.get("access-control-allow-origin"), null);
});

test("createCollector() keeps the requests", async () => {
  const collector = createCollector();
  const before = Date.now();
  const body = `${event("é")}\n${event("b")}`;
  await post(collector, body, "/api/events/raw?clef&apiKey=k", { ...clefType, "X-Custom": "1" });
  await collector.fetch(new Request("http://seq/nowhere?x=1"));
  const [first, second] = collector.requests;
  const { atMs, headers, ...rest } = first!;
  assert.deepEqual(rest, {
    method: "POST",
    path: "/api/events/raw",
    query: "?clef&apiKey=k",
    status: 201,
    error: null,
    contentType: "application/vnd.serilog.clef",
    apiKey: "k",
    apiKeyFrom: "query",
    bytes: body.length + 1,
    count: 2,
  });
  assert.equal(headers["x-custom"], "1");
  assert.ok(atMs >= before && atMs <= Date.now());
  assert.deepEqual([second?.method, second?.path, second?.status, second?.error], ["GET", "/nowhere", 404, "Not found"]);
});

test("createCollector() forgets the oldest beyond keepEvents and still counts them", async () => {
  const collector = createCollector({ keepEvents: 3 });
  const { events } = collector;
  for (let i = 0; i < 5; i++) await post(collector, `${event(`${i}a`)}\n${event(`${i}b`)}`);
  assert.deepEqual(
    events.map(({ message }) => message),
    ["3b", "4a", "4b"],
  );
  assert.equal(collector.received, 10);
  assert.equal(collector.requests.length, 3);
  collector.clear();
  assert.equal(collector.received, 0);
  assert.equal(events.length + collector.requests.length, 0);
  await post(collector, event("again"));
  assert.equal(events[0]?.message, "again");
});

test("createCollector() makes collectors that share nothing", async () => {
  const [one, two] = [createCollector(), createCollector()];
  one.fail({ status: 503 });
  two.minimumLevelAccepted = "Error";
  assert.equal((await post(two, event("a"))).status, 201);
  assert.equal((await post(one, event("a"))).status, 503);
  assert.deepEqual(await reply(post(one, event("a"))), [201, { MinimumLevelAccepted: null }]);
  assert.deepEqual([one.received, two.received], [1, 1]);
});

test("onEvent() and onRequest() are called once the outcome is decided, in order, and not for events of a refused batch", async () => {
  const heard: string[] = [];
  const collector = createCollector({
    onEvent: ({ message }) => heard.push(`${message} of ${collector.received}`),
    onRequest: ({ status, count }) => heard.push(`${status} with ${count}`),
  });
  await post(collector, `${event("a")}\n${event("b")}`);
  await post(collector, `${event("c")}\nbroken`);
  assert.deepEqual(heard, ["201 with 2", "a of 2", "b of 2", "400 with 0"]);
});

test("until() resolves with what is kept once so many have come, before or after the call", async () => {
  const collector = createCollector();
  const waiting = collector.until(3);
  await post(collector, event("a"));
  await post(collector, `${event("b")}\n${event("c")}\n${event("d")}`);
  const names = (await waiting).map(({ message }) => message);
  assert.deepEqual(names, ["a", "b", "c", "d"]);
  assert.equal((await collector.until(4)).length, 4);
  assert.deepEqual(await createCollector().until(0), []);
  collector.clear();
  const afresh = collector.until(1);
  await post(collector, event("e"));
  assert.equal((await afresh).length, 1);
});

test("until() resolves with the events that match, once enough do", async () => {
  const collector = createCollector();
  await post(collector, event("a", { "@l": "Error" }));
  const isError = ({ level }: { level: string }) => level === "Error";
  assert.equal((await collector.until(isError)).length, 1);
  const three = collector.until(isError, { count: 3 });
  await post(collector, `${event("b")}\n${event("c", { "@l": "Error" })}`);
  await post(collector, event("d", { "@l": "Error" }));
  assert.deepEqual(
    (await three).map(({ message }) => message),
    ["a", "c", "d"],
  );
});

test("until() sees the request that brought the events", async () => {
  const collector = createCollector();
  const waiting = collector.until(1).then(() => collector.requests.at(-1)?.status);
  await post(collector, event("a"));
  assert.equal(await waiting, 201);
});

test("until() at its time-out says what has come", async () => {
  const collector = createCollector();
  await assert.rejects(collector.until(1, { timeoutMs: 1 }), {
    message: "Cannot collect 1 events within 1 ms: 0 events have come in 0 requests",
  });
  await post(collector, event("a"));
  await post(collector, "broken", "/api/events/raw?clef");
  await assert.rejects(
    collector.until(() => false, { timeoutMs: 1, count: 2 }),
    /^Error: Cannot collect 2 matching events within 1 ms: 1 events have come in 2 requests; the last, POST \/api\/events\/raw\?clef, was answered 400, Cannot ingest the event on line 1/,
  );
  collector.fail({ reset: "before" });
  await assert.rejects(post(collector, event("a")));
  await assert.rejects(collector.until(2, { timeoutMs: 1 }), /the last, POST \/ingest\/clef, was not answered$/);
});

test("until() rejects with what its predicate throws, and the request nevertheless gets its reply", async () => {
  const collector = createCollector();
  const waiting = assert.rejects(
    collector.until(() => {
      throw new RangeError("mine");
    }),
    /mine/,
  );
  assert.equal((await post(collector, event("a"))).status, 201);
  await waiting;
});

test("until() copes with batches larger than the stack", async () => {
  const collector = createCollector({ keepEvents: 200_000 });
  const line = `{"@t":"2026-03-01T10:15:00Z"}\n`;
  const waiting = collector.until(() => true, { count: 150_000 });
  await post(collector, line.repeat(150_000));
  assert.equal((await waiting).length, 150_000);
  assert.equal((await collector.until(() => true, { count: 150_000 })).length, 150_000);
});

test("untilRequests() waits for requests, refused ones included", async () => {
  const collector = createCollector();
  const waiting = collector.untilRequests(({ status }) => status === 400);
  await post(collector, event("a"));
  await post(collector, "broken");
  assert.equal((await waiting).length, 1);
  assert.equal((await collector.untilRequests(2)).length, 2);
  await assert.rejects(collector.untilRequests(3, { timeoutMs: 1 }), /Cannot collect 3 requests within 1 ms/);
});

test("createCollector() refuses what is nested deeper than it can walk, in either format, and stays up", async () => {
  const collector = createCollector({ maxEventBytes: 1e7 });
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const time = '"2026-03-01T12:00:00Z"';
  const bodies = {
    "/api/events/raw": [`{"Events":[{"Timestamp":${time},"Properties":{"A":${deep}}}]}`, `{"Events":${deep}}`],
    "/ingest/clef": [
      `{"@t":${time},"@r":${deep}}`,
      `{"@t":${time},"@mt":"{A}","A":${deep}}`,
      `{"@t":${time},"A":9007199254740993,"B":${deep}}`,
    ],
  };
  for (const [path, all] of Object.entries(bodies)) {
    for (const body of all) {
      const { status } = await collector.fetch(new Request(`http://seq${path}`, { method: "POST", body }));
      assert.ok(status === 400 || status === 201, `${path} ${body.slice(0, 80)}: ${status}`);
    }
  }
  const body = `{"@t":${time}}`;
  assert.equal((await collector.fetch(new Request("http://seq/ingest/clef", { method: "POST", body }))).status, 201);
});

test("createCollector() keeps the digits of integers of 64 bits, in either format", async () => {
  const collector = createCollector();
  const time = '"2026-03-01T12:00:00Z"';
  const clef = `{"@t":${time},"@mt":"{Id}","Id":9007199254740993,"In":[-9223372036854775808]}`;
  const legacy =
    `{"Events":[{"Timestamp":${time},"MessageTemplate":"{Id}","Properties":{"Id":9007199254740993,"In":[-9223372036854775808]}}]}`;
  for (const [path, body] of [["/ingest/clef", clef], ["/api/events/raw", legacy]] as const) {
    assert.equal((await collector.fetch(new Request(`http://seq${path}`, { method: "POST", body }))).status, 201);
  }
  for (const event of collector.events) {
    assert.deepEqual([event.message, event.properties], ["9007199254740993", { Id: 9007199254740993n, In: [-9223372036854775808n] }]);
  }
});
