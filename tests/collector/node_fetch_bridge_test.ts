/** A fetch handler under node:http; serve_test.ts shows the same with the collector. */

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { nodeListener, type NodeRequest, type NodeResponse } from "../../src/collector/node_fetch_bridge.ts";

/** Asks a handler over HTTP, by node:http's own client, which sends what fetch would not. */
async function ask(
  handler: (request: Request) => Promise<Response>,
  options: { method?: string; path?: string; body?: string },
): Promise<[number, string]> {
  const listener = nodeListener(handler, false);
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) =>
    listener(incoming as NodeRequest, outgoing as unknown as NodeResponse)
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { method = "POST", path = "/a?b=1", body = "" } = options;
  try {
    return await new Promise((resolve, reject) => {
      const sent = request(
        { port, host: "127.0.0.1", method, path, headers: { "content-length": body.length, "x-a": "1" } },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk) => text += chunk).on("end", () => resolve([response.statusCode!, text]));
        },
      );
      sent.on("error", reject).end(body);
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test("nodeListener() passes on the request, body included, and sends the response", async () => {
  const echo = async (given: Request): Promise<Response> => {
    const { pathname, search } = new URL(given.url);
    return new Response(`${given.method} ${pathname}${search} ${given.headers.get("x-a")} ${await given.text()}`, { status: 201 });
  };
  assert.deepEqual(await ask(echo, { body: "hello" }), [201, "POST /a?b=1 1 hello"]);
  assert.deepEqual(await ask(echo, { method: "GET" }), [201, "GET /a?b=1 1 "]);
});

test("nodeListener() replies 500 if the handler fails, and 400 to what fetch cannot express as a request", async () => {
  const [status, text] = await ask(() => Promise.reject(new Error("broken")), { body: "x" });
  assert.deepEqual([status, JSON.parse(text)], [500, { Error: "Ingestion failed: Error: broken" }]);
  assert.equal((await ask(() => Promise.resolve(new Response("ok")), { path: "http://[" }))[0], 400);
});
