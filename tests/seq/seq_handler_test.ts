/** The handler that ships events to Seq, used without configure. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, type Logger, onDiagnostic, SeqHandler, type SeqHandlerOptions } from "../../mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeSeq, hearDiagnostics } from "../support/seq.ts";

test("SeqHandler ships what reaches it, counts it, and loses what comes after its end", async () => {
  getLogger().level = "warn";
  const seq = new FakeSeq();
  const handler = new SeqHandler({ serverUrl: "http://seq.test", fetch: seq.fetch, clock: new FakeClock() });
  const added = getLogger("shop").addHandler(handler);
  getLogger("shop").warn("{Left} items left", { Left: 3 });
  getLogger("shop").info("not for the root's level");
  assert.deepEqual(await handler.flush(), { delivered: 1, pending: 0, lost: 0 });
  assert.deepEqual(seq.events.map(({ Left, SourceContext }) => [Left, SourceContext]), [[3, "shop"]]);
  await handler.close();
  getLogger("shop").warn("too late");
  added[Symbol.dispose]();
  const { state, delivered, lost } = handler.stats();
  assert.deepEqual({ state, delivered, lost }, { state: "closed", delivered: 1, lost: { closed: 1 } });
});

test("SeqHandler adopts the queue of a handler for the same server only", async () => {
  const seq = new FakeSeq();
  const make = (serverUrl: string): SeqHandler => new SeqHandler({ serverUrl, fetch: seq.fetch, clock: new FakeClock() });
  const old = make("http://seq.test");
  const added = getLogger("shop").addHandler(old);
  getLogger("shop").warn("waits");
  added[Symbol.dispose]();
  assert.equal(make("http://other.test").adopt(old), false);
  const next = make("http://seq.test");
  assert.equal(next.adopt(old), true);
  assert.equal(next.stats().queued, 1);
  await next.flush();
  assert.equal(seq.events.length, 1);
  await next.close();
});

const exposed: Readonly<Record<string, boolean>> = {
  "http://seq.example:5341": true,
  "http://seq:5341/behind": true,
  "http://192.168.1.5": true,
  "http://128.0.0.1": true,
  "http://localhost.example": true,
  "http://127.example": true,
  "http://notlocalhost": true,
  "http://[::2]": true,
  "https://seq.example": false,
  "http://localhost:5341": false,
  "http://LOCALHOST.": false,
  "http://seq.localhost": false,
  "http://127.8.9.1": false,
  "http://2130706433": false,
  "http://[0:0::1]": false,
};

test(
  "a key, or another credential, that travels over plain http to another machine is reported once for each handler",
  { timeout: 60_000 },
  async () => {
    const fetch = (): Promise<Response> => Promise.resolve(new Response("{}", { status: 201 }));
    for (const [serverUrl, isExposed] of Object.entries(exposed)) {
      const cases: readonly (readonly [options: Partial<SeqHandlerOptions>, isReported: boolean])[] = [
        ...[[{ apiKey: "key-1" }, isExposed], [{ apiKey: () => "key-1" }, isExposed], [{}, false], [{ apiKey: "" }, false]] as const,
        ...[[{ headers: { Authorization: "Bearer t" } }, isExposed], [{ headers: { "x-proxy-token": "t" } }, isExposed]] as const,
        ...[[{ headers: () => ({ cookie: "a=1" }) }, isExposed], [{ headers: { "x-tenant": "shop" } }, false]] as const,
      ];
      for (const [options, isReported] of cases) {
        using hearing = hearDiagnostics();
        const handler = new SeqHandler({ serverUrl, ...options, fetch });
        using _ = getLogger("exposed").addHandler(handler);
        for (const n of [1, 2, 3]) getLogger("exposed").warn("Number {N}", { N: n });
        await handler.flush({ timeoutMs: 1000 });
        getLogger("exposed").warn("Last");
        await handler.flush({ timeoutMs: 1000 });
        await handler.close();
        const reports = hearing.heard.filter(({ code }) => code === "plain-http");
        assert.equal(reports.length, isReported ? 1 : 0, `${serverUrl} ${Object.keys(options)}`);
        assert.ok(reports.every(({ message, handler }) => message.includes(serverUrl) && handler === "seq"));
      }
    }
  },
);

test("SeqHandler accepts a URL and a key without the space around them, as a file or a variable may have it", async () => {
  const seq = new FakeSeq();
  const clock = new FakeClock();
  const handler = new SeqHandler({
    serverUrl: " http://seq.test \n",
    apiKey: "key1\r\n",
    headers: { "x-own": " a " },
    fetch: seq.fetch,
    clock,
  });
  using _added = getLogger("shop").addHandler(handler);
  getLogger("shop").warn("arrives");
  assert.deepEqual(await handler.flush(), { delivered: 1, pending: 0, lost: 0 });
  const [{ url, headers }] = seq.requests;
  assert.deepEqual([new URL(url).origin, headers.get("x-seq-apikey"), headers.get("x-own")], ["http://seq.test", "key1", "a"]);
  await handler.close();
});

/** What fetch throws where a connection breaks, by runtime, and where no server is there. */
const broken = {
  Node: () => Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNRESET", message: "read ECONNRESET" } }),
  undici: () => Object.assign(new TypeError("fetch failed"), { cause: { code: "UND_ERR_SOCKET", message: "other side closed" } }),
  Deno: () => new TypeError("error sending request: client error (SendRequest): connection closed before message completed"),
  Bun: () => Object.assign(new Error("The socket connection was closed unexpectedly."), { code: "ECONNRESET" }),
};
const refused = (): Error => Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED", message: "connect" } });

