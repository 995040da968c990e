/** relayEvents(): events of pages reach the server's logging with the relay's properties, within limits, also under attack. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { configure, flush, getLogger, Handler, type LogEvent, SeqHandler, shutdown, stats, withContext } from "../../mod.ts";
import { nodeListener, type NodeRequest, type NodeResponse } from "../../src/collector/node_fetch_bridge.ts";
import { type RunningCollector, serveCollector } from "../support/collector.ts";
import { addressOf } from "../../src/http/client_address.ts";
import { readBody } from "../../src/relay/relay_body.ts";
import { relayEvents, type RelayOptions } from "../../src/relay/relay_events.ts";
import { rounds } from "../support/effort.ts";
import { eventually, FakeClock } from "../support/fake_clock.ts";
import { issuesOf } from "../support/issues.ts";
import { anonymous, hearDiagnostics, observe, type Recollection, remember } from "../support/seq.ts";

type Relay = ReturnType<typeof relayEvents>;

const noon = Date.UTC(2026, 2, 1, 12);
const at = (ms: number): string => new Date(ms).toISOString();
const line = (fields: object = {}): string => JSON.stringify({ "@t": at(noon), "@mt": "Page {Page} opened", Page: 1, ...fields });
const origin = "https://shop.test";
const utf8 = new TextEncoder();

/** A request of a page of the same origin. */
function page(body: BodyInit | null, headers: Record<string, string> = {}, init: RequestInit = {}): Request {
  const all = { "content-type": "application/vnd.serilog.clef", origin, ...headers };
  return new Request(`${origin}/seq/api/events/raw?clef`, { method: "POST", body, headers: all, ...init });
}

/** What a relay answers: the status, and what the body says. */
async function ask(relay: Relay, request: Request, ...rest: unknown[]): Promise<readonly [number, unknown]> {
  const response = await relay(request, ...rest);
  const text = await response.text();
  if (response.status !== 204) assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
  return [response.status, text === "" ? undefined : JSON.parse(text)];
}

/** A relay, what it writes, and the time that it sees. */
interface Watched extends Disposable {
  readonly relay: Relay;
  readonly seen: Recollection;
  readonly clock: FakeClock;
  readonly told: string[];
}

/** A relay whose logger takes everything. */
function watch(options: RelayOptions = {}): Watched {
  const clock = new FakeClock(noon);
  const logger = getLogger("browser");
  logger.level = "trace";
  const seen = remember(logger);
  const { heard, [Symbol.dispose]: stop } = hearDiagnostics();
  return {
    relay: relayEvents({ clock, ...options }),
    seen,
    clock,
    get told() {
      return heard.filter(({ code }) => code === "relay-refused").map(({ message, count }) => `${message} ${count}`);
    },
    [Symbol.dispose]: () => {
      seen[Symbol.dispose]();
      stop();
      logger.level = undefined;
    },
  };
}

/** The server still takes a good event, and it is the only one that came through. */
async function isUp({ relay, seen, clock }: Watched): Promise<void> {
  const before = seen.events.length;
  await clock.advance(120_000);
  assert.deepEqual(await ask(relay, page(line({ "@t": at(clock.now()) }))), [201, { MinimumLevelAccepted: null }]);
  assert.equal(seen.events.length, before + 1);
}

// ---- what it takes ----

test("relayEvents() writes an event with its time, level, template, exception and trace, and its type as a property", async () => {
  using it = watch();
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const spanId = "b7ad6b7169203331";
  const given = { "@t": "2026-03-01T11:59:59.1234567Z", "@l": "Error", "@x": "Error: No\n at x", "@tr": traceId, "@sp": spanId, "@i": 7 };
  assert.deepEqual(await ask(it.relay, page(`${line(given)}\n\n${line()}\n`)), [201, { MinimumLevelAccepted: null }]);
  const [event, other] = it.seen.events as [LogEvent, LogEvent];
  assert.deepEqual(
    [
      event.timestampMs,
      event.ticks,
      event.level,
      event.message,
      event.exception,
      event.traceId,
      event.spanId,
      event.eventType,
      event.properties,
    ],
    [Date.UTC(2026, 2, 1, 11, 59, 59, 123), 4567, "error", "Page 1 opened", "Error: No\n at x", traceId, spanId, undefined, {
      ...{ Page: 1, PageEventType: 7, traceId, spanId },
    }],
  );
  assert.deepEqual([other.level, other.loggerName, other.properties], ["info", "browser", { Page: 1 }]);
});

test("relayEvents() makes a page's span an event; with spans: true it stays a span", async () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const [spanId, parentId] = ["b7ad6b7169203331", "051581bf3cb55c13"];
  const span = line({
    "@st": at(noon - 250),
    "@tr": traceId,
    "@sp": spanId,
    "@ps": parentId,
    "@sk": "Client",
    "@ra": { service: { name: "us" } },
  });
  const old = line({ "@st": at(noon - 1e9), "@tr": traceId, "@sp": spanId });
  const said = async (options: RelayOptions, body: string): Promise<unknown[]> => {
    using it = watch(options);
    assert.deepEqual(await ask(it.relay, page(body)), [201, { MinimumLevelAccepted: null }]);
    const [{ spanStart, parentId, spanKind, resource, properties, ...event }] = it.seen.events as unknown as [LogEvent];
    assert.deepEqual([event.traceId, event.spanId], options.properties === undefined ? [traceId, spanId] : [traceId, undefined]);
    return [spanStart, parentId, spanKind, resource, (properties as { PageSpanStart?: string }).PageSpanStart];
  };
  const refused = [undefined, undefined, undefined, undefined];
  assert.deepEqual(await said({}, span), [...refused, at(noon - 250)]);
  assert.deepEqual(await said({ spans: false }, span), [...refused, at(noon - 250)]);
  assert.deepEqual(await said({ spans: true }, span), [noon - 250, parentId, "Client", undefined, undefined]);
  assert.deepEqual(await said({ spans: true }, old), [...refused, at(noon - 1e9)], "a start that cannot be true");
  assert.deepEqual(
    await said({ spans: true, properties: { traceId } }, span),
    [...refused, at(noon - 250)],
    "where the server says the trace",
  );
});

test("relayEvents() accepts an empty body, as a request for the level", async () => {
  using it = watch();
  assert.deepEqual(await ask(it.relay, page(null)), [201, { MinimumLevelAccepted: null }]);
  assert.deepEqual(await ask(it.relay, page("")), [201, { MinimumLevelAccepted: null }]);
  assert.equal(it.seen.events.length, 0);
});

