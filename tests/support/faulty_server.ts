/** A server that speaks HTTP by hand, and so may break every rule of it. */

import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** How much of a request is read. */
type Reach = "nothing" | "head" | "half" | "all";

/** What becomes of one connection (with `keepAlive`: of one request). */
export interface RawFault {
  /** How much of the request is read before anything else happens. Default: all of it. */
  readonly after?: Reach;
  /** Whether the events are taken in. Default: false. */
  readonly takes?: boolean;
  /** What is written, piece by piece, each in a turn of the event loop of its own. Default: nothing. */
  readonly says?: readonly (string | Uint8Array)[];
  /** What is written over and over as long as the client reads. Default: nothing. */
  readonly endless?: string;
  /** What then happens to the connection. Default: it is closed. */
  readonly then?: "close" | "reset" | "hang" | "keep";
}

/** A server as a test sees it. */
export interface FaultyServer extends AsyncDisposable {
  readonly url: string;
  /** Takes the events in, where there is no fault: the `fetch` of a collector. */
  behind: (request: Request) => Promise<Response>;
  /** Finds a fault by the length of a body, where none is to come. Default: there is none. */
  judge: (length: number) => RawFault | undefined;
  /** The faults to come, the next one first. */
  readonly faults: RawFault[];
  /** How many connections have been opened. */
  readonly connections: number;
  /** How many requests have been read to their end. */
  readonly requests: number;
  /** How many connections hang: nothing more comes from here. */
  readonly hanging: number;
  /** Resets all connections. */
  dropAll(): void;
}

/** How the server listens. */
export interface FaultyServerOptions {
  /** Whether a connection carries more than one request. Default: false. */
  readonly keepAlive?: boolean;
  /** The key and the certificate of a server that speaks TLS. Default: none, it does not. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A reply as bytes. Unless its headers differ, it closes the connection and has the length of the body. */
export function answer(status: number, body: string = "", headers: Readonly<Record<string, string>> = {}): string {
  const all = { "Content-Length": String(new TextEncoder().encode(body).length), Connection: "close", ...headers };
  const lines = Object.entries(all).filter(([, value]) => value !== "").map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Whatever\r\n${lines.join("")}\r\n${body}`;
}

/** What Seq answers. */
export const taken = '{"MinimumLevelAccepted":null}';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A request that comes in, piece by piece. */
class Incoming {
  #bytes = new Uint8Array(0);
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  constructor(socket: Socket) {
    socket.on("data", (piece: Uint8Array) => {
      const bytes = new Uint8Array(this.#bytes.length + piece.length);
      bytes.set(this.#bytes);
      bytes.set(piece, this.#bytes.length);
      this.#bytes = bytes;
      this.#wake();
    });
    socket.on("error", () => {}); // the client's own resets
    socket.on("close", () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  #wake(): void {
    for (const look of this.#waiting) look();
  }

  /** Waits until so many bytes are there; false if the connection ends before. */
  async #has(isEnough: () => boolean): Promise<boolean> {
    while (!isEnough() && !this.#isOver) {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
    return isEnough();
  }

  /** The head of the next request, and how long its body is. */
  async head(): Promise<{ readonly lines: string[]; readonly bodyAt: number; readonly length: number } | undefined> {
    const text = (): string => new TextDecoder("latin1").decode(this.#bytes);
    if (!(await this.#has(() => text().includes("\r\n\r\n")))) return undefined;
    const bodyAt = text().indexOf("\r\n\r\n") + 4;
    const lines = text().slice(0, bodyAt - 4).split("\r\n");
    const length = Number(lines.find((line) => /^content-length:/i.test(line))?.slice(15) ?? 0);
    return { lines, bodyAt, length };
  }

  /** The part of the body, once it is there; nothing if the connection ends before. */
  async body(bodyAt: number, length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return (await this.#has(() => this.#bytes.length >= bodyAt + length)) ? this.#bytes.slice(bodyAt, bodyAt + length) : undefined;
  }

  /** Forgets a request. */
  skip(length: number): void {
    this.#bytes = this.#bytes.slice(length);
  }
}

/** The request as fetch knows it. */
function toRequest(lines: readonly string[], body: Uint8Array<ArrayBuffer>): Request {
  const [method, target] = lines[0]!.split(" ");
  const headers = lines.slice(1).map((line): [string, string] => {
    const at = line.indexOf(":");
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  return new Request(`http://faulty.test${target}`, { method: method!, headers, body });
}

async function onTheWire(response: Response, keepAlive: boolean): Promise<string> {
  const headers = Object.fromEntries(response.headers);
  return answer(response.status, await response.text(), { ...headers, Connection: keepAlive ? "keep-alive" : "close" });
}

async function misbehave(socket: Socket, { says = [], endless, then = "close" }: RawFault): Promise<void> {
  for (const piece of says) {
    if (socket.destroyed) return;
    socket.write(piece);
    await turn();
  }
  while (endless !== undefined && !socket.destroyed) {
    if (!socket.write(endless)) await new Promise<void>((resolve) => socket.once("drain", resolve).once("close", () => resolve()));
    await turn();
  }
  if (then === "close") socket.end();
  if (then === "reset") socket.resetAndDestroy();
}

/** Starts the server on a port of its own. */
export async function serveFaulty(
  faults: readonly RawFault[] = [],
  { keepAlive = false, tls }: FaultyServerOptions = {},
): Promise<FaultyServer> {
  const sockets = new Set<Socket>();
  const counts = { connections: 0, requests: 0, hanging: 0 };
  const left = [...faults];
  const exchange = async (socket: Socket, incoming: Incoming): Promise<boolean> => {
    const head = left[0]?.after === "nothing" ? undefined : await incoming.head();
    if (head === undefined && left[0]?.after !== "nothing") return false; // an idle connection that has ended meets no fault
    const fault = left.shift() ?? self.judge(head?.length ?? 0);
    if (head !== undefined) {
      const part = fault?.after === "head" ? 0 : fault?.after === "half" ? head.length >> 1 : head.length;
      const body = await incoming.body(head.bodyAt, part);
      if (body === undefined) return false;
      if (part === head.length) counts.requests++;
      incoming.skip(head.bodyAt + part);
      const response = fault === undefined || fault.takes ? await self.behind(toRequest(head.lines, body)) : undefined;
      if (fault === undefined) {
        socket.write(await onTheWire(response!, keepAlive));
        if (!keepAlive) socket.end();
        return keepAlive;
      }
    }
    await misbehave(socket, fault!);
    if (fault!.then === "hang") counts.hanging++;
    return keepAlive && fault!.then === "keep";
  };
  const listener = async (socket: Socket): Promise<void> => {
    counts.connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    const incoming = new Incoming(socket);
    while (await exchange(socket, incoming));
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on("tlsClientError" as "error", () => {}); // a client that does not trust it
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const self: FaultyServer = {
    url: `${tls === undefined ? "http" : "https"}://${tls === undefined ? "127.0.0.1" : "localhost"}:${port}`,
    behind: () => Promise.reject(new Error("There is no collector behind it")),
    judge: () => undefined,
    faults: left,
    get connections() {
      return counts.connections;
    },
    get requests() {
      return counts.requests;
    },
    get hanging() {
      return counts.hanging;
    },
    dropAll() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return self;
}
