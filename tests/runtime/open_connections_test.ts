import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { runOwnRequest } from "../../src/runtime/async_context.ts";
import { isNode } from "../../src/runtime/detect.ts";
import { endConnecting, watchConnections } from "../../src/runtime/open_connections.ts";
import { openFullPort } from "../support/full_port.ts";

const skip = !isNode();

test("endConnecting() ends the connection that fetch opens to that server for a request of the library, and no other", {
  skip,
  timeout: 60_000,
}, async () => {
  using one = await openFullPort();
  using other = await openFullPort();
  using third = await openFullPort();
  watchConnections();
  const sockets: Socket[] = [];
  const note = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
  subscribe("net.client.socket", note);
  const controller = new AbortController();
  try {
    const ask = ({ port }: { port: number }): Promise<unknown> =>
      fetch(`http://127.0.0.1:${port}/path`, { signal: controller.signal }).catch(() => {});
    const requests = [one, other].map((port) => runOwnRequest(() => ask(port)));
    void ask(third);
    while (sockets.length < 3) await new Promise((resolve) => setImmediate(resolve));
    endConnecting(`http://127.0.0.1:${one.port}/other/path`);
    await requests[0]; // the error reaches it
    endConnecting(`http://127.0.0.1:${third.port}`); // which the program itself asks
    assert.deepEqual(sockets.map(({ destroyed }) => destroyed), [true, false, false]);
    controller.abort();
    endConnecting(`http://127.0.0.1:${other.port}`);
    if (!sockets[1]!.closed) await once(sockets[1]!, "close");
  } finally {
    unsubscribe("net.client.socket", note);
    controller.abort();
  }
});
