/** A drain: one pass of batches from the queue to the server, through web streams; it ends when nothing is left or a wait is due. */

import type { Outcome } from "./ingestion.ts";
import type { Lease } from "./lease.ts";
import type { Queue } from "./queue.ts";

/** What a drain needs of the world. */
export interface DrainSteps {
  readonly queue: Queue;
  /** The next batch; nothing where the queue is empty or a wait is due. */
  next(): Lease | undefined;
  /** Posts a body; an empty one is the question whether the server is good. */
  post(body: Uint8Array<ArrayBuffer>): Promise<Outcome>;
  /** Told of every outcome of a POST that had events in it. */
  tell(outcome: Outcome, count: number): void;
}

/** Carries batches until `next` has none. A batch that fails goes back to the queue. */
export async function drain(steps: DrainSteps): Promise<void> {
  const batches = new ReadableStream<Lease>(
    {
      pull(controller) {
        const lease = steps.next();
        if (lease === undefined) controller.close();
        else controller.enqueue(lease);
      },
    },
    { highWaterMark: 0 }, // a batch is leased when the one before is settled
  );
  await batches.pipeTo(new WritableStream<Lease>({ write: (lease) => deliver(lease, steps) }));
}

async function deliver(lease: Lease, { queue, post, tell }: DrainSteps): Promise<void> {
  try {
    /** How many of the first lines are known to hold a poison event. */
    let suspect = 0;
    let serverIsGood = false;
    while (queue.holds(lease)) {
      const count = suspect === 0 ? lease.count : Math.ceil(suspect / 2);
      const outcome = await post(lease.body(count));
      if (!queue.holds(lease)) return; // given up meanwhile, or in the hands of another drain, and counted there
      if (outcome.kind === "accepted") {
        queue.settle(lease, count);
        tell(outcome, count);
        suspect = Math.max(0, suspect - count);
        serverIsGood = true;
      } else if (outcome.kind === "failed") {
        return tell(outcome, count);
      } else if (count > 1) {
        suspect = count;
      } else {
        // a proxy that says 400 to everything must not cost an event: only a server that takes others may reject one
        const asked = serverIsGood ? undefined : await post(new Uint8Array(0));
        if (asked !== undefined && asked.kind !== "accepted") {
          return tell({ kind: "failed", reason: outcome.reason, refused: false }, count);
        }
        queue.discard(lease, 1, "rejected");
        tell(outcome, 1);
        suspect = 0;
      }
    }
  } finally {
    queue.release(lease);
  }
}
