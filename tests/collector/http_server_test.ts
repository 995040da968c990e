import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { serveCollector } from "../../src/collector/http_server.ts";
import type { RunningCollector, ServeOptions } from "../../src/collector/http_server.ts";

const event = (message: string) => `{"@t":"2026-03-01T10:15:00Z","@m":"${message}"}`;

function withCollector(options: ServeOptions, use: (seq: RunningCollector) => Promise<void>): () => Promise<void> {
  return async () => {
    const seq = await serveCollector({ port: 0, ...options });
    try {
      await use(seq);
    } finally {
      await seq.close();
    }
  };
}

async function post(url: string, body: string | Uint8Array<ArrayBuffer>, init: RequestInit = {}): Promise<[number, string]> {
  const response = await fetch(url, { method: "POST", body, ...init });
  return [response.status, await response.text()];
}

test(
  "serveCollector() takes events in over HTTP",
  withCollector({}, async (seq) => {
    assert.match(seq.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(seq.url.endsWith(`:${seq.port}`), true);
    const headers = { "X-Seq-ApiKey": "k", "Content-Type": "application/vnd.serilog.clef" };
    assert.deepEqual(await post(`${seq.url}/api/events/raw`, `${event("a")}\n${event("é")}`, { headers }), [
      201,
      '{"MinimumLevelAccepted":null}',
    ]);
    assert.deepEqual(
      seq.events.map(({ message }) => message),
      ["a", "é"],
    );
    const [request] = seq.requests;
    assert.deepEqual([request?.apiKey, request?.contentType, request?.path], ["k", "application/vnd.serilog.clef", "/api/events/raw"]);
    seq.minimumLevelAccepted = "Warning";
    assert.deepEqual(await post(`${seq.url}/ingest/clef`, ""), [201, '{"MinimumLevelAccepted":"Warning"}']);
    assert.equal(seq.received, 2);
  }),
);

test(
  "serveCollector() answers every route, HEAD and OPTIONS included",
  withCollector({ basePath: "/seq" }, async (seq) => {
    assert.equal(seq.url.endsWith("/seq"), true);
    const health = await fetch(`${seq.url}/health`);
    assert.deepEqual([health.status, await health.json()], [200, { status: "The Seq node is in service." }]);
    const head = await fetch(`${seq.url}/health`, { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    const preflight = await fetch(`${seq.url}/ingest/clef`, { method: "OPTIONS" });
    assert.deepEqual([preflight.status, await preflight.text()], [204, ""]);
    const elsewhere = await fetch(`http://127.0.0.1:${seq.port}/health`);
    assert.deepEqual([elsewhere.status, await elsewhere.json()], [404, { Error: "Not found" }]);
    const wrong = await fetch(`${seq.url}/ingest/clef`);
    assert.deepEqual([wrong.status, await wrong.json()], [405, { Error: "Method not allowed" }]);
  }),
);

test(
  "serveCollector() takes a body that streams",
  withCollector({}, async (seq) => {
    const lines = Array.from({ length: 20 }, (_, i) => new TextEncoder().encode(`${event(`${i}`)}\n`));
    const body = new ReadableStream({ pull: (controller) => (lines.length > 0 ? controller.enqueue(lines.shift()) : controller.close()) });
    const response = await fetch(`${seq.url}/ingest/clef`, { method: "POST", body, duplex: "half" } as RequestInit);
    assert.equal(response.status, 201);
    await response.text();
    assert.equal(seq.received, 20);
  }),
);

test(
  "serveCollector() answers 413 to 12 MiB, and the connection stays of use",
  withCollector({}, async (seq) => {
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(await post(`${seq.url}/ingest/clef`, new Uint8Array(12 * 1024 * 1024)), [
        413,
        '{"Error":"Maximum raw payload content length of 10485760 bytes exceeded"}',
      ]);
      const line = `${event("x".repeat(100_000))}\n`;
      assert.equal((await post(`${seq.url}/ingest/clef`, line.repeat(50)))[0], 201);
      assert.equal((await post(`${seq.url}/nowhere`, line.repeat(50)))[0], 404);
    }
    let left = 400; // more than the limit by far, yet an end: an endless body keeps Node's fetch busy even when it is given up
    const long = new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(65_536)) : controller.close()),
    });
    const init = { method: "POST", body: long, duplex: "half" } as RequestInit;
    assert.equal((await fetch(`${seq.url}/ingest/clef`, init)).status, 413);
  }),
);

