/** The handler that keeps events in memory, for tests. */

import { Handler } from "../handler.ts";
import type { LogEvent } from "../event/log_event.ts";
import { number, options, type Reader, requireOptions } from "../option_schema.ts";

/** Options of a {@linkcode MemoryHandler}. */
export interface MemoryOptions {
  /** Most events it keeps; the oldest are dropped first. Default: 10 000. */
  readonly capacity?: number | undefined;
}

/** Reads the options of a memory handler. */
export const readMemoryOptions: Reader<MemoryOptions> = options<MemoryOptions>(() => ({ capacity: number(1, undefined, true) }));

/**
 * Keeps events in memory, so that a test can check what was logged.
 *
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("shop").addHandler(memory);
 * getLogger("shop").warn("{Left} items left", { Left: 3 });
 * assert.equal(memory.events[0]?.message, "3 items left");
 * assert.equal(memory.events[0]?.properties.Left, 3);
 * added.dispose();
 * ```
 */
export class MemoryHandler extends Handler {
  /** The events, oldest first. */
  readonly events: LogEvent[] = [];
  readonly #capacity: number;

  /** Makes a handler. */
  constructor(options: MemoryOptions = {}) {
    super();
    const { capacity = 10_000 } = requireOptions(readMemoryOptions, options, "new MemoryHandler");
    this.#capacity = capacity;
  }

  /** Keeps an event. */
  emit(event: LogEvent): void {
    this.events.push(event);
    if (this.events.length > this.#capacity) this.events.shift();
  }

  /** Removes all events. */
  clear(): void {
    this.events.length = 0;
  }
}
