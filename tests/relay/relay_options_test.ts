/** The options of a relay: defaults, and origins. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger } from "../../mod.ts";
import { hostOf, readRelaySettings } from "../../src/relay/relay_options.ts";
import { issuesOf } from "../support/issues.ts";

test("readRelaySettings() has a default for everything", () => {
  const { logger, clientAddress, clock, isWelcome, ...rest } = readRelaySettings({});
  assert.deepEqual([logger.name, typeof clientAddress, typeof clock.now(), isWelcome], ["browser", "function", "number", undefined]);
  assert.deepEqual(rest, {
    ...{ isOpen: false, maxBytes: 262_144, maxEvents: 1000, maxEventBytes: 65_536, bodyTimeoutMs: 10_000, rank: 0 },
    ...{
      eventsPerMinute: 6000,
      totalEventsPerMinute: 60_000,
      maxClients: 10_000,
      properties: {},
      maxClockSkewMs: 86_400_000,
      spans: false,
    },
  });
});

test("readRelaySettings() accepts a logger by its name or as it is, and a level by any name", () => {
  assert.equal(readRelaySettings({ logger: "pages" }).logger, getLogger("pages"));
  const bound = getLogger("pages").with({ A: 1 });
  assert.equal(readRelaySettings({ logger: bound }).logger, bound);
  assert.equal(readRelaySettings({ level: "warning" }).rank, 3);
});

test("readRelaySettings() knows any origin, listed ones, and names below one", async () => {
  const welcomes = (origins: readonly string[] | "*", origin: string | null): boolean => readRelaySettings({ origins }).isWelcome!(origin);
  assert.deepEqual([welcomes("*", null), welcomes("*", "https://x"), welcomes([], "https://x")], [true, true, false]);
  assert.deepEqual(["https://a.x", "https://a.b.x", "https://x", "https://ax", null].map((one) => welcomes(["https://*.x"], one)), [
    ...[true, true, false, false, false],
  ]);
  for (const wrong of ["https://a.*.x", "https://*", "*.x", "https://*.x/", "https://*.*.x", "x"]) {
    assert.deepEqual((await issuesOf(() => readRelaySettings({ origins: [wrong] }))).map(({ path }) => path), ["origins.0"], wrong);
  }
});

test("hostOf() reads origins as browsers write them", () => {
  const hosts = ["https://shop.test", "http://localhost:8000", "https://shop.test/", "https://SHOP.test", "null", "capacitor://localhost"]
    .map(hostOf);
  assert.deepEqual(hosts, ["shop.test", "localhost:8000", undefined, undefined, undefined, "localhost"]);
});
