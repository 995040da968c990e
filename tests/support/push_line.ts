/** Pushes lines to a queue as a handler does. */

import type { Queue } from "../../src/delivery/queue.ts";

/** Writes a text where the queue expects its next line, and pushes it. */
export function pushLine(queue: Queue, line: string, undated?: boolean): void {
  queue.out.begin();
  queue.out.text(line);
  queue.push(undated);
}
