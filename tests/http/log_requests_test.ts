import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError, enrichRequest, getLogger, type LogEvent, logRequests, type RequestLogOptions, withContext } from "../../mod.ts";
import { handClock, hearRequests } from "../support/access.ts";
import { hearDiagnostics } from "../support/seq.ts";

const request = (path: string, init?: RequestInit): Request => new Request(`http://shop.test${path}`, init);
const fixed = (id = "made-1"): RequestLogOptions => ({ makeRequestId: () => id });
const template = "HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0.0000} ms";

test("logRequests() logs one event for each request, in the words of Serilog", async () => {
  await using heard = hearRequests();
  const clock = handClock();
  const serve = logRequests((_request: Request) => {
    clock.ms += 12.345678;
    return new Response("Shipped\n", { status: 201 });
  }, { ...fixed(), now: clock.now });
  const response = await serve(request("/orders/42?page=2&q=a%20b#top", { method: "PUT", headers: { "user-agent": "tests" } }));
  assert.equal(await response.text(), "Shipped\n");
  assert.equal(heard.access.length, 1);
  const [event] = heard.access as [LogEvent];
  assert.equal(event.messageTemplate, template);
  assert.equal(event.message, "HTTP PUT /orders/42 responded 201 in 12.3457 ms");
  assert.equal(event.level, "info");
  assert.deepEqual(event.properties, {
    ...{ RequestMethod: "PUT", RequestPath: "/orders/42", StatusCode: 201, Elapsed: 12.3457, RequestId: "made-1" },
    ...{ QueryString: "?page=2&q=a%20b", UserAgent: "tests" },
  });
});

test("logRequests() passes on the very response and the very arguments, at once where the handler responds at once", async () => {
  await using heard = hearRequests();
  const answer = new Response("at once", { headers: { "content-length": "7" } });
  const that = {};
  const given: unknown[] = [];
  const serve = logRequests(function (this: unknown, one: Request, ...rest: unknown[]): Response {
    given.push(this, one, ...rest);
    return answer;
  });
  const one = request("/");
  const info = { remoteAddr: { transport: "tcp", hostname: "192.0.2.7", port: 1 } };
  assert.equal(serve.call(that, one, info), answer);
  assert.deepEqual(given, [that, one, info]);
  assert.equal(heard.access[0]?.properties.ClientIp, "192.0.2.7");
  assert.equal(heard.access[0]?.properties.ResponseBytes, 7);
});

test("logRequests() logs what is thrown, and throws it on unchanged, at once or later", async () => {
  await using heard = hearRequests();
  const thrown: unknown[] = [new TypeError("No paper"), "text", { code: 7 }, undefined, null];
  for (const one of thrown) {
    const fail = (_request?: Request): Response => {
      throw one;
    };
    assert.throws(() => logRequests(fail)(request("/sync")), (error) => Object.is(error, one));
    await assert.rejects(logRequests(async (_request: Request) => await fail())(request("/async")), (error) => Object.is(error, one));
  }
  assert.equal(heard.access.length, thrown.length * 2);
  for (const { level, properties, exception } of heard.access) {
    assert.equal(level, "error");
    assert.equal(properties.StatusCode, 500);
    assert.ok(exception);
  }
  assert.match(heard.access[0]!.exception!, /^TypeError: No paper\n/);
});

test("logRequests() uses the level from the status, as Serilog does", async () => {
  await using heard = hearRequests();
  const serve = logRequests((one: Request) => new Response(null, { status: Number(new URL(one.url).pathname.slice(1)) }));
  const statuses = [200, 204, 301, 304, 400, 404, 499, 500, 503, 599];
  for (const status of statuses) await serve(request(`/${status}`));
  assert.deepEqual(heard.access.map(({ properties }) => properties.StatusCode), statuses);
  assert.deepEqual(heard.access.map(({ level }) => level), [...Array(7).fill("info"), ...Array(3).fill("error")]);
});

