/** A drain: one pass of batches from the queue to the server, through web streams; it ends when nothing is left or a wait is due. */

import type { BodyLimit } from "./body_limit.ts";
import type { Lease } from "./lease.ts";
import type { Outcome, Rejected } from "./outcome.ts";

/** What a drain needs of the delivery. */
export interface DrainSteps {
  /** The next batch; nothing where the queue is empty or a wait is due. */
  next(): Lease | undefined;
  /** Sends a body of a lease; an empty one asks whether the server takes events at all. */
  send(body: Uint8Array<ArrayBuffer>, lease: Lease): Promise<Outcome>;
  /** Called with every outcome of a request that had events in it, before what follows from it. */
  note(outcome: Outcome, count: number): void;
  /** The most bytes that the server takes in one body, as far as is known. */
  bodyLimit(): number;
  /** What is known of the server's limit. */
  readonly limit: BodyLimit;
}

/** No server finds a smaller body too large: the fault is in one of its events. */
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
  const { send, note } = steps;
  try {
    while (lease.isHeld && lease.count > 0) {
      const suspects = lease.suspect === 0 ? lease.count : Math.ceil(lease.suspect / 2);
      const count = Math.min(suspects, lease.within(steps.bodyLimit()));
      const body = lease.body(count);
      const outcome = await send(body, lease);
      if (!lease.isHeld) return; // given up meanwhile, or in the hands of another drain, and counted there
      if (outcome.kind === "accepted") {
        lease.settle(count);
        note(outcome, count);
      } else if (outcome.kind === "failed") {
        return note(outcome, count);
      } else if (count > 1) {
        if (outcome.isTooLarge && body.length > smallBody) steps.limit.noteTooLarge(body.length);
        else lease.suspect = count;
      } else if (!(await decideAlone(lease, { body, rejected: outcome, steps }))) return;
    }
  } finally {
    lease.release();
  }
}

/** An event that was rejected alone. */
interface Suspect {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly rejected: Rejected;
  readonly steps: DrainSteps;
}

/**
 * Decides about an event that was rejected alone; returns whether the drain may go on.
 *
 * A proxy that says 400 to everything, if only for a while, must not cost an event: only a server that takes an empty body may reject one, and
 * only if it does so again.
 */
async function decideAlone(lease: Lease, { body, rejected: { reason, notice }, steps }: Suspect): Promise<boolean> {
  const { send, note } = steps;
  const asked = await send(new Uint8Array(0), lease);
  if (!lease.isHeld) return false;
  if (asked.kind !== "accepted") {
    steps.limit.forgetTooLarge(); // nothing is known of its size
    note({ kind: "failed", reason, isRefused: false, notice }, 1);
    return false;
  }
  const again = await send(body, lease);
  if (!lease.isHeld) return false;
  if (again.kind === "accepted") lease.settle(1);
  note(again, 1);
  if (again.kind === "rejected") {
    lease.discard(1, "rejected");
    lease.suspect = 0;
  }
  return again.kind !== "failed";
}
