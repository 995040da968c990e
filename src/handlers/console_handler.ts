/** The handler that prints events on the console, as readable text. */

import { flag, options, type Reader, requireOptions } from "../option_schema.ts";
import { ConsoleOutput } from "./console_output.ts";

/** Options of a {@linkcode ConsoleHandler}. */
export interface ConsoleOptions {
  /** Whether ANSI colours are used. Default: if the console is a terminal and `NO_COLOR` is not set. */
  readonly colour?: boolean | undefined;
}

/** Reads the options of what writes for a terminal. */
export const readConsoleOptions: Reader<ConsoleOptions> = options<ConsoleOptions>({ colour: flag });

/**
 * Writes each event as a readable line to the console: `console.debug`, `info`, `warn` or `error`, looked up at the time of the call.
 *
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { ConsoleHandler, getLogger } from "@x/seqlog";
 *
 * const added = getLogger("shop").addHandler(new ConsoleHandler({ colour: false }));
 * getLogger("shop").warn("{Left} items left", { Left: 3 }); // 12:00:00.000 WARN  shop 3 items left
 * added.dispose();
 * ```
 */
export class ConsoleHandler extends ConsoleOutput {
  /** Makes a handler. */
  constructor(options: ConsoleOptions = {}) {
    super(requireOptions(readConsoleOptions, options, "new ConsoleHandler").colour);
  }
}
