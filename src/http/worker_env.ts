/** Configures a Worker's logging once, from the environment that the platform passes with each request. */

import { systemClock } from "../runtime/clock.ts";
import { readException } from "../event/exception.ts";
import { configurer } from "../lifecycle.ts";
import { writeConsole } from "../runtime/console.ts";
import { ConfigError, isObject } from "../option_schema.ts";

/** Configures from an environment, or returns the configuration. */
export type Configures = (env: unknown) => unknown;

interface State {
  readonly env: unknown;
  /** Whether the configuration is complete. */
  isDone: boolean;
  /** When it began. Others wait only for a while, because the work of a request may never end. */
  readonly sinceMs: number;
}

const states = new WeakMap<Configures, State>();

/** How long a request waits while another request configures, and how often it checks. */
const patienceMs = 2000;
const lookMs = 5;

/** Returns whether this environment is configured. */
export function isConfigured(configures: Configures, env: unknown): boolean {
  const state = states.get(configures);
  return state !== undefined && state.env === env && state.isDone;
}

/**
 * Configures from an environment once. A concurrent request waits by polling, because requests must not share a promise. Never rejects: a
 * failure is reported on the console.
 */
export async function configureOnce(configures: Configures, env: unknown): Promise<void> {
  for (let state = states.get(configures); state !== undefined && state.env === env && !state.isDone; state = states.get(configures)) {
    if (systemClock.now() - state.sinceMs > patienceMs) break;
    await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, lookMs));
  }
  if (isConfigured(configures, env)) return;
  const state = { env, isDone: false, sinceMs: systemClock.now() };
  states.set(configures, state);
  try {
    const result = await configures(env);
    if (isObject(result) && typeof result["flush"] !== "function") apply(result);
  } catch (error) {
    const message = error instanceof ConfigError ? error.message : `Cannot configure logging: ${readException(error).text}`;
    writeConsole("error", `seqlog: ${message}`);
  }
  state.isDone = true;
}

function apply(config: object): void {
  if (configurer.configure === undefined) {
    throw new TypeError("The program never uses configure(): call it in the option configure instead of returning a configuration");
  }
  configurer.configure(config);
}
