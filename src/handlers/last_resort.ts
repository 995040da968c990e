/** Handles events that reach no handler: prints warnings and above on the console, and counts all such events after a shutdown. */

import { report } from "../diagnostic.ts";
import type { Handler } from "../handler.ts";
import type { Hierarchy } from "../hierarchy.ts";
import { shared } from "../runtime/global_state.ts";
import { ConsoleHandler } from "./console_handler.ts";

/** Returns the handler of an event that reaches no other. After a shutdown it also counts the event. */
export function lastResort(tree: Hierarchy): Handler {
  if (tree.ended !== undefined && tree.ended.count++ === 0) {
    report({ code: "after-shutdown", message: "Events are logged after shutdown(), and are lost", hint: "Call shutdown() last" });
  }
  return shared("lastResort", () => Object.assign(new ConsoleHandler(), { level: "warn" as const }));
}
