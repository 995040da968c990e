/** Waiting in a test: for a turn of the event loop, or until something holds; and the clock that users have. */

export { FakeClock } from "../../src/testing/fake_clock.ts";

/** Lets all microtasks run, and the runtime look after its sockets: a turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Only stops what hangs: a machine that is busy may take a hundred times as long as one that is idle. */
export const guardMs = 60_000;

/**
 * Waits, turn by turn of the event loop, until the condition holds; for what tells nobody when it happens.
 *
 * @param condition What is to hold.
 * @param what It in words, for the message of the test that waits in vain.
 */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  for (const began = performance.now(); !condition(); await turn()) {
    if (performance.now() - began > guardMs) throw new Error(`It did not come about within ${guardMs} ms: ${what}`);
  }
}