test("logRequests() uses the level that an option gives, by name or by the request", async () => {
  await using heard = hearRequests();
  const answer = (..._given: [Request, ...unknown[]]): Response => new Response("Sorry", { status: 404 });
  await logRequests(answer, { level: "debug" })(request("/a"));
  await logRequests(answer, {
    level: ({ statusCode, path, method }) => (statusCode === 404 && path === "/b" && method === "GET" ? "warn" : "off"),
  })(
    request("/b"),
  );
  await logRequests(answer, { level: "off" })(request("/c"));
  assert.deepEqual(heard.access.map(({ level, properties }) => [level, properties.RequestPath]), [["debug", "/a"], ["warn", "/b"]]);
});

test("logRequests() reports an option that fails, and logs nevertheless", async () => {
  await using heard = hearRequests();
  using diagnostics = hearDiagnostics();
  const fail = (): never => {
    throw new Error("No idea");
  };
  const serve = logRequests((_request: Request) => new Response("ok", { status: 500 }), {
    level: fail,
    makeRequestId: fail,
    followBody: fail,
  });
  assert.equal(await (await serve(request("/"))).text(), "ok");
  assert.equal(heard.access[0]?.level, "error");
  assert.match(String(heard.access[0]?.properties.RequestId), /^[\w-]{36}$/);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), Array(3).fill("request-log-failed"));
});

test("logRequests() serves a request that it cannot read, and reports it", async () => {
  await using heard = hearRequests();
  using diagnostics = hearDiagnostics();
  const fail = (): never => {
    throw new Error("Gone");
  };
  const serve = logRequests((_request: Request, ..._rest: unknown[]) => new Response("ok"));
  assert.equal(await (await serve(request("/"), { requestIP: fail })).text(), "ok");
  const broken = logRequests((_request: Request) => new Response("ok"), { now: fail });
  assert.equal(await (await broken(request("/"))).text(), "ok");
  assert.equal(heard.access.length, 1, "the clock of the runtime is read instead");
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), Array(3).fill("request-log-failed"));
});

test("logRequests() skips paths, patterns, and what a function says", async () => {
  await using heard = hearRequests();
  const answer = (..._given: [Request, ...unknown[]]): Response => new Response("ok");
  const listed = logRequests(answer, { skip: ["/health", "/assets/*", /\.ico$/g] });
  for (const path of ["/health", "/health?x=1", "/healthy", "/assets/a.js", "/assets", "/favicon.ico", "/favicon.ico", "/"]) {
    await listed(request(path));
  }
  const asked = logRequests(answer, { skip: ({ method, path }) => method === "GET" && path === "/x" });
  for (const init of [{ method: "GET" }, { method: "POST" }]) await asked(request("/x", init));
  assert.deepEqual(heard.access.map(({ properties }) => properties.RequestPath), ["/healthy", "/assets", "/", "/x"]);
});

test("logRequests() does not log secrets of the query", async () => {
  await using heard = hearRequests();
  const answer = (..._given: [Request, ...unknown[]]): Response => new Response("ok");
  await logRequests(answer)(request("/a?token=s3cret&page=2&ACCESS_TOKEN=s3cret&pass%77ord=s3cret&api_key=&tokens_left=3&%zz=1"));
  await logRequests(answer, { redact: ["page"] })(request("/b?token=1&page=2&page=3"));
  await logRequests(answer, { redact: [] })(request("/c?token=1"));
  assert.deepEqual(heard.access.map(({ properties }) => properties.QueryString), [
    "?token=***&page=2&ACCESS_TOKEN=***&pass%77ord=***&api_key=***&tokens_left=3&%zz=1",
    "?token=1&page=***&page=***",
    "?token=1",
  ]);
});

