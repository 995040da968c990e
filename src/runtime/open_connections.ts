/** Connections that Node's fetch has begun to open: it goes on for 10 s after its request was given up, and keeps the process alive for so long. */

import { isInOwnRequest } from "./async_context.ts";
import { builtin, isNode } from "./detect.ts";

interface Connecting {
  readonly connecting: boolean;
  destroy(error: Error): void;
}
interface Channels {
  subscribe(name: string, listener: (message: never) => void): void;
}

/** Sockets that were connecting when they were last seen, and where to. */
const sockets = new Map<Connecting, string>();
let isListening = false;

/** Notes from now on which connections fetch opens for requests of the library. Only Node shows them, and needs it. */
export function watchConnections(): void {
  if (isListening || !isNode()) return;
  isListening = true;
  const channels = builtin<Channels>("node:diagnostics_channel");
  let origin: string | undefined;
  channels?.subscribe("undici:client:beforeConnect", ({ connectParams }: { connectParams: { protocol: string; host: string } }) => {
    if (!isInOwnRequest()) return;
    origin = `${connectParams.protocol}//${connectParams.host}`;
    queueMicrotask(() => origin = undefined); // the socket is made within the same call
  });
  channels?.subscribe("net.client.socket", ({ socket }: { socket: Connecting }) => {
    for (const known of sockets.keys()) if (!known.connecting) sockets.delete(known);
    if (origin !== undefined) sockets.set(socket, origin);
  });
}

/** Ends the connections of the library to the server of this address that are not open yet. */
export function endConnecting(url: string): void {
  for (const [socket, origin] of sockets) {
    if (!socket.connecting) sockets.delete(socket);
    else if (origin === new URL(url).origin) socket.destroy(new Error("The request was given up")); // fetch hears of errors only
  }
}
