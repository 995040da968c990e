/**
 * The main job in one program: an HTTP API logs 31 events, and the terminal shows them as they arrive at Seq.
 *
 *     npm start                                   with a collector of its own in the place of Seq
 *     SEQ_URL=http://localhost:5341 npm start     with your Seq (and SEQ_API_KEY, if it asks for one)
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { configure, getLogger } from "@x/seqlog";
import { type CollectedEvent, formatCollectedEvent, type RunningCollector, serveCollector } from "@x/seqlog/collector";

const calls = 31;

/** Starts the API. `GET /api/test` logs one event. */
async function startApi(): Promise<AsyncDisposable & { readonly url: string }> {
  const logger = getLogger("api.test");
  let count = 0;
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/api/test") return void response.writeHead(404).end();
    const data = { request: ++count };
    logger.info("Log to Seq: {data}", { data });
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, [Symbol.asyncDispose]: close };
}

/** Calls the API, which logs to the Seq at `serverUrl`. Returns how many events were delivered. */
async function run(serverUrl: string): Promise<number> {
  const logging = configure({ serverUrl, apiKey: process.env.SEQ_API_KEY, properties: { Application: "start" } });
  await using api = await startApi();
  console.log(`An HTTP API listens on ${api.url}. It is called ${calls} times: GET /api/test logs "Log to Seq: {data}".\n`);
  for (let i = 0; i < calls; i++) {
    const response = await fetch(`${api.url}/api/test`);
    await response.body?.cancel();
    if (!response.ok) throw new Error(`The API replied with ${response.status}`);
  }
  await logging.shutdown({ timeoutMs: 5000 });
  return logging.handlers.seq?.stats()?.delivered ?? 0;
}

/** Does the whole job with a Seq. Returns whether every event was delivered. */
async function runWithSeq(serverUrl: string): Promise<boolean> {
  console.log(`Events go to the Seq at ${serverUrl}, as SEQ_URL says.`);
  const delivered = await run(serverUrl);
  console.log(`${calls} events logged: ${delivered} delivered, ${calls - delivered} lost.`);
  if (delivered > 0) console.log(`Look at them: open ${serverUrl} and filter by SourceContext = 'api.test'`);
  return delivered === calls;
}

/** Does the whole job with a collector. Returns whether every event has arrived. */
async function runWithCollector(): Promise<boolean> {
  await using collector = await startCollector();
  console.log(`A collector, which takes events as Seq does, listens on ${collector.url}. To use your Seq, set SEQ_URL.`);
  await run(collector.url);
  const batches = collector.requests.map(({ count }) => count).filter((count) => count > 0);
  const arrived = collector.events.filter(({ properties }) => properties.SourceContext === "api.test").length;
  console.log(`\n${calls} events logged, ${arrived} arrived, in ${batches.length} requests of ${batches.join(" + ")} events.`);
  console.log(
    "To see events in a page: `npm run collector`, open http://127.0.0.1:5341, and `SEQ_URL=http://127.0.0.1:5341 npm start` in another terminal.",
  );
  return arrived === calls;
}

/** Starts a collector that shows what arrives: on Seq's port, or on any other where that is taken. */
async function startCollector(): Promise<RunningCollector> {
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const onEvent = (event: CollectedEvent): void => console.log(formatCollectedEvent(event, { colour }));
  return await serveCollector({ onEvent }).catch(() => serveCollector({ onEvent, port: 0 }));
}

const { SEQ_URL } = process.env;
try {
  process.exitCode = (SEQ_URL ? await runWithSeq(SEQ_URL) : await runWithCollector()) ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
