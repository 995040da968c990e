/** The collector for tests: it waits for events as long as {@linkcode guardMs}, so that no machine is too busy for a test. */

import { type RunningCollector, serveCollector as serve, type ServeOptions, type UntilOptions } from "../../src/collector/serve.ts";
import { guardMs } from "./fake_clock.ts";

export type * from "../../src/collector/serve.ts";

/** Starts a collector whose `until()` and `untilRequests()` wait longer than by default. */
export async function serveCollector(options?: ServeOptions): Promise<RunningCollector> {
  const collector = await serve(options);
  const patient = <W, T>(wait: (wanted: W, options?: UntilOptions) => T) => (wanted: W, options?: UntilOptions): T =>
    wait.call(collector, wanted, { timeoutMs: guardMs, ...options });
  return Object.assign(collector, { until: patient(collector.until), untilRequests: patient(collector.untilRequests) });
}
