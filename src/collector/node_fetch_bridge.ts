/** Converts a `node:http` request to a request for a fetch handler, and the response back, in the same way on Node, Deno and Bun. */

import { refusal, respond } from "./answer.ts";
import { ConnectionReset } from "./simulated_fault.ts";

/** The part of node:http's IncomingMessage that is used. */
export interface NodeRequest {
  readonly method?: string;
  readonly url?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: { destroy(): unknown; resetAndDestroy?(): unknown };
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  resume(): unknown;
}

/** The part of node:http's ServerResponse that is used. */
export interface NodeResponse {
  statusCode: number;
  on(event: "close", listener: () => void): unknown;
  setHeader(name: string, value: string | number): unknown;
  end(body: Uint8Array): unknown;
}

/** Returns the body as a stream that starts reading on demand; data that arrives after its cancellation is discarded. */
function lazyBody(incoming: NodeRequest): ReadableStream<Uint8Array> {
  let isBegun = false;
  let isOver = false;
  const begin = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const finish = (act: () => void) => {
      if (!isOver) act();
      isOver = true;
    };
    incoming.on("data", (chunk) => {
      if (!isOver) controller.enqueue(new Uint8Array(chunk)); // a copy, because Node's chunk may be part of a shared pool
    });
    incoming.on("end", () => finish(() => controller.close()));
    incoming.on("error", (error) => finish(() => controller.error(error)));
    incoming.on("close", () => finish(() => controller.error(new Error("The client has disconnected"))));
  };
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (!isBegun) begin(controller);
    isBegun = true;
  };
  return new ReadableStream({ pull, cancel: () => void (isOver = true) }, { highWaterMark: 0 });
}

/** Returns the request for fetch; `undefined` if fetch cannot represent it: a method TRACE, or a target that is no path. */
function toRequest(incoming: NodeRequest, signal: AbortSignal): Request | undefined {
  const { method = "GET", url = "/", headers } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  try {
    const entries = Object.entries(headers).flatMap((
      [name, value],
    ) => (value === undefined ? [] : [[name, String(value)] as [string, string]]));
    const init = { method, headers: entries, signal, ...(hasBody && { body: lazyBody(incoming), duplex: "half" as const }) };
    return new Request(`http://${headers["host"] ?? "localhost"}${url}`, init);
  } catch {
    return undefined;
  }
}

async function send(response: Response, outgoing: NodeResponse, keepAlive: boolean): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  outgoing.statusCode = response.status;
  response.headers.forEach((value, name) => outgoing.setHeader(name, value));
  if (!keepAlive) outgoing.setHeader("connection", "close");
  if (![204, 304].includes(response.status)) outgoing.setHeader("content-length", body.length);
  outgoing.end(body);
}

async function serve(
  handler: (request: Request) => Promise<Response>,
  incoming: NodeRequest,
  outgoing: NodeResponse,
  keepAlive: boolean,
): Promise<void> {
  const departure = new AbortController();
  outgoing.on("close", () => departure.abort(new Error("The client has disconnected")));
  try {
    const request = toRequest(incoming, departure.signal);
    await send(request === undefined ? respond(refusal(400, "Bad request")) : await handler(request), outgoing, keepAlive);
  } catch (error) {
    if (error instanceof ConnectionReset) return void (incoming.socket.resetAndDestroy?.() ?? incoming.socket.destroy());
    if (departure.signal.aborted) return; // the client has disconnected
    await send(respond(refusal(500, `Ingestion failed: ${error}`)), outgoing, keepAlive);
  }
  incoming.resume(); // Deno answers a connection's next request only after this body is read
}

/**
 * Returns a listener for `node:http` that responds by a fetch handler.
 *
 * A {@linkcode ConnectionReset} from the handler breaks the connection (by a TCP reset where the runtime can); any other error gets status
 * 500. The request's signal is aborted when the client disconnects.
 *
 * @param handler The fetch handler.
 * @param keepAlive Whether a connection may be used again.
 * @returns The listener.
 */
export function nodeListener(
  handler: (request: Request) => Promise<Response>,
  keepAlive: boolean,
): (incoming: NodeRequest, outgoing: NodeResponse) => void {
  return (incoming, outgoing) => void serve(handler, incoming, outgoing, keepAlive);
}
