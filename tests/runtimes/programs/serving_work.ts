/** What the servers of tests/runtimes/serving.ts do for a request: they log and wait in every way, so that a context that gets lost or mixed up is seen. */

import process from "node:process";
import { setImmediate } from "node:timers";
import { configure, enrichRequest, getLogger, shutdown } from "../../../mod.ts";

/** The kinds of requests, by their number. */
export const fails = (n: number): boolean => n % 100 === 99;
export const streams = (n: number): boolean => n % 100 === 50;

const logger = getLogger("inner");
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Configures by the variable SEQ_URL: nothing may be dropped. */
export function logToSeq(): void {
  configure({ serverUrl: process.env.SEQ_URL!, queueSize: 1_000_000, maxQueueBytes: 1_073_741_824 });
}

/** Says where the server listens, and ends it at SIGTERM, when all is delivered. */
export function listening(port: number, close: () => unknown): void {
  console.log(`Listening on http://127.0.0.1:${port}`);
  process.once("SIGTERM", async () => {
    await close();
    const { pending, lost } = await shutdown();
    console.log(`Ended with ${pending} pending and ${lost} lost`);
    process.exit();
  });
}

/** The number of a request, which is the end of its path. */
export const numberOf = (path = ""): number => Number(/\d+$/.exec(path)?.[0]);

/** Serves a request: three events beside that of its completion. What it answers has the number, and what was sent. */
export async function work(n: number, body: AsyncIterable<Uint8Array>): Promise<string> {
  await pause(n % 4);
  let sent = "";
  for await (const piece of body) sent += new TextDecoder().decode(piece);
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  setImmediate(() => logger.info("Detached {N}", { N: n }));
  await nested(n, 3);
  await new Promise<void>((resolve) => process.nextTick(resolve));
  logger.info("Done {N}", { N: n });
  enrichRequest({ Number: n });
  await new Promise<void>((resolve) => setImmediate(resolve)); // the detached one has logged
  if (fails(n)) throw new Error(`No paper for ${n}`);
  return `${n} ${sent}`;
}

async function nested(n: number, depth: number): Promise<void> {
  await null;
  if (depth > 0) return await nested(n, depth - 1);
  await Promise.all([pause(1), pause(0)]);
  logger.info("Nested {N}", { N: n });
}

/** The answer bit by bit; each bit is logged as it is made. */
export function inPieces(n: number, text: string): ReadableStream<Uint8Array> {
  const pieces = [...text];
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await pause(0);
      const piece = pieces.shift();
      if (piece !== undefined) return controller.enqueue(new TextEncoder().encode(piece));
      logger.info("Streamed {N}", { N: n });
      controller.close();
    },
  });
}

/** The whole of a fetch handler. */
export async function answer(request: Request): Promise<Response> {
  const n = numberOf(request.url);
  const text = await work(n, (request.body ?? []) as AsyncIterable<Uint8Array>);
  return streams(n) ? new Response(inPieces(n, text)) : new Response(text);
}

/** What a framework's hook of errors answers. */
export function answerError(error: unknown): Response {
  enrichRequest({ error });
  return new Response(String(error), { status: 500 });
}
