/** Requests and all other work of Workers, logged in the real workerd: the oldest and the newest, with and without its flags. */

import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { isFull } from "../../support/effort.ts";
import { range } from "../../support/shipping.ts";
import type { WorkerOptions } from "../../support/workerd.ts";
import { access, arrival, bare, completion, hasContext, inner, kinds, onStage, type Stage } from "./request_stage.ts";

const timeout = 600_000;
const room: WorkerOptions = { durableObjects: { ROOM: "TestRoom" } };

for (const [i, [kind, options]] of Object.entries(kinds).entries()) {
  /** Each kind is tried by one of the two tests, each workerd by both; full runs try the product. */
  const [skipFirst, skipSecond] = [0, 1].map((rest) => !isFull && i % 2 !== rest && "full runs try it");
  const onKind = (act: (stage: Stage) => Promise<void>): Promise<void> => onStage("request_log", { ...options, ...room }, act);

  test(`200 concurrent requests of a Worker ${kind} are logged once each, by their ids`, { timeout, skip: skipFirst }, async () => {
    await onKind(async ({ seq, worker, ask, stats }) => {
      await Promise.all(range(1, 200).map((n) => ask(`/work?n=${n}`, { headers: { "x-request-id": `r-${n}` } })));
      await seq.until(800);
      const ids = access(seq).map(({ properties }) => properties.RequestId);
      assert.deepEqual([...ids].sort(), range(1, 200).map((n) => `r-${n}`).sort());
      assert.equal(new Set(inner(seq).map(({ message }) => message)).size, 600, "each event of the handlers, once");
      for (const { properties } of inner(seq)) {
        assert.equal(properties.RequestId, hasContext(options) ? `r-${properties.N}` : undefined);
      }
      const { told, configured, lost } = await stats();
      assert.deepEqual(told.map((said) => said.split(":")[0]), hasContext(options) ? [] : ["no-context"]);
      assert.deepEqual({ configured, lost, received: seq.received }, { configured: 1, lost: {}, received: 800 });
      assert.deepEqual(worker.output, []);
    });
  });

  test(
    `what a Worker ${kind} logs late, and beside requests, arrives without a further request`,
    { timeout, skip: skipSecond },
    async () => {
      await onKind(async (stage) => {
        const { seq, worker, ask } = stage;
        for (const path of ["/late?n=1&ms=2000", "/nested?n=2", "/stream?n=3", "/object?n=4"]) {
          await ask(path);
          if (path.startsWith("/late")) {
            assert.ok(!inner(seq).some(({ properties }) => properties.N === 1), "the response waits for nothing");
          }
        }
        assert.equal(await worker.schedule("*/5 * * * *"), "ok");
        const messages = range(6, 8).map((n) => ({ id: `m-${n}`, timestamp: new Date(0), attempts: 1, body: n }));
        assert.equal(await worker.enqueue("orders", messages), "ok");
        const late = [
          "Event 1: late",
          "Event 2: nested",
          "Event 3: end",
          "Event 4: stored",
          "Event 4: alarm",
          "Scheduled",
          "Queue orders",
          "Call",
        ];
        await Promise.all(late.map((message) => arrival(stage, message)));
        await completion(stage, 8);
        await seq.until(({ properties }) => properties.N !== undefined, { count: 15 });
        const said = new Set(inner(seq).map(({ properties }) => `${properties.N} ${properties.Part}`));
        const pieces = range(1, 4).map((n) => `3 piece ${n}`);
        const own = [
          "1 late",
          "2 nested",
          ...pieces,
          "3 end",
          "4 object",
          "4 stored",
          "4 alarm",
          "1 scheduled",
          "6 queue",
          "7 queue",
          "8 queue",
        ];
        assert.deepEqual([...said].sort(), [...own].sort());
        if (hasContext(options)) { for (const { message, properties } of inner(seq)) assert.ok(properties.RequestId, message); }
        const ends = access(seq).map(({ message }) => message.replace(/ in .*/, "")).sort();
        const requests = ["late", "nested", "object", "object", "stream"].map((path) => `HTTP GET /${path} responded 200`);
        assert.deepEqual(ends, [
          "Call of alarm ended with ok",
          ...requests,
          "Queue orders of 3 messages ended with ok",
          "Scheduled */5 * * * * ended with ok",
        ]);
        assert.deepEqual(worker.output, []);
      });
    },
  );
}

