/** Servers of fetch handlers (Bun.serve, Deno.serve, @hono/node-server): the wrapper changes no response, and logs each end. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { getLogger, logRequests } from "../../mod.ts";
import { Folder } from "../support/folder.ts";
import { bun, isDeno, recordRequests, serveFetch, talk, toldBy } from "../support/serving.ts";

const timeout = 300_000;
const logger = getLogger("inner");
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const pathOf = (request: Request): string => new URL(request.url).pathname;
const ask = (method: string, path: string): string => `${method} ${path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n`;

/** Bits that come one after the other, without an end where `count` is infinite; each is logged. */
function bits(count: number): ReadableStream<Uint8Array> {
  let n = 0;
  return new ReadableStream({
    async pull(controller) {
      await pause(10);
      if (n === count) return controller.close();
      logger.info("Bit {N}", { N: n });
      controller.enqueue(new TextEncoder().encode(`data: ${n++}\n\n`));
    },
  });
}

const big = new Uint8Array(3_000_000).map((_, i) => (i * 31 + (i >> 8)) & 255);

/** What can be asked for, by its path. */
const answers: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  "/text": () => new Response("Hello\n"),
  "/json": () => Response.json({ a: "é" }, { status: 201, headers: { "x-own": "1" } }),
  "/bytes": () => new Response(new Uint8Array([0, 255, 10])),
  "/plain": () => new Response("Hello\n", { headers: { "content-type": "text/plain" } }),
  "/utf8": () => new Response("Hello\n", { headers: { "content-type": "text/plain; charset=utf-8" } }),
  "/octets": () => new Response(big.slice(0, 300_000), { headers: { "content-type": "application/octet-stream" } }),
  "/video": () =>
    new Response(big.slice(0, 10), { status: 206, headers: { "content-type": "video/mp4", "content-range": "bytes 0-9/10" } }),
  "/nothing": () => new Response(""),
  "/empty": () => new Response(),
  "/none": () => new Response(null, { status: 204 }),
  "/unchanged": () => new Response(null, { status: 304, headers: { etag: '"1"' } }),
  "/elsewhere": () => new Response(null, { status: 302, headers: { location: "/text" } }),
  "/redirect": () => Response.redirect("http://test/text", 307),
  "/cookies": () => new Response("Two", { headers: [["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2"]] }),
  "/known": () => new Response(bits(2), { headers: { "content-length": "18", "content-type": "text/event-stream" } }),
  "/events": () =>
    new Response(bits(3), { headers: [["content-type", "text/event-stream"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]] }),
  "/endless": () => new Response(bits(Infinity), { headers: { "content-type": "text/event-stream" } }),
  "/big": () => new Response(big),
  "/echo": ({ body }) => new Response(body, { headers: { "content-type": "application/octet-stream" } }),
  "/broken": async () => {
    await null;
    throw new TypeError("No paper");
  },
  "/never": () => new Promise(() => {}),
};
const handler = (request: Request): Response | Promise<Response> => answers[pathOf(request)]!(request);

/** A whole answer as it stands on the wire, but for the time, and how headers are spelt: @hono/node-server spells unread ones in its own way. */
function timeless(answer: string): string {
  const [, status, headers = "", body] = /^(.*?)\r\n(.*?)\r\n\r\n(.*)$/s.exec(answer) ?? [];
  const lines = headers.split("\r\n").map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()).replace("; ", ";"));
  return JSON.stringify([status, ...lines.filter((line) => !line.startsWith("date:")).sort(), body]);
}

test("logRequests() changes nothing on the wire", { timeout }, async () => {
  await using bare = await serveFetch(handler);
  await using server = await serveFetch(logRequests(handler));
  using log = recordRequests();
  const asked = [
    "/text",
    "/json",
    "/bytes",
    "/plain",
    "/utf8",
    "/octets",
    "/video",
    "/nothing",
    "/empty",
    "/none",
    "/unchanged",
    "/elsewhere",
    "/redirect",
    "/cookies",
    "/known",
    "/events",
  ]
    .flatMap((path) => [ask("GET", path), ask("HEAD", path)]);
  for (const question of asked) {
    assert.equal(timeless(await talk(server.port, question)), timeless(await talk(bare.port, question)), question);
  }
  await log.until(asked.length);
  const told = log.events.map(toldBy);
  const wanted = asked.map((question) => {
    const [method, path = ""] = question.split(" ");
    const { [path]: status = 200 } = {
      "/json": 201,
      "/video": 206,
      "/none": 204,
      "/unchanged": 304,
      "/elsewhere": 302,
      "/redirect": 307,
    } as Record<
      string,
      number
    >;
    return `info ${method} ${path} ${status}`;
  });
  assert.deepEqual(told, wanted);
});