test("logRequests() uses the caller's id if its format is safe, and otherwise makes one", async () => {
  await using heard = hearRequests();
  const ids = ["abc-1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a b", "<script>", "x".repeat(129), ""];
  const answer = (..._given: [Request, ...unknown[]]): Response => new Response("ok");
  for (const id of ids) await logRequests(answer, fixed())(request("/", { headers: { "x-request-id": id } }));
  await logRequests(answer, { ...fixed(), requestIdHeader: "x-trace" })(
    request("/", { headers: { "x-trace": "t-1", "x-request-id": "r-1" } }),
  );
  await logRequests(answer, { ...fixed(), requestIdHeader: null })(request("/", { headers: { "x-request-id": "r-1" } }));
  assert.deepEqual(heard.access.map(({ properties }) => properties.RequestId), [
    ids[0],
    ids[1],
    ...Array(4).fill("made-1"),
    "t-1",
    "made-1",
  ]);
});

test("logRequests() believes x-forwarded-for only if it is configured to", async () => {
  await using heard = hearRequests();
  const answer = (..._given: [Request, ...unknown[]]): Response => new Response("ok");
  const beside = { requestIP: () => ({ address: "10.0.0.1", port: 1, family: "IPv4" }) };
  const headers = { "x-forwarded-for": "6.6.6.6, 203.0.113.9" };
  await logRequests(answer)(request("/", { headers }), beside);
  await logRequests(answer, { trustForwardedFor: true })(request("/", { headers }), beside);
  await logRequests(answer, { trustForwardedFor: true })(request("/"), beside);
  assert.deepEqual(heard.access.map(({ properties }) => properties.ClientIp), ["10.0.0.1", "203.0.113.9", "10.0.0.1"]);
});

test("logRequests() logs to the logger that an option names, which can be silenced by its level", async () => {
  await using heard = hearRequests({ loggers: { "http.access": "off" } });
  const answer = (..._given: [Request, ...unknown[]]): Response => new Response("ok");
  await logRequests(answer)(request("/a"));
  await logRequests(answer, { logger: "gunicorn.access" })(request("/b"));
  await logRequests(answer, { logger: getLogger("own").with({ Zone: "north" }) })(request("/c"));
  assert.deepEqual(heard.others.map(({ loggerName, properties }) => [loggerName, properties.RequestPath, properties.Zone]), [
    ["gunicorn.access", "/b", undefined],
    ["own", "/c", "north"],
  ]);
  assert.equal(heard.access.length, 0);
});

test("logRequests() reports every wrong option at once", () => {
  const wrong = {
    level: "loud",
    skip: ["health"],
    redact: "token",
    requestIdHeader: "x request",
    makeRequestId: "x",
    logger: 7,
    configure: {},
    paths: [],
  };
  assert.throws(() => logRequests((_request: Request) => new Response(""), wrong as unknown as RequestLogOptions), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(error.issues.map(({ path }) => path).sort(), [
      ...["configure", "level", "logger", "makeRequestId", "paths", "redact", "requestIdHeader", "skip[0]"].map((path) =>
        path.replace("[0]", ".0")
      ),
    ]);
    return true;
  });
});

test("enrichRequest() adds to the completion event from anywhere inside; the last word wins", async () => {
  await using heard = hearRequests();
  const deep = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(enrichRequest({ UserId: 8, Cart: { tea: 2 } }), true);
  };
  const serve = logRequests(async (one: Request) => {
    enrichRequest({ UserId: 7, StatusCode: "mine" });
    await withContext({ Step: 1 }, deep);
    assert.equal(enrichRequest({ ByRequest: true }, one), true);
    return new Response("ok");
  });
  await serve(request("/"));
  const { UserId, Cart, ByRequest, StatusCode, Step } = heard.access[0]!.properties;
  assert.deepEqual({ UserId, Cart, ByRequest, StatusCode, Step }, {
    UserId: 8,
    Cart: { tea: 2 },
    ByRequest: true,
    StatusCode: "mine",
    Step: undefined,
  });
  assert.equal(enrichRequest({ A: 1 }), false);
  assert.equal(enrichRequest({ A: 1 }, {}), false);
});

