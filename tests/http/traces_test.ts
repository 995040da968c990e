/** Requests as spans: they continue the trace of their caller, and everything of a request runs in it, its emitters, too. */

import assert from "node:assert/strict";
import { Agent, createServer, type IncomingMessage, request as requestHttp, type RequestListener, type ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createGunzip, createGzip } from "node:zlib";
import express from "express";
import {
  configure,
  encodeClef,
  getLogger,
  Handler,
  type LogEvent,
  logNodeRequests,
  logRequests,
  type RequestLogOptions,
  shutdown,
} from "../../mod.ts";
import { withSpan } from "../../src/tracing/start_span.ts";
import { rounds } from "../support/effort.ts";
import { registerOpenTelemetry } from "../support/open_telemetry.ts";
import { type Heard, hearRequests } from "../support/access.ts";

const logger = getLogger("inner");
const place = { traceId: "5b8aa5a2d2c872e8321cf37308d69df2", spanId: "051581bf3cb55c13" };
const traceparent = `00-${place.traceId}-${place.spanId}-01`;
const lineOf = (event: LogEvent | undefined): Record<string, unknown> => JSON.parse(encodeClef(event!));

/** Serves one request with these headers. */
async function serve(options: RequestLogOptions, headers: Record<string, string> = {}, path = "/"): Promise<Response> {
  const handler = logRequests(async (_request: Request) => {
    await null;
    logger.info("within");
    return new Response("x");
  }, options);
  return await handler(new Request(`http://localhost${path}`, { headers }));
}

test("logRequests() makes a Server span that continues the caller's trace, and events within carry its ids", async () => {
  await using heard = hearRequests();
  await serve({}, { traceparent, tracestate: "a=1" });
  const [access, within] = [lineOf(heard.access[0]), lineOf(heard.others[0])];
  assert.deepEqual([access["@tr"], access["@ps"], access["@sk"], typeof access["@st"]], [place.traceId, place.spanId, "Server", "string"]);
  assert.deepEqual([within["@tr"], within["@sp"], "@st" in within], [place.traceId, access["@sp"], false]);
});

test("a request without a valid traceparent begins a trace of its own, and so does one that is not trusted", async () => {
  await using heard = hearRequests();
  await serve({});
  await serve({}, { traceparent: traceparent.toUpperCase() });
  await serve({ trustTrace: false }, { traceparent });
  await serve({ trustTrace: ({ header }) => header("x-inner") === "yes" }, { traceparent });
  await serve({ trustTrace: ({ header }) => header("x-inner") === "yes" }, { traceparent, "x-inner": "yes" });
  await serve({
    trustTrace: () => {
      throw new Error("No idea");
    },
  }, { traceparent });
  const ids = heard.access.map(({ traceId }) => traceId);
  assert.equal(new Set(ids).size, 6);
  assert.deepEqual(ids.map((id) => id === place.traceId), [false, false, false, false, true, false]);
  assert.deepEqual(heard.access.map(({ parentId }) => parentId), ids.map((id) => (id === place.traceId ? place.spanId : undefined)));
});

test("traceHeader sends the trace to the client, also on a response with immutable headers", async () => {
  await using heard = hearRequests();
  const response = await serve({ traceHeader: "x-trace-id" });
  assert.equal(response.headers.get("x-trace-id"), heard.access[0]?.traceId);
  const w3c = await serve({ traceHeader: "traceresponse" });
  assert.equal(w3c.headers.get("traceresponse"), `00-${heard.access[1]?.traceId}-${heard.access[1]?.spanId}-01`);
  assert.equal((await serve({})).headers.has("x-trace-id"), false);
  const moved = await logRequests((_request: Request) => Response.redirect("http://localhost/b"), { traceHeader: "x-trace-id" })(
    new Request("http://localhost/a"),
  );
  assert.deepEqual([moved.status, moved.headers.get("location"), moved.headers.get("x-trace-id")?.length], [302, "http://localhost/b", 32]);
});

