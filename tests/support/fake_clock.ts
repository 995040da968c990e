/** Waiting in a test: for a turn of the event loop, or until something holds; and the clock that users have. */

export { FakeClock } from "../../src/testing/fake_clock.ts";

/** Lets all microtasks run, and the runtime look after its sockets: a turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Only stops what hangs: a machine that is busy may take a hundred times as long as one that is idle. */
export const guardMs = 60_000;

/** What comes about by itself does so within so many turns; what another process does may take longer, and looking for it costs as well. */
const busyTurns = 100;
const restMs = 10;

/**
 * Waits, turn by turn of the event loop, until the condition holds; for changes without a notification.
 *
 * @param condition What is to hold.
 * @param what It in words, for the message of the test that waits in vain.
 */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const began = performance.now();
  for (let turns = 0; !condition(); turns++) {
    if (performance.now() - began > guardMs) throw new Error(`It did not come about within ${guardMs} ms: ${what}`);
    await (turns < busyTurns ? turn() : new Promise((resolve) => setTimeout(resolve, restMs)));
  }
}
