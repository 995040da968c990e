/** Serves by Hono, on whatever this runtime has, until SIGTERM. */

import { Hono } from "hono";
import { serve } from "@hono/node-server";
import { logRequests } from "../../../mod.ts";
import { answer, answerError, listening, logToSeq } from "./serving_work.ts";

declare const Bun: {
  serve(options: object): { readonly port: number; stop(isAtOnce: boolean): Promise<void> };
};

logToSeq();

const app = new Hono();
app.use(async (_context, next) => {
  await null;
  await next();
});
app.post("/plain/:number", (context) => answer(context.req.raw));
app.post("/routes/:number", (context) => answer(context.req.raw));
app.onError(answerError);

const fetch = logRequests(app.fetch);
if ("Bun" in globalThis) {
  const server = Bun.serve({ port: 0, fetch });
  listening(server.port, () => server.stop(true));
} else if ("Deno" in globalThis) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, fetch);
  listening(server.addr.port, () => server.shutdown());
} else {
  const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => listening(port, () => server.close()));
}
