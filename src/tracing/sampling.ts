/** Decides which traces are recorded: when a trace begins, or later because of an error or a long duration. */

import { report } from "../diagnostic.ts";
import { describeThrown } from "../event/plain_data.ts";
import type { SpanKind } from "../event/span_fields.ts";
import { inForce } from "../lifecycle.ts";
import { isProcessOurs, onNaturalEnd, onProcess } from "../runtime/process_events.ts";
import { flag, must, number, options, type Reader, requireOptions } from "../option_schema.ts";
import { type ActiveSpan, type Sampling, samplingInForce, type SpanBeginning, type SpanOwner } from "../span.ts";

/** The first span of a trace, which a rule decides about. */
export interface SampledSpan {
  /** The message template, which is also the span's name. */
  readonly template: string;
  /** The role of the span between services. */
  readonly kind: SpanKind;
  /** Properties known at the beginning. */
  readonly properties?: object | undefined;
}

/** The options of tracing. */
export interface TracingOptions {
  /**
   * The share of traces to record, between 0 and 1, or a function that decides when a trace begins here. A caller's decision takes
   * precedence. Default: 1.
   */
  readonly sample?: number | ((span: SampledSpan) => boolean) | undefined;
  /** Whether an unsampled trace is recorded after all, within this process, if one of its spans fails. Default: false. */
  readonly keepErrors?: boolean | undefined;
  /** Duration in milliseconds: if a span lasts at least this long, its unsampled trace is recorded after all. Default: none. */
  readonly keepSlowerThanMs?: number | undefined;
  /** How many spans may wait until their trace ends and is kept or not; the oldest traces are dropped first. Default: 10 000. */
  readonly maxHeldSpans?: number | undefined;
}

/** Counts of the traces that began in this process and of the spans that waited. */
export interface TracingStats {
  /** Traces that were sampled. */
  readonly sampled: number;
  /** Traces that were not sampled. */
  readonly unsampled: number;
  /** Unsampled traces that were recorded after all. */
  readonly kept: number;
  /** Spans that are waiting now. */
  readonly held: number;
  /** Spans dropped because too many waited, or because the program ended before their trace had ended. */
  readonly dropped: number;
}

const share: Reader<number | ((span: SampledSpan) => boolean)> = must(
  "a share between 0 and 1, or a function",
  (given: unknown) => {
    const isShare = typeof given === "number" && given >= 0 && given <= 1;
    return isShare || typeof given === "function" ? given as number | ((span: SampledSpan) => boolean) : undefined;
  },
);

const readTracing: Reader<TracingOptions> = options<TracingOptions>({
  sample: share,
  keepErrors: flag,
  keepSlowerThanMs: number(0),
  maxHeldSpans: number(1, undefined, true),
});

const counts = { sampled: 0, unsampled: 0, kept: 0, held: 0, dropped: 0 };

/**
 * Configures which traces are recorded. Sampling never drops logged events; a request that is not recorded is still an event, but no span.
 *
 * @param given The share or the rule, and the conditions for recording other traces.
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { configureTracing } from "@x/seqlog/tracing";
 *
 * configureTracing({ sample: 0.1, keepErrors: true, keepSlowerThanMs: 1000 });
 * configureTracing({}); // all again
 * ```
 */
export function configureTracing(given: TracingOptions): void {
  const { sample = 1, keepErrors = false, keepSlowerThanMs, maxHeldSpans = 10_000 } = requireOptions(
    readTracing,
    given,
    "configureTracing",
  );
  const isSampled = typeof sample === "function" ? ruleOf(sample) : shareOf(sample);
  waiting.maxSpans = maxHeldSpans;
  waiting.isKept = ({ elapsedMs }, isFailed) =>
    (keepErrors && isFailed) || (keepSlowerThanMs !== undefined && elapsedMs >= keepSlowerThanMs);
  const isHolding = keepErrors || keepSlowerThanMs !== undefined;
  if (isHolding) watchEnds();
  samplingInForce().sampling = {
    isSampled: (beginning, trace) => {
      const isIn = isSampled(beginning, trace);
      counts[isIn ? "sampled" : "unsampled"]++;
      return isIn;
    },
    ...(isHolding && { hold: (span, owner, isFailed) => waiting.add(span, owner, isFailed) }),
  };
}