for (const reset of ["before", "after"] as const) {
  test(
    `serveCollector() breaks the connection ${reset} the events are in`,
    withCollector({ keepAlive: false }, async (seq) => {
      for (const body of [event("small"), `${event("x".repeat(100_000))}\n`.repeat(50)]) {
        seq.fail({ reset });
        await assert.rejects(post(`${seq.url}/ingest/clef`, body), TypeError);
        assert.equal((await post(`${seq.url}/ingest/clef`, event("next")))[0], 201);
      }
      assert.deepEqual(
        seq.requests.map(({ status }) => status),
        [null, 201, null, 201],
      );
      assert.equal(seq.received, reset === "before" ? 2 : 2 + 51);
    }),
  );
}

test(
  "serveCollector() hangs until the client gives up",
  withCollector({}, async (seq) => {
    seq.fail({ hang: true });
    const client = new AbortController();
    const hung = assert.rejects(post(`${seq.url}/ingest/clef`, event("a"), { signal: client.signal }), { name: "AbortError" });
    await seq.untilRequests(1);
    client.abort();
    await hung;
    assert.equal((await post(`${seq.url}/ingest/clef`, event("b")))[0], 201);
    assert.equal(seq.received, 1);
  }),
);

test("close() ends hung and delayed requests, idle connections and the listening", async () => {
  const seq = await serveCollector({ port: 0 });
  await post(`${seq.url}/ingest/clef`, event("a"));
  seq.fail([{ hang: true }, { delayMs: 600_000 }]);
  const broken = [1, 2].map(() => assert.rejects(post(`${seq.url}/ingest/clef`, event("b")), TypeError));
  await seq.untilRequests(3);
  await Promise.all([seq.close(), seq.close(), ...broken]);
  await assert.rejects(fetch(`${seq.url}/health`), TypeError);
  assert.equal(seq.events[0]?.message, "a");
  const again = await serveCollector({ port: seq.port });
  await again[Symbol.asyncDispose]();
});

test(
  "serveCollector() shows statuses, headers and delays of faults",
  withCollector({}, async (seq) => {
    seq.fail([{ status: 503, headers: { "Retry-After": "3" } }, { delayMs: 5 }, { status: 204 }]);
    const refused = await fetch(`${seq.url}/ingest/clef`, { method: "POST", body: event("a") });
    assert.deepEqual([refused.status, refused.headers.get("retry-after"), await refused.json()], [503, "3", {
      Error: "A simulated fault answers 503",
    }]);
    assert.equal((await post(`${seq.url}/ingest/clef`, event("a")))[0], 201);
    assert.deepEqual(await post(`${seq.url}/ingest/clef`, event("a")), [204, ""]);
  }),
);

/** Writes raw bytes to the port and reads the answer to its end. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk: Uint8Array) => (answer += new TextDecoder().decode(chunk)));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

test(
  "serveCollector() survives requests that fetch has no word for, and clients that leave in the middle",
  withCollector({}, async (seq) => {
    assert.match(await raw(seq.port, "TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"), /^HTTP\/1\.1 4\d\d /);
    assert.match(
      await raw(seq.port, "GET http://elsewhere/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
      /^HTTP\/1\.1 [24]\d\d /,
    );
    const socket = connect(
      seq.port,
      "127.0.0.1",
      () => socket.write("POST /ingest/clef HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{", () => socket.destroy()),
    );
    const [left] = await seq.untilRequests(({ method, status }) => method === "POST" && status === null);
    assert.equal(left?.count, 0);
    assert.equal((await post(`${seq.url}/ingest/clef`, event("a")))[0], 201);
  }),
);

test(
  "serveCollector() shows its page to nobody who asks for another name than its own",
  withCollector({ pageHosts: ["my-machine"] }, async (seq) => {
    for (
      const [host, status] of [["evil.test", 403], ["my-machine", 200], [`localhost:${seq.port}`, 200], [
        `127.0.0.1:${seq.port}`,
        200,
      ]] as const
    ) {
      const answer = await raw(seq.port, `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      assert.equal(answer.startsWith(`HTTP/1.1 ${status} `), true, host);
    }
  }),
);

test("serveCollector() says in one line that a port is in use", async () => {
  const seq = await serveCollector({ port: 0 });
  await assert.rejects(serveCollector({ port: seq.port }), { message: `Cannot listen on 127.0.0.1:${seq.port}: the port is in use` });
  await seq.close();
});
