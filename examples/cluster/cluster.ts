/**
 * Three processes behind one port, as `gunicorn --workers=3` runs them, logging by one YAML file: `npx tsx examples/cluster/cluster.ts`,
 * `deno run -A examples/cluster/cluster.ts` or `bun examples/cluster/cluster.ts`, then `curl http://localhost:8000/orders/42`.
 *
 * SIGHUP restarts the workers one after the other, SIGTERM ends them; both let requests and events finish. Files given as arguments are laid over
 * logging.yml. Without a Seq, start the collector first: `npm run collector`.
 */

import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { createServer } from "node:http";
import process from "node:process";
import { getLogger, logNodeRequests, shutdown } from "@x/seqlog";
import { configureFromFile } from "@x/seqlog/yaml";

const stopping = new Set<Worker>();
/** What the file's Python class does is built in. */
const encoders = { "api.utilities.json_extensions.LoggingJSONEncoder": () => undefined };

await configureFromFile([new URL("logging.yml", import.meta.url), ...process.argv.slice(2)], { encoders });
const logger = getLogger("gunicorn.error");
if (cluster.isPrimary) await supervise(Number(process.env.WORKERS ?? 3));
else serve();

/** A worker: serves requests until the primary stops it, finishes those under way, and delivers its events. */
function serve(): void {
  const orders = getLogger("shop.orders");
  const listener = async (request: { url?: string }, response: { end(text: string): void }): Promise<void> => {
    orders.info("Order {Order} shipped", { Order: request.url?.split("/").at(-1) });
    await new Promise((resolve) => setTimeout(resolve, 5)); // the work
    response.end(`Shipped by ${process.pid}\n`);
  };
  const server = createServer(logNodeRequests(listener, { logger: "gunicorn.access" }));
  server.listen(Number(process.env.PORT ?? 8000), () => logger.info("A worker takes requests, with process {Pid}", { Pid: process.pid }));
  process.once("SIGTERM", () => server.close(() => shutdown({ timeoutMs: 25_000 }).finally(() => process.exit())));
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {}); // a terminal sends them to all, and they are for the primary
}

/** The primary: keeps so many workers alive. */
async function supervise(count: number): Promise<void> {
  let isEnding = false;
  const workers = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  const start = async (): Promise<void> => {
    if (isEnding) return;
    const worker = cluster.fork();
    await Promise.race([once(worker, "listening"), once(worker, "exit")]);
    logger.info("Worker {Id} is there, with process {Pid}", { Id: worker.id, Pid: worker.process.pid });
  };
  const stop = async (worker: Worker): Promise<void> => {
    const pid = worker.process.pid!;
    if (worker.isDead()) return;
    stopping.add(worker);
    process.kill(pid, "SIGTERM"); // worker.kill() would cut it off first, and on Deno it ends by that
    const late = setTimeout(() => process.kill(pid, "SIGKILL"), 30_000); // gunicorn's graceful timeout
    await once(worker, "exit");
    clearTimeout(late);
  };
  cluster.on("exit", (worker, code, signal) => {
    if (stopping.delete(worker)) return;
    logger.error("Worker {Id} died by {Reason}", { Id: worker.id, Reason: signal ?? code });
    setTimeout(start, 500); // one that dies at once is not to keep the machine busy
  });
  process.on("SIGHUP", async () => {
    for (const old of workers()) {
      await start();
      await stop(old);
    }
    logger.info("The workers are new");
  });
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, async () => {
      isEnding = true;
      await Promise.all(workers().map(stop));
      await shutdown();
      process.exit();
    });
  }
  await Promise.all(Array.from({ length: count }, start));
  logger.info("{Count} workers listen on port {Port}", { Count: count, Port: process.env.PORT ?? 8000 });
}
