/**
 * The queue on disk: events survive a crash of the process as soon as the tick that logged them has ended.
 *
 * @example
 * ```ts
 * import { configure, getLogger, shutdown } from "@x/seqlog";
 * import { durableQueue } from "@x/seqlog/durable";
 * import assert from "node:assert/strict";
 * import { mkdtempSync, readdirSync } from "node:fs";
 * import { tmpdir } from "node:os";
 *
 * const path = mkdtempSync(`${tmpdir()}/shop-`);
 * configure({ serverUrl: "http://localhost:1", queue: durableQueue({ path }) });
 * getLogger("shop").warn("{Left} items left", { Left: 3 });
 * await shutdown({ timeoutMs: 100 });
 * assert.equal(readdirSync(path).length, 1); // the events that Seq does not have wait there for the next process
 * ```
 *
 * @module
 */
export type { QueueFactory } from "../delivery/queue.ts";
export type { DurableOptions } from "./durable_options.ts";
export { durableQueue } from "./durable_queue.ts";
