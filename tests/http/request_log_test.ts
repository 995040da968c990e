/** One piece of work that is served, and the one event about its completion. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger } from "../../mod.ts";
import { runInContext } from "../../src/context.ts";
import { beginSafely, type RequestAbout, RequestLog, scopeOf } from "../../src/http/request_log.ts";
import { readRequestOptions, type RequestLogOptions } from "../../src/http/request_options.ts";
import { samplingInForce, type SpanOwner } from "../../src/span.ts";
import { handClock, hearRequests } from "../support/access.ts";
import { hearDiagnostics } from "../support/seq.ts";

const about: RequestAbout = {
  ...{ id: "r-1", method: "GET", path: "/a", template: "{RequestPath} took {Elapsed}", kind: "Server", properties: { Protocol: "HTTP/2" } },
  ending: (_about, statusCode) => ({ RequestPath: "/a", StatusCode: statusCode }),
};
const begin = (options: RequestLogOptions = {}): RequestLog => new RequestLog(readRequestOptions(options), about);

test("RequestLog logs its first end, and no other", async () => {
  await using heard = hearRequests();
  const clock = handClock();
  const log = begin({ now: clock.now });
  clock.ms += 1.23456;
  log.complete({ statusCode: 200, bytes: 3 });
  log.complete({ statusCode: 500 });
  log.abort();
  assert.equal(log.isOver, true);
  assert.deepEqual(heard.access.map(({ properties }) => properties), [
    { RequestPath: "/a", StatusCode: 200, Elapsed: 1.2346, RequestId: "r-1", Protocol: "HTTP/2", ResponseBytes: 3 },
  ]);
});

test("RequestLog measures until the work has ended, however late a sampler decides about its trace", async () => {
  await using heard = hearRequests();
  const clock = handClock();
  let owner: SpanOwner | undefined;
  samplingInForce().sampling = { isSampled: () => false, hold: (_span, given) => void (owner = given) };
  try {
    const log = begin({ now: clock.now });
    clock.ms += 5;
    log.complete({ statusCode: 200 });
  } finally {
    delete samplingInForce().sampling;
  }
  clock.ms += 1000;
  owner!.writeEnd(undefined);
  assert.deepEqual(heard.access.map(({ properties }) => properties.Elapsed), [5]);
});

test("RequestLog measures by the runtime's clock where the option now fails at the end, and reports it", async () => {
  await using heard = hearRequests();
  using diagnostics = hearDiagnostics();
  let asked = 0;
  const now = (): number => {
    if (asked++ > 0) throw new Error("no time");
    return performance.now();
  };
  begin({ now }).complete({ statusCode: 200 });
  assert.equal(typeof heard.access[0]?.properties.Elapsed, "number");
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["request-log-failed"]);
});

test("RequestLog keeps nothing of the contexts around it but their properties, however many began within each other", async () => {
  await using heard = hearRequests();
  using diagnostics = hearDiagnostics();
  let log = begin();
  for (let i = 0; i < 20_000; i++) log = runInContext(log, () => begin(), "");
  log.complete({ statusCode: 200 });
  runInContext(log, () => getLogger("http.access").info("inside"), "");
  assert.deepEqual(heard.access.map(({ properties }) => properties.RequestId), ["r-1", "r-1"]);
  assert.deepEqual(diagnostics.heard, []);
});

test("RequestLog gives a client that left the status of the response that was begun, or 499", async () => {
  await using heard = hearRequests();
  const begun = begin();
  begun.respond(206);
  begun.abort();
  begin().abort();
  assert.deepEqual(heard.access.map(({ properties }) => [properties.StatusCode, properties.Aborted]), [[206, true], [499, true]]);
});

test("RequestLog marks its request, and a request that refuses the mark is served nevertheless", () => {
  const log = begin();
  const request = {};
  log.mark(request);
  assert.equal(scopeOf(request), log);
  log.mark(new Proxy({}, { defineProperty: () => false }));
  log.mark(
    new Proxy({}, {
      defineProperty: () => {
        throw new Error("no");
      },
    }),
  );
  assert.deepEqual([undefined, null, 1, "x", {}].map(scopeOf), Array(5).fill(undefined));
});

test("RequestLog uses the usual level where the option fails, and reports it", async () => {
  await using heard = hearRequests();
  using diagnostics = hearDiagnostics();
  const fail = (): never => {
    throw new Error("no level");
  };
  begin({ level: fail }).complete({ statusCode: 503 });
  begin({ level: () => "off" }).complete({ statusCode: 503 });
  begin({ skip: ["/a"] }).complete({ statusCode: 503 });
  assert.deepEqual(heard.access.map(({ level }) => level), ["error"]);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["request-log-failed"]);
});

test("beginSafely() reports a failure, and returns nothing", () => {
  using diagnostics = hearDiagnostics();
  assert.equal(
    beginSafely(() => {
      throw new Error("broken");
    }),
    undefined,
  );
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["request-log-failed"]);
});