test("enrichRequest() fills the exception with an error, and leaves the level to the status", async () => {
  await using heard = hearRequests();
  const serve = logRequests((one: Request) => {
    enrichRequest({ error: new RangeError("No paper") });
    return new Response("Sorry", { status: Number(new URL(one.url).pathname.slice(1)) });
  });
  for (const status of [500, 422]) await serve(request(`/${status}`));
  assert.deepEqual(heard.access.map(({ level }) => level), ["error", "info"]);
  for (const { exception, properties } of heard.access) {
    assert.match(exception!, /^RangeError: No paper\n/);
    assert.deepEqual(properties.error, { name: "RangeError", message: "No paper" });
  }
});

test("enrichRequest() captures values at once, and never throws", async () => {
  await using heard = hearRequests();
  const cart = { tea: 2 };
  const hostile = {
    get Bad(): never {
      throw new Error("No");
    },
  };
  const serve = logRequests((_request: Request) => {
    enrichRequest({ Cart: cart });
    cart.tea = 3;
    enrichRequest(hostile);
    enrichRequest(undefined as unknown as object);
    return new Response("ok");
  });
  await serve(request("/"));
  assert.deepEqual(heard.access[0]!.properties.Cart, { tea: 2 });
  assert.match(String(heard.access[0]!.properties.Bad), /Threw: No/);
});

test("every event that is logged for a request carries its id, through awaits, timers, microtasks and streams", async () => {
  await using heard = hearRequests();
  const logger = getLogger("app");
  const serve = logRequests(async (one: Request) => {
    logger.info("begun");
    await Promise.resolve();
    queueMicrotask(() => logger.info("microtask"));
    await new Promise<void>((resolve) => setTimeout(() => resolve(logger.info("timer")), 1));
    const upper = new TransformStream<string, string>({
      transform: (chunk, to) => (logger.info("transform"), to.enqueue(chunk.toUpperCase())),
    });
    const readable = new ReadableStream<string>({
      pull(to) {
        logger.info("source");
        to.enqueue("a");
        to.close();
      },
    });
    for await (const _ of readable.pipeThrough(upper)) logger.info("read");
    return new Response(
      new ReadableStream({
        async pull(to) {
          await null;
          logger.info("body");
          to.enqueue(new Uint8Array(3));
          to.close();
        },
      }),
      { headers: { "x-id": one.headers.get("x-request-id")! } },
    );
  });
  const ids = Array.from({ length: 50 }, (_, i) => `r-${i}`);
  await Promise.all(ids.map(async (id) => {
    const response = await serve(request("/", { headers: { "x-request-id": id } }));
    assert.equal((await response.arrayBuffer()).byteLength, 3);
    assert.equal(response.headers.get("x-id"), id);
  }));
  const wanted = ["begun", "body", "microtask", "read", "source", "timer", "transform"];
  for (const id of ids) {
    const messages = heard.others.filter(({ properties }) => properties.RequestId === id).map(({ message }) => message);
    assert.deepEqual(messages.sort(), wanted, id);
  }
  assert.deepEqual(heard.access.map(({ properties }) => properties.RequestId).sort(), ids.sort());
});

test("a stream's request is complete when its body has ended, with all its bytes", async () => {
  await using heard = hearRequests();
  const clock = handClock();
  const serve = logRequests((_request: Request) =>
    new Response(
      new ReadableStream({
        pull(to) {
          clock.ms += 100;
          if (clock.ms > 1300) to.close();
          else to.enqueue(new Uint8Array(1000));
        },
      }),
      { status: 206, statusText: "Some", headers: [["content-type", "text/event-stream"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]] },
    ), { now: clock.now });
  const response = await serve(request("/"));
  assert.equal(heard.access.length, 0);
  const { status, statusText, headers } = response;
  assert.deepEqual([status, statusText, headers.get("content-type"), headers.getSetCookie()], [206, "Some", "text/event-stream", [
    "a=1",
    "b=2",
  ]]);
  assert.equal((await response.arrayBuffer()).byteLength, 3000);
  const [{ properties }] = heard.access as [LogEvent];
  assert.equal(heard.access.length, 1);
  assert.deepEqual([properties.ResponseBytes, properties.StatusCode, properties.Aborted], [3000, 206, undefined]);
  assert.ok(properties.Elapsed as number >= 300, `${properties.Elapsed}`);
});

