/** A server that no client reaches: its SYNs are dropped, as by a firewall. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";

/** Such a port; disposing it closes it. */
export interface FullPort extends Disposable {
  readonly port: number;
}

/** A port whose SYNs the kernel drops: no server accepts there, and the queue of waiting connections is full. */
export async function openFullPort(): Promise<FullPort> {
  const listens = `const { parentPort } = require("node:worker_threads");
    const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    });`;
  const worker = new Worker(listens, { eval: true });
  const [port] = await once(worker, "message") as [number];
  const sockets: Socket[] = [];
  for (let n = 0; n < 2; n++) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    sockets.push(socket);
    await once(socket, "connect");
  }
  return {
    port,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
      void worker.terminate();
    },
  };
}