for (const [kind, options] of Object.entries(kinds).filter(([kind]) => /^(without|of the newest)/.test(kind))) {
  test(`responses pass unharmed through the wrapper in a Worker ${kind}`, { timeout }, async () => {
    await onStage("request_log", { ...options, ...room }, async (stage) => {
      const { seq, worker, ask } = stage;
      const megabyte = new Uint8Array(await (await worker.dispatchFetch("http://worker/megabyte?n=0")).arrayBuffer());
      assert.equal(megabyte.length, 1_048_576);
      range(1, 16).forEach((n) => assert.ok(megabyte.subarray((n - 1) * 65_536, n * 65_536).every((byte) => byte === n)));
      assert.equal(await ask("/known"), "Shipped");
      assert.equal(await ask("/known", { method: "HEAD" }), "");
      assert.equal(await ask("/null", {}, 204), "");
      await ask("/redirect", {}, 302);
      assert.match(await ask("/throw?n=1", {}, 500), /No paper/);
      assert.match(await ask("/reject", {}, 500), /No ink/);
      const adds = JSON.parse(await ask("/enriched"));
      assert.deepEqual(adds, [hasContext(options), true]);
      await completion(stage, 8);
      const ends = Object.fromEntries(
        access(seq).map((event) => [`${event.properties.RequestMethod} ${event.properties.RequestPath}`, event]),
      );
      const told = Object.entries(ends).map(([request, { properties }]) => [request, properties.StatusCode, properties.ResponseBytes]);
      assert.deepEqual(told, [
        ["GET /megabyte", 200, 1_048_576],
        ["GET /known", 200, 7],
        ["HEAD /known", 200, 7],
        ["GET /null", 204, 0],
        ["GET /redirect", 302, 0],
        ["GET /throw", 500, undefined],
        ["GET /reject", 500, undefined],
        ["GET /enriched", 200, undefined],
      ]);
      assert.match(ends["GET /throw"]!.exception ?? "", /^TypeError: No paper/);
      assert.equal(ends["GET /throw"]!.level, "Error");
      assert.match(ends["GET /reject"]!.exception ?? "", /^TypeError: No ink/);
      assert.equal(ends["GET /enriched"]!.properties.Way, "request");
    });
  });
}

/** A response as it stands on the wire. */
function raw(url: URL): Promise<{ readonly encoding: string | undefined; readonly bytes: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { headers: { "accept-encoding": "gzip" } }, async (response) => {
      const bytes = Buffer.concat(await response.toArray());
      resolve({ encoding: response.headers["content-encoding"], bytes });
    });
    sent.on("error", reject).end();
  });
}

for (const [kind, options] of Object.entries(bare)) {
  test(`a compressed response that is handed on passes byte for byte ${kind}`, { timeout }, async () => {
    const compressed = gzipSync("Shipped\n".repeat(10_000), { level: 1 });
    const server = createServer((request, response) => {
      const type = request.url === "/typed" ? { "content-type": "application/octet-stream" } : {};
      response.writeHead(200, { "content-encoding": "gzip", ...type });
      response.write(compressed.subarray(0, 20)); // without a length
      response.end(compressed.subarray(20));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await onStage("request_log", { ...options, ...room }, async ({ worker }) => {
        for (const path of ["/typed", "/plain"]) {
          const { encoding, bytes } = await raw(new URL(`/proxy?url=${from}${path}`, worker.url));
          assert.equal(encoding, "gzip");
          assert.ok(compressed.equals(bytes), `${path}: ${bytes.length} bytes in place of ${compressed.length}`);
        }
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test(`a WebSocket that a wrapped handler accepts works ${kind}`, { timeout }, async () => {
    await onStage("request_log", { ...options, ...room }, async (stage) => {
      const socket = new WebSocket(new URL("/socket?n=1", stage.worker.url.href.replace(/^http/, "ws")));
      const said: unknown[] = [];
      await new Promise<void>((resolve, reject) => {
        socket.onopen = () => socket.send("one");
        socket.onerror = () => reject(new Error("The socket failed"));
        socket.onmessage = ({ data }) => {
          said.push(data);
          if (said.length === 2) return resolve();
          socket.send("two");
        };
      });
      assert.deepEqual(said, ["again: one", "again: two"]);
      await Promise.all([arrival(stage, "Event 1: one"), arrival(stage, "Event 1: two")]);
      const [completed] = await completion(stage, 1);
      assert.equal(completed!.properties.StatusCode, 101);
      socket.close();
    });
  });
}