test("what makes a streamed body, and is notified when it is left, logs with the id of its request, whoever reads it", async () => {
  await using heard = hearRequests();
  const logger = getLogger("body");
  const bodies = logRequests((received: Request) => {
    let count = 0;
    const source = new ReadableStream({
      async pull(controller) {
        logger.info("{Path} begins a piece", { Path: new URL(received.url).pathname });
        await new Promise((resolve) => setTimeout(resolve));
        logger.info("{Path} ends a piece", { Path: new URL(received.url).pathname });
        if (count++ < 3) controller.enqueue(new TextEncoder().encode("piece"));
        else controller.close();
      },
      cancel: () => logger.info("{Path} is left", { Path: new URL(received.url).pathname }),
    }, { highWaterMark: 0 });
    return new Response(source, { headers: { "content-type": "text/event-stream" } });
  });
  const ids = { "x-request-id": "whole-1" };
  assert.equal(await (await bodies(request("/whole", { headers: ids }))).text(), "piece".repeat(3));
  const reader = (await bodies(request("/left", { headers: { "x-request-id": "left-1" } }))).body!.getReader();
  await reader.read();
  await reader.cancel();
  const logged = heard.others;
  assert.ok(logged.some(({ messageTemplate }) => messageTemplate === "{Path} is left") && logged.length >= 11);
  for (const { properties: { Path, RequestId } } of logged) assert.equal(RequestId, `${String(Path).slice(1)}-1`);
});

test("a body that is no stream is logged at once, and keeps its length and type", async () => {
  await using heard = hearRequests();
  const bytes = new Uint8Array(5000).fill(7);
  for (const type of [undefined, "application/octet-stream", "text/plain", "text/plain; charset=utf-8", "video/mp4"]) {
    const headers = { etag: "a", ...(type && { "content-type": type }) };
    const made = new Response(type?.startsWith("text") ? "text" : bytes, { status: 203, headers });
    const answer = await logRequests((_request: Request) => made)(request("/"));
    assert.equal(answer === made, !("Deno" in globalThis), `${type}: Deno alone tells a stream from others only by reading it`);
    assert.equal(heard.access.at(-1)?.properties.StatusCode, 203, type);
    assert.deepEqual([answer.status, answer.headers.get("etag"), answer.headers.get("content-type") ?? undefined], [203, "a", type]);
    assert.equal((await answer.arrayBuffer()).byteLength, type?.startsWith("text") ? 4 : 5000, type);
  }
  assert.equal(heard.access.length, 5);
});

test("a stream without a type is passed on chunk by chunk, whether they come at once or late", async () => {
  await using heard = hearRequests();
  for (const count of [0, 1, 2, 3, 10]) {
    for (const isLate of [false, true]) {
      let sent = 0;
      const source = new ReadableStream({
        async pull(to) {
          if (isLate) await new Promise((resolve) => setTimeout(resolve, 1));
          if (sent === count) to.close();
          else to.enqueue(new Uint8Array(1000).fill(++sent));
        },
      });
      const answer = await logRequests((_request: Request) => new Response(source))(request("/"));
      const got = new Uint8Array(await answer.arrayBuffer());
      assert.deepEqual(got, Uint8Array.from({ length: 1000 * count }, (_, i) => Math.floor(i / 1000) + 1));
      assert.equal(heard.access.at(-1)!.properties.ResponseBytes, 1000 * count);
    }
  }
  assert.equal(heard.access.length, 10);
});

test("a stream that fails is logged with its error, and the client sees it fail", async () => {
  await using heard = hearRequests();
  const serve = logRequests((_request: Request) => {
    let count = 0;
    return new Response(
      new ReadableStream({
        pull(to) {
          if (count++ > 0) throw new Error("Torn");
          to.enqueue(new Uint8Array(10));
        },
      }),
    );
  });
  const response = await serve(request("/"));
  await assert.rejects(response.arrayBuffer(), /Torn/);
  const [{ level, properties, exception }] = heard.access as [LogEvent];
  assert.deepEqual([level, properties.StatusCode, properties.ResponseBytes], ["error", 200, 10]);
  assert.match(exception!, /Torn/);
});