test("relayEvents() accepts any path, and every name of CLEF and plain text as its type", async () => {
  using it = watch();
  for (const type of ["application/x-ndjson; charset=utf-8", "text/plain;charset=UTF-8", "application/json", "Application/Octet-Stream"]) {
    const request = new Request(`${origin}/ingest/clef`, { method: "POST", headers: { origin, "content-type": type }, body: line() });
    assert.equal((await it.relay(request)).status, 201, type);
  }
  assert.equal(it.seen.events.length, 4);
});

test("relayEvents() replies with the least level that it accepts: its own or the logger's, whichever is more severe", async () => {
  using it = watch({ level: "warn" });
  const body = ["Debug", "Information", "Warning", "Error"].map((level) => line({ "@l": level })).join("\n");
  assert.deepEqual(await ask(it.relay, page(body)), [201, { MinimumLevelAccepted: "Warning" }]);
  assert.deepEqual(it.seen.events.map(({ level }) => level), ["warn", "error"]);
  getLogger("browser").level = "error";
  assert.deepEqual(await ask(it.relay, page(body)), [201, { MinimumLevelAccepted: "Error" }]);
  getLogger("browser").level = "off";
  assert.deepEqual(await ask(it.relay, page(body)), [201, { MinimumLevelAccepted: "Fatal" }]);
  assert.equal(it.seen.events.length, 3);
});

test("relayEvents() writes to the logger that it is given, by name or as it is", async () => {
  using seen = remember(getLogger("pages"));
  const clock = new FakeClock(noon);
  getLogger("pages").level = "trace";
  await relayEvents({ clock, logger: "pages" })(page(line({ SourceContext: "a.b" })));
  await relayEvents({ clock, logger: getLogger("pages").with({ Shop: 3 }) })(page(line()));
  assert.deepEqual(seen.events.map(({ loggerName, properties }) => [loggerName, properties]), [
    ["pages.a.b", { Page: 1 }],
    ["pages", { Page: 1, Shop: 3 }],
  ]);
  getLogger("pages").level = undefined;
});

test("relayEvents() on the root logger leaves no page the name of a logger of the server's", async () => {
  using seen = remember();
  getLogger().level = "trace";
  await relayEvents({ clock: new FakeClock(noon), logger: "" })(page(line({ SourceContext: "shop.orders" })));
  assert.equal(seen.event.loggerName, "browser.shop.orders");
  getLogger().level = undefined;
});

// ---- what a page cannot say ----

test("relayEvents() puts a page's name of a logger below its own, cleaned and bounded", async () => {
  using it = watch();
  const names = ["shop.orders", "browser", "a\nERROR root: b\u001b[31m", "x".repeat(300), 7, "", null, { a: 1 }, "\ud800"];
  await it.relay(page(names.map((SourceContext) => line({ SourceContext })).join("\n")));
  assert.deepEqual(it.seen.events.map(({ loggerName }) => loggerName), [
    ...["browser.shop.orders", "browser.browser", "browser.a_ERROR root: b_31m"],
    ...[`browser.${"x".repeat(200)}`, "browser", "browser", "browser", "browser", "browser._"],
  ]);
  assert.ok(it.seen.events.every(({ properties }) => !("SourceContext" in properties)));
});

test("relayEvents() makes no node of the tree for the loggers of pages", async () => {
  using it = watch();
  using below = remember(getLogger("browser.admin"));
  getLogger("browser.admin").level = "fatal";
  await it.relay(page(line({ SourceContext: "admin" })));
  assert.deepEqual([it.seen.events.length, below.events.length], [1, 0]);
  getLogger("browser.admin").level = undefined;
});

test("relayEvents() adds the configured properties, and a page's properties of these names step aside", async () => {
  using it = watch({ properties: { Application: "shop", User: { Id: 1 }, "Client.Ip": "192.0.2.1" } });
  const given = {
    Application: "admin",
    User: "root",
    "User.Id": 0,
    Client: { Ip: "x" },
    "Client.Name": 1,
    PageApplication: 2,
    PageTime: 3,
  };
  await it.relay(page(line(given)));
  assert.deepEqual(it.seen.event.properties, {
    ...{ Page: 1, PagePageApplication: "admin", PageUser: "root", "PageUser.Id": 0, PageClient: { Ip: "x" }, "PageClient.Name": 1 },
    ...{ PageApplication: 2, PagePageTime: 3, Application: "shop", User: { Id: 1 }, "Client.Ip": "192.0.2.1" },
  });
});

test("relayEvents() calls a function once for each request, with the server's arguments", async () => {
  const asked: unknown[] = [];
  const properties = async (request: Request, ...rest: unknown[]) => {
    asked.push([request.headers.get("user-agent"), ...rest]);
    return { Agent: request.headers.get("user-agent"), User: await Promise.resolve(null) };
  };
  using it = watch({ properties });
  await ask(it.relay, page(`${line({ User: "root" })}\n${line()}`, { "user-agent": "a browser" }), 1, "two");
  await ask(it.relay, page("", { "user-agent": "another" }));
  assert.deepEqual(asked, [["a browser", 1, "two"]]);
  assert.deepEqual(it.seen.events.map(({ properties }) => properties), [
    { Page: 1, PageUser: "root", Agent: "a browser", User: null },
    { Page: 1, Agent: "a browser", User: null },
  ]);
});

test("relayEvents() stamps an event however many properties it has", async () => {
  using it = watch({ properties: { User: { Id: 1 } } });
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [i, i]));
  const deep = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [i, new Array(1000).fill([])]));
  assert.equal((await it.relay(page(`${line(many)}\n${line(deep)}`))).status, 201);
  assert.deepEqual(it.seen.events.map(({ properties }) => properties.User), [{ Id: 1 }, { Id: 1 }]);
});

test("relayEvents() keeps from a page the names of global properties, and of the context around", async () => {
  await using _seq = observe({ properties: { Application: "shop", MachineName: "m", Uptime: () => 1 } });
  using it = watch();
  await withContext({ RequestId: "r-1", User: "ada" }, () => it.relay(page(line({ MachineName: "x", Uptime: 9, User: "root" }))));
  assert.deepEqual(it.seen.event.properties, {
    Page: 1,
    PageMachineName: "x",
    PageUptime: 9,
    PageUser: "root",
    RequestId: "r-1",
    User: "ada",
  });
});

for (const own of ["traceId", "TraceId", "trace-id"]) {
  test(`relayEvents() with a trace stamped as ${own} takes none from a page, by whatever name`, async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    using it = watch({ properties: { [own]: traceId } });
    for (const name of ["trace_id", "TraceId", "traceID", "trace-id"]) {
      await it.relay(page(line({ "@tr": "f".repeat(32), [name]: "e".repeat(32), "@sp": "d".repeat(16), SpanId: "c".repeat(16) })));
      const { traceId: seenTrace, spanId } = it.seen.events.at(-1)!;
      assert.deepEqual([seenTrace, spanId], [traceId, undefined]);
    }
  });
}