test("logRequests() passes on big bodies, both ways and byte for byte", { timeout }, async () => {
  await using server = await serveFetch(logRequests(handler, { followBody: true }), { maxRequestBodySize: 10_000_000 });
  using log = recordRequests();
  const got = new Uint8Array(await (await fetch(`${server.url}/big`)).arrayBuffer());
  assert.ok(Buffer.from(big).equals(got));
  const echoed = await (await fetch(`${server.url}/echo`, { method: "POST", body: big })).arrayBuffer();
  assert.ok(Buffer.from(big).equals(new Uint8Array(echoed)));
  assert.deepEqual((await log.until(2)).map(({ properties }) => properties.ResponseBytes), [
    bun === undefined ? big.length : undefined,
    big.length,
  ]); // Bun's static bodies are left alone
});

test("logRequests() logs a stream at its end, and what is logged on the way has its context", { timeout }, async () => {
  await using server = await serveFetch(logRequests(handler));
  using log = recordRequests();
  const headers = { "x-request-id": "id1" };
  assert.equal(await (await fetch(`${server.url}/events`, { headers })).text(), "data: 0\n\ndata: 1\n\ndata: 2\n\n");
  const { properties } = (await log.until(1))[0]!;
  assert.equal(properties.ResponseBytes, 27);
  assert.ok((properties.Elapsed as number) >= 28, `${properties.Elapsed} ms`);
  assert.deepEqual(log.inner.map(({ properties }) => properties), [0, 1, 2].map((N) => ({ N, RequestId: "id1" })));
});

test("logRequests() logs a client that leaves in the middle of a stream", { timeout }, async () => {
  await using server = await serveFetch(logRequests(handler));
  using log = recordRequests();
  await talk(server.port, ask("GET", "/endless"), (answer) => answer.includes("data: 1"));
  const [event] = await log.until(1);
  assert.equal(toldBy(event!), "info GET /endless 200 aborted");
});

// On Deno 5 to 10 seconds later: the library reads the signal only if a handler takes long.
test("logRequests() logs a client that leaves a handler that never responds", { timeout }, async () => {
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => begin = resolve);
  await using server = await serveFetch(logRequests((request: Request) => {
    begin();
    return handler(request);
  }));
  using log = recordRequests();
  const leaves = new AbortController();
  const asked = fetch(`${server.url}/never`, { signal: leaves.signal });
  void begun.then(() => leaves.abort());
  await assert.rejects(asked);
  const [event] = await log.until(1);
  assert.equal(toldBy(event!), "info GET /never 499 aborted");
});

test("logRequests() logs what was thrown, and the server replies as without it", { timeout }, async () => {
  await using bare = await serveFetch(handler);
  await using server = await serveFetch(logRequests(handler));
  using log = recordRequests();
  const [wanted, got] = await Promise.all([bare, server].map(({ port }) => talk(port, ask("GET", "/broken"))));
  assert.equal(timeless(got!), timeless(wanted!));
  const [event] = await log.until(1);
  assert.equal(toldBy(event!), "error GET /broken 500");
  assert.match(event!.exception!, /^TypeError: No paper/);
});

test("logRequests() serves several requests on one connection", { timeout }, async () => {
  await using server = await serveFetch(logRequests(handler));
  using log = recordRequests();
  const three = ["/text", "/json", "/cookies"].map((path) => `GET ${path} HTTP/1.1\r\nhost: test\r\n\r\n`).join("");
  const answer = await talk(server.port, three, (answer) => answer.endsWith("Two"));
  assert.equal(answer.match(/HTTP\/1.1 20\d/g)?.length, 3);
  await log.until(3);
  assert.equal(new Set(log.events.map(({ properties }) => properties.RequestId)).size, 3);
  assert.ok(log.events.every(({ properties }) => isDeno || bun !== undefined ? properties.ClientIp === "127.0.0.1" : true));
});