test("a stream that is left is logged as aborted, and its source is notified", async () => {
  await using heard = hearRequests();
  let reason: unknown;
  const source = new ReadableStream({
    pull: (to) => to.enqueue(new Uint8Array(10)),
    cancel: (why) => void (reason = why),
  }, { highWaterMark: 0 });
  const response = await logRequests((_request: Request) => new Response(source))(request("/"));
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel("gone");
  assert.equal(reason, "gone");
  assert.deepEqual(heard.access.map(({ properties }) => [properties.StatusCode, properties.Aborted, properties.ResponseBytes]), [[
    200,
    true,
    10,
  ]]);
});

test("logRequests() leaves bodies alone that are no streams, and follows those that it is configured to", async () => {
  await using heard = hearRequests();
  const made: Record<string, () => Response> = {
    text: () => new Response("text"),
    json: () => Response.json({ a: 1 }),
    html: () => new Response("<p>", { headers: { "content-type": "text/html; charset=utf-8" } }),
    hono: () => new Response("text", { headers: { "content-type": "text/plain; charset=UTF-8" } }),
    empty: () => new Response(null, { status: 204 }),
    unchanged: () => new Response(null, { status: 304 }),
    sized: () => new Response(new Uint8Array(4), { headers: { "content-length": "4" } }),
  };
  for (const [path, make] of Object.entries(made)) {
    const response = make();
    assert.equal(await logRequests((_request: Request) => response)(request(`/${path}`)), response, path);
  }
  const head = new Response(null, { headers: { "content-type": "text/event-stream" } });
  assert.equal(await logRequests((_request: Request) => head)(request("/", { method: "HEAD" })), head);
  assert.equal(heard.access.length, 8);
  const followed = new Response("text");
  const handed = await logRequests((_request: Request) => followed, { followBody: true })(request("/"));
  assert.equal(handed === followed, "Bun" in globalThis, "there a text that was followed has another type");
  const left = new Response(new ReadableStream());
  assert.equal(await logRequests((_request: Request) => left, { followBody: false })(request("/")), left);
});

test("a request whose client leaves before there is a response is logged once, with 499", async () => {
  await using heard = hearRequests();
  const leaving = new AbortController();
  let finish = (_response: Response): void => {};
  const answer = logRequests((_request: Request) => new Promise<Response>((resolve) => finish = resolve))(
    request("/slow", { signal: leaving.signal }),
  );
  leaving.abort();
  assert.deepEqual(heard.access.map(({ level, properties }) => [level, properties.StatusCode, properties.Aborted]), [["info", 499, true]]);
  finish(new Response("late"));
  assert.equal(await (await answer).text(), "late");
  assert.equal(heard.access.length, 1);
});

test("logRequests() reads no signal on Deno while its handler may still respond soon: Deno would print a warning", async () => {
  await using heard = hearRequests();
  const looked: string[] = [];
  const asked = new Proxy(request("/fast"), {
    get(target, name) {
      looked.push(String(name));
      return Reflect.get(target, name, target);
    },
  });
  const info = { remoteAddr: { hostname: "127.0.0.1" }, completed: Promise.resolve() };
  const serve = logRequests((_request: Request, _info: typeof info) => new Response("Hello"));
  assert.equal(await (await serve(asked, info)).text(), "Hello");
  assert.equal(heard.access.length, 1);
  assert.deepEqual([looked.includes("headers"), looked.includes("signal")], [true, false]);
});

test("a result that is no response is an upgrade or an empty response on Bun, and a failure elsewhere", async () => {
  await using heard = hearRequests();
  for (const answer of [undefined, null, "text", {}]) {
    const serve = logRequests((_request: Request) => answer as unknown as Response);
    assert.equal(serve(request("/socket", { headers: { upgrade: "websocket" } })), answer);
    assert.equal(await serve(request("/")), answer);
  }
  const told = new Set(heard.access.map(({ level, properties }) => `${level} ${properties.RequestPath} ${properties.StatusCode}`));
  const wanted = "Bun" in globalThis ? ["info /socket 101", "info / 204"] : ["error /socket 500", "error / 500"];
  assert.deepEqual([...told], wanted);
  if (!("Bun" in globalThis)) {
    assert.match(heard.access[0]!.exception!, /^TypeError: The handler returned undefined, which is no Response/);
  }
});