/** Ships two events, the second after the connection was idle; returns how many requests there were, and what was reported. */
async function shipTwice(idleMs: number, failures: readonly Error[]): Promise<{ requests: number; codes: string[]; retries: number }> {
  using hearing = hearDiagnostics();
  const clock = new FakeClock();
  const left = [...failures];
  let requests = 0;
  const fetch = (): Promise<Response> => {
    const failure = requests++ === 0 ? undefined : left.shift();
    return failure === undefined ? Promise.resolve(new Response("{}", { status: 201 })) : Promise.reject(failure);
  };
  const handler = new SeqHandler({ serverUrl: "http://seq.test", fetch, clock, minBackoffMs: 500, random: () => 0 });
  using _added = getLogger("idle").addHandler(handler);
  getLogger("idle").warn("One");
  await handler.flush();
  await clock.advance(idleMs);
  getLogger("idle").warn("Two");
  const flushing = handler.flush({ timeoutMs: 60_000 });
  await clock.advance(60_000);
  assert.deepEqual(await flushing, { delivered: 1, pending: 0, lost: 0 });
  const { retries } = handler.stats();
  await handler.close();
  return { requests, codes: hearing.heard.map(({ code }) => code), retries };
}

test(
  "the first failure of a connection that was idle is retried at once, and neither reported nor counted",
  { timeout: 60_000 },
  async () => {
    for (const [runtime, make] of Object.entries(broken)) {
      assert.deepEqual(await shipTwice(2000, [make()]), { requests: 3, codes: [], retries: 0 }, runtime);
      const twice = await shipTwice(2000, [make(), make()]);
      assert.deepEqual(twice, { requests: 4, codes: ["unreachable", "recovered"], retries: 1 }, `${runtime}, twice`);
      assert.deepEqual((await shipTwice(10, [make()])).codes, ["unreachable", "recovered"], `${runtime}, not idle`);
    }
    assert.deepEqual((await shipTwice(2000, [refused()])).codes, ["unreachable", "recovered"]);
  },
);

test(
  "a handler that is closed, or retired and over, leaves no timer and no claim on the end of the process",
  { timeout: 60_000 },
  async () => {
    using _ = hearDiagnostics();
    const ways: Readonly<Record<string, (handler: SeqHandler, clock: FakeClock) => Promise<void>>> = {
      "closed": (handler) => handler.close(),
      "retired, and in vain": async (handler, clock) => {
        let isOver = false;
        handler.retire(() => isOver = true);
        await clock.advance(60_000);
        assert.equal(isOver, true);
      },
    };
    const servers: Readonly<Record<string, () => Promise<Response>>> = {
      "takes events": () => Promise.resolve(new Response("{}", { status: 201 })),
      "is down": () => Promise.reject(new TypeError("fetch failed")),
      "hangs": () => new Promise(() => {}),
      "refuses": () => Promise.resolve(new Response("No", { status: 401 })),
    };
    for (const [way, end] of Object.entries(ways)) {
      for (const [server, fetch] of Object.entries(servers)) {
        const clock = new FakeClock();
        const handler = new SeqHandler({
          serverUrl: "http://seq.test",
          fetch,
          clock,
          controlLevel: true,
          requestTimeoutMs: 1000,
          retireTimeoutMs: 5000,
        });
        using _added = getLogger("ends").addHandler(handler);
        getLogger("ends").warn("x");
        await clock.advance(100);
        getLogger("ends").warn("y");
        await clock.advance(100);
        await end(handler, clock);
        await clock.advance(2000); // the request that was under way
        assert.equal(clock.timers, 0, `${way}, ${server}`);
        assert.equal(handler.stats().queued, 0);
      }
    }
  },
);

test("a listener of diagnostics may log to the handler whose first event is reported: one delivery has all events", async () => {
  const seq = new FakeSeq();
  const handler = new SeqHandler({ serverUrl: "http://seq.example", apiKey: "k", fetch: seq.fetch, clock: new FakeClock() });
  const codes: string[] = [];
  using _ = onDiagnostic(({ code }) => {
    codes.push(code);
    getLogger("shop").warn("Reported {Code}", { Code: code });
  });
  const added = getLogger("shop").addHandler(handler);
  getLogger("shop").warn("First");
  const { delivered } = await handler.flush();
  added.dispose();
  await handler.close();
  assert.deepEqual(codes, ["plain-http"]);
  assert.deepEqual([delivered, ...seq.events.map((clef) => clef["@mt"])], [2, "Reported {Code}", "First"]);
});

test("SeqHandler acknowledges an event itself, not one that its own properties have logged", async () => {
  const seq = new FakeSeq();
  const clock = new FakeClock();
  const log = getLogger("bank") as Logger & { audit(level: string, ...args: unknown[]): Promise<void> };
  let isNoted = false;
  const Place = {
    get City(): string {
      if (!isNoted) {
        isNoted = true;
        log.warn("Noted");
      }
      return "Oslo";
    },
  };
  const handler = new SeqHandler({ serverUrl: "http://seq.test", fetch: seq.fetch, clock, properties: { Place }, batchSize: 1 });
  const added = log.addHandler(handler);
  await log.audit("warn", "Booked");
  assert.deepEqual(seq.events.map((clef) => clef["@mt"]), ["Noted", "Booked"]);
  added.dispose();
  await handler.close();
});
