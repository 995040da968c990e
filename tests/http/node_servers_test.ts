/** Node's servers (node:http, https and http2): the wrapper changes no response, and logs each end. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { ClientHttp2Session, ClientHttp2Stream, ServerHttp2Stream } from "node:http2";
import { connect as connectHttp2, createSecureServer, createServer as createHttp2Server } from "node:http2";
import { createServer as createHttpsServer, request as requestHttps } from "node:https";
import process from "node:process";
import { test } from "node:test";
import { enrichRequest, getLogger, logNodeRequests } from "../../mod.ts";
import { eventually } from "../support/fake_clock.ts";
import { isNode, recordRequests, serveNode, talk, toldBy } from "../support/serving.ts";
import { selfSigned } from "../support/certificate.ts";

const timeout = 300_000;
const tls = selfSigned();
const skip = tls === undefined && "there is no openssl to make a certificate with";
const logger = getLogger("inner");
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const ask = (method: string, path: string): string => `${method} ${path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n`;

const big = Buffer.from(new Uint8Array(3_000_000).map((_, i) => (i * 31 + (i >> 8)) & 255));

/** Has every chunk written twice by other functions, as middlewares that compress do. */
function doubled(response: ServerResponse): ServerResponse {
  const { write, end } = response;
  const twice = (chunk: unknown): string => `${chunk}${chunk}`;
  response.write = ((chunk: string) => write.call(response, twice(chunk), "utf8")) as ServerResponse["write"];
  response.end = ((chunk: string) => {
    if (chunk !== undefined) response.write(chunk);
    return end.call(response, undefined as never, "utf8");
  }) as ServerResponse["end"];
  return response;
}

/** What can be asked for, by its path. */
const answers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => unknown>> = {
  "/text": (_request, response) => response.end("Hé\n"),
  "/latin": (_request, response) => response.end("Hé\n", "latin1"),
  "/length": (_request, response) => response.writeHead(200, { "content-length": 3 }).end(new Uint8Array([0, 255, 10])),
  "/parts": (_request, response) => {
    response.write("6869", "hex");
    response.write(new Uint8Array([33]), () => response.end(() => {}));
  },
  "/none": (_request, response) => response.writeHead(204).end(),
  "/unchanged": (_request, response) => response.writeHead(304, { etag: '"1"' }).end(),
  "/elsewhere": (_request, response) => response.writeHead(302, { location: "/text" }).end(),
  "/cookies": (_request, response) => response.writeHead(200, { "set-cookie": ["a=1; Path=/", "b=2"] }).end("Two"),
  "/doubled": (_request, response) => {
    doubled(response).write("one");
    response.end("two");
  },
  "/wrong": (_request, response) => {
    response.statusCode = 500;
    enrichRequest({ error: new TypeError("No paper") });
    response.end("Sorry");
  },
};
const listener: RequestListener = (request, response) => void answers[request.url!]!(request, response);

/** A whole answer as it stands on the wire, but for the time. */
const timeless = (answer: string): string => answer.replace(/^date:.*\r\n/im, "");

test("logNodeRequests() changes nothing on the wire, and counts what is sent", { timeout }, async () => {
  await using bare = await serveNode(listener);
  await using server = await serveNode(logNodeRequests(listener));
  using log = recordRequests();
  const paths = Object.keys(answers);
  for (const path of paths) {
    for (const method of ["GET", "HEAD"]) {
      const question = ask(method, path);
      assert.equal(timeless(await talk(server.port, question)), timeless(await talk(bare.port, question)), question);
    }
  }
  await log.until(paths.length * 2);
  const statuses: Record<string, number> = { "/none": 204, "/unchanged": 304, "/elsewhere": 302, "/wrong": 500 };
  const told = (method: string, path: string): string =>
    `${path === "/wrong" ? "error" : "info"} ${method} ${path} ${statuses[path] ?? 200}`;
  assert.deepEqual(log.events.map(toldBy), paths.flatMap((path) => [told("GET", path), told("HEAD", path)]));
  const gets = log.events.filter(({ properties }) => properties.RequestMethod === "GET");
  assert.deepEqual(gets.map(({ properties }) => properties.ResponseBytes), [4, 3, 3, 3, 0, 0, 0, 3, 12, 5]);
});

test("logNodeRequests() passes on big bodies, both ways and byte for byte", { timeout }, async () => {
  await using server = await serveNode(
    logNodeRequests((request: IncomingMessage, response: ServerResponse) => void request.pipe(response)),
  );
  using log = recordRequests();
  const echoed = Buffer.from(await (await fetch(server.url, { method: "POST", body: big })).arrayBuffer());
  assert.ok(big.equals(echoed));
  assert.equal((await log.until(1))[0]!.properties.ResponseBytes, big.length);
});

