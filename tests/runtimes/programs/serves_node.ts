/** Serves by node:http, until SIGTERM. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { enrichRequest, logNodeRequests } from "../../../mod.ts";
import { inPieces, listening, logToSeq, numberOf, streams, work } from "./serving_work.ts";

logToSeq();

const server = createServer(logNodeRequests(async (request: IncomingMessage, response: ServerResponse) => {
  const n = numberOf(request.url);
  try {
    const text = await work(n, request);
    if (!streams(n)) return void response.end(text);
    for await (const piece of inPieces(n, text)) response.write(piece);
    response.end();
  } catch (error) {
    enrichRequest({ error });
    response.writeHead(500).end(String(error));
  }
}));
server.listen(0, "127.0.0.1", () => {
  listening((server.address() as AddressInfo).port, () => server.closeAllConnections());
});
