/** The global properties, as a program changes them while it runs. */

import { type GlobalProperties, hierarchy } from "./hierarchy.ts";

/** What is done with the global properties. */
export interface GlobalPropertiesAccess {
  /** The properties that an event would carry now; functions are asked. */
  get(): Record<string, unknown>;
  /** Puts these in place of all others, those of the machine and of the configuration, too; a function is asked for each event, and null leaves a name out. */
  set(properties: GlobalProperties): void;
  /** Goes back to those of the configuration in force; without one, to `MachineName` and `ProcessId`, where known. */
  reset(): void;
  /** Takes all away. */
  clear(): void;
}

/**
 * The properties of every event that is shipped, to be changed at run time; what is set so survives {@linkcode configure}, until `reset` or `shutdown`.
 *
 * Their usual place is `properties` of the configuration. (The four are those of Python's seqlog.)
 *
 * @example
 * ```ts
 * import { globalProperties } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * globalProperties.set({ ...globalProperties.get(), Application: "shop", Uptime: () => Math.round(performance.now()) });
 * assert.equal(globalProperties.get().Application, "shop");
 * globalProperties.reset();
 * assert.equal(globalProperties.get().Application, undefined);
 * ```
 */
export const globalProperties: GlobalPropertiesAccess = {
  get: () => {
    const tree = hierarchy();
    return { ...tree.globals.values, ...tree.askGlobals()?.values };
  },
  set: (properties) => hierarchy().replaceGlobals(properties),
  reset: () => hierarchy().replaceGlobals(undefined),
  clear: () => hierarchy().replaceGlobals({}),
};
