/** The fault matrix, before HTTP: unknown names, untrusted certificates, the wrong protocol, and a second handler whose server is up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, getLogger, type SeqHandler } from "../../mod.ts";
import { selfSigned } from "../support/certificate.ts";
import { eventually } from "../support/fake_clock.ts";
import { arrive, everySecond, timeout, verify } from "../support/fault_matrix.ts";
import { serveFaulty } from "../support/faulty_server.ts";
import { range, ship } from "../support/shipping.ts";

const tls = selfSigned();
const skip = tls === undefined && "there is no openssl to make a certificate with";

/** Ships to an address that fails three times; then what goes there is led to a collector. */
async function survive(serverUrl: string): Promise<string> {
  let attempts = 0;
  const fetch: typeof globalThis.fetch = (input, init) => {
    const url = String(input);
    return globalThis.fetch(++attempts > 3 ? url.replace(serverUrl, seq.collector.url) : url, init);
  };
  await using seq = await ship({ ...everySecond, requestTimeoutMs: 60_000, serverUrl, fetch });
  seq.log(5);
  for (const n of range(1, 3)) {
    await eventually(() => seq.seq.stats().retries >= n, `attempt ${n} fails`);
    const { state, queued, retries, lost } = seq.seq.stats();
    assert.deepEqual({ state, queued, retries, lost }, { state: "retrying", queued: 5 * n, retries: n, lost: {} });
    seq.log(5);
    await seq.clock.advance(1000);
  }
  await arrive(seq);
  verify(seq, 20, { failures: 3 });
  const { message } = seq.heard[0]!;
  assert.ok(message.includes(serverUrl));
  return message;
}

test("events survive a name that does not exist", { timeout }, async () => {
  await survive("http://name.invalid");
});

test("events survive a port that the runtime does not connect to", { timeout }, async () => {
  await survive("http://127.0.0.1:1");
});

test("events survive a certificate that is not trusted, and it is reported", { timeout, skip }, async () => {
  await using server = await serveFaulty([], { tls });
  assert.match(await survive(server.url), /certificate|self.signed|CERT|issuer/i);
  assert.equal(server.requests, 0);
});

test("events survive http that is spoken to a port of https", { timeout, skip }, async () => {
  await using server = await serveFaulty([], { tls });
  await survive(server.url.replace("https:", "http:"));
  assert.equal(server.requests, 0);
});

test("events survive https that is spoken to a port of http", { timeout }, async () => {
  await using seq = await ship();
  await survive(seq.collector.url.replace("http:", "https:"));
  assert.equal(seq.collector.received, 0);
});

test("a handler whose server is down holds up no other", { timeout }, async () => {
  await using seq = await ship();
  await using other = await ship();
  const { clock } = seq;
  const shared = { class: "seq" as const, clock, periodMs: 0, ...everySecond };
  const { handlers } = configure({
    root: { handlers: ["up", "down"], level: "info" },
    handlers: {
      up: { ...shared, serverUrl: seq.collector.url },
      down: { ...shared, serverUrl: other.collector.url },
    },
  });
  const [up, down] = [handlers.up as SeqHandler, handlers.down as SeqHandler];
  other.collector.fail({ status: 503, times: Infinity });
  for (const n of range(1, 5)) {
    for (const i of range(1, 4)) getLogger("two").info("Event {N}", { N: (n - 1) * 4 + i });
    await eventually(() => up.stats().delivered === 4 * n && down.stats().retries === n, `round ${n}`);
    if (n < 5) await clock.advance(1000);
  }
  assert.deepEqual(seq.numbers, range(1, 20));
  const { state, queued, lost } = down.stats();
  assert.deepEqual({ state, queued, lost, up: up.stats().retries }, { state: "retrying", queued: 20, lost: {}, up: 0 });
  other.collector.recover();
  await clock.advance(1000);
  await eventually(() => down.stats().delivered === 20, "the other gets all");
  assert.deepEqual([seq.numbers, other.numbers], [range(1, 20), range(1, 20)]);
});
