/**
 * The other end, in a process of its own: takes every body and answers at once as Seq does. What it has taken is counted when it is
 * asked (`GET /arrival`), not before, so that it does not take the processor from what is measured.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import type { Arrival } from "./order.ts";

let bodies: Buffer[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === "GET") return void response.end(JSON.stringify(count()));
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    bodies.push(Buffer.concat(pieces));
    response.writeHead(201, { "content-type": "application/json" });
    response.end('{"MinimumLevelAccepted":null}');
  });
}

/** Counts the events and forgets them; each has the number of its order. */
function count(): Arrival {
  const seen = new Set<number>();
  let events = 0;
  let bytes = 0;
  for (const body of bodies) {
    bytes += body.length;
    for (const [, id] of body.toString("latin1").matchAll(/"OrderId":(\d+)/g)) {
      events++;
      seen.add(Number(id));
    }
  }
  const requests = bodies.length;
  bodies = [];
  return { requests, bytes, events, distinct: seen.size };
}

const server = createServer({ keepAliveTimeout: 120_000 }, answer);
server.listen(0, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`));