test("a response whose body was read before is a failure where servers refuse it", async () => {
  await using heard = hearRequests();
  const used = new Response("once");
  await used.text();
  assert.equal(await logRequests((_request: Request) => used, { followBody: false })(request("/")), used);
  const isRefused = "Bun" in globalThis || "Deno" in globalThis;
  assert.deepEqual(heard.access.map(({ level, properties }) => [level, properties.StatusCode]), [
    isRefused ? ["error", 500] : ["info", 200],
  ]);
});

test("a request that cannot be marked is served and logged", async () => {
  await using heard = hearRequests();
  const refuse = (): never => {
    throw new TypeError("No marks");
  };
  const { headers } = request("/", { headers: { "user-agent": "tests" } });
  const odd = new Proxy({ url: "http://shop.test/odd", method: "GET", headers }, { defineProperty: refuse }) as Request;
  const answers = ["a text with a type of its own"];
  assert.equal(await (await logRequests((_request: Request) => Response.json(answers))(odd)).text(), JSON.stringify(answers));
  assert.deepEqual(heard.access.map(({ properties }) => [properties.RequestPath, properties.UserAgent]), [["/odd", "tests"]]);
});

test("logRequests() awaits whatever has a `then`, as servers do, and uses its first result", async () => {
  await using heard = hearRequests();
  const odd = [
    { then: (resolve: (value: unknown) => void) => void resolve(new Response("once", { status: 201 })) },
    {
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        resolve(new Response("twice", { status: 202 }));
        reject(new Error("Too late"));
        throw new Error("Too late, too");
      },
    },
  ];
  for (const one of odd) await logRequests((_request: Request) => one as unknown as Promise<Response>)(request("/"));
  assert.deepEqual(heard.access.map(({ properties }) => properties.StatusCode), [201, 202]);
});

test("a request is logged once, by the outermost wrapper around it", async () => {
  await using heard = hearRequests();
  const inner = logRequests((_request: Request) => {
    getLogger("app").info("inside");
    enrichRequest({ UserId: 7 });
    return new Response("Hello");
  }, fixed("inner"));
  const serve = logRequests((one: Request) => inner(one), fixed("outer"));
  const asked = request("/");
  for (let i = 1; i <= 2; i++) { // the same Request again, once it is answered, is another one
    await serve(asked);
    assert.equal(heard.access.length, i);
  }
  assert.deepEqual(heard.access.map(({ properties }) => [properties.RequestId, properties.UserId]), [["outer", 7], ["outer", 7]]);
  assert.equal(heard.others[0]?.properties.RequestId, "outer");
});

test("an access event has the context of its own request, whatever it ends in", async () => {
  await using heard = hearRequests();
  let end = (): void => {};
  const serve = logRequests((_request: Request) => {
    const body = new ReadableStream({ start: (to) => void (end = () => to.close()) });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }, fixed());
  const answer = await withContext({ Tenant: "acme" }, async () => await serve(request("/events")));
  await withContext({ Tenant: "other", RequestId: "other", User: "ada" }, async () => {
    const text = answer.text();
    end();
    await text;
  });
  assert.deepEqual(heard.access.map(({ properties: { Tenant, RequestId, User } }) => [Tenant, RequestId, User]), [[
    "acme",
    "made-1",
    undefined,
  ]]);
});