/** Returns the counts of traces and spans since the process began. */
export function tracingStats(): TracingStats {
  return { ...counts };
}

/** Selects a share of traces by their ids, so that all processes with the same share select the same traces. */
function shareOf(part: number): NonNullable<Sampling["isSampled"]> {
  if (part === 1 || part === 0) return () => part === 1;
  const limit = part * 2 ** 52;
  return (_, { traceId }) => parseInt(traceId.slice(-13), 16) < limit;
}

function ruleOf(rule: (span: SampledSpan) => boolean): (span: SpanBeginning) => boolean {
  return ({ template, kind, properties }) => {
    try {
      return rule({ template, kind, properties }) === true;
    } catch (failure) {
      report({
        code: "sampling-failed",
        message: `The option sample of tracing failed, so the trace is recorded: ${describeThrown(failure)}`,
      });
      return true;
    }
  };
}

/** The waiting spans of one trace, and the decision about it. */
interface Held {
  readonly spans: { readonly span: ActiveSpan; readonly owner: SpanOwner }[];
  isKept?: boolean;
}

/** Holds spans until the first span of their trace ends. */
class Waiting {
  isKept: (span: ActiveSpan, isFailed: boolean) => boolean = () => false;
  maxSpans = 0;
  /** The waiting traces, oldest first. */
  readonly #traces = new Set<ActiveSpan>();

  add(span: ActiveSpan, owner: SpanOwner, isFailed: boolean): void {
    const local = span.local as ActiveSpan;
    const held = (local.held ??= { spans: [] }) as Held;
    if (held.isKept === undefined && this.isKept(span, isFailed)) {
      held.isKept = true;
      counts.kept++;
      this.#release(local, held);
    }
    if (held.isKept !== undefined) return owner.writeEnd(held.isKept ? span : undefined); // later spans follow the decision
    if (span === local) {
      held.isKept = false;
      this.#release(local, held);
      return owner.writeEnd(undefined);
    }
    held.spans.push({ span, owner });
    this.#traces.add(local);
    counts.held++;
    if (counts.held <= this.maxSpans) return;
    const [oldest] = this.#traces;
    this.#giveUp([oldest!], "too many wait", "Raise maxHeldSpans");
  }

  /** Gives up the traces that have not ended when the program ends. Their spans that end later wait for the decision as usual. */
  giveUpAll(): void {
    if (this.#traces.size > 0) this.#giveUp([...this.#traces], "the program ends first");
  }

  /** Applies the decision to the waiting spans of a trace. */
  #release(local: ActiveSpan, { spans, isKept = false }: Held): void {
    this.#traces.delete(local);
    counts.held -= spans.length;
    for (const { span, owner } of spans.splice(0)) owner.writeEnd(isKept ? span : undefined);
  }

  #giveUp(traces: readonly ActiveSpan[], why: string, hint?: string): void {
    const before = counts.held;
    for (const trace of traces) this.#release(trace, trace.held as Held);
    const count = before - counts.held;
    counts.dropped += count;
    report({ code: "spans-dropped", message: `Spans that wait for the end of their trace are given up: ${why}`, hint, count });
  }
}

const waiting = new Waiting();
const giveUpAll = (): void => waiting.giveUpAll();

/** Gives up what waits when the program shuts down, or when its process ends without that. */
function watchEnds(): void {
  const { atEnd } = inForce();
  if (atEnd.has(giveUpAll)) return;
  atEnd.add(giveUpAll);
  onNaturalEnd(giveUpAll, "on");
  if (isProcessOurs()) onProcess("exit", giveUpAll); // before the handlers report what they lose
}
