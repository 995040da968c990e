/** An API key never appears in an error, a diagnostic, a log or console.log(handler). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { type ConfigError, configure, flush, getLogger, SeqHandler } from "../../mod.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { ship } from "../support/shipping.ts";

const timeout = 300_000;
const secret = "S3cret-K3y";

/** Fails if the text contains the secret. */
function assertSecret(text: string, where: string): void {
  assert.ok(!text.includes(secret), `${where} tells the key: ${text.slice(0, 500)}`);
}

/** Everything that a program may come to print of a thing. */
function told(thing: unknown): string[] {
  const inspected = [{}, { depth: Infinity, showHidden: true, getters: true }].map((options) => inspect(thing, options));
  const json = JSON.stringify(thing, (_, value) => typeof value === "bigint" ? String(value) : value) ?? "";
  return [...inspected, json, String(thing), JSON.stringify(Object.entries(thing as object))];
}

test("a handler does not reveal its key when it is printed, inspected or written as JSON", { timeout }, async () => {
  await using seq = await ship({ apiKey: secret, headers: { "x-token": secret } });
  const own = new SeqHandler({
    serverUrl: seq.collector.url,
    apiKey: secret,
    clock: seq.clock,
    headers: { authorization: `Bearer ${secret}` },
  });
  for (const handler of [seq.seq, own]) for (const text of told(handler)) assertSecret(text, "a handler");
  for (const text of told(seq.logging)) assertSecret(text, "a Logging");
  for (const text of told(seq.logging.stats())) assertSecret(text, "stats()");
  assert.equal(seq.logging.handlers.seq, seq.seq);
});

test("a handler that is logged does not reveal its key", { timeout }, async () => {
  await using seq = await ship({ apiKey: secret });
  seq.log(1, { Handler: seq.seq, Logging: seq.logging });
  await flush();
  assertSecret(JSON.stringify(seq.collector.events), "an event");
  assert.equal(seq.collector.requests[0]!.apiKey, secret);
});

test("no diagnostic of a failing Seq reveals the key", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 1000, maxBackoffMs: 1000, apiKey: secret }, { apiKeys: ["another"] });
  seq.collector.fail([{ status: 500 }, { status: 307, headers: { location: "/elsewhere" } }]);
  seq.log();
  for (const n of [1, 2, 3]) {
    await seq.failed(n);
    await seq.clock.advance(1000);
  }
  await seq.failed(4);
  await seq.collector.close();
  await seq.clock.advance(1000);
  await seq.failed(5);
  assert.ok(seq.heard.length >= 3);
  assertSecret(JSON.stringify(seq.heard), "a diagnostic");
  assertSecret(JSON.stringify(seq.seq.stats()), "stats()");
  assertSecret(JSON.stringify(await seq.logging.check()), "check()");
});

const badKeys = { "a line break": `${secret}\nX-Injected: 1`, "a NUL": `${secret}\0`, "a character beyond Latin-1": `${secret}é😀` };

for (const [what, bad] of Object.entries(badKeys)) {
  test(`a key with ${what} is refused without being told`, { timeout }, () => {
    const makes = [
      () => configure({ serverUrl: "http://seq.test", apiKey: bad }),
      () => new SeqHandler({ serverUrl: "http://seq.test", apiKey: bad }),
      () => configure({ serverUrl: "http://seq.test", headers: { "x-token": bad } }),
      () => configure({ handlers: { seq: { class: "seq", serverUrl: "http://seq.test", apiKey: bad } } }),
    ];
    for (const make of makes) {
      assert.throws(make, (error: ConfigError) => {
        assert.equal(error.name, "ConfigError");
        assert.match(error.message, /apiKey|headers/);
        for (const text of [...told(error), error.stack ?? ""]) assertSecret(text, "a ConfigError");
        return true;
      });
    }
  });

  test(`a function that gives a key with ${what} costs nothing and tells nothing`, { timeout }, async () => {
    let key = bad;
    await using seq = await ship({ minBackoffMs: 1000, maxBackoffMs: 1000, apiKey: () => key });
    seq.log();
    await seq.failed(1);
    assert.equal(seq.codes[0], "unreachable");
    assertSecret(JSON.stringify(seq.heard), "a diagnostic");
    assertSecret(JSON.stringify([seq.seq.stats(), await seq.logging.check()]), "stats() or check()");
    key = secret;
    await seq.clock.advance(1000);
    await seq.delivered(1);
  });
}

test("an endpoint that carries a key in its query does not reveal it", { timeout }, async () => {
  await using seq = await ship({ minBackoffMs: 1000, maxBackoffMs: 1000, endpoint: `api/events/raw?clef&apiKey=${secret}` });
  seq.collector.fail({ status: 503 });
  seq.log();
  await seq.failed(1);
  await seq.collector.close();
  await seq.clock.advance(1000);
  await seq.failed(2);
  assertSecret(JSON.stringify([seq.heard, seq.seq.stats(), await seq.logging.check()]), "a diagnostic, stats() or check()");
});

