/** Events that reach no handler: shown on the console from warnings on, and counted once there was a shutdown. */

import { report } from "../diagnostic.ts";
import type { Handler } from "../handler.ts";
import type { Hierarchy } from "../hierarchy.ts";
import { shared } from "../runtime/global_state.ts";
import { ConsoleHandler } from "./console_handler.ts";

/** Who has the events that reach no handler; those that come after a shutdown are counted. */
export function lastResort(tree: Hierarchy): Handler {
  if (tree.ended !== undefined && tree.ended.count++ === 0) {
    report({ code: "after-shutdown", message: "Events are logged after shutdown(), and are lost", hint: "Shut down last" });
  }
  return shared("lastResort", () => Object.assign(new ConsoleHandler(), { level: "warn" as const }));
}
