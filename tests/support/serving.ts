/** Servers for tests: of fetch handlers and of Node's listeners, on whatever this runtime has. */

import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { serve } from "@hono/node-server";
import { getLogger, type LogEvent, MemoryHandler } from "../../mod.ts";
import { eventually } from "./fake_clock.ts";

/** A server that listens. */
export interface Serving extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** What the tests use of Bun. */
export interface BunLike {
  file(path: string): Blob;
  serve(options: object): { readonly port: number; stop(isAtOnce: boolean): Promise<void>; upgrade(request: Request): boolean };
}

export const bun: BunLike | undefined = (globalThis as { readonly Bun?: BunLike }).Bun;
export const isDeno: boolean = "Deno" in globalThis;
export const isNode: boolean = bun === undefined && !isDeno;

// deno-lint-ignore no-explicit-any -- each runtime passes arguments of its own after the request
type FetchHandler = (request: Request, ...rest: any[]) => any;

const servingAt = (port: number, close: () => unknown): Serving => {
  return { port, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void (await close()) };
};

/** Serves a fetch handler: by Bun.serve, Deno.serve, or @hono/node-server on Node. */
export async function serveFetch(fetch: FetchHandler, options: object = {}): Promise<Serving> {
  if (bun !== undefined) {
    const server = bun.serve({ port: 0, hostname: "127.0.0.1", error: () => new Response("Broken", { status: 500 }), fetch, ...options });
    return servingAt(server.port, () => server.stop(true));
  }
  if (isDeno) {
    const quiet = { onListen: () => {}, onError: () => new Response("Broken", { status: 500 }) };
    const ending = new AbortController();
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", signal: ending.signal, ...quiet, ...options }, fetch);
    return servingAt(server.addr.port, () => ending.abort()); // its shutdown() would wait for handlers that never answer
  }
  return await new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: "127.0.0.1", ...options }, ({ port }) => {
      resolve(servingAt(port, () => closed(server as Server)));
    });
  });
}

/** Serves a listener by node:http, or by a server of its kind. */
export async function serveNode(listener: RequestListener, server: Server = createServer(listener)): Promise<Serving> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return servingAt((server.address() as AddressInfo).port, () => closed(server));
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections?.();
  });
}

/** The events of the requests that a test has made. */
export interface AccessLog extends Disposable {
  readonly events: readonly LogEvent[];
  /** Waits until there are so many, and not more. */
  until(count: number): Promise<readonly LogEvent[]>;
}

/** Keeps what `http.access` and the logger `inner` log. */
export function recordRequests(): AccessLog & { readonly inner: readonly LogEvent[] } {
  const names = ["http.access", "inner"];
  const memories = names.map(() => new MemoryHandler());
  const added = names.map((name, i) => getLogger(name).addHandler(memories[i]!));
  for (const name of names) getLogger(name).level = "info";
  const [access, inner] = memories.map(({ events }) => events);
  return {
    events: access!,
    inner: inner!,
    async until(count) {
      await eventually(() => access!.length >= count, `${count} requests are logged`);
      if (access!.length > count) throw new Error(`${access!.length} requests are logged, not ${count}`);
      return access!;
    },
    [Symbol.dispose]() {
      for (const one of added) one[Symbol.dispose]();
      for (const name of names) getLogger(name).level = undefined;
    },
  };
}

/** An event as a text: the status, the path, and whether the client has left. */
export const toldBy = ({ level, properties }: LogEvent): string =>
  `${level} ${properties.RequestMethod} ${properties.RequestPath} ${properties.StatusCode}${properties.Aborted === true ? " aborted" : ""}`;

/** Sends bytes on a socket; what comes back until `isEnough`, or until it is closed. The socket is then destroyed. */
export function talk(port: number, text: string, isEnough: (answer: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => void socket.write(text, "latin1"));
    let answer = "";
    const end = (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("data", (piece) => {
      answer += piece.toString("latin1");
      if (isEnough(answer)) end();
    });
    socket.on("close", end).on("error", reject);
  });
}
