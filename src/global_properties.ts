/** The properties of all events: those of the machine and the process, of the configuration, and of the program while it runs. */

import { catchRejection, report } from "./diagnostic.ts";
import { readException } from "./event/exception.ts";
import { capture, type Captured } from "./event/properties.ts";
import { hostProperties } from "./runtime/host_properties.ts";
import { shared } from "./runtime/global_state.ts";

/** The global properties: a value, or a function that is called for each event; null leaves the name out. */
export type GlobalProperties = Readonly<Record<string, unknown>>;

/** The global properties in force, captured once where they are values. */
export class Globals {
  #fixed: Captured | undefined;
  #foreign: { readonly fixed: Captured; readonly rest: Captured } | undefined;
  #functions: readonly (readonly [string, () => unknown])[] = [];
  #configured: GlobalProperties | undefined;
  #given: GlobalProperties | undefined;

  /** Those that are values. */
  get fixed(): Captured {
    return (this.#fixed ??= capture(hostProperties()));
  }

  /** Those that are values, for an event that happened in another process: without those that only say which machine and process this is. */
  get foreign(): Captured {
    const { fixed } = this;
    if (this.#foreign?.fixed !== fixed) {
      const here = Object.entries(hostProperties()).filter(([name, value]) => fixed.values[name] === value);
      this.#foreign = { fixed, rest: fixed.without(capture(Object.fromEntries(here))) };
    }
    return this.#foreign.rest;
  }

  /** Those that are functions, called for one event; `undefined` where there are none. One that throws is reported in its place. */
  live(): Captured | undefined {
    if (this.#functions.length === 0) return undefined;
    const results: Record<string, unknown> = {};
    for (const [name, call] of this.#functions) {
      try {
        const result = catchRejection(call(), reportFailure);
        if (result !== null && result !== undefined) results[name] = result;
      } catch (error) {
        results[name] = `[Threw: ${readException(error).message}]`;
      }
    }
    return capture(results, { fillsException: false });
  }

  /** Sets those of the configuration, beside those of the machine and the process. */
  configure(properties: GlobalProperties = {}): void {
    this.#configured = { ...hostProperties(), ...properties };
    this.#capture();
  }

  /** Sets those of the program, which stand in place of the configuration's; `undefined` takes them away. */
  replace(properties: GlobalProperties | undefined): void {
    this.#given = properties && { ...properties };
    this.#capture();
  }

  #capture(): void {
    const fixed: Record<string, unknown> = {};
    const functions: (readonly [string, () => unknown])[] = [];
    for (const [name, value] of Object.entries(this.#given ?? this.#configured ?? hostProperties())) {
      if (typeof value === "function") functions.push([name, value as () => unknown]);
      else if (value !== null && value !== undefined) fixed[name] = value;
    }
    this.#functions = functions;
    this.#fixed = capture(fixed, { fillsException: false });
  }
}

/** Those of this process: the same for all copies of the module. */
export function globals(): Globals {
  return shared("globals", () => new Globals());
}

function reportFailure(error: unknown): void {
  report({ code: "callback-failed", message: `A global property that is a function failed: ${readException(error).text}` });
}

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
  get: () => ({ ...globals().fixed.values, ...globals().live()?.values }),
  set: (properties) => globals().replace(properties),
  reset: () => globals().replace(undefined),
  clear: () => globals().replace({}),
};
