/**
 * A Worker whose requests are logged, and that logs in each whatever its path says; `n` of the query numbers the events.
 *
 * It is configured by its `env`, and never flushes.
 */

import { DurableObject } from "cloudflare:workers";
import { configure as configureLogging, enrichRequest, getLogger, logRequests, onDiagnostic, stats } from "../../../mod.ts";

interface Environment {
  readonly SEQ_URL: string;
  readonly REQUEST_TIMEOUT_MS?: number;
  readonly ROOM: { idFromName(name: string): unknown; get(id: unknown): Room };
}

interface Room {
  fetch(request: Request): Promise<Response>;
  add(a: number, b: number): Promise<number>;
}

interface Storage {
  get(name: string): Promise<string | undefined>;
  put(name: string, value: unknown): Promise<void>;
  setAlarm(timeMs: number): Promise<void>;
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

interface Work {
  readonly request: Request;
  readonly url: URL;
  readonly env: Environment;
  readonly ctx: Context;
  log(part?: string): void;
}

const told: string[] = [];
onDiagnostic(({ code, message }) => told.push(`${code}: ${message}`));
let configured = 0;
const logger = getLogger("worker");
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const configure = ({ SEQ_URL: serverUrl, REQUEST_TIMEOUT_MS: requestTimeoutMs = 10_000 }: Environment): unknown => {
  configured++;
  return configureLogging({ serverUrl, requestTimeoutMs, minBackoffMs: 50, maxBackoffMs: 50 });
};

/** A stream that logs with each piece, and at its end. */
function stream({ log }: Work, pieces: number, bytes: number): ReadableStream<Uint8Array> {
  let piece = 0;
  return new ReadableStream({
    async pull(controller) {
      await pause(1);
      if (piece === pieces) {
        log("end");
        return controller.close();
      }
      log(`piece ${++piece}`);
      controller.enqueue(new Uint8Array(bytes).fill(piece));
    },
  });
}

/** A socket that says everything again. */
function echo({ log }: Work): Response {
  const { 0: client, 1: server } = new (globalThis as unknown as { WebSocketPair: new () => Record<0 | 1, Socket> }).WebSocketPair();
  server.accept();
  server.addEventListener("message", ({ data }) => {
    log(data);
    server.send(`again: ${data}`);
  });
  return new Response(null, { status: 101, webSocket: client } as ResponseInit);
}

interface Socket extends WebSocket {
  accept(): void;
}

const paths: Readonly<Record<string, (work: Work) => Response | Promise<Response>>> = {
  async "/work"({ log }) {
    log("first");
    await pause(1);
    log("second");
    await null;
    log("third");
    return new Response("ok");
  },
  "/late"({ ctx, log, url }) {
    const ms = Number(url.searchParams.get("ms") ?? 500);
    ctx.waitUntil(pause(ms).then(() => log("late")));
    return new Response("ok");
  },
  "/nested"({ ctx, log }) {
    ctx.waitUntil(pause(50).then(() => ctx.waitUntil(pause(50).then(() => log("nested")))));
    return new Response("ok");
  },
  "/stream": (work) => new Response(stream(work, 4, 10)),
  "/megabyte": (work) => new Response(stream(work, 16, 65_536)),
  "/endless": (work) => new Response(stream(work, 1e9, 10)),
  "/known": () => new Response("Shipped", { headers: { "content-length": "7" } }),
  "/null": () => new Response(null, { status: 204 }),
  "/redirect": () => Response.redirect("http://elsewhere.test/", 302),
  "/proxy": ({ url }) => fetch(url.searchParams.get("url")!, { redirect: "manual" }),
  "/socket": echo,
  "/object": ({ env, request }) => env.ROOM.get(env.ROOM.idFromName("one")).fetch(request),
  "/method": async ({ env }) => Response.json(await env.ROOM.get(env.ROOM.idFromName("one")).add(2, 3)),
  "/throw"({ log }) {
    log("before");
    throw new TypeError("No paper");
  },
  async "/reject"() {
    await pause(1);
    throw new TypeError("No ink");
  },
  "/never": ({ log }) => {
    log("begun");
    return new Promise(() => setTimeout(() => {}, 60_000));
  },
  "/enriched": ({ request }) => Response.json([enrichRequest({ Way: "context" }), enrichRequest({ Way: "request" }, request)]),
  "/stats": () => Response.json({ ...stats().seq, told, configured }),
};

const logs = (n: string | null) => (part = "only"): void => void logger.info("Event {N}: {Part}", { N: Number(n), Part: part });

async function serve(request: Request, env: Environment, ctx: Context): Promise<Response> {
  const url = new URL(request.url);
  const answer = paths[url.pathname];
  if (answer === undefined) return new Response("No such path", { status: 404 });
  return await answer({ request, url, env, ctx, log: logs(url.searchParams.get("n")) });
}

const options = { configure, skip: ["/stats"] };

/** A Durable Object that logs in what it is called for, and in its alarm. */
export class TestRoom extends DurableObject {
  declare readonly ctx: { readonly storage: Storage };

  async fetch(request: Request): Promise<Response> {
    const n = new URL(request.url).searchParams.get("n");
    const { storage } = this.ctx;
    logs(n)("object");
    await storage.put("n", n);
    logs(n)("stored");
    await storage.setAlarm(Date.now() + 50);
    return new Response("ok");
  }

  async alarm(): Promise<void> {
    logs(await this.ctx.storage.get("n") ?? null)("alarm");
  }

  add(a: number, b: number): number {
    logs(String(a + b))("added");
    return a + b;
  }

  static {
    const { prototype } = this;
    prototype.fetch = logRequests(prototype.fetch, options);
    prototype.alarm = logRequests(prototype.alarm, options);
    prototype.add = logRequests(prototype.add, options);
  }
}

const worker: Readonly<Record<string, unknown>> = {
  fetch: logRequests(serve, options),
  scheduled: logRequests(async function scheduled(_controller: unknown, _env: Environment, ctx: Context): Promise<void> {
    logs("1")("scheduled");
    await pause(1);
    ctx.waitUntil(pause(50).then(() => logs("1")("late")));
  }, options),
  queue: logRequests(function queue({ messages }: { readonly messages: readonly { readonly body: unknown }[] }): void {
    for (const { body } of messages) logs(String(body))("queue");
  }, options),
};

export default worker;
