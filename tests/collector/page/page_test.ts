import assert from "node:assert/strict";
import { test } from "node:test";
import { type Collector, createCollector } from "../../../src/collector/collector.ts";
import type { CollectorOptions } from "../../../src/collector/collector_options.ts";

const get = (collector: Collector, path: string, headers: Record<string, string> = {}, host = "localhost"): Promise<Response> =>
  collector.fetch(new Request(`http://${host}${path}`, { headers }));

async function filled(options: CollectorOptions = {}): Promise<Collector> {
  const collector = createCollector(options);
  const body = '{"@t":"2026-03-01T10:15:00Z","@mt":"Order {Id}","Id":12345678901234567890}';
  await collector.fetch(new Request(`http://seq${options.basePath ?? ""}/ingest/clef`, { method: "POST", body }));
  return collector;
}

test("a collector serves its page at /, under a policy that names its parts by their hashes", async () => {
  const reply = await get(await filled(), "/");
  assert.deepEqual([reply.status, reply.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  assert.match(
    reply.headers.get("content-security-policy")!,
    /^default-src 'none'; script-src 'sha256-[^' ]+'; style-src 'sha256-[^' ]+'; connect-src 'self';/,
  );
  assert.match(await reply.text(), /^<!doctype html>/);
});

test("a collector serves its page below its base path", async () => {
  const collector = await filled({ basePath: "/seq" });
  const reply = await get(collector, "/seq");
  assert.deepEqual([reply.status, reply.headers.get("location")], [302, "/seq/"]);
  assert.deepEqual([(await get(collector, "/seq/")).status, (await get(collector, "/seq/page/events")).status], [200, 200]);
  assert.deepEqual([(await get(collector, "/")).status, (await get(collector, "/page/events")).status], [404, 404]);
});

test("the page gets events with all their digits, and the place where a filter goes wrong", async () => {
  const collector = await filled();
  const { events, total } = await (await get(collector, "/page/events?filter=Id%3D12345678901234567890")).json();
  assert.deepEqual([total, events.length, events[0].at(-1)], [
    1,
    1,
    '{"@t":"2026-03-01T10:15:00Z","@mt":"Order {Id}","Id":12345678901234567890}',
  ]);
  const wrong = await get(collector, "/page/events?filter=Id+%3D%3D+1");
  assert.deepEqual([wrong.status, await wrong.json()], [400, {
    Error: "Cannot read the filter at character 4: equality is written =",
    Position: 3,
  }]);
});

test("the page and its events are refused to other hosts, other origins and other methods", async () => {
  const collector = await filled({ pageHosts: ["my-machine"] });
  for (const path of ["/", "/page/events"]) {
    assert.equal((await get(collector, path, {}, "evil.test")).status, 403);
    assert.equal((await get(collector, path, { origin: "http://localhost:3000" })).status, 403);
    assert.equal((await get(collector, path, { "sec-fetch-site": "cross-site" })).status, 403);
    assert.equal((await get(collector, path, {}, "my-machine")).status, 200);
    const posted = await collector.fetch(new Request(`http://localhost${path}`, { method: "POST", body: "" }));
    assert.deepEqual([posted.status, posted.headers.get("content-security-policy")], [405, "default-src 'none'"]);
    assert.equal((await get(collector, path)).headers.has("access-control-allow-origin"), false);
  }
});

test("a link of another site leads to the page, and to no event", async () => {
  const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  const collector = await filled();
  const status = async (path: string, host?: string): Promise<number> => (await get(collector, path, link, host)).status;
  assert.deepEqual([await status("/"), await status("/page/events"), await status("/", "evil.test")], [200, 403, 403]);
});

test("what the page asks for is not among the collector's requests", async () => {
  const collector = await filled();
  await get(collector, "/");
  await get(collector, "/page/events");
  assert.deepEqual(collector.requests.map(({ path }) => path), ["/ingest/clef"]);
});
