/** Decides how events of every level are recorded while a test runs, with or without a configuration. */

import { type Disposable, disposable } from "../diagnostic.ts";
import type { Threshold } from "../event/level.ts";
import { MemoryHandler, type MemoryOptions } from "../handlers/memory_handler.ts";
import { hierarchy } from "../hierarchy.ts";
import { getLogger } from "../logger.ts";
import type { Logger } from "../logger_face.ts";
import { must, number, options, type Reader, requireOptions, threshold } from "../option_schema.ts";
import { EventList } from "./event_list.ts";

/** The options of a recording. */
export interface RecordOptions extends MemoryOptions {
  /** The least severe level that is recorded. Default: `"trace"`. */
  readonly level?: Threshold | undefined;
}

/** A recording in progress, until it is disposed. */
export interface Recording extends Disposable {
  /** The events recorded so far. */
  readonly events: EventList;
  /** Discards the events recorded so far. */
  clear(): void;
}

const readOptions: Reader<RecordOptions> = options<RecordOptions>({ level: threshold, capacity: number(1, undefined, true) });

const readLogger: Reader<Logger | string> = must("a logger, or the name of one", (given: unknown) => {
  return typeof given === "string" || typeof (given as Logger | null)?.write === "function" ? given as Logger : undefined;
});

/**
 * Records the events of a logger and of the loggers below it, whatever their levels are.
 *
 * The recording sets the levels of these loggers, includes loggers that do not propagate, and restores everything at the end. Settings that
 * `configure` or the program changes meanwhile remain, so call `recordEvents` after `configure`.
 *
 * @param logger The logger or its name. Default: the root.
 * @param given The least level, and how many events are kept.
 * @returns The events; `dispose()` or `using` ends the recording.
 * @throws {ConfigError} If the logger or an option is wrong.
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import { recordEvents } from "@x/seqlog/testing";
 * import assert from "node:assert/strict";
 *
 * const log = recordEvents("shop");
 * getLogger("shop.orders").debug("Order {Id} shipped", { Id: 42 });
 * assert.deepEqual(log.events.withTemplate("Order {Id} shipped").single().properties, { Id: 42 });
 * log.events.fromLevel("warn").none();
 * log.dispose();
 * ```
 */
export function recordEvents(logger: Logger | string = "", given: RecordOptions = {}): Recording {
  const { level = "trace", capacity } = requireOptions(readOptions, given, "recordEvents");
  const memory = new MemoryHandler({ capacity });
  memory.level = level;
  const named = requireOptions(readLogger, logger, "recordEvents", "logger");
  const { name } = typeof named === "string" ? getLogger(named) : named;
  const undo = [getLogger(name).addHandler(memory).dispose, setLevel(getLogger(name), level)];
  const tree = hierarchy();
  for (const node of [...tree.nodes]) {
    if (node.name === name || !(name === "" || node.name.startsWith(`${name}.`))) continue;
    const below = getLogger(node.name);
    if (below.level !== undefined) undo.push(setLevel(below, level));
    if (!node.propagate) undo.push(below.addHandler(memory).dispose);
    if (node.disabled) {
      tree.change(node, { disabled: false });
      undo.push(() => tree.change(node, { disabled: true }));
    }
  }
  return {
    get events() {
      return new EventList(memory.events);
    },
    clear: () => memory.clear(),
    ...disposable(() => undo.splice(0).forEach((one) => one())),
  };
}

/** Sets a level. Returns a function that restores the former level, unless it was changed meanwhile. */
function setLevel(logger: Logger, level: Threshold): () => void {
  const before = logger.level;
  logger.level = level;
  return () => {
    if (logger.level === level) logger.level = before;
  };
}
