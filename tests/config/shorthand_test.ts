/** The shorthand: the handlers that it means, and the paths of its issues. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configure,
  enrichRequest,
  type Filter,
  flush,
  getLogger,
  globalProperties,
  type LogEvent,
  logRequests,
  MemoryHandler,
  propertyFilter,
  rateLimitFilter,
  redactFilter,
  type SeqOptions,
  shutdown,
  withContext,
} from "../../mod.ts";
import { logtapeSink, pinoStream } from "../../src/adapters/adapters.ts";
import { isShorthand, spellOut } from "../../src/config/shorthand.ts";
import { relayEvents } from "../../src/relay/relay_events.ts";
import { issuesOf } from "../support/issues.ts";
import { FakeSeq, hearConsole, hearDiagnostics } from "../support/seq.ts";

const serverUrl = "http://seq.test";

/** What Seq and the console get of what is logged under a configuration. */
async function gotten(options: Partial<SeqOptions>, log: () => void): Promise<{ seq: readonly string[]; console: readonly string[] }> {
  const seq = new FakeSeq();
  using printed = hearConsole();
  configure({ serverUrl, fetch: seq.fetch, ...options });
  log();
  await shutdown();
  const shown = (line: string): string => line.replace(/^\S+ \S+ +/, "");
  return { seq: seq.events.map((event) => JSON.stringify(event)), console: printed.heard.map(({ text }) => shown(text)) };
}

test("isShorthand() knows it by its serverUrl, and an object of the long form or of nothing is none", () => {
  for (const one of [{ serverUrl }, { server_url: null }, { serverUrl: undefined }, { batchSize: 5 }]) assert.equal(isShorthand(one), true);
  for (const one of [{}, { version: 1 }, { handelrs: {} }, [], null, "x"]) assert.equal(isShorthand(one), false);
});

test("spellOut() gives the filters to every handler that it makes, and to no other", () => {
  const filter: Filter = () => true;
  const { handlers: none } = spellOut({ serverUrl, filters: [filter] }, []);
  assert.deepEqual(none, { seq: { class: "seq", serverUrl, filters: [filter] } });
  assert.deepEqual(spellOut({ serverUrl: null, filters: [filter] }, []).handlers, { console: { class: "console", filters: [filter] } });
  const both = spellOut({ serverUrl, filters: [filter], console: "warn" }, []).handlers as unknown as Record<
    string,
    { filters: unknown[] }
  >;
  assert.deepEqual(Object.values(both).map(({ filters }) => filters.length), [1, 1]);
});

test("filters of the shorthand hide a secret from Seq and from the console", async () => {
  const filters = [redactFilter({ keys: ["password"] })];
  const { seq, console } = await gotten({ filters, console: true }, () => getLogger().info("Login {password}", { password: "hunter2" }));
  assert.equal(seq.length + console.length, 2);
  assert.doesNotMatch([...seq, ...console].join(), /hunter2/);
});

test("a filter of the shorthand decides once about an event, and what it has held back goes to both", async () => {
  let asked = 0;
  const counting: Filter = (event: LogEvent) => ({ ...event, messageTemplate: `${++asked}` });
  const numbers = await gotten({ filters: [counting], console: true }, () => [1, 2].forEach(() => getLogger().info("x")));
  assert.equal(asked, 2);
  assert.deepEqual(numbers.console.map((line) => line.trim()), ["1", "2"]);
  const limited = await gotten({ filters: [rateLimitFilter({ limit: 2 })], console: true }, () => {
    for (let n = 0; n < 5; n++) getLogger().info("Same");
  });
  assert.equal(limited.seq.length, 3);
  assert.equal(limited.console.length, 3);
  assert.match(limited.seq[2]!, /"HeldBack":3/);
});

test("a wrong filter of the shorthand is one issue", async () => {
  const issues = await issuesOf(() => configure({ serverUrl, console: true, filters: ["name" as never] }));
  assert.deepEqual(issues.map(({ path }) => path), ["filters[0]"].map(() => issues[0]!.path));
  assert.match(issues[0]!.path, /^filters/);
  const passing = propertyFilter({ name: "A", equals: 1 });
  configure({ serverUrl: null, filters: [passing] });
  await shutdown();
});

test("level and console from empty variables count as absent", async () => {
  const { seq, console } = await gotten({ level: "", console: " " as "warn" }, () => {
    getLogger().debug("no");
    getLogger().info("yes");
  });
  assert.deepEqual([seq.length, console.length], [1, 0]);
});

/** Every way in which a secret may come to be logged. */
const ways: Readonly<Record<string, (password: string) => unknown>> = {
  "a call": (password) => getLogger().info("Login {password}", { password }),
  "a nested value": (password) => getLogger().info("Login", { Body: [{ user: { password } }] }),
  "with()": (password) => getLogger("shop").with({ password }).warn("Login"),
  "withContext()": (password) => withContext({ password }, () => getLogger("shop").warn("Login")),
  "write()": (password) => getLogger("shop").write({ message: "Login", properties: { password } }),
  "log()": (password) => getLogger("shop").log("error", "Login {password}", { password }),
  "a list of values": (password) => getLogger("shop").info("Login {User} {password}", ["ada", password]),
  "a function": (password) => getLogger("shop").info("Login", () => ({ password })),
  "a field of an error": (password) => getLogger("shop").error(Object.assign(new Error("No"), { password }), "Login"),
  "a cause": (password) => getLogger("shop").error(new Error("No", { cause: { password } })),
  "a global property": (password) => {
    globalProperties.set({ password });
    getLogger("shop").info("Login");
    globalProperties.set({ password: null });
  },
  "a request": (password) =>
    logRequests((_request: Request) => {
      enrichRequest({ password });
      return new Response("x");
    })(new Request("http://shop.test/")),
  "pino": (password) => pinoStream().write(`${JSON.stringify({ level: 30, msg: "Login", password })}\n`),
  "LogTape": (password) =>
    logtapeSink()({ category: ["shop"], level: "info", message: ["x"], rawMessage: "x", timestamp: 1, properties: { password } } as never),
  "a page": (password) => {
    const body = JSON.stringify({ "@t": new Date().toISOString(), "@mt": "Login {password}", password });
    return relayEvents()(new Request("http://shop.test/seq", { method: "POST", body, headers: { origin: "http://shop.test" } }));
  },
};

for (const [what, way] of Object.entries(ways)) {
  test(`filters of the shorthand hide a secret from Seq, from the console and from the fallback, logged by ${what}`, async () => {
    const bodies: string[] = [];
    const fetch = (_url: unknown, init?: RequestInit): Promise<Response> => {
      bodies.push(new TextDecoder().decode(init?.body as Uint8Array));
      return Promise.resolve(new Response("Not now", { status: 503 }));
    };
    using _ = hearDiagnostics();
    using printed = hearConsole();
    const fallback = new MemoryHandler();
    configure({ serverUrl, fetch, fallback, level: "trace", console: true, filters: [redactFilter({ keys: ["password"] })] });
    await way("hunter2");
    await flush({ timeoutMs: 0 });
    await shutdown({ timeoutMs: 0 });
    assert.ok(fallback.events.length === 1 && printed.heard.length > 0 && bodies.length > 0, "each of them got it");
    const all = [bodies, printed.heard, fallback.events.map((event) => ({ ...event, message: event.message }))];
    assert.doesNotMatch(JSON.stringify(all), /hunter2/);
    assert.match(bodies.join(), /Redacted/);
  });
}