test("relayEvents() gives an event the server's time where its own is more than a day off, and keeps the page's as a property", async () => {
  using it = watch();
  const day = 86_400_000;
  const times = [noon - day - 1, noon - day, noon + day, noon + day + 1, 0, 8.64e15];
  await it.relay(page(times.map((ms) => line({ "@t": at(ms) })).join("\n")));
  assert.deepEqual(it.seen.events.map(({ timestampMs, ticks, properties }) => [timestampMs, ticks, properties.PageTime]), [
    ...[[noon, 0, at(times[0]!)], [times[1], 0, undefined], [times[2], 0, undefined]],
    ...[[noon, 3, at(times[3]!)], [noon, 4, "1970-01-01T00:00:00.000Z"], [noon, 5, "+275760-09-13T00:00:00.000Z"]],
  ]);
});

test("relayEvents() never repeats an API key", async () => {
  using it = watch();
  const key = "a-secret-of-the-page";
  const request = (body: string) =>
    new Request(`${origin}/ingest/clef?apiKey=${key}`, { method: "POST", body, headers: { origin, "x-seq-apikey": key } });
  const answers = [await ask(it.relay, request(line())), await ask(it.relay, request("{"))];
  assert.deepEqual(answers.map(([status]) => status), [201, 400]);
  assert.ok(!JSON.stringify([answers, it.seen.events, it.told]).includes(key));
});

// ---- who may send ----

test("relayEvents() accepts by default only what a page of the same host sends", async () => {
  using it = watch();
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await it.relay(new Request(`${origin}/seq`, { method: "POST", headers, body: "" }))).status;
  assert.equal(await status({ origin }), 201);
  assert.equal(await status({ origin: "http://shop.test" }), 201, "a proxy may have taken off the TLS");
  assert.equal(await status({ origin: "https://other.test", "sec-fetch-site": "same-origin" }), 201, "a proxy has changed the host");
  for (
    const wrong of [
      "https://other.test",
      "https://shop.test.evil.test",
      "https://evil.test/shop.test",
      "null",
      "shop.test",
      "https://shop.test:1",
    ]
  ) {
    assert.equal(await status({ origin: wrong }), 403, wrong);
  }
  assert.equal(await status({}), 403, "no browser posts without an origin");
  for (const site of ["cross-site", "same-site", "none", ""]) assert.equal(await status({ origin, "sec-fetch-site": site }), 403, site);
});

test("relayEvents() with origins accepts these and no other, whatever the header Host says", async () => {
  using it = watch({ origins: [origin, "http://localhost:8000", "capacitor://localhost"] });
  const status = async (host: string, from?: string): Promise<number> =>
    (await it.relay(new Request(`https://${host}/seq`, { method: "POST", headers: from === undefined ? {} : { origin: from }, body: "" })))
      .status;
  for (const from of [origin, "http://localhost:8000", "capacitor://localhost"]) assert.equal(await status("relay.test", from), 201, from);
  assert.equal(await status("evil.test", "https://evil.test"), 403, "a forged host");
  for (const from of [undefined, "null", "https://SHOP.test", "http://shop.test", `${origin}/`]) {
    assert.equal(await status("shop.test", from), 403, from);
  }
});

test("relayEvents() accepts any name below an origin with a wildcard, and no other", async () => {
  using it = watch({ origins: ["https://*.shop.test", "http://*.local.test:8000"] });
  const status = async (from: string): Promise<number> =>
    (await it.relay(new Request("https://relay.test/seq", { method: "POST", headers: { origin: from }, body: "" }))).status;
  for (const from of ["https://a.shop.test", "https://a.b-1.shop.test", "http://a.local.test:8000"]) {
    assert.equal(await status(from), 201, from);
  }
  const others = [
    "https://shop.test",
    "https://.shop.test.evil",
    "https://evilshop.test",
    "http://a.shop.test",
    "https://a.shop.test:8443",
  ];
  for (
    const from of [...others, "https://evil.test/.shop.test", "https://evil.test#.shop.test", "http://a.local.test", "https://*.shop.test"]
  ) {
    assert.equal(await status(from), 403, from);
  }
});

test("relayEvents() with the origins * accepts any origin, and requests without one", async () => {
  using it = watch({ origins: "*" });
  const given: Record<string, string>[] = [{}, { origin: "null" }, { origin: "https://x.test", "sec-fetch-site": "cross-site" }];
  for (const headers of given) {
    assert.equal((await it.relay(new Request(`${origin}/seq`, { method: "POST", headers, body: "" }))).status, 201);
  }
});

test("relayEvents() lets a browser ask before, and shows its replies to the page that may send", async () => {
  using it = watch({ origins: ["https://app.test"] });
  const asks = async (from: string, method: string, body: string | null = null): Promise<Response> =>
    await it.relay(new Request(`${origin}/seq`, { method, body, headers: { origin: from } }));
  const allowed = await asks("https://app.test", "OPTIONS");
  const names = [
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "vary",
  ];
  assert.deepEqual([allowed.status, ...names.map((name) => allowed.headers.get(name))], [
    ...[204, "https://app.test", "POST", "content-type, x-seq-apikey, traceparent, tracestate", "600", "origin"],
  ]);
  const refused = await asks("https://evil.test", "OPTIONS");
  assert.deepEqual([refused.status, refused.headers.get("access-control-allow-origin")], [403, null]);
  for (const [method, body, status] of [["POST", "", 201], ["POST", "{", 400], ["GET", null, 405]] as const) {
    const response = await asks("https://app.test", method, body);
    assert.deepEqual([response.status, response.headers.get("access-control-allow-origin")], [status, "https://app.test"]);
    assert.equal(response.headers.get("access-control-allow-credentials"), null);
  }
});

test("relayEvents() replies 405 to other methods, with those that it has", async () => {
  using it = watch();
  for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "PROPFIND"]) {
    const response = await it.relay(page(null, {}, { method }));
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST, OPTIONS"], method);
  }
  await isUp(it);
});

test("relayEvents() replies so that no browser treats the reply as a page", async () => {
  using it = watch();
  const response = await it.relay(page('{"@t":"<script>alert(1)</script>"}', {}));
  assert.deepEqual(
    [response.status, ...["content-type", "x-content-type-options", "cache-control"].map((name) => response.headers.get(name))],
    [400, "application/json; charset=utf-8", "nosniff", "no-store"],
  );
  assert.equal(await response.text(), '{"Error":"Cannot read the event on line 1: it has to be a JSON object with a time in @t"}');
});

// ---- what is malformed, or too much ----

const lineIs = "Cannot read the event on line";
const noEvent = "it has to be a JSON object with a time in @t";
const nested = (open: string, close: string, times = 100_000): string => open.repeat(times) + close.repeat(times);

