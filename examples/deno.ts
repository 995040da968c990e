/**
 * Requests of Deno's HTTP server: `deno run --allow-net --allow-env examples/deno.ts`, then `curl http://localhost:8000/orders/42`.
 *
 * Without a Seq, start the collector first: `deno task collector`.
 */

import { configure, getLogger, logRequests, shutdown } from "@x/seqlog";

configure({
  serverUrl: Deno.env.get("SEQ_URL") ?? "http://localhost:5341",
  apiKey: Deno.env.get("SEQ_API_KEY"),
  properties: { Application: "shop" },
});
const logger = getLogger("shop.orders");

const server = Deno.serve(
  {
    port: Number(Deno.env.get("PORT") ?? 8000),
    onListen: ({ port }) => console.log(`Listening on http://localhost:${port}`),
  },
  logRequests((request: Request) => {
    logger.info("Order {OrderId} shipped", { OrderId: new URL(request.url).pathname.slice(8) });
    return new Response("Shipped\n");
  }),
);

// At Ctrl+C, or when the container stops: finish the requests under way, then deliver queued events.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, async () => {
    await server.shutdown();
    await shutdown();
    Deno.exit();
  });
}
