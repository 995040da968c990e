/** Requests of a program, as spans. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeClef, getLogger } from "../../mod.ts";
import { runOwnRequest } from "../../src/runtime/async_context.ts";
import { withTrace } from "../../src/tracing/propagation.ts";
import { withSpan } from "../../src/tracing/start_span.ts";
import { tracedFetch } from "../../src/tracing/traced_fetch.ts";
import { registerOpenTelemetry } from "../support/open_telemetry.ts";
import { remember } from "../support/seq.ts";

const logger = getLogger("http.client");
logger.level = "info";

/** A fetch that answers with the status that the path names, and remembers what it was asked. */
function fakeFetch(): {
  readonly fetch: typeof globalThis.fetch;
  readonly asked: { readonly input: unknown; readonly headers: Headers }[];
} {
  const asked: { readonly input: unknown; readonly headers: Headers }[] = [];
  const fetch = (input: Request | URL | string, init?: RequestInit): Promise<Response> => {
    asked.push({ input, headers: new Headers(init?.headers) });
    const status = Number(/\/(\d+)/.exec(input instanceof Request ? input.url : String(input))?.[1]);
    return status ? Promise.resolve(new Response("x", { status })) : Promise.reject(new TypeError("fetch failed"));
  };
  return { fetch: fetch as typeof globalThis.fetch, asked };
}

test("tracedFetch() makes a Client span of each request, and hands the trace on", async () => {
  using heard = remember(logger);
  const { fetch, asked } = fakeFetch();
  const traced = tracedFetch(fetch);
  await withSpan(logger, "outer", async (outer) => {
    assert.equal((await traced("http://stock/200?access_token=secret&id=7")).status, 200);
    await traced(new URL("http://stock/503"), { method: "put" });
    await traced(new Request("http://stock/404", { method: "DELETE", headers: { a: "b" } }));
    await assert.rejects(traced("http://stock/down"), /fetch failed/);
    const lines = heard.events.map((event) => JSON.parse(encodeClef(event)));
    assert.deepEqual(lines.map((line) => [line["@sk"], line["@l"], line.RequestMethod, line.RequestUri, line.StatusCode]), [
      ["Client", undefined, "GET", "http://stock/200?access_token=***&id=7", 200],
      ["Client", "Error", "PUT", "http://stock/503", 503],
      ["Client", undefined, "DELETE", "http://stock/404", 404],
      ["Client", "Error", "GET", "http://stock/down", undefined],
    ]);
    for (const [i, line] of lines.entries()) {
      assert.equal(line["@ps"], outer.context?.spanId);
      assert.equal(asked[i]?.headers.get("traceparent"), `00-${line["@tr"]}-${line["@sp"]}-01`);
    }
    assert.equal(asked[2]?.headers.get("a"), "b");
  });
});

test("headers that the program has set stay, and only listed origins get any where some are listed", async () => {
  const { fetch, asked } = fakeFetch();
  const traced = tracedFetch(fetch, { origins: ["http://stock"] });
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  await traced("http://stock/200", { headers: { traceparent } });
  await traced("http://elsewhere/200");
  await withTrace({ traceparent, tracestate: "k=v" }, () => traced("http://stock/200"));
  assert.deepEqual(asked.map(({ headers }) => headers.get("traceparent")?.slice(0, 36)), [
    traceparent.slice(0, 36),
    undefined,
    traceparent.slice(0, 36),
  ]);
  assert.equal(asked[2]?.headers.get("tracestate"), "k=v");
});

test("a request of the library's own, and one that OpenTelemetry traces, is the fetch that was given", async () => {
  using heard = remember(logger);
  const { fetch, asked } = fakeFetch();
  const traced = tracedFetch(fetch, { logger });
  await runOwnRequest(() => traced("http://seq/201"));
  using _api = registerOpenTelemetry();
  await traced("http://stock/200");
  assert.deepEqual([heard.events.length, asked.map(({ headers }) => headers.has("traceparent"))], [0, [false, false]]);
});

test("where the span's level is off, the trace around is passed on", async () => {
  const { fetch, asked } = fakeFetch();
  const quiet = getLogger("quiet");
  quiet.level = "warn";
  await withSpan(logger, "outer", async (span) => {
    await tracedFetch(fetch, { logger: quiet })("http://stock/200");
    assert.equal(asked[0]?.headers.get("traceparent"), `00-${span.context?.traceId}-${span.context?.spanId}-01`);
  });
});

test("a span shows no credentials of its URL, whether it can be read or not, nor does the error of a fetch that repeats it", async () => {
  using heard = remember(logger);
  const fetch = ((input: string) => Promise.reject(new TypeError(`Failed to parse URL from ${input}`))) as typeof globalThis.fetch;
  const traced = tracedFetch(fetch, { logger });
  const urls = [
    "/x?token=s3cret",
    "http://ada:s3cret@host:99999/",
    "http://ada:s3cret@host/x?api_key=s3cret",
    "http://host/x;jsessionid=s3cret",
  ];
  for (const url of urls) await assert.rejects(traced(url), { message: `Failed to parse URL from ${url}` });
  const written = heard.events.map((event) => encodeClef(event));
  assert.equal(written.length, urls.length);
  for (const line of written) assert.doesNotMatch(line, /s3cret/);
  assert.match(written[0]!, /"@x":"TypeError: Failed to parse URL from \/x\?token=\*\*\*/);
});