const malformed: Readonly<Record<string, readonly [string | Uint8Array<ArrayBuffer>, number, string]>> = {
  "bad JSON": [`${line()}\n{"@t":`, 400, `${lineIs} 2: ${noEvent}`],
  "no object": [`${line()}\n\n[]`, 400, `${lineIs} 3: ${noEvent}`],
  "no time": ['{"@mt":"x"}', 400, `${lineIs} 1: ${noEvent}`],
  "a time that is none": [line({ "@t": "yesterday" }), 400, `${lineIs} 1: ${noEvent}`],
  "a time that is nested": [`{"@t":${nested("[", "]", 30_000)}}`, 400, `${lineIs} 1: ${noEvent}`],
  "invalid UTF-8": [new Uint8Array([...utf8.encode(`${line()}\n{"a":"`), 0xff, 0xfe]), 400, `${lineIs} 2: it is not valid UTF-8`],
  "a raw NUL": ['{"@t":"2026-03-01T12:00:00Z","a":"\0"}', 400, `${lineIs} 1: ${noEvent}`],
  "NULs alone": ["\0".repeat(1000), 400, `${lineIs} 1: ${noEvent}`],
  "too large an event": [`${line()}\n${line({ a: "x".repeat(65_536) })}`, 400, `${lineIs} 2: an event may have at most 65536 bytes`],
  "a type that has no text": [line({ "@i": { toString: null } }), 400, `${lineIs} 1: its @i has to be a text or an unsigned 32-bit number`],
  "a type that is none": [line({ "@i": { a: 1 } }), 400, `${lineIs} 1: its @i has to be a text or an unsigned 32-bit number`],
  "a template of holes": [line({ "@mt": "{a}".repeat(101) }), 400, `${lineIs} 1: its @mt may have at most 100 holes`],
  "too many events": [`${line()}\n`.repeat(1001), 413, "A request may have at most 1000 events"],
  "a million lines": ["\n".repeat(1_000_000), 413, "A request may have at most 262144 bytes"],
  "lines without end": ["1\n".repeat(131_072), 400, `${lineIs} 1: ${noEvent}`],
  "the older JSON": [
    '{"Events":[{"Timestamp":"2026-03-01T12:00:00Z"}]}',
    415,
    "Cannot accept the older JSON: send CLEF, one event per line",
  ],
};

for (const [what, [body, status, message]] of Object.entries(malformed)) {
  test(`relayEvents() refuses ${what}, takes nothing of it, and stays up`, async () => {
    using it = watch();
    assert.deepEqual(await ask(it.relay, page(body)), [status, { Error: message }]);
    assert.equal(it.seen.events.length, 0);
    await isUp(it);
  });
}

test("relayEvents() keeps odd values as they are", async () => {
  using it = watch();
  const odd = [
    '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1',
    '"Huge":1e999,"Large":123456789012345678901234567890,"Tiny":-1e-400',
    '"Nul":"a\\u0000b","Lone":"\\ud800","":1,"\\ud800":2',
    `"Deep":${nested("[", "]", 20_000)}`,
    `"Deep":${nested('{"a":', "}", 8000).replace("{}", "{1}").replace('"a":}', '"a":1}')}`,
  ];
  const body = odd.map((fields) => `{"@t":"${at(noon)}","@mt":"x",${fields}}`).join("\n");
  const [status] = await ask(it.relay, page(body));
  assert.ok([201, 400].includes(status), `${status}`); // JavaScriptCore reads no JSON that is nested so deep
  if (status === 400) assert.equal((await ask(it.relay, page(body.split("\n").slice(0, 3).join("\n"))))[0], 201);
  const [first, second, third] = it.seen.events.map(({ properties }) => properties);
  assert.deepEqual(Object.keys(first!), ["__proto__", "constructor", "toString"]);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  assert.equal(second!.Tiny, -0);
  assert.equal(third!.Nul, "a\0b");
  await isUp(it);
});

test("relayEvents() refuses encoded bodies and other types", async () => {
  using it = watch();
  for (const encoding of ["gzip", "br", "deflate, gzip"]) {
    const response = await it.relay(page(line(), { "content-encoding": encoding }));
    assert.deepEqual([response.status, response.headers.get("accept-encoding")], [415, "identity"]);
  }
  for (
    const type of [
      "text/html",
      "multipart/form-data; boundary=x",
      "application/x-www-form-urlencoded",
      "image/svg+xml",
      "application/jsonp",
    ]
  ) {
    assert.equal((await it.relay(page(line(), { "content-type": type }))).status, 415, type);
  }
  assert.equal((await it.relay(page(line(), { "content-encoding": "Identity" }))).status, 201);
  assert.equal(it.seen.events.length, 1);
});

test("relayEvents() measures a body while it arrives, whatever its declared length", async () => {
  using it = watch({ maxBytes: 1000 });
  let given = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      given += 100;
      controller.enqueue(new Uint8Array(100).fill(32));
    },
  });
  const tooLarge = [413, { Error: "A request may have at most 1000 bytes" }];
  assert.deepEqual(await ask(it.relay, page(endless, { "content-length": "10" }, { duplex: "half" } as RequestInit)), tooLarge);
  assert.ok(given <= 1300, `${given}`);
  assert.deepEqual(await ask(it.relay, page(" ".repeat(1001))), tooLarge);
  assert.equal((await ask(it.relay, page(" ".repeat(1000))))[0], 201);
  let isRead = false;
  const unread = new ReadableStream({ pull: () => void (isRead = true) }, { highWaterMark: 0 });
  assert.deepEqual(await ask(it.relay, page(unread, { "content-length": "1001" }, { duplex: "half" } as RequestInit)), tooLarge);
  assert.equal(isRead, false);
});

test("relayEvents() gives up a body that takes too long, and ends its timer", async () => {
  using it = watch();
  let isCancelled = false;
  const hanging = new ReadableStream({
    start: (controller) => controller.enqueue(utf8.encode('{"@t":')),
    cancel: () => void (isCancelled = true),
  });
  const answered = ask(it.relay, page(hanging, {}, { duplex: "half" } as RequestInit));
  await eventually(() => it.clock.timers === 1, "the body is read");
  await it.clock.advance(10_000);
  assert.deepEqual(await answered, [408, { Error: "The body took longer than 10000 ms" }]);
  assert.deepEqual([isCancelled, it.clock.timers, it.seen.events.length], [true, 0, 0]);
  await isUp(it);
});

test("relayEvents() replies 400 where a body breaks off or was read before", async () => {
  using it = watch();
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
  assert.deepEqual(await ask(it.relay, page(broken, {}, { duplex: "half" } as RequestInit)), [400, { Error: "The body is incomplete" }]);
  const read = page(line());
  await read.text();
  assert.deepEqual(await ask(it.relay, read), [400, { Error: "The body was read before the relay received it" }]);
  await isUp(it);
});