test("logNodeRequests() logs several requests on one connection, pipelined ones too", { timeout }, async () => {
  const work = async ({ url }: IncomingMessage, response: ServerResponse): Promise<void> => {
    await pause(url === "/1" ? 20 : 1); // the second is done first
    logger.info("Work on {What}", { What: url });
    response.end(`Work on ${url};`);
  };
  await using server = await serveNode(logNodeRequests(work));
  using log = recordRequests();
  const asked = [1, 2, 3].map((n) => `GET /${n} HTTP/1.1\r\nhost: test\r\nx-request-id: id${n}\r\n\r\n`).join("");
  const answer = await talk(server.port, asked, (answer) => answer.includes("Work on /3;"));
  assert.equal(answer.match(/Work on \/\d/g)?.join(), "Work on /1,Work on /2,Work on /3");
  const told = (await log.until(3)).map(({ properties }) => `${properties.RequestPath} ${properties.RequestId}`);
  assert.deepEqual(told.sort(), ["/1 id1", "/2 id2", "/3 id3"]);
  assert.deepEqual(log.inner.map(({ properties }) => `${properties.What} ${properties.RequestId}`).sort(), told);
});

test("logNodeRequests() logs clients that leave: in the middle of a stream, and before there is a response", { timeout }, async () => {
  const leaves = new AbortController();
  const endless = async ({ url }: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (url === "/never") leaves.abort();
    while (url === "/endless" && !response.destroyed) {
      response.write("data: 1\n\n");
      await pause(10);
    }
  };
  await using server = await serveNode(logNodeRequests(endless));
  using log = recordRequests();
  await talk(server.port, ask("GET", "/endless"), (answer) => answer.includes("data: 1"));
  await log.until(1);
  await assert.rejects(fetch(`${server.url}/never`, { signal: leaves.signal }));
  assert.deepEqual((await log.until(2)).map(toldBy), ["info GET /endless 200 aborted", "info GET /never 499 aborted"]);
});

test(
  "logNodeRequests() leaves what a listener throws to the process",
  { timeout, skip: !isNode && "their runners end the test" },
  async () => {
    await using server = await serveNode(logNodeRequests(() => {
      throw new TypeError("No paper");
    }));
    using log = recordRequests();
    const runners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
    const leaves = new AbortController();
    const asked = fetch(server.url, { signal: leaves.signal });
    assert.equal(String(await thrown), "TypeError: No paper");
    for (const runner of runners) process.on("uncaughtException", runner);
    leaves.abort();
    await assert.rejects(asked);
    const [event] = await log.until(1);
    assert.equal(toldBy(event!), "error GET / 500");
    assert.match(event!.exception!, /^TypeError: No paper/);
  },
);

test("logNodeRequests() leaves upgrades alone", { timeout }, async () => {
  const server = createServer(logNodeRequests((_request: IncomingMessage, response: ServerResponse) => void response.end("Hello")));
  server.on("upgrade", (_request, socket, head) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: own\r\nconnection: upgrade\r\n\r\n");
    const hear = (piece: Uint8Array): void => void (piece.length > 0 && socket.write(`You said ${new TextDecoder().decode(piece)}`));
    socket.on("data", hear).on("error", () => {}).on("end", () => socket.destroy());
    hear(head);
  });
  await using serving = await serveNode(listener, server);
  using log = recordRequests();
  const question = "GET / HTTP/1.1\r\nhost: test\r\nupgrade: own\r\nconnection: upgrade\r\n\r\nHi";
  assert.match(await talk(serving.port, question, (answer) => answer.includes("said Hi")), /^HTTP\/1.1 101 .*You said Hi$/s);
  assert.equal(await (await fetch(serving.url)).text(), "Hello");
  assert.deepEqual((await log.until(1)).map(toldBy), ["info GET / 200"]);
});

test("logNodeRequests() works below node:https", { timeout, skip }, async () => {
  const server = createHttpsServer(tls!, logNodeRequests(listener));
  await using serving = await serveNode(listener, server as unknown as Server);
  using log = recordRequests();
  const text = await new Promise((resolve, reject) => {
    const asked = requestHttps(
      { port: serving.port, path: "/text", host: "127.0.0.1", rejectUnauthorized: false, agent: false },
      (response) => {
        response.setEncoding("utf8").on("data", resolve);
      },
    );
    asked.on("error", reject).end();
  });
  assert.equal(text, "Hé\n");
  const [event] = await log.until(1);
  assert.equal(toldBy(event!), "info GET /text 200");
  assert.equal(event!.properties.Protocol, "HTTP/1.1");
});