test("logRequests() finds the path of a request without a host, on Bun", async () => {
  await using heard = hearRequests();
  const serve = logRequests((_request: Request) => new Response("Fine", { headers: { "content-length": "4" } }), { skip: ["/health"] });
  for (const url of ["/orders/42?page=1", "/health", "/"]) {
    await serve(
      new Proxy(request("/"), {
        get: (target, name) => {
          const value = name === "url" ? url : Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
    );
  }
  assert.deepEqual(heard.access.map(({ properties }) => [properties.RequestPath, properties.QueryString]), [["/orders/42", "?page=1"], [
    "/",
    undefined,
  ]]);
});

test("enrichRequest() returns whether it comes in time, takes every name, and no request for none", async () => {
  await using heard = hearRequests();
  const asked = request("/");
  const answers: boolean[] = [];
  await logRequests((_request: Request) => {
    answers.push(enrichRequest(JSON.parse('{"__proto__":1}')), enrichRequest({ A: 1 }, null as never), enrichRequest({ B: 2 }, asked));
    return new Response("Hello");
  })(asked);
  answers.push(enrichRequest({ C: 3 }, asked), enrichRequest({ C: 3 }, {}), enrichRequest({ C: 3 }));
  assert.deepEqual(answers, [true, true, true, false, false, false]);
  const { properties } = heard.access[0]!;
  assert.deepEqual([Object.hasOwn(properties, "__proto__"), properties.A, properties.B, properties.C], [true, 1, 2, undefined]);
});

test("logRequests() logs other work of Workers by its outcome", async () => {
  await using heard = hearRequests();
  const log = { ...fixed(), now: () => 1 };
  await logRequests(async (_controller: { cron: string }) => await null, log)({ cron: "*/5 * * * *" });
  await logRequests((_batch: { queue: string; messages: unknown[] }) => {}, log)({ queue: "orders", messages: [1, 2] });
  await assert.rejects(
    logRequests(async function alarm(): Promise<void> {
      await null;
      throw new Error("No paper");
    }, log)(),
  );
  assert.deepEqual(heard.access.map(({ level, message, properties }) => [level, message, properties.RequestId]), [
    ["info", "Scheduled */5 * * * * ended with ok in 0.0000 ms", "made-1"],
    ["info", "Queue orders of 2 messages ended with ok in 0.0000 ms", "made-1"],
    ["error", "Call of alarm ended with exception in 0.0000 ms", "made-1"],
  ]);
});

test("logRequests() configures by the environment once before the first request, and not again", async () => {
  await using heard = hearRequests();
  const given: unknown[] = [];
  const serve = logRequests((_request: Request) => new Response("ok"), { configure: async (env) => void (given.push(env), await null) });
  await Promise.all([1, 2, 3].map(() => serve(request("/"))));
  await serve(request("/"));
  assert.deepEqual(given, [undefined]); // where work outlives its request, there is no environment
  assert.equal(heard.access.length, 4);
});

test("logRequests() serves as if unconfigured where the configuration is wrong, and says so once on the console", async (t) => {
  const error = t.mock.method(console, "error", () => {});
  t.mock.method(console, "warn", () => {});
  try {
    const serve = logRequests((_request: Request) => new Response("ok"), { configure: () => ({ serverUrl: undefined, level: "loud" }) });
    for (let i = 0; i < 3; i++) assert.equal(await (await serve(request("/"))).text(), "ok");
    const said = error.mock.calls.map(({ arguments: [line] }) => String(line));
    assert.equal(said.length, 1);
    assert.match(said[0]!, /^seqlog: Cannot configure logging:\n {2}level: [^]*\n {2}serverUrl: /);
  } finally {
    t.mock.restoreAll();
  }
});

test("logRequests() logs one event for any request, and throws nothing of its own", async () => {
  await using heard = hearRequests();
  const serve = logRequests((_request: unknown) => new Response("ok"));
  const anything = fc.record({ url: fc.string(), method: fc.string() }).map((one) => ({ ...one, headers: new Headers() }));
  let count = 0;
  await fc.assert(fc.asyncProperty(anything, async (one) => {
    await serve(one as unknown as Request);
    count++;
    assert.equal(heard.access.length, count);
    const { RequestPath, QueryString } = heard.access.at(-1)!.properties;
    assert.ok(typeof RequestPath === "string" && !RequestPath.includes("?") && !String(QueryString ?? "").includes("#"));
  }));
});
