/** What tests of handlers that write to files have in common. */

import { getLogger, type Handler, type LogEvent } from "../../mod.ts";

/** A formatter: the message, and nothing else. */
export const bare = ({ message }: LogEvent): string => message;

/** Logs texts through a handler alone, as they are. */
export function log(handler: Handler, ...messages: readonly string[]): void {
  using _ = getLogger("files.test").addHandler(handler);
  for (const message of messages) getLogger("files.test").write({ message, level: "warn" });
}

/** Lets the tick end. */
export const tick = (): Promise<void> => Promise.resolve();

/** Time that stands still, but for what the test adds; until it is disposed. */
export class StandingTime {
  ms = 1_800_000_000_000;
  readonly #own = Date.now;

  constructor() {
    Date.now = () => this.ms;
  }

  [Symbol.dispose](): void {
    Date.now = this.#own;
  }
}
