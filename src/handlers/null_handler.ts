/** The handler that drops every event. */

import { Handler } from "../handler.ts";

/**
 * Drops every event, like Python's logging.NullHandler. For libraries: if the program configures nothing, their warnings do not reach the
 * console.
 *
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import { NullHandler } from "@x/seqlog/yaml";
 *
 * const added = getLogger("library").addHandler(new NullHandler());
 * getLogger("library").error("Nobody sees this");
 * added.dispose();
 * ```
 */
export class NullHandler extends Handler {
  /** Returns false, so that no event is created for this handler. */
  override accepts(): boolean {
    return false;
  }

  /** Discards an event. */
  override handle(): void {}

  /** Does nothing with an event. */
  emit(): void {}
}
