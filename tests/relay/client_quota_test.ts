/** How much each client may send, and who a client is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf, RateLimit } from "../../src/relay/client_quota.ts";

test("RateLimit remembers the clients that came last, and forgets the rest", () => {
  const limit = new RateLimit({ perMinute: 2, totalPerMinute: 1e9, maxClients: 100 }, 0);
  const admits = (client: string): boolean => limit.request(client, 0).waitMs === 0 && limit.request(client, 0).spend(2, 0);
  assert.deepEqual([admits("known"), admits("known")], [true, false]);
  for (let i = 0; i < 100_000; i++) {
    limit.request(`made up ${i}`, 0).spend(1, 0);
    if (i % 50 === 0) assert.equal(admits("known"), false);
  }
  assert.equal(limit.size, 100);
});

test("networkOf() counts an IPv6 network as one client, and an IPv4 address as itself", () => {
  const networks = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.2", "192.0.2.2"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
    ["[2001:db8::1]", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["user:42", "user:42"],
    ["x".repeat(500), "x".repeat(128)],
  ];
  for (const [address, network] of networks) assert.equal(networkOf(address!), network);
});