test("readBody() of single bytes keeps them in one piece of memory that is bounded", async () => {
  let left = 5000;
  const kib: number[] = [];
  const pool = new Uint8Array(65_536);
  const drip = new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(pool.subarray(left, left + 1)) : controller.close()),
  });
  const request = page(drip, {}, { duplex: "half" } as RequestInit);
  const body = await readBody(request, { maxBytes: 5000, bodyTimeoutMs: 1000 }, new FakeClock(), (begun) => void kib.push(begun));
  assert.deepEqual([body.length, body.buffer.byteLength, kib], [5000, 5000, [1, 2, 3, 4, 5]]);
});

// ---- floods ----

test("relayEvents() admits so many events of a client in a minute, and says when to come back", async () => {
  using it = watch({
    eventsPerMinute: 60,
    maxEvents: 50,
    maxBytes: 50_000,
    clientAddress: (request) => request.headers.get("x-client") ?? undefined,
  });
  const send = async (client: string, count: number): Promise<readonly [number, string | null]> => {
    const response = await it.relay(page(`${line()}\n`.repeat(count), { "x-client": client }));
    return [response.status, response.headers.get("retry-after")];
  };
  assert.deepEqual(await send("a", 50), [201, null]);
  assert.deepEqual(await send("a", 50), [201, null], "10 are left, and 40 are owed");
  assert.deepEqual(await send("a", 1), [429, "41"]);
  assert.deepEqual(await send("b", 50), [201, null], "another client");
  await it.clock.advance(40_000);
  assert.deepEqual(await send("a", 1), [429, "1"]);
  await it.clock.advance(1000);
  assert.deepEqual(await send("a", 1), [201, null]);
  it.clock.jump(-3_600_000);
  assert.deepEqual(await send("a", 1), [429, "1"], "the clock was set back");
});

test("relayEvents() counts bytes and refused requests, too", async () => {
  using it = watch({ eventsPerMinute: 300, clientAddress: () => "a" });
  for (let i = 0; i < 2; i++) assert.equal((await it.relay(page("x".repeat(200 * 1024)))).status, i === 0 ? 400 : 400);
  assert.equal((await it.relay(page(line()))).status, 429);
  assert.equal(it.seen.events.length, 0);
});

test("relayEvents() holds requests that come at once to what they may spend together", async () => {
  using it = watch({ eventsPerMinute: 100, maxEvents: 100, maxBytes: 100_000, clientAddress: () => "a" });
  const batch = `${line()}\n`.repeat(100);
  const answers = await Promise.all(Array.from({ length: 50 }, () => it.relay(page(batch))));
  const taken = answers.filter(({ status }) => status === 201).length;
  assert.ok(taken >= 1 && taken <= 2, `${taken}`);
  assert.ok(answers.every(({ status }) => status === 201 || status === 429));
  assert.equal(it.seen.events.length, taken * 100);
});

test("relayEvents() holds a flood from very many addresses to what all may send, and is up again when it is over", async () => {
  using it = watch({ totalEventsPerMinute: 300, clientAddress: (request) => request.headers.get("x-client") });
  let taken = 0;
  for (let i = 0; i < 1000; i++) taken += Number((await it.relay(page(line(), { "x-client": `192.0.2.${i}` }))).status === 201);
  assert.equal(taken, 300);
  assert.equal(it.seen.events.length, 300);
  assert.deepEqual(it.told, ["The relay has refused requests of pages (rate 1) 1"]);
  await it.clock.advance(60_000);
  assert.equal((await it.relay(page(line(), { "x-client": "198.51.100.1" }))).status, 201);
});

test("addressOf() reads what Bun, Deno, Node and Workers report of the connection, and no header of a client's", () => {
  const request = page(null, {
    "x-forwarded-for": "203.0.113.9",
    "x-real-ip": "203.0.113.9",
    forwarded: "for=203.0.113.9",
    "cf-connecting-ip": "203.0.113.9",
  });
  const socket = { remoteAddress: "192.0.2.1" };
  assert.equal(addressOf(request, { requestIP: (asked: Request) => asked === request && { address: "192.0.2.1" } }), "192.0.2.1");
  assert.equal(addressOf(request, { requestIP: () => null }), undefined);
  assert.equal(addressOf(request, { remoteAddr: { transport: "tcp", hostname: "192.0.2.1", port: 1 } }), "192.0.2.1");
  assert.equal(addressOf(request, { socket }), "192.0.2.1");
  assert.equal(addressOf(request, { incoming: { socket }, outgoing: {} }), "192.0.2.1");
  assert.equal(addressOf(request, {}, { waitUntil: () => {} }), undefined);
  assert.equal(addressOf(request, undefined, null, 1), undefined);
  assert.equal(addressOf(Object.assign(page(null, { "cf-connecting-ip": "192.0.2.1" }), { cf: {} }), {}, {}), "192.0.2.1");
});

// ---- how it fails, and what it says ----

test("relayEvents() replies 503 while the server's own queue is half full, and accepts no event", async () => {
  using it = watch();
  let hasRoom = false;
  class Full extends Handler {
    emit(): void {}
    override ready(): Promise<boolean> {
      return Promise.resolve(hasRoom);
    }
  }
  using _added = getLogger("somewhere").addHandler(new Full());
  const response = await it.relay(page(line()));
  assert.deepEqual([response.status, response.headers.get("retry-after"), it.seen.events.length], [503, "10", 0]);
  hasRoom = true;
  await isUp(it);
});

test("relayEvents() never takes the room of the server's own events, however many requests come at once", async () => {
  using _ = hearDiagnostics();
  const never = (): Promise<Response> => new Promise(() => {});
  const logging = configure({ serverUrl: "http://seq.test", fetch: never, level: "trace", queueSize: 4000, maxQueueBytes: 2_000_000 });
  const own = 1000;
  for (let n = 0; n < own; n++) getLogger("shop").info("Own {N}", { N: n });
  const relay = relayEvents({ clientAddress: (request: Request) => request.headers.get("x-client") });
  const body = Array.from({ length: 60 }, (_, n) => line({ "@t": at(Date.now()), N: n, Text: "x".repeat(3500) })).join("\n");
  const bodies: (() => void)[] = [];
  const slow = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      start(controller) {
        bodies.push(() => {
          controller.enqueue(utf8.encode(body));
          controller.close();
        });
      },
    });
  const responses = Array.from(
    { length: 150 },
    (_, n) => relay(page(slow(), { "x-client": `192.0.2.${n % 6}` }, { duplex: "half" } as RequestInit)),
  );
  await eventually(() => bodies.length === 150, "all requests are admitted");
  for (const complete of bodies) complete(); // all were admitted while there was room
  const statuses = (await Promise.all(responses)).map(({ status }) => status);
  assert.ok(statuses.includes(201) && statuses.includes(503), `${[...new Set(statuses)]}`);
  const { queued, queuedBytes, lost } = logging.stats().seq!;
  assert.deepEqual(lost, {});
  assert.equal(queued, own + 60 * statuses.filter((status) => status === 201).length);
  assert.ok(queuedBytes < 1_000_000, `${queuedBytes}`);
  await shutdown({ timeoutMs: 0 });
});