/** Asks on one connection of HTTP/2; the answers in the order of the questions. */
async function askHttp2(origin: string, headers: readonly Record<string, string>[], body = ""): Promise<string[]> {
  const session = connectHttp2(origin, { rejectUnauthorized: false });
  try {
    return await Promise.all(headers.map((one) =>
      new Promise<string>((resolve, reject) => {
        const stream = session.request(one);
        let status: unknown;
        let text = "";
        stream.on("response", (answer) => status = answer[":status"]);
        stream.setEncoding("utf8");
        stream.on("data", (piece: string) => text += piece).on("end", () => resolve(`${status} ${text}`)).on("error", reject);
        stream.end(body);
      })
    ));
  } finally {
    session.close();
  }
}

for (const isSecure of [false, true]) {
  test(`logNodeRequests() works below node:http2 ${isSecure ? "with" : "without"} TLS`, { timeout, skip: isSecure && skip }, async () => {
    const echo = async (request: AsyncIterable<Uint8Array> & { url: string }, response: ServerResponse): Promise<void> => {
      let text = "";
      for await (const piece of request) text += new TextDecoder().decode(piece);
      logger.info("Work on {What}", { What: request.url });
      response.statusCode = 201;
      response.write(`${request.url} `);
      response.end(`${text}é`);
    };
    const wrapped = logNodeRequests(echo) as never;
    const server = isSecure ? createSecureServer(tls!, wrapped) : createHttp2Server(wrapped);
    await using serving = await serveNode(listener, server as unknown as Server);
    using log = recordRequests();
    const origin = `${isSecure ? "https" : "http"}://127.0.0.1:${serving.port}`;
    const headers = [1, 2, 3].map((n) => ({ ":path": `/${n}`, ":method": "POST", "x-request-id": `id${n}` }));
    assert.deepEqual(await askHttp2(origin, headers, "body"), ["201 /1 bodyé", "201 /2 bodyé", "201 /3 bodyé"]);
    const told = (await log.until(3)).map(({ properties }) => {
      return `${properties.Protocol} ${properties.StatusCode} ${properties.RequestPath} ${properties.RequestId} ${properties.ResponseBytes}`;
    });
    assert.deepEqual(told.sort(), [1, 2, 3].map((n) => `HTTP/2.0 201 /${n} id${n} 9`));
    assert.deepEqual(log.inner.map(({ properties }) => `${properties.What} ${properties.RequestId}`).sort(), [
      "/1 id1",
      "/2 id2",
      "/3 id3",
    ]);
  });
}

test("logNodeRequests() logs clients of node:http2 that leave, by their stream or with their connection", { timeout }, async () => {
  const listening = (request: { readonly url: string }, response: ServerResponse): void => {
    response.on("error", () => {});
    logger.info("Here");
    if (request.url.startsWith("/begun")) response.write("abc");
  };
  const server = createHttp2Server(logNodeRequests(listening) as never);
  server.on("sessionError", () => {});
  await using serving = await serveNode(listener, server as never);
  using log = recordRequests();
  const reset = (code: number): Leave => (stream) => stream.close(code);
  const leaves: Leave[] = [reset(0), reset(2), reset(8), (_stream, session) => session.destroy()];
  for (const path of ["/never", "/begun"]) {
    for (const leave of leaves) {
      const before = log.events.length;
      const session = connectHttp2(serving.url);
      session.on("error", () => {});
      const stream = session.request({ ":path": path });
      stream.on("error", () => {}).resume().end();
      if (path === "/begun") await new Promise((resolve) => stream.once("data", resolve));
      else await eventually(() => log.inner.length > before, "the request has come");
      leave(stream, session);
      const told = (await log.until(before + 1)).at(-1)!;
      assert.equal(toldBy(told), `info GET ${path} ${path === "/begun" ? 200 : 499} aborted`);
      session.destroy();
    }
  }
});

type Leave = (stream: ClientHttp2Stream, session: ClientHttp2Session) => void;

test("logNodeRequests() logs the status that was sent by a stream of node:http2 itself", { timeout }, async () => {
  const down = (_request: unknown, response: { readonly stream: ServerHttp2Stream }): void => {
    response.stream.respond({ ":status": 503 });
    response.stream.end("down");
  };
  await using serving = await serveNode(listener, createHttp2Server(logNodeRequests(down) as never) as never);
  using log = recordRequests();
  assert.deepEqual(await askHttp2(serving.url, [{ ":path": "/health", ":method": "POST" }]), ["503 down"]);
  assert.equal(toldBy((await log.until(1))[0]!), "error POST /health 503");
});
