/** Events of a page never look like events of the server. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, getLogger, shutdown } from "../../mod.ts";
import { createCollector } from "../../src/collector/collector.ts";
import { impersonationGuard } from "../../src/relay/impersonation.ts";
import { relayEvents } from "../../src/relay/relay_events.ts";

const nowMs = Date.UTC(2026, 2, 1, 12);
const guard = impersonationGuard({ loggerName: "browser", reserved: ["Tenant", "User.Id"], nowMs, maxClockSkewMs: 1000, spans: false });

test("impersonationGuard() moves reserved names, types of events, and times that cannot be true aside", () => {
  const properties = {
    Tenant: "x",
    PageTenant: "y",
    "User.Name": 1,
    User: 2,
    SourceContext: "a\nb",
    LoggerName: "c",
    Own: 3,
    PageEventType: 4,
  };
  assert.deepEqual(guard({ timestampMs: 5, properties, eventType: 9, traceId: "t" }, 7), {
    ...{ timestampMs: nowMs, ticks: 7, traceId: "t", spanId: undefined, isForeign: true, loggerName: "browser.a_b" },
    properties: {
      ...{ PagePageTenant: "x", PageTenant: "y", "PageUser.Name": 1, PageUser: 2, PageLoggerName: "c", Own: 3, PagePageEventType: 4 },
      ...{ PageEventType: 9, PageTime: "1970-01-01T00:00:00.005Z" },
    },
  });
});

test("relayEvents() lets a page override nothing that its logger is bound to, and puts this machine's name on no event of a page", async () => {
  const seq = createCollector();
  const fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => seq.fetch(new Request(input, init));
  configure({ serverUrl: "http://seq.test", fetch, level: "trace", properties: { Application: "shop" } });
  const relay = relayEvents({ logger: getLogger("pages").with({ Tenant: "ours", "Plan.Name": "free" }) });
  const given = {
    Tenant: "theirs",
    "Tenant.Id": 1,
    Plan: "paid",
    "Plan.Name": "paid",
    MachineName: "db-1",
    ProcessId: 1,
    Application: "admin",
  };
  const body = JSON.stringify({ "@t": new Date().toISOString(), "@mt": "Hello", "@i": "0badcafe", ...given });
  const headers = { origin: "https://shop.test" };
  const response = await relay(new Request("https://shop.test/seq", { method: "POST", body, headers }));
  assert.equal(response.status, 201);
  getLogger("pages").info("Our own");
  await shutdown();
  const [page, own] = seq.events;
  const properties: Readonly<Record<string, unknown>> = page!.properties;
  const expected = {
    ...{ PagePlan: "paid", PageMachineName: "db-1", PageProcessId: 1, PageApplication: "admin", PageEventType: "0badcafe" },
    ...{
      Tenant: "ours",
      Plan: { Name: "free" },
      Application: "shop",
      SourceContext: "pages",
      MachineName: undefined,
      ProcessId: undefined,
    },
  };
  for (const [name, value] of Object.entries(expected)) assert.deepEqual(properties[name], value, name);
  assert.equal(page!.eventType, undefined);
  assert.ok(own!.properties.ProcessId !== undefined, "the server's own events still carry it");
});

test("relayEvents() keeps a MachineName that the configuration sets on purpose", async () => {
  const seq = createCollector();
  const fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => seq.fetch(new Request(input, init));
  configure({ serverUrl: "http://seq.test", fetch, level: "trace", properties: { MachineName: "edge" } });
  const body = JSON.stringify({ "@t": new Date().toISOString(), "@mt": "Hello" });
  await relayEvents()(new Request("https://shop.test/seq", { method: "POST", body, headers: { origin: "https://shop.test" } }));
  await shutdown();
  assert.deepEqual([seq.events[0]!.properties.MachineName, seq.events[0]!.properties.ProcessId], ["edge", undefined]);
});