test("relayEvents() never throws: a function of the program's that throws is reported, and no event is accepted", async () => {
  const broken = (): never => {
    throw new Error("no session");
  };
  for (
    const options of [{ properties: broken }, { clientAddress: broken }, { properties: () => Promise.reject(new Error("no session")) }]
  ) {
    using it = watch(options);
    using hearing = hearDiagnostics();
    assert.deepEqual(await ask(it.relay, page(line())), [500, { Error: "The relay failed" }]);
    assert.equal(it.seen.events.length, 0);
    assert.deepEqual(hearing.heard.map(({ code, hint }) => [code, hint]), [["relay-refused", "The last failure: no session"]]);
  }
  using it = watch();
  for (const wrong of [undefined, null, 1, {}]) {
    assert.equal((await it.relay(wrong as unknown as Request)).status, 500);
  }
});

test("relayEvents() reports what it refused by reason, at most once a minute", async () => {
  using it = watch();
  await it.relay(page("{"));
  for (let i = 0; i < 5; i++) await it.relay(page("{", { origin: "https://evil.test" }));
  await it.relay(page("{", { "content-type": "text/html" }));
  assert.deepEqual(it.told, ["The relay has refused requests of pages (malformed 1) 1"]);
  await it.clock.advance(60_000);
  await it.relay(page("{"));
  assert.deepEqual(it.told.slice(1), ["The relay has refused requests of pages (origin 5, media type 1, malformed 1) 7"]);
});

test("relayEvents() throws one ConfigError that lists every mistake", async () => {
  const wrong = {
    ...{
      logger: 7,
      origins: [
        "https://shop.test/",
        "https://shop.test:443",
        "null",
        "*",
        "https://Shop.test",
        "https://a.*.test",
        "https://*",
        "*.shop.test",
      ],
      maxBytes: 0,
      max_events: 1.5,
    },
    ...{
      maxEventBytes: "many",
      bodyTimeoutMs: 2 ** 31,
      eventsPerMinute: -1,
      clientAddress: "x",
      properties: [],
      level: "loud",
      orgins: "*",
    },
  };
  const issues = await issuesOf(() => relayEvents(wrong as unknown as RelayOptions));
  assert.deepEqual(issues.map(({ path }) => path), [
    ...[
      "logger",
      "origins.0",
      "origins.1",
      "origins.2",
      "origins.3",
      "origins.4",
      "origins.5",
      "origins.6",
      "origins.7",
      "maxBytes",
      "max_events",
      "maxEventBytes",
      "bodyTimeoutMs",
    ],
    ...["eventsPerMinute", "clientAddress", "properties", "level", "orgins"],
  ]);
  assert.match(issues.at(-1)!.message, /did you mean origins\?/);
  assert.deepEqual((await issuesOf(() => relayEvents({ origins: "https://shop.test" as "*" }))).map(({ path }) => path), ["origins"]);
});

// ---- any bytes at all ----

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(fc.oneof(fc.json(), fc.string(), fc.constant(line()), fc.jsonValue().map((value) => line({ a: value }))), { maxLength: 5 })
    .map((lines) => utf8.encode(lines.join("\n"))),
  fc.tuple(fc.nat(60), fc.nat(255)).map(([place, byte]) => utf8.encode(`${line()}\n${line()}`).map((old, i) => (i === place ? byte : old))),
  fc.dictionary(
    fc.constantFrom("@t", "@mt", "@m", "@l", "@x", "@i", "@r", "@tr", "@sp", "SourceContext", "__proto__", "a.b", ""),
    fc.jsonValue(),
  )
    .map((fields) => utf8.encode(JSON.stringify({ "@t": at(noon), ...fields }))),
);

test("relayEvents() replies to any bytes with a clean status, and accepts all of a batch or nothing", async () => {
  const clock = new FakeClock(noon);
  const relay = relayEvents({ clock, eventsPerMinute: 1e9, totalEventsPerMinute: 1e9, properties: { Stamp: 1 } });
  using seen = remember(getLogger("browser"));
  using hearing = hearDiagnostics();
  getLogger("browser").level = "trace";
  let before = 0;
  await fc.assert(
    fc.asyncProperty(bytes, async (body) => {
      const [status, answer] = await ask(relay, page(body as Uint8Array<ArrayBuffer>));
      const taken = seen.events.slice(before);
      before = seen.events.length;
      if (status === 201) {
        const lines = new TextDecoder().decode(body).split("\n").filter((line) => line.trim() !== "");
        assert.equal(taken.length, lines.length);
        for (const { loggerName, properties } of taken) {
          assert.match(loggerName, /^browser(?:\.[^\p{C}\n]+)?$/u);
          assert.equal(properties.Stamp, 1);
        }
      } else {
        assert.ok([400, 415].includes(status), `${status}`);
        assert.equal(typeof (answer as { Error: unknown }).Error, "string");
        assert.equal(taken.length, 0);
      }
    }),
    { numRuns: rounds(700) },
  );
  getLogger("browser").level = undefined;
  assert.deepEqual(hearing.heard.filter(({ code }) => code !== "relay-refused"), []);
});

// ---- over HTTP ----

interface Server extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

interface NativeServer {
  readonly port?: number;
  readonly addr?: { readonly port: number };
  stop?(now: boolean): Promise<void>;
  shutdown?(): Promise<void>;
}

const natives = globalThis as unknown as {
  readonly Bun?: { serve(options: object): NativeServer };
  readonly Deno?: { serve(options: object, handler: Relay): NativeServer };
};

/** Serves a fetch handler as the runtime does: Bun.serve, Deno.serve, and node:http elsewhere. */
async function serve(handler: Relay): Promise<Server> {
  const hostname = "127.0.0.1";
  const { Bun, Deno } = natives;
  const found = (port: number, close: () => Promise<void>): Server => ({
    url: `http://${hostname}:${port}`,
    port,
    [Symbol.asyncDispose]: close,
  });
  if (Bun !== undefined) {
    const server = Bun.serve({ hostname, port: 0, fetch: handler });
    return found(server.port!, () => server.stop!(true));
  }
  if (Deno !== undefined) {
    const ending = new AbortController();
    const server = Deno.serve({ hostname, port: 0, onListen: () => {}, signal: ending.signal }, handler);
    return found(server.addr!.port, () => Promise.resolve(ending.abort()));
  }
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) =>
    nodeListener((request) => handler(request, incoming), true)(incoming as unknown as NodeRequest, outgoing as unknown as NodeResponse)
  );
  await new Promise<void>((resolve) => server.listen(0, hostname, resolve));
  return found((server.address() as { port: number }).port, () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }));
}

