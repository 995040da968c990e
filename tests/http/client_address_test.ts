/** Who a client is: by the connection, and by the header of proxies. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, clientAddressOf, readAddress } from "../../src/http/client_address.ts";

const request = (headers: Record<string, string> = {}): Request => new Request("http://shop.test/", { headers });

test("addressOf() reads what each server passes", () => {
  assert.equal(addressOf(request(), { requestIP: () => ({ address: "192.0.2.1" }) }), "192.0.2.1");
  assert.equal(addressOf(request(), undefined, { remoteAddr: { hostname: "192.0.2.2" } }), "192.0.2.2");
  assert.equal(addressOf(request(), { socket: { remoteAddress: "192.0.2.3" } }), "192.0.2.3");
  assert.equal(addressOf(request(), { incoming: { socket: { remoteAddress: "192.0.2.4" } } }), "192.0.2.4");
  assert.equal(addressOf(request({ "cf-connecting-ip": "192.0.2.5" })), undefined);
  assert.equal(addressOf(Object.assign(request({ "cf-connecting-ip": "192.0.2.5" }), { cf: {} })), "192.0.2.5");
});

test("addressOf() writes an IPv4 address the same way on every runtime", () => {
  for (const written of ["::ffff:10.0.0.1", "::FFFF:10.0.0.1", "10.0.0.1"]) {
    assert.equal(addressOf(request(), { socket: { remoteAddress: written } }), "10.0.0.1", written);
    assert.equal(addressOf(request(), { requestIP: () => ({ address: written }) }), "10.0.0.1", written);
  }
  assert.equal(addressOf(request(), { remoteAddr: { hostname: "::1" } }), "::1");
});

test("readAddress() reads addresses with a port, brackets or a zone, and nothing else", () => {
  const known: [string, string | undefined][] = [
    ["203.0.113.9", "203.0.113.9"],
    [" 203.0.113.9:4711 ", "203.0.113.9"],
    ["[2001:DB8::1]:443", "2001:db8::1"],
    ["2001:db8:0:0:0:0:0:1", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["[::ffff:cb00:7109]", "203.0.113.9"],
    ["0.0.0.0", "0.0.0.0"],
    ["256.0.0.1", undefined],
    ["1.2.3", undefined],
    ["1.2.3.4.5", undefined],
    ["1.2.3.4.", undefined],
    ["unknown", undefined],
    ["_hidden", undefined],
    ["localhost", undefined],
    ["", undefined],
    ["<script>", undefined],
    ["1.2.3.4\nERROR root: forged", undefined],
    ["a:b", undefined],
    ["1".repeat(5000), undefined],
    [":".repeat(99), undefined],
  ];
  for (const [text, address] of known) assert.equal(readAddress(text), address, text);
});

test("clientAddressOf() counts from the right, and believes nothing further left", () => {
  const behind = (header: string | null, proxies: number): string | undefined =>
    clientAddressOf({ clientAddress: "192.0.2.1", header: (name) => name === "x-forwarded-for" ? header : undefined }, proxies);
  const header = "6.6.6.6, 198.51.100.1, 203.0.113.9";
  assert.equal(behind(header, 1), "203.0.113.9");
  assert.equal(behind(header, 2), "198.51.100.1");
  assert.equal(behind(header, 3), "6.6.6.6");
  assert.equal(behind(header, 4), "192.0.2.1");
  assert.equal(behind("198.51.100.1, unknown", 1), "192.0.2.1");
  assert.equal(behind("203.0.113.9", 0), "192.0.2.1");
  assert.equal(behind("", 1), "192.0.2.1");
  assert.equal(behind(null, 1), "192.0.2.1");
});
