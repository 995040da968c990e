/** Audited calls: what is logged while one runs is acknowledged by the server, or the reason is told. */

/** Tells whether an event was acknowledged; rejects with the reason. */
export type Acknowledgement = Promise<void>;

let collected: (() => Acknowledgement)[] | undefined;

/** Whether the event that is being handled was logged by an audited call. */
export function isAudited(): boolean {
  return collected !== undefined;
}

/** Offers an acknowledgement of the event that is being handled. */
export function offerAcknowledgement(ask: () => Acknowledgement): void {
  collected?.push(ask);
}

/** Runs a log call, and waits until every handler that can say so has said that the event is acknowledged. Rejects with the reason. */
export async function audited(call: () => void): Promise<void> {
  const before = collected;
  const asks: (() => Acknowledgement)[] = [];
  collected = asks;
  try {
    call();
  } finally {
    collected = before;
  }
  if (asks.length === 0) throw new Error("Cannot audit an event that no handler took which ships to Seq: see explain()");
  await Promise.all(asks.map((ask) => ask()));
}
