/**
 * Serves orders on a port that others serve, too: Bun's `reusePort`, or `deno serve --parallel`, for which it is the module. Of the threads of the latter no
 * runtime tells which one it is, and so the program gives each a name.
 *
 * From the environment: SEQ_URL; PORT, on Bun.
 */

import process from "node:process";
import { configure, getLogger, logRequests, shutdown } from "../../../mod.ts";

interface Server {
  stop(): Promise<void>;
}
const { Bun } = globalThis as unknown as { Bun?: { serve(options: object): Server } };
const instance = crypto.randomUUID().slice(0, 8);

configure({ serverUrl: process.env.SEQ_URL!, periodMs: 100, properties: Bun ? {} : { InstanceId: instance } });

const fetch: (request: Request) => Promise<Response> = logRequests(async (request: Request): Promise<Response> => {
  getLogger("shop.orders").info("Order {Order} shipped", { Order: new URL(request.url).pathname.split("/").at(-1) });
  await new Promise((resolve) => setTimeout(resolve, 5));
  return new Response(`Shipped by ${process.pid}\n`, { headers: { "x-instance": instance } });
});

const server = Bun?.serve({ port: Number(process.env.PORT), reusePort: true, fetch });
process.once("SIGTERM", async () => {
  await server?.stop();
  await shutdown();
  if (Bun) process.exit();
  console.log(`${instance} is done`); // the exit of one thread is that of all: the last one's is in the hand of the test
});
if (Bun) console.log("Ready");

const served: { readonly fetch?: (request: Request) => Promise<Response> } = Bun ? {} : { fetch }; // Bun, too, would serve it
export default served;