test("a request that is no span hands its caller's place on: skipped ones, those of a quiet logger, and with spans: false", async () => {
  await using heard = hearRequests({ loggers: { "http.access": "warn" } });
  const handler = (options: RequestLogOptions) =>
    logRequests((_request: Request) => {
      withSpan(logger, "span", () => {});
      return new Response("x");
    }, options);
  await handler({})(new Request("http://localhost/", { headers: { traceparent } }));
  await handler({ skip: ["/"] })(new Request("http://localhost/", { headers: { traceparent } }));
  await handler({ spans: false })(new Request("http://localhost/", { headers: { traceparent } }));
  await handler({})(new Request("http://localhost/"));
  assert.deepEqual(heard.others.map(({ parentId }) => parentId), [place.spanId, place.spanId, undefined, undefined]);
  assert.deepEqual(heard.access, []);
});

test("where OpenTelemetry makes the spans, a request is an event with the ids of its span, and the library makes no span", async () => {
  await using heard = hearRequests();
  using api = registerOpenTelemetry();
  const handler = logRequests((_request: Request) => {
    logger.info("within");
    return new Response("x");
  });
  await api.within(place, () => handler(new Request("http://localhost/")));
  const lines = [...heard.others, ...heard.access].map(lineOf);
  assert.deepEqual(lines.map((line) => [line["@tr"], line["@sp"], "@st" in line]), lines.map(() => [place.traceId, place.spanId, false]));
});

test("work of a Worker is a span: Internal what is scheduled, Consumer a batch of a queue", async () => {
  await using heard = hearRequests();
  await logRequests((_controller: unknown) => {})({ cron: "* * * * *" });
  await logRequests((_batch: unknown) => {})({ queue: "orders", messages: [1] });
  assert.deepEqual(heard.access.map(({ spanKind, spanStart }) => [spanKind, typeof spanStart]), [["Internal", "number"], [
    "Consumer",
    "number",
  ]]);
});

// ---- Node's servers ----

const length = 300_000;
const body = "x".repeat(length);

