/** Helpers of the adapters' tests. */

import fc from "fast-check";
import { getLogger, type LogEvent } from "../../mod.ts";
import { remember } from "../support/seq.ts";

/** The events of a logger and of the loggers below it. */
export interface Heard extends Disposable {
  readonly name: string;
  readonly events: readonly LogEvent[];
  /** The only event; fails where there is not just one. */
  readonly event: LogEvent;
}

let count = 0;

/** A logger of its own, everything enabled, and a memory handler on it. */
export function hear(): Heard {
  const name = `adapters.${++count}`;
  const logger = getLogger(name);
  logger.level = "trace";
  const memory = remember(logger);
  return {
    name,
    events: memory.events,
    get event() {
      return memory.event;
    },
    [Symbol.dispose]: () => {
      memory[Symbol.dispose]();
      logger.level = undefined;
    },
  };
}

/** Texts, braces and directives among them. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.array(fc.constantFrom("{", "}", "{{", "a", " ", "{a}", "\n", '"', "\\", "\u2028", "é"), { maxLength: 8 }).map((parts) =>
    parts.join("")
  ),
);

/** A value as JSON has it, and as an event keeps it. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.record({ n: fc.integer(), t: fc.string({ maxLength: 5 }) }, { noNullPrototype: true }),
);

/** The event without what the time and the stacks make of it. */
export function factsOf({ level, loggerName, messageTemplate, message, properties }: LogEvent): object {
  return { level, loggerName, messageTemplate, message, properties: { ...properties } };
}