test("a key in the query of the endpoint is not revealed where a server or a failure repeats it", { timeout }, async () => {
  for (
    const fetch of [
      (url: string | URL | Request) => Promise.resolve(new Response(`Nothing is at ${url}`, { status: 404 })),
      () => Promise.resolve(new Response(`No such key: ${secret}`, { status: 401 })),
      (url: string | URL | Request) => Promise.reject(new TypeError(`Cannot fetch ${url} with ${secret}`)),
    ]
  ) {
    using hearing = hearDiagnostics();
    const handler = new SeqHandler({ serverUrl: "http://seq.test", endpoint: `api/events/raw?clef&apiKey=${secret}`, fetch });
    const { message } = await handler.check();
    await handler.close();
    assert.doesNotMatch(message + JSON.stringify(hearing.heard), /S3cret|K3y/);
  }
});

test("a long part of the path with a digit, such as a proxy's key, is not shown, and other parts are", { timeout }, async () => {
  const part = "k3y9f8a7b6c5d4e3f2a1";
  const fetches: Readonly<Record<string, (url: string | URL | Request) => Promise<Response>>> = {
    "is down": () => Promise.reject(new TypeError("fetch failed")),
    "fails and repeats": (url) => Promise.reject(new TypeError(`Cannot fetch ${url}`)),
    "refuses and repeats": (url) => Promise.resolve(new Response(`Nothing is at ${url}`, { status: 404 })),
    "redirects": () => Promise.resolve(new Response(null, { status: 302, headers: { location: `/${part}/x` } })),
    "is not Seq": () => Promise.resolve(new Response("<html>")),
  };
  for (const [what, fetch] of Object.entries(fetches)) {
    using hearing = hearDiagnostics();
    const handler = new SeqHandler({ serverUrl: `http://proxy.test/logs/${part}/`, endpoint: `${part}/raw?clef`, apiKey: secret, fetch });
    using _ = getLogger("secrecy").addHandler(handler);
    getLogger("secrecy").warn("Kept");
    await handler.flush({ timeoutMs: 200 });
    const text = JSON.stringify([hearing.heard, handler.stats(), await handler.check()]);
    await handler.close();
    assert.ok(!text.includes(part), `${what}: ${text}`);
    assert.ok(text.includes("http://proxy.test/logs/***/***/raw"), text);
    assert.ok(text.includes('unencrypted to http://proxy.test/logs/***"'), text);
  }
  assert.throws(() => configure({ serverUrl: `htp://proxy.test/${part}` }), (error: Error) => !error.message.includes(part));
});

test("a wrong serverUrl, or a wrong name of a header, with a secret does not reveal it", { timeout }, () => {
  assert.throws(() => configure({ serverUrl: "http://seq.test", headers: { [`Authorization: Bearer ${secret}`]: "" } }), (error: Error) => {
    for (const text of told(error)) assertSecret(text, "a ConfigError");
    return true;
  });
  const urls = [`http://user:${secret}@seq.test`, `http://user:${secret}@seq.test:port`, `ftp://user:${secret}@seq.test`];
  for (const serverUrl of [...urls, `http://seq.test/#${secret}`, `seq.test ${secret}`, `${secret}-instead-of-a-URL`]) {
    assert.throws(() => configure({ serverUrl }), (error: ConfigError) => {
      for (const text of [...told(error), error.stack ?? ""]) assertSecret(text, "a ConfigError");
      return true;
    });
  }
});

test("an unknown option next to the key does not reveal it", { timeout }, () => {
  for (const options of [{ api_kye: secret }, { apiKey: { value: secret } }, { apiKey: [secret] }]) {
    assert.throws(() => configure({ serverUrl: "http://seq.test", ...options } as never), (error: ConfigError) => {
      for (const text of [...told(error), error.stack ?? ""]) assertSecret(text, "a ConfigError");
      return true;
    });
  }
});

const echoes: Readonly<Record<string, () => Response | Promise<Response>>> = {
  "a 401 that names the key": () => new Response(JSON.stringify({ Error: `The API key ${secret} is unknown` }), { status: 401 }),
  "a page that repeats the headers": () => new Response(`<pre>x-seq-apikey: ${secret}\nx-token: ${secret}</pre>`, { status: 502 }),
  "a key where the text is cut": () => new Response(`${"x".repeat(195)}${secret}`, { status: 500 }),
  "a place to go to": () => new Response(null, { status: 302, headers: { location: `https://elsewhere/${secret}/in` } }),
  "a long error": () => new Response(JSON.stringify({ Error: `${"long ".repeat(12_000)}${secret}` }), { status: 400 }),
  "commands for a terminal": () => new Response(JSON.stringify({ Error: `\x1b[2J\x9b\u202e\nforged ${secret}` }), { status: 403 }),
  "a fetch that repeats its request": () => Promise.reject(new Error(`Cannot send ${"y".repeat(180)}${secret}`)),
  "a key in other letters": () => new Response(`${secret.toLowerCase()} or ${secret.toUpperCase()} is unknown`, { status: 401 }),
  "a key that is escaped": () => new Response(`?key=${secret.replace("-", "%2D")}&amp;${secret.replace("-", "&#45;")}`, { status: 401 }),
  "a key that is quoted in a text of JSON": () => new Response(JSON.stringify({ Error: JSON.stringify({ key: secret }) }), { status: 401 }),
  "the beginning of a key": () => new Response(`The key ${secret.slice(0, 6)}… is unknown`, { status: 401 }),
  "a key among other letters": () => new Response(`xyz${secret}xyz`, { status: 500 }),
  "a 2xx that names the key": () => new Response(JSON.stringify({ Error: `The key ${secret} is old` }), { status: 201 }),
  "a long failure": () => Promise.reject(new TypeError(`${"z".repeat(1995)}${secret}`)),
};

