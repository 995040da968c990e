/** Decides which events a logger creates and which handlers receive them; no failure of logging reaches the caller. */

import { current, traceIn } from "./context.ts";
import { type Disposable, disposable, report, requireArgument } from "./diagnostic.ts";
import { readException } from "./event/exception.ts";
import { applyFilters, type Handler, isHandler } from "./handler.ts";
import { lastResort } from "./handlers/last_resort.ts";
import { type Globals, globals } from "./global_properties.ts";
import { disabledHint, type Hierarchy, hierarchy, type Node } from "./hierarchy.ts";
import type { Logger, LoggerInside } from "./logger_face.ts";
import { type Level, levels, parseRank, quote, requireRank, type Threshold } from "./event/level.ts";
import { describeThrown, textOf } from "./event/plain_data.ts";
import { ask, captureReading, readCall, readEvent, type Reading, templateOf } from "./event/log_call.ts";
import { type Acknowledgement, EventRecord, type LogEventInit, type RecordOrigin } from "./event/log_event.ts";
import { type MessageTemplate, parseTemplate } from "./event/message_template.ts";
import { capture, type Captured, type CaptureOptions, nothing } from "./event/properties.ts";
import type { LogMethod } from "./log_method.ts";
import { runMicrotask } from "./runtime/clock.ts";
import { readSpan, type SpanEvent } from "./event/span_fields.ts";
import type { Trace } from "./event/trace_context.ts";
import { isBag } from "./event/value_kind.ts";

/** The arguments of a log call. */
interface Call {
  readonly first?: unknown;
  readonly second?: unknown;
  readonly rest?: readonly unknown[];
  readonly count: number;
  /** The event passed to `write`. */
  readonly init?: LogEventInit;
  /** The event of an ended span. */
  readonly ended?: SpanEvent;
  /** The list to which handlers add a promise of the event's acknowledgement; `undefined` unless the call waits for it. */
  readonly acknowledgements?: Acknowledgement[];
}

/** Most log calls that may nest when a handler logs while it handles an event. */
const maxDepth = 4;
let depth = 0;
/** Number of calls lost to a stack overflow. Counting needs no further stack frame, but a report would need some. */
let overflows = 0;

class NamedLogger implements Logger, LoggerInside {
  readonly #tree: Hierarchy;
  readonly #node: Node;
  readonly #bound: Captured | undefined;
  /** The trace of this logger's events, whatever trace is current. */
  readonly #within: Trace | undefined;
  readonly #globals: Globals = globals();
  #trace: LogMethod | undefined;
  #debug: LogMethod | undefined;
  #info: LogMethod | undefined;
  #warn: LogMethod | undefined;
  #error: LogMethod | undefined;
  #fatal: LogMethod | undefined;

  constructor(tree: Hierarchy, node: Node, bound?: Captured, within?: Trace) {
    this.#tree = tree;
    this.#node = node;
    this.#bound = bound;
    this.#within = within;
  }

  /** See {@linkcode loggerInside}. */
  static insideOf(logger: object): LoggerInside | undefined {
    return #bound in logger ? logger : undefined;
  }

  get bound(): Captured | undefined {
    return this.#bound;
  }

  get threshold(): number {
    return this.#node.threshold;
  }