/** A whole house: a Seq, a server that logs to it, and a relay on it. */
interface House extends AsyncDisposable {
  readonly seq: RunningCollector;
  readonly server: Server;
  /** Sends one good event, and finds it, alone, in Seq. */
  isUp(): Promise<void>;
  /** Posts as a page of the server does. */
  post(body: BodyInit, headers?: Record<string, string>): Promise<readonly [number, unknown]>;
  /** Speaks HTTP by hand; answers what comes until the connection ends or `until` is in it. */
  speak(text: string, until?: string): Promise<string>;
  /** Says something and goes away in the middle of it. */
  breakOff(text: string): Promise<void>;
}

async function open(options: RelayOptions = {}): Promise<House> {
  const seq = await serveCollector({ port: 0 });
  configure({ serverUrl: seq.url, level: "debug", properties: { ...anonymous, Application: "shop" } });
  const server = await serve(relayEvents({ properties: { Via: "relay" }, ...options }));
  const post = async (body: BodyInit, headers: Record<string, string> = {}): Promise<readonly [number, unknown]> => {
    const all = { origin: server.url, "content-type": "application/vnd.serilog.clef", ...headers };
    const response = await fetch(
      `${server.url}/seq/api/events/raw?clef`,
      { method: "POST", body, headers: all, duplex: "half" } as RequestInit,
    );
    return [response.status, await response.json()];
  };
  const isUp = async (): Promise<void> => {
    const before = seq.received;
    assert.deepEqual(await post(line({ "@t": at(Date.now()) })), [201, { MinimumLevelAccepted: "Debug" }]);
    await flush();
    assert.equal(seq.received, before + 1);
  };
  const speak = (text: string, until?: string): Promise<string> =>
    new Promise((resolve) => {
      let heard = "";
      const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
      const end = (): void => {
        socket.destroy();
        resolve(heard);
      };
      socket.on("data", (bytes: Uint8Array) => {
        heard += new TextDecoder().decode(bytes);
        if (until !== undefined && heard.includes(until)) end();
      });
      socket.on("error", end);
      socket.on("close", end);
    });
  const breakOff = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(server.port, "127.0.0.1", () => socket.write(text, () => socket.destroy()));
      socket.on("error", () => {});
      socket.on("close", () => resolve());
    });
  const close = async (): Promise<void> => {
    await shutdown();
    await server[Symbol.asyncDispose]();
    await seq.close();
  };
  return { seq, server, isUp, post, speak, breakOff, [Symbol.asyncDispose]: close };
}

const head = ({ server }: House, more: string): string =>
  `POST /seq HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nOrigin: ${server.url}\r\nConnection: close\r\n${more}\r\n\r\n`;

test("relayEvents() accepts what a SeqHandler of a page sends, adds its properties, and it reaches Seq without the page's key", async () => {
  using _hearing = hearDiagnostics();
  await using house = await open();
  const { seq, server } = house;
  const client = new SeqHandler({ serverUrl: `${server.url}/seq`, apiKey: "key-of-a-page", headers: { origin: server.url } });
  const now = Date.now();
  for (let i = 0; i < 1500; i++) {
    const properties = { i, Application: "page", Text: "x".repeat(i % 600) };
    client.handle({ timestampMs: now + i, level: "warn", loggerName: "shop.cart", messageTemplate: "Step {i}", properties, message: "" });
  }
  assert.deepEqual(await client.flush(), { delivered: 1500, pending: 0, lost: 0 });
  await flush();
  assert.deepEqual(seq.events.map(({ message }) => message), Array.from({ length: 1500 }, (_, i) => `Step ${i}`));
  const [{ clef }] = seq.events as [RunningCollector["events"][number]];
  assert.deepEqual(clef, {
    ...{ "@t": `${at(now).slice(0, -1)}0000Z`, "@mt": "Step {i}", "@l": "Warning", i: 0, PageApplication: "page", Text: "" },
    ...{ Via: "relay", SourceContext: "browser.shop.cart", Application: "shop" },
  });
  assert.ok(seq.requests.every(({ apiKey }) => apiKey === null));
  await client.close();
});

test("relayEvents() steers the level of a SeqHandler of a page", async () => {
  await using house = await open({ level: "error" });
  const { seq, server } = house;
  const client = new SeqHandler({ serverUrl: `${server.url}/seq`, headers: { origin: server.url } });
  const send = (message: string, level: "info" | "error"): void =>
    client.handle({ timestampMs: Date.now(), level, loggerName: "", messageTemplate: message, properties: {}, message });
  send("first", "error");
  await client.flush();
  send("not sent", "info");
  send("second", "error");
  await client.flush();
  await flush();
  assert.deepEqual([client.stats().delivered, ...seq.events.map(({ message }) => message)], [2, "first", "second"]);
  await client.close();
});

test("relayEvents() on a server knows the address of a client by itself", async () => {
  await using house = await open({ eventsPerMinute: 3, maxEvents: 3, maxBytes: 3000 });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await house.post(line({ "@t": at(Date.now()) }), { "x-forwarded-for": `192.0.2.${i}` }))[0]);
  assert.deepEqual(statuses, [201, 201, 201, 429, 429]);
});

test("relayEvents() over HTTP survives what is too large, in one piece and in chunks", async () => {
  using _hearing = hearDiagnostics();
  await using house = await open();
  const tooLarge = [413, { Error: "A request may have at most 262144 bytes" }];
  assert.deepEqual(await house.post("x".repeat(262_145)), tooLarge);
  let left = 40;
  const chunks = new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(10_000)) : controller.close()),
  });
  assert.deepEqual(await house.post(chunks), tooLarge);
  assert.match(await house.speak(head(house, "Content-Length: 99999999999"), "\r\n\r\n"), /^HTTP\/1.1 413 /);
  await house.isUp();
});

test("relayEvents() over HTTP survives a drip that does not end, and a body that never comes", async () => {
  using _hearing = hearDiagnostics();
  const clock = new FakeClock(Date.now());
  await using house = await open({ clock });
  const slow = Array.from({ length: 20 }, (_, i) => house.speak(head(house, "Content-Length: 100000") + "{".repeat(i), "\r\n\r\n"));
  const chunked = house.speak(`${head(house, "Transfer-Encoding: chunked")}1\r\n{\r\n`, "\r\n\r\n");
  await eventually(() => clock.timers === 21, "all bodies are waited for");
  await house.isUp();
  await clock.advance(10_000);
  for (const answer of await Promise.all([...slow, chunked])) assert.match(answer, /^HTTP\/1.1 408 /);
  await house.isUp();
  assert.equal(clock.timers, 0);
});

