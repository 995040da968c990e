import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { connect } from "node:net";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { enrichRequest, getLogger, logNodeRequests, type RequestLogOptions, withContext } from "../../mod.ts";
import { type Heard, hearRequests } from "../support/access.ts";
import { eventually } from "../support/fake_clock.ts";

/** A server on a port of its own. */
interface Stage extends AsyncDisposable {
  readonly heard: Heard;
  readonly url: string;
  readonly port: number;
  /** Waits until so many requests are logged. */
  logged(count: number): Promise<void>;
}

async function stage(listener: RequestListener, options?: RequestLogOptions | "bare"): Promise<Stage> {
  const heard = hearRequests();
  const server: Server = createServer(options === "bare" ? listener : logNodeRequests(listener, options));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ heard, port, url: `http://127.0.0.1:${port}` },
    logged: (count) => eventually(() => heard.access.length >= count, `${count} requests are logged, and not ${heard.access.length}`),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await heard[Symbol.asyncDispose]();
    },
  };
}

test("logNodeRequests() logs one event for each request, in the words of Serilog", async () => {
  await using its = await stage((request, response) => {
    response.statusCode = request.url === "/fail" ? 503 : 201;
    response.end("Schön\n");
  }, { makeRequestId: () => "made-1" });
  await fetch(`${its.url}/orders/42?page=2&token=s3cret`, { method: "PUT", body: "x", headers: { "user-agent": "tests" } });
  await fetch(`${its.url}/fail`, { headers: { "x-request-id": "mine" } });
  await its.logged(2);
  const [first, second] = its.heard.access;
  const { Elapsed, ...properties } = first!.properties;
  assert.ok(typeof Elapsed === "number" && Elapsed >= 0);
  assert.match(first!.message, /^HTTP PUT \/orders\/42 responded 201 in \d+\.\d{4} ms$/);
  assert.deepEqual(properties, {
    ...{ RequestMethod: "PUT", RequestPath: "/orders/42", StatusCode: 201, RequestId: "made-1", QueryString: "?page=2&token=***" },
    ...{ Protocol: "HTTP/1.1", ClientIp: "127.0.0.1", UserAgent: "tests", ResponseBytes: 7 },
  });
  assert.deepEqual([first!.level, second!.level], ["info", "error"]);
  assert.equal(second!.properties.RequestId, "mine");
});

test("logNodeRequests() counts the bytes of a body however it is written", async () => {
  const bodies: Record<string, (response: ServerResponse) => void> = {
    "/pieces": (response) => {
      response.write("ä");
      response.write(new Uint8Array(10));
      response.end("6162", "hex");
    },
    "/none": (response) => void response.end(),
    "/called": (response) => void response.end("abc", () => {}),
    "/piped": (response) => {
      for (let i = 0; i < 100; i++) response.write("x".repeat(1000));
      response.end();
    },
  };
  await using its = await stage((request, response) => bodies[request.url!]!(response));
  for (const path of Object.keys(bodies)) await (await fetch(its.url + path)).arrayBuffer();
  await fetch(`${its.url}/called`, { method: "HEAD" });
  await its.logged(5);
  assert.deepEqual(its.heard.access.map(({ properties }) => properties.ResponseBytes), [14, 0, 3, 100_000, undefined]);
});

test("logNodeRequests() gives each event its request's id, and enrichRequest() its properties", async () => {
  await using its = await stage(async (request, response) => {
    getLogger("app").info("begun");
    for await (const _ of request) getLogger("app").info("data");
    await new Promise((resolve) => setTimeout(resolve, 1));
    request.on("close", () => {});
    response.on("finish", () => getLogger("app").info("finish"));
    enrichRequest({ Path: request.url });
    enrichRequest({ ByRequest: true }, request);
    response.end("ok");
  });
  const ids = Array.from({ length: 20 }, (_, i) => `r-${i}`);
  await Promise.all(
    ids.map((id) => fetch(`${its.url}/${id}`, { method: "POST", body: "x", headers: { "x-request-id": id } }).then((r) => r.text())),
  );
  await its.logged(20);
  for (const id of ids) {
    const messages = its.heard.others.filter(({ properties }) => properties.RequestId === id).map(({ message }) => message);
    assert.deepEqual(messages.sort(), ["begun", "data", "finish"], id);
    const { Path, ByRequest } = its.heard.access.find(({ properties }) => properties.RequestId === id)!.properties;
    assert.deepEqual([Path, ByRequest], [`/${id}`, true]);
  }
});

