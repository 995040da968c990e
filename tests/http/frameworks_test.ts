/** Frameworks below the wrappers: one event per request, errors by their hooks, and the context in all they call. */

import { Elysia } from "elysia";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { AutoRouter, type IRequest } from "itty-router";
import Koa from "koa";
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { test } from "node:test";
import { enrichRequest, getLogger, type LogEvent, logNodeRequests, logRequests } from "../../mod.ts";
import { recordRequests, serveFetch, serveNode, type Serving, toldBy } from "../support/serving.ts";

const timeout = 300_000;
const logger = getLogger("inner");

/** Logs after a while, as a route would. */
async function work(what: string): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  logger.info("Work on {What}", { What: what });
  enrichRequest({ Worked: what });
  return `Worked on ${what}`;
}

/** What a hook of errors does. */
function answerError(error: unknown): Response {
  enrichRequest({ error });
  return new Response("Sorry", { status: 500 });
}

const broken = (what: string): never => {
  throw new TypeError(`No ${what}`);
};

/** Bits that come one after the other. */
function pieces(): ReadableStream<Uint8Array> {
  let n = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (n === 3) controller.close();
      else controller.enqueue(new TextEncoder().encode(`data: ${n++}\n\n`));
    },
  });
}
const sse = (): Response => new Response(pieces(), { headers: { "content-type": "text/event-stream" } });

// ---- fetch handlers ----

const fetchFrameworks: Readonly<Record<string, () => (request: Request) => Response | Promise<Response>>> = {
  Hono() {
    const app = new Hono();
    app.use(async (_context, next) => {
      await null;
      await next();
    });
    app.get("/work/:what", async (context) => context.text(await work(context.req.param("what"))));
    app.get("/broken", () => broken("paper"));
    app.post("/echo", async (context) => context.text(await work(await context.req.text())));
    app.get("/stream", () => sse());
    app.onError(answerError);
    return logRequests(app.fetch);
  },
  Elysia() {
    const app = new Elysia()
      .onError(({ error, code }) => code === "NOT_FOUND" ? new Response("None", { status: 404 }) : answerError(error))
      .get("/work/:what", ({ params }) => work(params.what))
      .get("/broken", () => broken("paper"))
      .post("/echo", async ({ request }) => await work(await request.text()), { parse: "none" })
      .get("/stream", () => sse());
    return logRequests(app.fetch as (request: Request) => Promise<Response>);
  },
  itty() {
    const router = AutoRouter({ catch: answerError, missing: () => new Response("None", { status: 404 }) });
    router.get("/work/:what", async ({ params }: IRequest) => new Response(await work(params.what!)));
    router.get("/broken", () => broken("paper"));
    router.post("/echo", async (request: IRequest) => new Response(await work(await request.text())));
    router.get("/stream", () => sse());
    return logRequests(router.fetch as (request: Request) => Promise<Response>);
  },
};

// ---- listeners of Node ----

async function echo(request: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of request) text += new TextDecoder().decode(piece);
  return await work(text);
}

async function stream(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for await (const piece of pieces()) response.write(piece);
  response.end();
}

const nodeFrameworks: Readonly<Record<string, () => Promise<Serving>>> = {
  Express() {
    const app = express();
    // deno-lint-ignore no-explicit-any -- it comes without types
    app.get("/work/:what", async (request: any, response: any) => response.send(await work(request.params.what)));
    app.get("/broken", () => broken("paper"));
    app.post("/echo", async (request: IncomingMessage, response: ServerResponse) => void response.end(await echo(request)));
    app.get("/stream", (_request: unknown, response: ServerResponse) => stream(response));
    app.use((error: unknown, _request: unknown, response: ServerResponse, _next: unknown) => {
      enrichRequest({ error });
      response.writeHead(500).end("Sorry");
    });
    return serveNode(logNodeRequests(app));
  },
  Koa() {
    const app = new Koa();
    app.on("error", (error: unknown) => enrichRequest({ error }));
    // deno-lint-ignore no-explicit-any -- it comes without types
    app.use(async (context: any, next: () => Promise<void>) => {
      await next();
      const { path } = context;
      if (path.startsWith("/work/")) context.body = await work(path.slice(6));
      if (path === "/broken") broken("paper");
      if (path === "/echo") context.body = await echo(context.req);
      if (path === "/stream") {
        context.respond = false;
        await stream(context.res);
      }
    });
    return serveNode(logNodeRequests(app.callback()));
  },
  async Fastify() {
    const app = Fastify({ serverFactory: (handler) => createServer(logNodeRequests(handler as RequestListener)) });
    app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
    app.addHook("onError", (_request, _reply, error, done) => {
      enrichRequest({ error });
      done();
    });
    app.setErrorHandler((_error, _request, reply) => reply.code(500).send("Sorry"));
    app.get("/work/:what", (request) => work((request.params as { what: string }).what));
    app.get("/broken", () => broken("paper"));
    app.post("/echo", (request) => work(request.body as string));
    app.get("/stream", async (_request, reply) => {
      reply.hijack();
      await stream(reply.raw);
    });
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    return { url, port: Number(new URL(url).port), [Symbol.asyncDispose]: () => app.close() };
  },
};

