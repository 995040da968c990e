/** The properties of all events: those of the machine and process, those of the configuration, and those that the program sets. */

import { catchRejection, report } from "./diagnostic.ts";
import { readException } from "./event/exception.ts";
import { capture, type Captured } from "./event/properties.ts";
import { hostProperties } from "./runtime/host_properties.ts";
import { shared } from "./runtime/global_state.ts";

/** Global properties: values, or functions that are called for each event. Null removes a property. */
export type GlobalProperties = Readonly<Record<string, unknown>>;

/** The active global properties. Fixed values are captured once. What changes them are functions: few programs bundle those. */
export class Globals {
  #foreign: { readonly fixed: Captured; readonly rest: Captured } | undefined;
  /** The fixed values, once they are captured. */
  captured: Captured | undefined;
  /** The functions that are called for each event, by their names. */
  functions: readonly (readonly [string, () => unknown])[] = [];
  /** The properties of the configuration, and those of machine and process. */
  configured: GlobalProperties | undefined;
  /** The properties that the program has set instead. */
  given: GlobalProperties | undefined;
  /** Properties that describe the service; its spans carry them. */
  resource: Captured | undefined;

  /** The fixed values. */
  get fixed(): Captured {
    return (this.captured ??= capture(hostProperties()));
  }

  /** The fixed values for an event of another process: all but those that only identify this machine and process. */
  get foreign(): Captured {
    const { fixed } = this;
    if (this.#foreign?.fixed !== fixed) {
      const here = Object.entries(hostProperties()).filter(([name, value]) => fixed.values[name] === value);
      this.#foreign = { fixed, rest: fixed.without(capture(Object.fromEntries(here))) };
    }
    return this.#foreign.rest;
  }

  /** Calls the functions for one event; `undefined` if there are none. An error becomes the property's value. */
  live(): Captured | undefined {
    if (this.functions.length === 0) return undefined;
    const results: Record<string, unknown> = {};
    for (const [name, call] of this.functions) {
      try {
        const result = catchRejection(call(), reportFailure);
        if (result !== null && result !== undefined) results[name] = result;
      } catch (error) {
        results[name] = `[Threw: ${readException(error).message}]`;
      }
    }
    return capture(results, { fillsException: false });
  }
}

/** The global properties of this process, shared by all copies of the module. */
export function globals(): Globals {
  return shared("globals", () => new Globals());
}

/** Sets the configuration's properties, in addition to those of machine and process. */
export function configureGlobals(properties: GlobalProperties = {}, resource?: object): void {
  const state = globals();
  state.resource = resource && capture(resource, { fillsException: false });
  state.configured = { ...hostProperties(), ...properties };
  captureGlobals(state);
}

/** Sets the program's properties, which replace those of the configuration; `undefined` restores the configuration's. */
export function replaceGlobals(properties: GlobalProperties | undefined): void {
  const state = globals();
  state.given = properties && { ...properties };
  captureGlobals(state);
}

function captureGlobals(state: Globals): void {
  const fixed: Record<string, unknown> = {};
  const functions: (readonly [string, () => unknown])[] = [];
  for (const [name, value] of Object.entries(state.given ?? state.configured ?? hostProperties())) {
    if (typeof value === "function") functions.push([name, value as () => unknown]);
    else if (value !== null && value !== undefined) fixed[name] = value;
  }
  state.functions = functions;
  state.captured = capture(fixed, { fillsException: false });
}

function reportFailure(error: unknown): void {
  report({ code: "callback-failed", message: `A global property that is a function failed: ${readException(error).text}` });
}

/** Access to the global properties. */
export interface GlobalPropertiesAccess {
  /** Returns the properties that an event would carry now; functions are called. */
  get(): Record<string, unknown>;
  /**
   * Replaces all properties, including those of machine and configuration. A function is called for each event; null removes a property.
   */
  set(properties: Readonly<Record<string, unknown>>): void;
  /** Restores the configuration's properties or, without a configuration, `MachineName` and `ProcessId`, if known. */
  reset(): void;
  /** Removes all properties. */
  clear(): void;
}

/**
 * The properties of every event, changeable at run time. They survive {@linkcode configure}, until `reset` or `shutdown`.
 *
 * Normally the option `properties` of the configuration sets them. (The four methods are those of Python's seqlog.)
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
  set: replaceGlobals,
  reset: () => replaceGlobals(undefined),
  clear: () => replaceGlobals({}),
};