test("logNodeRequests() logs a client that leaves, before and after the response has begun", async () => {
  let arrived = 0;
  await using its = await stage((request, response) => {
    arrived++;
    if (request.url === "/begun") response.write("a");
  });
  for (const path of ["/never", "/begun"]) {
    const before = arrived;
    const socket = connect(its.port, "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await eventually(() => arrived > before, "the request has come");
    if (path === "/begun") await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    await its.logged(before + 1);
  }
  const said = its.heard.access.map(({ level, properties }) => [level, properties.RequestPath, properties.StatusCode, properties.Aborted]);
  assert.deepEqual(said, [["info", "/never", 499, true], ["info", "/begun", 200, true]]);
});

test("logNodeRequests() logs several requests on one connection", async () => {
  await using its = await stage((request, response) => void response.end(request.url));
  const socket = connect(its.port, "127.0.0.1");
  socket.write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET http://a/3?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  await its.logged(3);
  socket.destroy();
  assert.deepEqual(its.heard.access.map(({ properties }) => properties.RequestPath), ["/1", "/2", "/3"]);
});

test("logNodeRequests() logs what a listener throws or rejects with, and throws it on unchanged", async () => {
  await using heard = hearRequests();
  const error = new TypeError("No paper");
  const response = { statusCode: 200, headersSent: false, once: () => {}, write: () => true, end: () => {}, getHeader: () => undefined };
  const request = { method: "GET", url: "/", headers: {}, socket: null } as unknown as IncomingMessage;
  const fail = (..._given: unknown[]): never => {
    throw error;
  };
  assert.throws(() => logNodeRequests(fail)(request, { ...response }), (thrown) => thrown === error);
  await assert.rejects(
    logNodeRequests(async (..._given: unknown[]) => (await null, fail()))(request, { ...response }) as Promise<void>,
    (thrown) => thrown === error,
  );
  assert.equal(heard.access.length, 2);
  for (const { level, exception, properties } of heard.access) {
    assert.equal(level, "error");
    assert.equal(properties.StatusCode, 500);
    assert.match(exception!, /^TypeError: No paper\n/);
  }
});

test("logNodeRequests() wraps a middleware, which is called with all that it is called with", async () => {
  const middleware = logNodeRequests((_request: IncomingMessage, _response: ServerResponse, next: () => void) => next());
  await using its = await stage((request, response) => middleware(request, response, () => void response.end("next")), "bare");
  assert.equal(await (await fetch(`${its.url}/a`)).text(), "next");
  await its.logged(1);
  assert.equal(its.heard.access.length, 1);
});

test("logNodeRequests() logs a request once, by the outermost wrapper around it", async () => {
  const inner = logNodeRequests((_request: IncomingMessage, response: ServerResponse) => void response.end("Hello"));
  await using its = await stage(inner);
  assert.equal(await (await fetch(its.url, { headers: { "x-request-id": "id1" } })).text(), "Hello");
  await its.logged(1);
  assert.deepEqual(its.heard.access.map(({ properties }) => properties.RequestId), ["id1"]);
});

test("logNodeRequests() calls no `then` that nobody else would", async () => {
  let calls = 0;
  await using its = await stage((_request, response) => {
    response.end("Hello");
    return { then: () => calls++ } as unknown as void;
  });
  await (await fetch(its.url)).text();
  await its.logged(1);
  assert.equal(calls, 0);
});

test("logNodeRequests() counts the bytes of a body that are sent, and no others", async () => {
  await using its = await stage(({ url }, response) => {
    response.statusCode = Number(url!.slice(1));
    response.on("error", () => {});
    response.end("a");
    response.end("never sent");
  });
  for (const path of ["/200", "/204", "/304"]) await (await fetch(its.url + path)).text();
  await its.logged(3);
  assert.deepEqual(its.heard.access.map(({ properties }) => properties.ResponseBytes), [1, 0, 0]);
});

test("an access event of Node's servers has the context of its own request, whatever it ends in", async () => {
  await using its = await stage(({ url }, response) => {
    const user = url === "/1" ? { User: "ada", RequestId: "wrong" } : {};
    withContext(user, () => void setTimeout(() => response.end(url), url === "/1" ? 20 : 1));
  });
  const answer = new Promise<string>((resolve) => {
    let text = "";
    const socket = connect(its.port, "127.0.0.1", () => {
      socket.write(["/1", "/2"].map((path) => `GET ${path} HTTP/1.1\r\nhost: test\r\nx-request-id: id${path.slice(1)}\r\n\r\n`).join(""));
    });
    socket.on("data", (piece) => (text += piece).endsWith("/2") && resolve(text)).on("close", () => resolve(text));
  });
  await answer;
  await its.logged(2);
  const told = its.heard.access.map(({ properties: { RequestPath, RequestId, User } }) => [RequestPath, RequestId, User]);
  assert.deepEqual(told.sort(), [["/1", "id1", undefined], ["/2", "id2", undefined]]);
});

test("logNodeRequests() logs every pipelined request whose client leaves", async () => {
  let isThird = (): void => {};
  const third = new Promise<void>((resolve) => (isThird = resolve));
  await using its = await stage(({ url }, response) => {
    if (url === "/2") response.end("second");
    if (url === "/3") isThird();
  });
  const socket = connect(its.port, "127.0.0.1", () => {
    socket.write(["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nhost: test\r\n\r\n`).join(""));
  });
  socket.on("error", () => {});
  await third;
  socket.destroy();
  await its.logged(3);
  const told = its.heard.access.map((
    { level, properties: { RequestPath, StatusCode, Aborted } },
  ) => [RequestPath, level, StatusCode, Aborted]);
  const [one, two, three] = told.sort();
  assert.deepEqual([one, three], [["/1", "info", 499, true], ["/3", "info", 499, true]]);
  assert.equal(two![0], "/2"); // which was answered, as far as its listener is concerned
});

test("a failure after the head was sent is an error: of the listener, and of the response itself", async () => {
  await using its = await stage(({ url }, response) => {
    response.on("error", () => {});
    response.write("begun", () => response.destroy(new TypeError(`No paper for ${url}`)));
  });
  await assert.rejects(fetch(`${its.url}/a`).then((answer) => answer.text()));
  await its.logged(1);
  const { level, properties: { StatusCode, Aborted }, exception } = its.heard.access[0]!;
  if ("Deno" in globalThis) return assert.deepEqual([level, StatusCode, Aborted], ["info", 200, true]); // which does not show who ended it
  assert.deepEqual([level, StatusCode, Aborted], ["error", 200, undefined]);
  assert.match(exception!, /^TypeError: No paper for \/a/);
});

test("the methods that replace those of requests and responses are the same for all, so that no request's garbage outlives it", async () => {
  const seen: unknown[][] = [];
  await using its = await stage((request, response) => {
    seen.push([request.emit, response.emit, response.write, response.end]);
    response.write("Ship");
    response.end("ped");
  });
  for (const n of [1, 2]) assert.equal(await (await fetch(`${its.url}/${n}`)).text(), "Shipped");
  await its.logged(2);
  assert.deepEqual(its.heard.access.map(({ properties }) => properties.ResponseBytes), [7, 7]);
  seen[0]!.forEach((method, i) => assert.equal(method, seen[1]![i]));
  assert.equal(new Set(seen[0]).size, 3); // one `emit` for both
});

for (const closes of [false, true]) {
  test(`logNodeRequests() logs a response without a connection that finishes and ${closes ? "then closes unwritten" : "never closes"}`, async () => {
    await using heard = hearRequests();
    const request = Object.assign(new EventEmitter(), { method: "GET", url: "/orders", headers: {}, socket: { destroyed: false } });
    const response = Object.assign(new EventEmitter(), { // as serverless-http's, and light-my-request's
      ...{
        statusCode: 201,
        headersSent: true,
        writableEnded: false,
        writableFinished: false,
        getHeader: () => undefined,
        write: () => true,
      },
      end() {
        response.writableEnded = true;
        response.emit("finish");
        if (closes) response.emit("close");
      },
    });
    logNodeRequests((_request: unknown, { end }: { end: (body: string) => void }) => {
      response.once("finish", () => enrichRequest({ UserId: 7 }));
      end("Shipped");
    })(request, response);
    assert.equal(heard.access.length, 1);
    const { StatusCode, ResponseBytes, UserId, Aborted } = heard.access[0]!.properties;
    assert.deepEqual({ StatusCode, ResponseBytes, UserId, Aborted }, { StatusCode: 201, ResponseBytes: 7, UserId: 7, Aborted: undefined });
  });
}