  take(text: string, properties: object, error?: Reading["error"]): Captured {
    const template = parseTemplate(text);
    const options = captureOptions(template, this.#node, error);
    return isBag(properties) ? capture(properties, options, template) : captureReading(readCall(text, [properties]), options);
  }

  within(trace: Trace): Logger {
    return new NamedLogger(this.#tree, this.#node, this.#bound, trace);
  }

  get name(): string {
    return this.#node.name;
  }

  get level(): Threshold | undefined {
    const { rank } = this.#node;
    return rank === undefined ? undefined : (levels[rank] ?? "off");
  }

  set level(level: Threshold | undefined) {
    this.#tree.change(this.#node, { rank: level === undefined ? undefined : requireRank(level) });
  }

  isEnabled(level: Level): boolean {
    const { disabled, threshold } = this.#node;
    return !disabled && (parseRank(level) ?? 2) >= Math.max(threshold, this.#tree.least(this.#node));
  }

  with(properties: object): Logger {
    const { encoder, scope } = this.#node;
    const bound = typeof properties === "object" && properties ? capture(properties, { encoder, fillsException: false }, scope) : nothing;
    return new NamedLogger(this.#tree, this.#node, bound.over(this.#bound), this.#within);
  }

  getChild(suffix: string): Logger {
    return loggerIn(this.#tree, this.name === "" ? suffix : `${this.name}.${suffix}`, this.#bound, this.#within);
  }

  addHandler(handler: Handler): Disposable {
    requireArgument(isHandler(handler), "addHandler", "handler", "a Handler");
    const node = this.#node;
    this.#tree.change(node, { added: [...node.added, handler] });
    let added: Handler | undefined = handler;
    return disposable(() => {
      const at = node.added.indexOf(added!); // the same handler may have been added twice
      added = undefined;
      this.#tree.change(node, { added: node.added.filter((_, i) => i !== at) });
    });
  }

  get trace(): LogMethod {
    return (this.#trace ??= this.#method(0));
  }
  get debug(): LogMethod {
    return (this.#debug ??= this.#method(1));
  }
  get info(): LogMethod {
    return (this.#info ??= this.#method(2));
  }
  get warn(): LogMethod {
    return (this.#warn ??= this.#method(3));
  }
  get error(): LogMethod {
    return (this.#error ??= this.#method(4));
  }
  get fatal(): LogMethod {
    return (this.#fatal ??= this.#method(5));
  }

  /** Returns a log method that works without its logger as `this`. */
  #method(rank: number, logger: NamedLogger = this): LogMethod {
    const node = this.#node;
    // Most calls have two arguments, and a rest parameter for all of them would allocate an array. A disabled call costs one comparison.
    return function (first?: unknown, second?: unknown, ...rest: unknown[]): void {
      if (rank >= node.threshold) logger.#log(rank, { first, second, rest, count: arguments.length });
    };
  }

  log(level: Level, ...args: unknown[]): void {
    const fields: unknown = level;
    if (isBag(fields)) args = [fields, ...args]; // winston's form: the level is a field of the object
    const known = levels[parseRank(isBag(fields) ? ask(() => (fields as { level?: unknown }).level) : level) ?? NaN];
    if (known) return this[known](...args as [string]);
    report({ code: "unknown-level", message: `An event of an unknown level is logged at "info": ${quote(level)}` });
    this.with({ UnknownLevel: quote(level) }).info(...args as [string]);
  }

  async audit(level: Level, ...args: unknown[]): Promise<void> {
    const [first, second, ...rest] = args;
    const acknowledgements: Acknowledgement[] = [];
    this.#log(Math.min(parseRank(level) ?? 2, levels.length - 1), { first, second, rest, count: args.length, acknowledgements });
    if (acknowledgements.length === 0) throw new Error("Cannot audit an event that no Seq handler accepts: see explain()");
    await Promise.all(acknowledgements.map((isAcknowledged) => isAcknowledged()));
  }

  write(event: LogEventInit): void {
    let rank = 2;
    try {
      rank = Math.min(parseRank(event?.level) ?? rank, levels.length - 1);
    } catch (error) {
      report({ code: "log-call-failed", message: `The level of an event cannot be read, so "info" is used: ${describeThrown(error)}` });
    }
    if (rank >= this.#node.threshold) this.#log(rank, { count: 0, init: event ?? {} });
  }

  writeSpan(ended: SpanEvent): void {
    const rank = parseRank(ended.level) ?? 2;
    if (rank >= this.#node.threshold) this.#log(rank, { count: 0, ended });
  }

  /** Catches a stack overflow, which leaves no room to report anything. */
  #log(rank: number, call: Call): void {
    try {
      this.#write(rank, call);
      if (overflows === 0) return;
      overflows--; // because the catch counts again if the next line overflows the stack
      runMicrotask(reportOverflows);
      overflows++;
    } catch {
      overflows++;
    }
  }

  /** Writes one event. Catches every error of logging, so that no other method needs to. */
  #write(rank: number, { first, second, rest = [], count, init, ended, acknowledgements }: Call): void {
    if (depth >= maxDepth) return reportRecursion();
    if (this.#node.disabled) return this.#reportDisabled();
    depth++;
    try {
      const { reached } = this.#node;
      const handlers = reached.length === 0 ? [lastResort(this.#tree)] : reached;
      if (!anyAccepts(handlers, rank)) return;
      const bound = this.#bound;
      const inherited = ended?.context;
      const around = inherited === undefined || ended!.trace === undefined ? current() : undefined;
      const context = inherited === undefined ? around?.properties : inherited ?? undefined;
      const fixed = init?.isForeign ? this.#globals.foreign : this.#globals.fixed;
      const live = this.#globals.live();
      let { scope } = this.#node;
      let origin: RecordOrigin | undefined = acknowledgements && { acknowledgements };
      const place = ended ?? (init && readSpan(init));
      const trace = place?.trace ?? this.#within ?? (init?.isForeign ? undefined : traceIn(around));
      let template: MessageTemplate;
      let own: Captured;
      if (count === 2 && typeof first === "string" && isBag(second) && !(template = parseTemplate(first)).showsObjects) {
        own = capture(second, captureOptions(template, this.#node), template);
      } else if (ended !== undefined) {
        ({ own, span: origin } = ended);
        template = parseTemplate(ended.messageTemplate);
      } else {
        const reading = init === undefined
          ? readCall(first, count < 2 ? [] : [second, ...rest], rank)
          : readEvent(init, place !== undefined);
        template = parseTemplate(reading.template ?? "");
        own = captureReading(reading, captureOptions(template, this.#node, reading.error), template);
        if (reading.template === undefined) template = parseTemplate(templateOf(own));
        const loggerName = init?.loggerName ?? scope.loggerName;
        if (loggerName !== scope.loggerName) scope = { loggerName: textOf(loggerName) };
        origin ??= init;
      }
      const span = place?.span;
      if (span !== undefined && !init?.isForeign) span.resource ??= this.#globals.resource;
      this.#emit(
        new EventRecord({ rank, template, scope, own, error: own.error, bound, context, globals: fixed, live, trace, span, origin }),
        handlers,
      );
    } catch (error) {
      report({ code: "log-call-failed", message: `A log call failed: ${readException(error).text}` });
    } finally {
      depth--;
    }
  }

  /** Reports once that a configuration turned this logger off. After the report, a call costs only one comparison. */
  #reportDisabled(): void {
    report({ code: "disabled-logger", message: `disableExistingLoggers turned off the logger "${this.name}"`, hint: disabledHint });
    this.#tree.change(this.#node, { isReported: true });
  }

  #emit(record: EventRecord, handlers: readonly Handler[]): void {
    const { filters } = this.#node;
    const passed = filters.length === 0 ? record : applyFilters(filters, record);
    if (passed !== undefined) { for (const handler of handlers) handler.handle(passed); }
  }
}

/** Returns the internal members of a logger of this module; `undefined` for a logger of another implementation. */
export function loggerInside(logger: Logger): LoggerInside | undefined {
  return NamedLogger.insideOf(logger);
}

function reportOverflows(): void {
  if (overflows > 0) report({ code: "log-call-failed", message: "A log call failed: stack overflow", count: overflows });
  overflows = 0;
}

function reportRecursion(): void {
  if (depth > maxDepth) return; // a listener of diagnostics logs this very report
  depth++;
  try {
    const message = "A handler logs while it handles an event; the new event is dropped";
    report({ code: "recursion", message, hint: "Use a logger that does not reach the handler" });
  } finally { // the stack may overflow
    depth--;
  }
}

function captureOptions({ stringified }: MessageTemplate, { encoder }: Node, error?: Reading["error"]): CaptureOptions | undefined {
  return stringified === undefined && encoder === undefined && error === undefined ? undefined : { encoder, error, stringified };
}

function anyAccepts(handlers: readonly Handler[], rank: number): boolean {
  for (const handler of handlers) if (handler.accepts(rank)) return true;
  return false;
}

/**
 * Returns the logger of a dotted name. The same name returns the same object, before and after `configure`.
 *
 * @param name The name; any other value becomes text. Default: `""`, the root.
 * @returns The logger.
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const logger = getLogger("shop.orders");
 * assert.equal(logger, getLogger("shop").getChild("orders"));
 * logger.level = "debug";
 * assert.equal(logger.isEnabled("trace"), false);
 * logger.level = undefined;
 * ```
 */
export function getLogger(name = ""): Logger {
  return loggerIn(hierarchy(), name);
}

/** Returns the logger of a name in a tree, with or without bound properties. */
export function loggerIn(tree: Hierarchy, name: string, bound?: Captured, within?: Trace): Logger {
  const node = tree.get(textOf(name));
  return bound || within ? new NamedLogger(tree, node, bound, within) : (node.logger ??= new NamedLogger(tree, node)) as Logger;
}