for (const [what, fetch] of Object.entries(echoes)) {
  test(`${what} is shown without the key, short and harmless`, { timeout }, async () => {
    const options = {
      serverUrl: "http://seq.test",
      apiKey: secret,
      headers: { "x-token": secret },
      fetch: fetch as typeof globalThis.fetch,
    };
    using hearing = hearDiagnostics();
    const handler = new SeqHandler({ ...options, minBackoffMs: 600_000, maxBackoffMs: 600_000 });
    using _ = getLogger("secrecy").addHandler(handler);
    getLogger("secrecy").warn("Kept");
    await handler.flush({ timeoutMs: 200 });
    const texts = [...hearing.heard.map(({ message }) => message), handler.stats().lastError ?? "", (await handler.check()).message];
    await handler.close();
    assert.ok(hearing.heard.length > 0);
    for (const text of texts) {
      assert.ok(!text.includes(secret.slice(0, 4)), text); // nor a part of it
      // deno-lint-ignore no-control-regex -- what a terminal obeys
      assert.doesNotMatch(text, /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
      assert.ok(text.length < 600, `${text.length} characters`);
    }
  });
}

/** What functions that fetch a key throw: each text holds a part of the secret, of a token, or of a reply. */
const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
const thrown: Readonly<Record<string, () => unknown>> = {
  "a text": () => secret,
  "the key in a sentence": () => new Error(`The key "${secret}" has expired`),
  "an address with a token": () => new TypeError(`fetch failed: https://vault/v1/${token}?key=${secret}`),
  "a reply": () => new Error(`403: {"password":"rosebud","token":"${token}"}`),
  "a header": () => new Error(`Cannot send Authorization: Bearer ${token}`),
  "a password in words": () => new Error("Login failed, password: rosebud"),
  "a cause": () => new Error("The vault is closed", { cause: Object.assign(new Error(token), { code: secret }) }),
  "a code": () => Object.assign(new Error("No"), { code: token }),
  "a long text": () => new Error(`${"no ".repeat(90_000)}${token}`),
  "a thing": () => ({ token, secret }),
  "lines for a terminal": () => new Error(`\x1b[2J\n[12:00:00 INF] ${secret}`),
  "a message that throws": () => ({
    get message(): string {
      throw new Error(token);
    },
  }),
};

for (const [what, make] of Object.entries(thrown)) {
  for (const option of ["apiKey", "headers"]) {
    test(`what a function ${option} throws is told without what may be secret: ${what}`, { timeout }, async () => {
      using hearing = hearDiagnostics();
      const ask = (): never => {
        throw make();
      };
      const failures: string[] = [];
      const handler = new SeqHandler({
        ...{ serverUrl: "http://localhost:1", minBackoffMs: 600_000, maxBackoffMs: 600_000, [option]: ask },
        onFailure: ({ message }) => failures.push(message),
      });
      using _ = getLogger("secrecy").addHandler(handler);
      getLogger("secrecy").warn("Kept");
      await handler.flush({ timeoutMs: 200 });
      const texts = [...hearing.heard.map(({ message }) => message), handler.stats().lastError ?? "", (await handler.check()).message];
      await handler.close();
      assert.ok(hearing.heard.length > 0 && failures.length > 0);
      for (const text of [...texts, ...failures]) {
        assert.doesNotMatch(text, /S3cret|eyJh|c2ln|rosebud/);
        // deno-lint-ignore no-control-regex -- what a terminal obeys
        assert.doesNotMatch(text, /[\x00-\x1f\x7f-\x9f]/);
        assert.ok(text.length < 600, `${text.length} characters`);
      }
    });
  }
}

test("no secret that begins with another is shown in part", { timeout }, async () => {
  const fetch = (): Promise<Response> => Promise.resolve(new Response(`The key is ${secret}-and-more`, { status: 401 }));
  const handler = new SeqHandler({ serverUrl: "http://localhost:1", apiKey: `${secret}-and-more`, headers: { "x-a": secret }, fetch });
  assert.doesNotMatch((await handler.check()).message, /and-more/);
  await handler.close();
});
