/** A drain: one pass of batches from the queue to the server, through web streams. It ends when the queue is empty or a wait is due. */

import type { BodyLimit } from "./body_limit.ts";
import type { Lease } from "./lease.ts";
import type { Outcome, Rejected } from "./outcome.ts";

/** What a drain calls on its delivery. */
export interface DrainSteps {
  /** Returns the next batch, or undefined if the queue is empty or a wait is due. */
  next(): Lease | undefined;
  /** Sends a body of a lease. An empty body checks whether the server accepts events at all. */
  send(body: Uint8Array<ArrayBuffer>, lease: Lease): Promise<Outcome>;
  /** Called with the outcome of every request that carried events, before the drain acts on it. */
  note(outcome: Outcome, count: number): void;
  /** Most bytes that the server is known to accept in one body. */
  bodyLimit(): number;
  /** The limit that earlier outcomes have shown. */
  readonly limit: BodyLimit;
}

/** No server refuses a body this small because of its size: one of its events must be the reason. */
const smallBody = 2048;

/** Sends batches until `next` returns none. If `only` is given, sends only that batch. A failed batch returns to the queue. */
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
    { highWaterMark: 0 }, // leases a batch only once the previous one is settled
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
      if (!lease.isHeld) return; // meanwhile the lines were given up, or another drain leased them and counts them
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

interface Suspect {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly rejected: Rejected;
  readonly steps: DrainSteps;
}

/**
 * Decides about an event that was rejected alone. Returns whether the drain may continue.
 *
 * A proxy that answers 400 to everything must not cause the loss of an event. So the server first has to accept an empty body, and then
 * reject the event a second time.
 */
async function decideAlone(lease: Lease, { body, rejected: { reason, notice }, steps }: Suspect): Promise<boolean> {
  const { send, note } = steps;
  const asked = await send(new Uint8Array(0), lease);
  if (!lease.isHeld) return false;
  if (asked.kind !== "accepted") {
    steps.limit.forgetTooLarge(); // the size was not the reason
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
