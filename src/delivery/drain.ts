/** A drain: one pass of batches from the queue to the server, through web streams; it ends when nothing is left or a wait is due. */

import type { Outcome } from "../seq/ingestion.ts";
import type { Lease } from "./lease.ts";
import type { Queue } from "./queue.ts";

/** What a drain needs of the world. */
export interface DrainSteps {
  readonly queue: Queue;
  /** The next batch; nothing where the queue is empty or a wait is due. */
  next(): Lease | undefined;
  /** Posts a body of a lease; an empty one is the question whether the server is good. */
  post(body: Uint8Array<ArrayBuffer>, lease: Lease): Promise<Outcome>;
  /** Told of every outcome of a POST that had events in it, before what follows from it. */
  tell(outcome: Outcome, count: number): void;
  /** The most bytes that the server takes in one body, as far as it is known. */
  bodyLimit(): number;
  /** Told of the bytes of a body that was too large; of endless ones where that was an error. */
  tooLarge(bytes: number): void;
}

/** A body that is smaller than that is too large for no server: the fault is in an event of it. */
const smallBody = 2048;

/** Carries batches until `next` has none, or only the one that is given. A batch that fails goes back to the queue. */
export async function drain(steps: DrainSteps, only?: Lease): Promise<void> {
  if (only !== undefined) return await deliver(only, steps);
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

async function deliver(lease: Lease, steps: DrainSteps): Promise<void> {
  const { queue, post, tell } = steps;
  try {
    while (queue.holds(lease)) {
      const suspects = lease.suspect === 0 ? lease.count : Math.ceil(lease.suspect / 2);
      const count = Math.min(suspects, lease.within(steps.bodyLimit()));
      const body = lease.body(count);
      const outcome = await post(body, lease);
      if (!queue.holds(lease)) return; // given up meanwhile, or in the hands of another drain, and counted there
      if (outcome.kind === "accepted") {
        queue.settle(lease, count);
        tell(outcome, count);
      } else if (outcome.kind === "failed") {
        return tell(outcome, count);
      } else if (count > 1) {
        if (outcome.isTooLarge && body.length > smallBody) steps.tooLarge(body.length);
        else lease.suspect = count;
      } else if (!(await decideAlone(lease, body, outcome, steps))) return;
    }
  } finally {
    queue.release(lease);
  }
}

/**
 * Decides about an event that was rejected alone; answers whether the drain may go on.
 *
 * A proxy that says 400 to everything, if only for a while, must not cost an event: only a server that takes an empty body may reject one, and
 * only if it does so again.
 */
async function decideAlone(lease: Lease, body: Uint8Array<ArrayBuffer>, { reason }: Rejected, steps: DrainSteps): Promise<boolean> {
  const { queue, post, tell } = steps;
  const asked = await post(new Uint8Array(0), lease);
  if (!queue.holds(lease)) return false;
  if (asked.kind !== "accepted") {
    steps.tooLarge(Infinity); // nothing is known of its size
    tell({ kind: "failed", reason, refused: false }, 1);
    return false;
  }
  const again = await post(body, lease);
  if (!queue.holds(lease)) return false;
  if (again.kind === "accepted") queue.settle(lease, 1);
  tell(again, 1);
  if (again.kind === "rejected") {
    queue.discard(lease, 1, "rejected");
    lease.suspect = 0;
  }
  return again.kind !== "failed";
}

type Rejected = Outcome & { readonly kind: "rejected" };
