/** The handler that drops everything. */

import { Handler } from "../handler.ts";

/**
 * Drops every event, as Python's logging.NullHandler: for a library, whose warnings else appear on the console of a program that configures nothing.
 *
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import { NullHandler } from "@x/seqlog/yaml";
 *
 * const added = getLogger("library").addHandler(new NullHandler());
 * getLogger("library").error("Nobody is told");
 * added.dispose();
 * ```
 */
export class NullHandler extends Handler {
  /** False: no event need be made for it. */
  override accepts(): boolean {
    return false;
  }

  override handle(): void {}

  emit(): void {}
}
