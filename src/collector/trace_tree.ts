/** Decides how a trace becomes a tree of spans with durations and of the events logged within them. */

import { parseRank } from "../event/level.ts";
import { harmless } from "../harmless_text.ts";
import { list, type Reader, requireOptions } from "../option_schema.ts";
import { type CollectedEvent, parseTimestamp } from "./collected_event.ts";
import { type FormatOptions, readEvent } from "./format_collected_event.ts";

/** A span of a trace, or the placeholder of a missing one. */
export interface TraceNode {
  /** The event of the span; `undefined` if other events name the span, but it has not arrived. */
  readonly span: CollectedEvent | undefined;
  /** The span's id. */
  readonly spanId: string;
  /** The duration in milliseconds; 0 if the span is missing. */
  readonly durationMs: number;
  /** The child spans and the events logged within the span, ordered by when they began. */
  readonly children: readonly (TraceNode | CollectedEvent)[];
}

const readEvents: Reader<CollectedEvent[]> = list(readEvent, "a list of collected events");

/** A time as whole milliseconds and 100-nanosecond units, because one number cannot hold both exactly. */
function timeOf(text: unknown): readonly [ms: number, ticks: number] {
  const written = typeof text === "string" ? text : "";
  const [, fine = ""] = /[.,]\d{3}(\d{1,4})/.exec(written) ?? [];
  return [parseTimestamp(written) ?? 0, Number(fine.padEnd(4, "0"))];
}

function differenceMs([toMs, toTicks]: readonly [number, number], [fromMs, fromTicks]: readonly [number, number]): number {
  return toMs - fromMs + (toTicks - fromTicks) / 10_000;
}

const startOf = (event: CollectedEvent): readonly [number, number] => timeOf(event.clef["@st"] ?? event.timestamp);
const isSpan = ({ clef, spanId }: CollectedEvent): boolean => typeof clef["@st"] === "string" && spanId !== undefined;

/**
 * Builds the tree of one trace.
 *
 * If the parent of a span has not arrived, the span is at the top or, if events name the same parent, below a placeholder.
 *
 * @param events Events in any order; those of other traces are ignored.
 * @param traceId The trace.
 * @returns The spans without a parent and the events outside of spans, ordered by when they began.
 */
export function traceTree(events: readonly CollectedEvent[], traceId: string): readonly (TraceNode | CollectedEvent)[] {
  const own = requireOptions(readEvents, events, "traceTree", "events").filter((event) => event.traceId === traceId);
  const children = new Map<string, (TraceNode | CollectedEvent)[]>();
  const nodes = new Map<string, TraceNode>();
  const listOf = (spanId: string): (TraceNode | CollectedEvent)[] => {
    const list = children.get(spanId) ?? [];
    children.set(spanId, list);
    return list;
  };
  const add = (spanId: string, span?: CollectedEvent): TraceNode => {
    const durationMs = span === undefined ? 0 : differenceMs(timeOf(span.timestamp), startOf(span));
    const node = { span, spanId, durationMs, children: listOf(spanId) };
    nodes.set(spanId, node);
    return node;
  };
  for (const event of own.filter(isSpan)) if (!nodes.has(event.spanId!)) add(event.spanId!, event);
  const top: (TraceNode | CollectedEvent)[] = [];
  const place = (thing: TraceNode | CollectedEvent, parentId: unknown): void => {
    if (typeof parentId !== "string" || parentId === "") return void top.push(thing);
    if (!nodes.has(parentId)) top.push(add(parentId));
    listOf(parentId).push(thing);
  };
  for (const node of [...nodes.values()]) {
    const parentId = node.span?.clef["@ps"];
    if (parentId !== node.spanId) place(node, parentId);
    else top.push(node);
  }
  for (const event of own) if (!isSpan(event)) place(event, event.spanId);
  const firstOf = (thing: TraceNode | CollectedEvent): CollectedEvent | undefined => {
    if (!("children" in thing)) return thing;
    return thing.span ?? thing.children.map(firstOf)[0];
  };
  const byStart = (a: TraceNode | CollectedEvent, b: TraceNode | CollectedEvent): number => {
    const [one, other] = [firstOf(a), firstOf(b)];
    return one === undefined || other === undefined ? 0 : differenceMs(startOf(one), startOf(other));
  };
  for (const list of [...children.values(), top]) list.sort(byStart);
  return top;
}

