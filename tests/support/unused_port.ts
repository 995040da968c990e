/** Ports of servers that are down: no other test may be given one meanwhile, or it is sent what is meant for the server that comes back. */

import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below what systems hand out (Linux from 32768 on, others from 49152), and above what `fetch` refuses (the last is 10080). */
const [firstPort, lastPort] = [12_000, 32_000];

/** Finds a port on which nobody listens, and which no system assigns by itself. */
export async function unusedPort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, lastPort);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer().once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** The URL of a server that is down. */
export async function deadUrl(): Promise<string> {
  return `http://127.0.0.1:${await unusedPort()}`;
}
