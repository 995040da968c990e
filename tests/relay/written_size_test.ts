/** The size of pages' events as they are written: a small request that becomes large is refused, and counts by its written size. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger } from "../../mod.ts";
import { relayEvents, type RelayOptions } from "../../src/relay/relay_events.ts";
import { commonSize, writtenSize } from "../../src/relay/written_size.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { assertLinear } from "../support/growth.ts";
import { hearDiagnostics, remember } from "../support/seq.ts";

const noon = Date.UTC(2026, 2, 1, 12);
const origin = "https://shop.test";
const line = (fields: object): string => JSON.stringify({ "@t": new Date(noon).toISOString(), ...fields });

/** The statuses of requests with that body, and how many events came of them. */
async function send(body: string, times = 1, options: RelayOptions = {}): Promise<{ statuses: number[]; events: number }> {
  using _ = hearDiagnostics();
  const logger = getLogger("browser");
  logger.level = "trace";
  using seen = remember(logger);
  const relay = relayEvents({ clock: new FakeClock(noon), clientAddress: () => "192.0.2.1", ...options });
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) {
    statuses.push((await relay(new Request(`${origin}/seq`, { method: "POST", body, headers: { origin } }))).status);
  }
  logger.level = undefined;
  return { statuses, events: seen.events.length };
}

test("writtenSize() counts the line and what its holes show, in bytes", () => {
  const small = writtenSize({ messageTemplate: "x", properties: { A: "a" } }, noon);
  assert.ok(small > 40 && small < 120, `${small}`);
  assert.ok(writtenSize({ messageTemplate: "x", properties: { A: "\u0390".repeat(100) } }, noon) >= small + 199);
  const shown = writtenSize({ messageTemplate: "{A} {A}", properties: { A: "a".repeat(1000) } }, noon);
  assert.ok(shown > 3000, `${shown}`);
  assert.ok(writtenSize({ message: "{not a hole}" }, noon) > 40);
  assert.ok(writtenSize({ error: "x".repeat(1000), level: "error" }, noon) > 1000);
  assert.ok(commonSize([{ A: 1 }, { B: "x".repeat(100) }]) > 100);
});

test("writtenSize() costs what the event has in length, however often its template shows it", () => {
  for (const template of ["{A:u}", "{A}", "{A,-100}{A:u}"]) {
    assertLinear(
      template,
      (size) => ({ messageTemplate: template.repeat(100), properties: { A: "\u0390".repeat(size / 100) } }),
      (event) => writtenSize(event, noon),
    );
  }
});

test("relayEvents() refuses a small request whose templates make it a large one", async () => {
  const upper = line({ "@mt": "{A:u}".repeat(100), A: "\u0390".repeat(320) });
  assert.deepEqual(await send(Array.from({ length: 200 }, () => upper).join("\n")), { statuses: [413], events: 0 });
  const lists = line({ "@mt": "{A}".repeat(100), A: new Array(19_000).fill([]) });
  const { statuses, events } = await send(Array.from({ length: 4 }, () => lists).join("\n"));
  assert.deepEqual([statuses, events], [[413], 0]);
});

test("relayEvents() lets a client pay for what it writes, and not for what it sends", async () => {
  const shown = line({ "@mt": "{A}".repeat(90), A: "a".repeat(1000) }); // 1 kB is sent, about 92 kB are written
  const { statuses } = await send(Array.from({ length: 5 }, () => shown).join("\n"), 20, { eventsPerMinute: 1000 });
  assert.ok(statuses[0] === 201 && statuses.includes(429), `${statuses}`);
  assert.ok(statuses.filter((status) => status === 201).length <= 6, `${statuses}`);
  const plain = await send(line({ "@mt": "Hello" }), 20, { eventsPerMinute: 1000 });
  assert.equal(plain.statuses.filter((status) => status === 201).length, 20);
});