/** Returns the service's name: `service.name` of its resource, else the property `Application`. */
function serviceOf({ clef, properties }: CollectedEvent): string {
  const { service } = Object(clef["@ra"]) as { readonly service?: { readonly name?: unknown } };
  return String(service?.name ?? properties["Application"] ?? "");
}

const shownMs = (ms: number): string => `${ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toFixed(1) : ms.toFixed(3)} ms`;

/**
 * Formats a trace as a tree for a terminal: a line for each span, with its duration, its service and its message, and a line for each event
 * within it.
 *
 * @param events Events in any order; those of other traces are ignored.
 * @param traceId The trace.
 * @param options Whether to colour.
 * @returns The text, without a final line end; `""` if there is no event of this trace.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createCollector, formatTrace } from "@x/seqlog/collector";
 *
 * const collector = createCollector();
 * const trace = "5b8aa5a2d2c872e8321cf37308d69df2";
 * const body = [
 *   { "@t": "2026-03-01T10:15:00.2Z", "@mt": "Paid", "@tr": trace, "@sp": "051581bf3cb55c13" },
 *   { "@t": "2026-03-01T10:15:01.5Z", "@st": "2026-03-01T10:15:00Z", "@mt": "Order placed", "@tr": trace, "@sp": "051581bf3cb55c13" },
 * ].map((event) => JSON.stringify(event)).join("\n");
 * await collector.fetch(new Request("http://seq/ingest/clef", { method: "POST", body }));
 * assert.equal(formatTrace(collector.events, trace), `Trace ${trace}\n└─ 1500 ms Order placed\n   └─ INF Paid`);
 * ```
 */
export function formatTrace(events: readonly CollectedEvent[], traceId: string, options: FormatOptions = {}): string {
  const top = traceTree(requireOptions(readEvents, events, "formatTrace", "events"), traceId);
  if (top.length === 0) return "";
  const paint = (text: string, code: string): string => (options.colour && text ? `\x1b[${code}m${text}\x1b[0m` : text);
  const lines = [paint(`Trace ${harmless(traceId)}`, "1")];
  const describe = (event: CollectedEvent, duration: string): string => {
    const isBad = (parseRank(event.level) ?? 2) >= 4;
    const kind = typeof event.clef["@sk"] === "string" ? event.clef["@sk"] : "";
    const parts = [paint(duration, "36"), paint(harmless(serviceOf(event)), "35"), paint(harmless(kind), "2")];
    return [...parts, paint(harmless(event.message), isBad ? "31" : "0")].filter((part) => part !== "").join(" ");
  };
  const write = (things: readonly (TraceNode | CollectedEvent)[], indent: string): void => {
    things.forEach((thing, i) => {
      const isLast = i === things.length - 1;
      const branch = paint(`${indent}${isLast ? "└─ " : "├─ "}`, "2");
      if (!("children" in thing)) {
        const short = ["VRB", "DBG", "INF", "WRN", "ERR", "FTL"][Math.min(parseRank(thing.level) ?? 2, 5)]!;
        lines.push(`${branch}${paint(short, "2")} ${harmless(thing.message)}`);
        return;
      }
      const { span, durationMs, children } = thing;
      lines.push(
        `${branch}${
          span === undefined ? paint(`span ${harmless(thing.spanId)} has not arrived`, "2") : describe(span, shownMs(durationMs))
        }`,
      );
      write(children, `${indent}${isLast ? "   " : "│  "}`);
    });
  };
  write(top, "");
  return lines.join("\n");
}