test("relayEvents() over HTTP survives uploads that break off", async () => {
  using hearing = hearDiagnostics();
  const clock = new FakeClock(Date.now());
  await using house = await open({ clock });
  for (let i = 0; i < 20; i++) await house.breakOff(`${head(house, "Content-Length: 1000")}{"@t":"2026-`);
  await house.breakOff(`${head(house, "Transfer-Encoding: chunked")}ff\r\n{`);
  await eventually(() => hearing.heard.some(({ message }) => message.includes("aborted")) && clock.timers === 0, "they are noticed");
  await house.isUp();
  assert.equal(house.seq.received, 1);
});

test("relayEvents() over HTTP survives wrong requests: headers without end, a forged host, no HTTP at all", async () => {
  using _hearing = hearDiagnostics();
  await using house = await open({ origins: ["https://shop.test"] });
  const forged = (host: string, from: string): string =>
    `POST /seq HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${from}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
  assert.match(await house.speak(forged("evil.test", "https://evil.test"), "\r\n\r\n"), /^HTTP\/1.1 403 /);
  assert.match(await house.speak(forged("evil.test", "null"), "\r\n\r\n"), /^HTTP\/1.1 403 /);
  assert.doesNotMatch(await house.speak(head(house, `X-Long: ${"x".repeat(2_000_000)}`), "\r\n\r\n"), /^HTTP\/1.1 2/);
  assert.doesNotMatch(await house.speak("\0\x16\x03\x01 what\r\n\r\n", "\r\n\r\n"), /^HTTP\/1.1 2/);
  assert.match(await house.speak(forged("x", "https://shop.test"), "\r\n\r\n"), /^HTTP\/1.1 201 /);
  assert.equal(house.seq.received, 0);
});

test("relayEvents() over HTTP survives a flood, and 429 makes a SeqHandler wait and lose nothing", async () => {
  using _hearing = hearDiagnostics();
  const clock = new FakeClock(Date.now());
  await using house = await open({ clock, totalEventsPerMinute: 50, maxEvents: 50, maxBytes: 50_000 });
  const { server, seq } = house;
  const time = new FakeClock(clock.now());
  const flood = await Promise.all(Array.from({ length: 100 }, () => house.post(line({ "@t": at(clock.now()) }))));
  assert.equal(flood.filter(([status]) => status === 201).length, 50);
  assert.equal(flood.filter(([status]) => status === 429).length, 50);
  const client = new SeqHandler({ serverUrl: `${server.url}/seq`, headers: { origin: server.url }, clock: time });
  client.handle({ timestampMs: clock.now(), level: "info", loggerName: "", messageTemplate: "late", properties: {}, message: "" });
  await client.flush({ timeoutMs: 0 });
  await eventually(() => client.stats().retries === 1, "it is refused once");
  await clock.advance(60_000);
  await time.advance(5000);
  await eventually(() => client.stats().delivered === 1, "it is taken");
  await flush();
  assert.deepEqual([seq.received, seq.events.at(-1)?.message], [51, "late"]);
  await client.close();
});

// ---- many at once ----

/** Bodies of which many come at once: however they are made, and however they come, the server's own events keep their room. */
const crowds: Readonly<Record<string, () => { body: BodyInit; options?: RelayOptions }>> = {
  "large events": () => ({ body: Array.from({ length: 4 }, () => line({ A: "x".repeat(58_000) })).join("\n") }),
  "small events": () => ({ body: Array.from({ length: rounds(1000, 250) }, () => line()).join("\n") }),
  "one small event": () => ({ body: line() }),
  "values that a template repeats": () => ({ body: line({ "@mt": "{A}".repeat(90), A: "x".repeat(1000) }) }),
  "formats that lengthen": () => ({ body: line({ "@mt": "{A:u}".repeat(90), A: "\u0390".repeat(300) }) }),
  "padding": () => ({ body: line({ "@mt": "{A,999:x}".repeat(90), A: 1 }) }),
  "escapes": () => ({ body: line({ A: "\0".repeat(9000) }) }),
  "letters of several bytes": () => ({ body: line({ A: "\u20ac".repeat(20_000) }) }),
  "exceptions": () => ({ body: line({ "@x": "at x\n".repeat(10_000) }) }),
  "names": () => ({ body: line(Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`${"n".repeat(40)}${i}`, 0]))) }),
  "empty lists": () => ({ body: line({ A: Array.from({ length: 19_000 }, () => []) }) }),
  "properties that are waited for": () => ({
    body: line({ A: "x".repeat(50_000) }),
    options: { properties: () => new Promise((resolve) => setTimeout(() => resolve({ Stamp: "y".repeat(5000) }))) },
  }),
  "bodies that end at once": () => ({ body: slowBody(line({ A: "x".repeat(50_000) })) as unknown as BodyInit }),
};
const bodiesAtOnce = 40;
let openBodies: (() => void)[] = [];

/** A body whose end waits until all have begun. */
function slowBody(text: string): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(utf8.encode(text));
      openBodies.push(() => controller.close());
      if (openBodies.length === bodiesAtOnce) { for (const end of openBodies) end(); }
    },
  });
}

for (const [what, make] of Object.entries(crowds)) {
  test(`relayEvents() takes no room of the server's own events, however many requests come at once: ${what}`, async () => {
    using _ = hearDiagnostics();
    openBodies = [];
    const { options } = make();
    openBodies = [];
    const fetch = (): Promise<Response> => new Promise(() => {});
    configure({ serverUrl: "http://seq.test", fetch, level: "trace", queueSize: 2000, maxQueueBytes: 2_000_000, properties: anonymous });
    const own = getLogger("shop");
    for (let i = 0; i < 500; i++) own.info("Own {I}", { I: i });
    const relay = relayEvents({ ...options, clientAddress: (_request, i) => `192.0.2.${i}` });
    const requests = Array.from({ length: bodiesAtOnce }, (_, i) => {
      const { body } = make();
      return relay(page(body, {}, { duplex: "half" } as RequestInit), i % 30);
    });
    const statuses = (await Promise.all(requests)).map(({ status }) => status);
    for (let i = 0; i < 500; i++) own.info("Own {I}", { I: i });
    await Promise.resolve();
    const { lost, queued, queuedBytes } = stats().seq!;
    await shutdown({ timeoutMs: 0 });
    assert.deepEqual(lost, {});
    assert.ok(queued >= 1000 && queued <= 1500 && queuedBytes < 1_300_000, `${queued} events, ${queuedBytes} bytes`);
    assert.ok(statuses.every((status) => [201, 413, 429, 503].includes(status)), [...new Set(statuses)].join());
  });
}
