/** Closes connections that Node's fetch is still opening: after an abort, Node would try for 10 s more and keep the process alive. */

import { isInOwnRequest } from "./async_context.ts";
import { builtin, isNode } from "./detect.ts";

interface Connecting {
  readonly connecting: boolean;
  destroy(error: Error): void;
}
interface Channels {
  subscribe(name: string, listener: (message: never) => void): void;
}

/** Sockets that were last seen connecting, and their destination. */
const sockets = new Map<Connecting, string>();
let isListening = false;

/** Starts recording the connections that fetch opens for the library's own requests. Only Node needs this, and has events for it. */
export function watchConnections(): void {
  if (isListening || !isNode()) return;
  isListening = true;
  const channels = builtin<Channels>("node:diagnostics_channel");
  let origin: string | undefined;
  channels?.subscribe("undici:client:beforeConnect", ({ connectParams }: { connectParams: { protocol: string; host: string } }) => {
    if (!isInOwnRequest()) return;
    origin = `${connectParams.protocol}//${connectParams.host}`;
    queueMicrotask(() => origin = undefined); // the socket is created within the same call
  });
  channels?.subscribe("net.client.socket", ({ socket }: { socket: Connecting }) => {
    for (const known of sockets.keys()) if (!known.connecting) sockets.delete(known);
    if (origin !== undefined) sockets.set(socket, origin);
  });
}

/** Closes the library's connections to this address that are not open yet. */
export function endConnecting(url: string): void {
  for (const [socket, origin] of sockets) {
    if (!socket.connecting) sockets.delete(socket);
    else if (origin === new URL(url).origin) socket.destroy(new Error("The request was given up")); // fetch only notices errors
  }
}
