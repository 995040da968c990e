/** The filter that limits the events of each message template per period. */

import type { Filter } from "../filter.ts";
import type { LogEvent } from "../event/log_event.ts";
import { renderMessage } from "../event/message_template.ts";
import { callable, number, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { needing } from "./filter_options.ts";

/** Options of {@linkcode rateLimitFilter}. */
export interface RateLimitFilterOptions {
  /** Most events of one message template per period; at least 1. */
  readonly limit: number;
  /** Length of a period in milliseconds; it begins with the first event after the previous one ended. Default: 60 000. */
  readonly periodMs?: number | undefined;
  /** Name of the property by which the next event that passes says how many were held back before. Default: `"HeldBack"`. */
  readonly property?: string | undefined;
  /** Returns the time in milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Reads the options of a rate limit filter. A missing limit is an issue. */
export const readRateLimitOptions: Reader<RateLimitFilterOptions> = needing(
  options<RateLimitFilterOptions>(() => ({ limit: number(1, undefined, true), periodMs: number(1), property: text, now: callable })),
  "a whole number, 1 or more",
  "limit",
);

/** State of one template. */
interface Flow {
  startMs: number;
  passed: number;
  held: number;
  /** Logger and template of the last event held back. */
  loggerName: string;
  template: string;
}

/** Most templates that are tracked; all others share one limit. */
const maxTemplates = 1000;
const summary = "{HeldBack} events like {Template} were held back";

/**
 * Makes a filter that lets a limited number of events of each message template pass per period.
 *
 * The next event of the template that passes carries the number of events held back before. If no event has passed since, a flush reports
 * the number. Up to 1000 templates are tracked; all further templates share one limit.
 *
 * @param options The limit and its period.
 * @returns The filter. Its `heldBack()` returns one event for each template with events held back since the last report.
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler, rateLimitFilter } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * let now = 0;
 * const memory = new MemoryHandler();
 * memory.filters = [rateLimitFilter({ limit: 1, periodMs: 1000, now: () => now })];
 * const added = getLogger("shop").addHandler(memory);
 * for (let i = 0; i < 5; i++) getLogger("shop").warn("{Left} items left", { Left: 3 });
 * now = 1000;
 * getLogger("shop").warn("{Left} items left", { Left: 2 });
 * assert.deepEqual(memory.events.map((event) => event.properties), [{ Left: 3 }, { Left: 2, HeldBack: 4 }]);
 * added.dispose();
 * ```
 */
export function rateLimitFilter(options: RateLimitFilterOptions): Filter & Required<Pick<Filter, "heldBack">> {
  const { limit, periodMs = 60_000, property = "HeldBack", now = Date.now } = requireOptions(
    readRateLimitOptions,
    options,
    "rateLimitFilter",
  );
  const flows = new Map<string, Flow>();
  const others = makeFlow();
  // A clock that was set back also ends the period.
  const isOver = ({ startMs }: Flow, nowMs: number): boolean => !(nowMs >= startMs && nowMs < startMs + periodMs);

  const flowOf = (template: string, nowMs: number): Flow => {
    let flow = flows.get(template);
    if (flow !== undefined) return flow;
    if (flows.size >= maxTemplates && isOver(others, nowMs)) {
      for (const [known, old] of flows) if (old.held === 0 && isOver(old, nowMs)) flows.delete(known);
    }
    if (flows.size >= maxTemplates) return others;
    flows.set(template, flow = makeFlow());
    return flow;
  };

  const filter = (event: LogEvent): boolean | LogEvent => {
    const { loggerName, messageTemplate: template } = event;
    if (template === summary) return true;
    const nowMs = now();
    const flow = flowOf(template, nowMs);
    if (isOver(flow, nowMs)) Object.assign(flow, { startMs: nowMs, passed: 0 });
    if (flow.passed >= limit) {
      Object.assign(flow, { held: flow.held + 1, loggerName, template });
      return false;
    }
    flow.passed++;
    const { held } = flow;
    flow.held = 0;
    return held === 0 || { ...event, properties: { ...event.properties, [property]: held } };
  };

  const heldBack = (): LogEvent[] =>
    [...flows.values(), others].filter(({ held }) => held > 0).map((flow) => {
      const { held, loggerName, template } = flow;
      const properties = { HeldBack: held, Template: template };
      flow.held = 0;
      const message = renderMessage(summary, properties);
      return { timestampMs: now(), level: "warn", loggerName, messageTemplate: summary, properties, message };
    });
  return Object.assign(filter, { heldBack });
}

function makeFlow(): Flow {
  return { startMs: NaN, passed: 0, held: 0, loggerName: "", template: "" };
}