// ---- what each runtime has of its own ----

/** Sends a text to a WebSocket, and gives what comes back. */
function converse(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace("http", "ws"));
    socket.onopen = () => socket.send("Hello");
    socket.onerror = () => reject(new Error("The socket has failed"));
    socket.onmessage = ({ data }) => {
      socket.close();
      resolve(data);
    };
  });
}

test("logRequests() lets Bun.serve upgrade to WebSockets", { timeout, skip: bun === undefined }, async () => {
  const upgrade = (request: Request, server: { upgrade(request: Request): boolean }): Response | undefined =>
    server.upgrade(request) ? undefined : new Response("No socket", { status: 400 });
  const websocket = { message: (socket: { send(text: string): void }, text: string): void => socket.send(`You said ${text}`) };
  await using server = await serveFetch(logRequests(upgrade), { websocket });
  using log = recordRequests();
  assert.equal(await converse(server.url), "You said Hello");
  assert.equal((await fetch(server.url)).status, 400);
  assert.deepEqual((await log.until(2)).map(toldBy), ["info GET / 101", "info GET / 400"]);
});

test("logRequests() lets Deno.serve upgrade to WebSockets", { timeout, skip: !isDeno }, async () => {
  const upgrade = (request: Request): Response => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(`You said ${data}`);
    return response;
  };
  await using server = await serveFetch(logRequests(upgrade));
  using log = recordRequests();
  assert.equal(await converse(server.url), "You said Hello");
  const [event] = await log.until(1);
  assert.equal(toldBy(event!), "info GET / 101");
});

test("logRequests() wraps the routes of Bun.serve", { timeout, skip: bun === undefined }, async () => {
  type Routed = Request & { readonly params: { readonly id: string } };
  const routes = {
    "/fixed": new Response("Fixed"), // which no handler sees
    "/orders/:id": {
      GET: logRequests(({ params }: Routed) => new Response(`Order ${params.id}`)),
      DELETE: logRequests(({ params }: Routed) => new Response(`No order ${params.id}`)),
    },
    "/all/*": logRequests((request: Request) => new Response(pathOf(request))),
  };
  await using server = await serveFetch(logRequests(() => new Response("None", { status: 404 })), { routes });
  using log = recordRequests();
  const texts: string[] = [];
  for (
    const [method, path] of [["GET", "/fixed"], ["GET", "/orders/7"], ["DELETE", "/orders/7"], ["GET", "/all/x/y"], ["PUT", "/orders/7"]]
  ) {
    texts.push(await (await fetch(server.url + path, { method })).text());
  }
  assert.deepEqual(texts, ["Fixed", "Order 7", "No order 7", "/all/x/y", "None"]);
  assert.deepEqual((await log.until(4)).map(toldBy), [
    "info GET /orders/7 200",
    "info DELETE /orders/7 200",
    "info GET /all/x/y 200",
    "info PUT /orders/7 404",
  ]);
});

test(
  "logRequests() lets Bun.serve send files as ever: parts of them, and none where there is none",
  { timeout, skip: bun === undefined },
  async () => {
    using folder = new Folder();
    for (const name of ["a.txt", "a.mp4", "a.json", "a"]) writeFileSync(folder.at(name), "0123456789");
    const file = ({ url }: Request): Response => {
      const { pathname, searchParams } = new URL(url);
      const whole = bun!.file(folder.at(pathname.slice(1)));
      return new Response(searchParams.has("part") ? whole.slice(2, 5) : whole);
    };
    await using bare = await serveFetch(file);
    await using server = await serveFetch(logRequests(file));
    await using untouched = await serveFetch(logRequests(file, { followBody: false }));
    using log = recordRequests();
    const paths = ["/a.txt", "/a.mp4", "/a.json", "/a", "/none.txt"];
    const asked = [...paths.map((path) => [server, path] as const), ...[...paths, "/a.txt?part"].map((path) => [untouched, path] as const)];
    for (const [serving, path] of asked) {
      for (const range of ["", "range: bytes=1-3\r\n"]) {
        const question = ask("GET", path).replace("host:", `${range}host:`);
        assert.equal(timeless(await talk(serving.port, question)), timeless(await talk(bare.port, question)), `${path} ${range}`);
      }
    }
    await log.until(asked.length * 2);
  },
);
