/**
 * A Seq-compatible collector for development and tests: in memory, over HTTP, in a page, and as a program.
 *
 * @example
 * ```ts
 * import { configure, getLogger, shutdown } from "@x/seqlog";
 * import { createCollector } from "@x/seqlog/collector";
 * import assert from "node:assert/strict";
 *
 * const seq = createCollector();
 * configure({ serverUrl: "http://seq.test", fetch: (input, init) => seq.fetch(new Request(input, init)) });
 * getLogger("shop").info("Order {OrderId} shipped to {City}", { OrderId: 42, City: "Oslo" });
 * await shutdown();
 * assert.equal(seq.events[0]?.message, "Order 42 shipped to Oslo");
 * ```
 *
 * @module
 */

import { builtin } from "../runtime/detect.ts";
import { programArguments } from "../runtime/host_properties.ts";
import { runCollector } from "./program.ts";

export type { CollectedEvent } from "./collected_event.ts";
export type { CollectedRequest } from "./ingestion_request.ts";
export { createCollector } from "./collector.ts";
export type { Collector } from "./collector.ts";
export type { CollectorOptions } from "./collector_options.ts";
export { ConnectionReset } from "./simulated_fault.ts";
export type { AnswerFault, Fault, HangFault, ResetFault } from "./simulated_fault.ts";
export { parseFilter } from "./filter.ts";
export type { EventFilter } from "./filter.ts";
export { FilterSyntaxError } from "./filter_tokens.ts";
export { formatCollectedEvent } from "./format_collected_event.ts";
export type { FormatOptions } from "./format_collected_event.ts";
export { serveCollector } from "./http_server.ts";
export type { RunningCollector, ServeOptions } from "./http_server.ts";
export { runCollector } from "./program.ts";
export type { ProgramWorld } from "./program.ts";
export { formatTrace, type TraceNode, traceTree } from "./trace_tree.ts";
export type { UntilOptions } from "./received_events.ts";

/** Returns whether the runtime was started with this module, and did not only import it. */
function isProgram(): boolean {
  const here = import.meta as { readonly url?: string; readonly main?: boolean };
  if (!/\/collector\/serve\.[jt]s$/.test(here.url ?? "")) return false; // inside a bundle, `main` refers to the bundle
  if (here.main !== undefined) return here.main;
  try {
    // Node 20 has no `main`
    const path = builtin<{ realpathSync(path: string): string }>("node:fs")?.realpathSync(programArguments()[0] ?? "");
    return path !== undefined && builtin<{ pathToFileURL(path: string): URL }>("node:url")?.pathToFileURL(path).href === here.url;
  } catch {
    return false; // the program is no file
  }
}

if (isProgram()) void runCollector(programArguments().slice(1));