/** Asks for everything, one after the other; the events of it are the same below every framework. */
async function verify(ask: (path: string, init?: RequestInit) => Promise<Response>): Promise<void> {
  using log = recordRequests();
  const answers: string[] = [];
  const get = async (path: string, init?: RequestInit): Promise<void> => {
    const response = await ask(path, { ...init, headers: { "x-request-id": `id${answers.length + 1}`, "content-type": "text/x" } });
    answers.push(`${response.status} ${await response.text()}`);
    await log.until(answers.length);
  };
  await get("/work/a");
  await get("/broken");
  await get("/none");
  await get("/echo", { method: "POST", body: "b" });
  await get("/stream");
  const [first, sorry, none, ...others] = answers;
  assert.deepEqual([first, ...others], ["200 Worked on a", "200 Worked on b", "200 data: 0\n\ndata: 1\n\ndata: 2\n\n"]);
  assert.deepEqual([sorry!.slice(0, 3), none!.slice(0, 3)], ["500", "404"]);
  verifyEvents(log.events);
  assert.deepEqual(log.inner.map(({ properties }) => properties), [{ What: "a", RequestId: "id1" }, { What: "b", RequestId: "id4" }]);
}

function verifyEvents(events: readonly LogEvent[]): void {
  assert.deepEqual(events.map(toldBy), [
    "info GET /work/a 200",
    "error GET /broken 500",
    "info GET /none 404",
    "info POST /echo 200",
    "info GET /stream 200",
  ]);
  assert.deepEqual(events.map(({ properties }) => properties.RequestId), ["id1", "id2", "id3", "id4", "id5"]);
  assert.deepEqual(events.map(({ properties }) => properties.Worked), ["a", undefined, undefined, "b", undefined]);
  assert.match(events[1]!.exception!, /^TypeError: No paper/);
  assert.deepEqual(events.map(({ exception }) => exception !== undefined), [false, true, false, false, false]);
  const { ResponseBytes, Elapsed } = events[4]!.properties;
  assert.equal(ResponseBytes, 27);
  assert.ok((Elapsed as number) >= 25, `the stream took ${Elapsed} ms`);
}

for (const [name, create] of Object.entries(fetchFrameworks)) {
  test(`${name} is logged when it is called directly`, { timeout }, async () => {
    const fetch = create();
    await verify(async (path, init) => await fetch(new Request(`http://test${path}`, init)));
  });

  test(`${name} is logged when it is served`, { timeout }, async () => {
    await using server = await serveFetch(create());
    await verify((path, init) => fetch(server.url + path, init));
  });
}

for (const [name, create] of Object.entries(nodeFrameworks)) {
  test(`${name} is logged`, { timeout }, async () => {
    await using server = await create();
    await verify((path, init) => fetch(server.url + path, init));
  });
}

test("Express keeps the context behind express.json(), and its whole path in a router", { timeout }, async () => {
  using log = recordRequests();
  const app = express();
  const router = express.Router();
  // deno-lint-ignore no-explicit-any -- it comes without types
  router.post("/work", async (request: any, response: any) => response.json({ text: await work(request.body.what) }));
  app.use(express.json());
  app.use("/api", router);
  await using server = await serveNode(logNodeRequests(app));
  const headers = { "content-type": "application/json", "x-request-id": "id1" };
  const asked = await fetch(`${server.url}/api/work?page=1`, { method: "POST", headers, body: '{"what":"json"}' });
  assert.deepEqual(await asked.json(), { text: "Worked on json" });
  const [event] = await log.until(1);
  assert.equal(toldBy(event!), "info POST /api/work 200");
  assert.equal(event!.properties.QueryString, "?page=1");
  assert.deepEqual(log.inner[0]!.properties, { What: "json", RequestId: "id1" });
});

test("logNodeRequests() is an Express middleware, too", { timeout }, async () => {
  using log = recordRequests();
  const app = express();
  app.use(logNodeRequests((_request: unknown, _response: unknown, next: () => void) => next()));
  // deno-lint-ignore no-explicit-any -- it comes without types
  app.get("/work", async (_request: any, response: any) => response.send(await work("middleware")));
  await using server = await serveNode(app);
  assert.equal(await (await fetch(`${server.url}/work`, { headers: { "x-request-id": "id1" } })).text(), "Worked on middleware");
  const [event] = await log.until(1);
  assert.equal(toldBy(event!), "info GET /work 200");
  assert.deepEqual([event!.properties.ResponseBytes, event!.properties.Worked], [20, "middleware"]);
  assert.deepEqual(log.inner[0]!.properties, { What: "middleware", RequestId: "id1" });
});
