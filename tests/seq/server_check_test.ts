/** check(): can Seq be reached, does it take the key, which version is it; and a text for each failure that a person can act on. */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { SeqHandler, type SeqHandlerOptions } from "../../mod.ts";
import { serveCollector } from "../support/collector.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { hearDiagnostics } from "../support/seq.ts";

const timeout = 300_000;
const page = "<!DOCTYPE html><html><body><h1>It works!</h1></body></html>";

/** A handler that is never logged to. */
const handlerOf = (options: Partial<SeqHandlerOptions>): SeqHandler => new SeqHandler({ serverUrl: "http://seq.test", ...options });

const answers: Record<string, readonly [response: () => Response, message: RegExp]> = {
  "401": [
    () => new Response('{"Error":"Unknown key"}', { status: 401 }),
    /^Seq asks for an API key, and none was sent \(HTTP 401: Unknown key\)\. Set the option apiKey$/,
  ],
  "403": [() => new Response("", { status: 403 }), /^Seq refuses the API key \(HTTP 403\)\. Check the option apiKey/],
  "404": [
    () => new Response("Not Found", { status: 404 }),
    /^The server at http:\/\/seq\.test\/\S* answers, but does not accept events \(HTTP 404: Not Found\)\. Check the options serverUrl and endpoint/,
  ],
  "405": [() => new Response("", { status: 405 }), /does not accept events \(HTTP 405\)\. Check the options serverUrl and endpoint/],
  "407": [
    () => new Response("", { status: 407 }),
    /does not accept events \(HTTP 407\)\. A proxy asks for a password: exempt Seq from it$/,
  ],
  "429": [() => new Response("", { status: 429 }), /does not accept events \(HTTP 429\)\. .*asks for fewer requests: raise periodMs$/],
  "500": [
    () => new Response('{"Error":"Disk"}', { status: 500 }),
    /^The server at \S+ answers, but does not accept events \(HTTP 500: Disk\)\. .*look at its log$/,
  ],
  "503 with a page": [() => new Response(page, { status: 503 }), /\(HTTP 503: <!DOCTYPE html>.{1,200}\)\. /],
  "400 to an empty body": [
    () => new Response("", { status: 400 }),
    /^The server at \S+ answers, but does not accept events \(HTTP 400\)\. Check the options serverUrl and endpoint/,
  ],
  "413 to an empty body": [() => new Response("", { status: 413 }), /does not accept events \(HTTP 413\)\. Check the options serverUrl/],
  "a page with 200": [
    () => new Response(page),
    /^The server answers, but not as Seq does\. Check that serverUrl is the address of Seq itself$/,
  ],
  "a redirect": [
    () => new Response("", { status: 302, headers: { location: "https://logs.test/?key=abc" } }),
    /^The server at \S+ answers, but does not accept events \(HTTP 302 to https:\/\/logs\.test\/\)\. Redirects are not followed: set serverUrl/,
  ],
};

for (const [name, [response, message]] of Object.entries(answers)) {
  test(`check() says what is wrong: ${name}`, async () => {
    using diagnostics = hearDiagnostics();
    const { ok, message: said, version } = await handlerOf({ fetch: () => Promise.resolve(response()) }).check();
    assert.deepEqual({ ok, version }, { ok: false, version: undefined });
    assert.match(said, message);
    assert.deepEqual(diagnostics.heard, []);
  });
}

test("check() says that no server listens there", { timeout }, async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const { ok, message } = await handlerOf({ serverUrl: `http://127.0.0.1:${port}` }).check();
  assert.equal(ok, false);
  assert.match(
    message,
    /^Seq cannot be reached at \S+ \(.*(refused|unable to connect).*\)\. Check the option serverUrl and that Seq is running$/i,
  );
});

test("check() says that the host name is unknown", { timeout }, async () => {
  const { ok, message } = await handlerOf({ serverUrl: "http://seq.invalid" }).check();
  assert.equal(ok, false);
  assert.match(
    message,
    /^Seq cannot be reached at \S+ \(.*(ENOTFOUND|EAI_AGAIN|dns|resolve|FailedToOpenSocket|unable to connect).*\)\. Check the option serverUrl/i,
  );
});

test("check() reports a server without TLS, and a certificate that the program does not trust", { timeout }, async () => {
  await using seq = await serveCollector({ port: 0 });
  const { ok, message } = await handlerOf({ serverUrl: seq.url.replace("http:", "https:") }).check();
  assert.equal(ok, false);
  assert.match(message, /^Seq cannot be reached at \S+ \(.+\)\. Check (?:that this program trusts|the option)/);
  const untrusted = handlerOf({
    fetch: () => Promise.reject(new TypeError("fetch failed", { cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" } })),
  });
  assert.match(
    (await untrusted.check()).message,
    /\(fetch failed: DEPTH_ZERO_SELF_SIGNED_CERT\)\. Check that this program trusts the certificate of Seq/,
  );
});

test("check() says that there is no reply after requestTimeoutMs", { timeout }, async () => {
  const clock = new FakeClock();
  const checking = handlerOf({ clock, requestTimeoutMs: 7000, fetch: () => new Promise(() => {}) }).check();
  await clock.advance(7000);
  assert.deepEqual(await checking, {
    ok: false,
    message:
      "Seq cannot be reached at http://seq.test/api/events/raw (No reply within 7000 ms). Check the option serverUrl and that Seq is running",
  });
  assert.equal(clock.timers, 0);
});

const versions: Record<string, readonly [response: () => Promise<Response>, message: string, version?: string]> = {
  "tells it": [() => Promise.resolve(new Response('{"Version":"2025.2.1"}')), "Seq 2025.2.1 accepts events", "2025.2.1"],
  "has a page there": [() => Promise.resolve(new Response(page)), "Seq accepts events"],
  "says no": [() => Promise.resolve(new Response("", { status: 404 })), "Seq accepts events"],
  "tells a number": [() => Promise.resolve(new Response('{"Version":7}')), "Seq accepts events"],
  "breaks off": [() => Promise.reject(new TypeError("reset")), "Seq accepts events"],
};

for (const [name, [response, message, version]] of Object.entries(versions)) {
  test(`check() tells the version where the server ${name}`, async () => {
    const fetch = (url: unknown): Promise<Response> =>
      String(url).endsWith("/api") ? response() : Promise.resolve(new Response("{}", { status: 201 }));
    assert.deepEqual(await handlerOf({ fetch }).check(), { ok: true, message, ...(version !== undefined && { version }) });
  });
}

test("check() waits 5 seconds for the version, and does without it", { timeout }, async () => {
  const clock = new FakeClock();
  const fetch = (url: unknown): Promise<Response> =>
    String(url).endsWith("/api") ? new Promise(() => {}) : Promise.resolve(new Response("{}", { status: 201 }));
  const checking = handlerOf({ clock, fetch }).check();
  await turn();
  await clock.advance(5000);
  assert.deepEqual(await checking, { ok: true, message: "Seq accepts events" });
  assert.equal(clock.timers, 0);
});

test("check() passes when the server's reply is empty, and repeats no key", { timeout }, async () => {
  const fetch = (): Promise<Response> => Promise.resolve(new Response("", { status: 200 }));
  assert.equal((await handlerOf({ fetch }).check()).ok, true);
  const { message } = await handlerOf({
    apiKey: "very-secret",
    fetch: () => Promise.reject(new TypeError('Header "very-secret" is wrong')),
  }).check();
  assert.doesNotMatch(message, /very-secret/);
});