/** Serves one request of 300 kB with node:http, and waits until the server has closed. */
async function post(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const headers = { traceparent, "x-request-id": "r-1", "content-type": "application/json" };
  try {
    return await new Promise<string>((resolve, reject) => {
      const sending = requestHttp({ port, host: "127.0.0.1", method: "POST", headers, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => text += piece).on("end", () => resolve(text)).on("error", reject);
      });
      sending.on("error", reject).end(`"${body}"`);
    });
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** All events bear the id of the request and its trace; the spans are those of the request. */
function verify(heard: Heard, messages: readonly string[]): void {
  const [access] = heard.access;
  assert.deepEqual([access?.traceId, access?.parentId, access?.spanKind], [place.traceId, place.spanId, "Server"]);
  assert.deepEqual([...new Set(heard.others.map(({ message }) => message))].sort(), messages.toSorted());
  for (const { message, properties, traceId, spanId } of heard.others) {
    assert.deepEqual([message, properties["RequestId"], traceId, spanId], [message, "r-1", place.traceId, access?.spanId]);
  }
}

/** Ways to read a body of which every listener logs. */
const readers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => unknown>> = {
  "on(data)": (request, response) => {
    request.on("data", () => logger.info("data")).on("end", () => {
      logger.info("end");
      response.end("ok");
    });
  },
  pipe: (request, response) => {
    const through = new PassThrough();
    through.on("data", () => logger.info("data")).on("end", () => {
      logger.info("end");
      response.end("ok");
    });
    request.pipe(createGzip()).pipe(createGunzip()).pipe(through);
  },
  "for await": async (request, response) => {
    for await (const _ of request) logger.info("data");
    logger.info("end");
    response.end("ok");
  },
};

for (const [name, read] of Object.entries(readers)) {
  test(`logNodeRequests() runs the listeners of a body read by ${name}, and those of the response, in their request`, async () => {
    await using heard = hearRequests();
    const answer = await post(logNodeRequests((request: IncomingMessage, response: ServerResponse) => {
      request.on("close", () => logger.info("closed"));
      response.on("finish", () => logger.info("finished")).on("close", () => logger.info("sent"));
      return read(request, response);
    }));
    assert.equal(answer, "ok");
    verify(heard, ["data", "end", "closed", "finished", "sent"]);
  });
}

test("what runs behind express.json runs in its request, too", async () => {
  await using heard = hearRequests();
  const app = express();
  app.use(express.json({ limit: "1mb", strict: false }));
  app.post("/", (request: express.Request, response: express.Response) => {
    logger.info("parsed");
    response.on("finish", () => logger.info("finished")).send(String((request.body as string).length));
  });
  assert.equal(await post(logNodeRequests(app)), String(length));
  verify(heard, ["parsed", "finished"]);
});

test(
  "10 000 requests at concurrency 50 mix nothing up: every event, of listeners, timers and spans, is in its own",
  { timeout: 600_000 },
  async () => {
    const count = rounds(10_000);
    const digits = (n: number, length: number): string => n.toString(16).padStart(length, "0");
    const places = new Map<string, number>();
    const wrong: string[] = [];
    /** Notes what is not of the request that it says it is of. */
    class Watch extends Handler {
      emit({ messageTemplate, properties, traceId, spanId, parentId, loggerName }: LogEvent): void {
        const isAccess = loggerName === "http.access";
        const n = isAccess ? Number(String(properties.RequestPath).slice(1)) : properties.N as number;
        places.set(messageTemplate, (places.get(messageTemplate) ?? 0) + 1);
        const isOwn = properties.RequestId === `r-${n}` && traceId === digits(n, 32) && spanId !== undefined &&
          (!isAccess || parentId === digits(n, 16));
        if (!isOwn) wrong.push(`${messageTemplate} of ${n}: ${properties.RequestId} ${traceId} ${parentId}`);
      }
    }
    configure({ handlers: { watch: new Watch() }, root: { level: "info", handlers: ["watch"] } });
    const server = createServer(logNodeRequests((request: IncomingMessage, response: ServerResponse) => {
      const N = Number(request.url!.slice(1));
      response.on("finish", () => logger.info("{N} finished", { N }));
      request.on("data", () => logger.info("{N} data", { N })).on("end", () => {
        const answer = (): unknown =>
          withSpan(logger, "{N} span", { N }, async () => {
            await null;
            logger.info("{N} within", { N });
            response.end("ok");
          });
        if (N % 3 === 0) setTimeout(answer, N % 5);
        else setImmediate(answer);
      });
    }));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    let next = 1;
    const send = (n: number): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const headers = { traceparent: `00-${digits(n, 32)}-${digits(n, 16)}-01`, "x-request-id": `r-${n}` };
        const sending = requestHttp({ port, host: "127.0.0.1", method: "POST", path: `/${n}`, headers, agent }, (response) => {
          response.resume().on("end", resolve).on("error", reject);
        });
        sending.on("error", reject).end("x");
      });
    const work = async (): Promise<void> => {
      while (next <= count) await send(next++);
    };
    await Promise.all(Array.from({ length: 50 }, work));
    agent.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await shutdown();
    assert.deepEqual(wrong, []);
    assert.deepEqual([...places.values()], [count, count, count, count, count]);
  },
);

test("logNodeRequests() sends the trace in a header, and a nested context stays that of what it calls at once", async () => {
  await using heard = hearRequests();
  let header: unknown;
  await post(logNodeRequests((request: IncomingMessage, response: ServerResponse) => {
    header = response.getHeader("x-trace-id");
    withSpan(logger, "span", () => response.emit("custom"));
    request.resume().on("end", () => response.end());
    response.on("custom", () => {});
  }, { traceHeader: "x-trace-id" }));
  assert.equal(header, place.traceId);
  assert.equal(heard.others[0]?.parentId, heard.access[0]?.spanId);
});
