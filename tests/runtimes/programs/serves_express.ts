/** Serves by Express, until SIGTERM. */

import express from "express";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { enrichRequest, logNodeRequests } from "../../../mod.ts";
import { inPieces, listening, logToSeq, numberOf, streams, work } from "./serving_work.ts";

logToSeq();

const app = express();
app.post(["/plain/:number", "/routes/:number"], async (request: IncomingMessage, response: ServerResponse) => {
  const n = numberOf(request.url);
  const text = await work(n, request);
  if (!streams(n)) return void response.end(text);
  for await (const piece of inPieces(n, text)) response.write(piece);
  response.end();
});
app.use((error: unknown, _request: IncomingMessage, response: ServerResponse, _next: unknown) => {
  enrichRequest({ error });
  response.writeHead(500).end(String(error));
});

const server = createServer(logNodeRequests(app));
server.listen(0, "127.0.0.1", () => {
  listening((server.address() as AddressInfo).port, () => server.closeAllConnections());
});
