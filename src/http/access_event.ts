/** One piece of work that is served, mostly a request: what is known of it, and the event that tells of its completion. */

import { type Context, current, type RequestScope, runInContext } from "../context.ts";
import { report } from "../diagnostic.ts";
import { describeThrown } from "../event/plain_data.ts";
import { levels, requireRank, type Threshold } from "../event/level.ts";
import { capture, type Captured, nothing } from "../event/properties.ts";
import { define } from "../event/value_kind.ts";
import type { CompletedRequest, RequestLogSettings } from "./request_options.ts";

/** What is known of the work when it begins. */
export interface RequestAbout {
  /** Goes on every event that is logged for it. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** The message template of its completion event. */
  readonly template: string;
  /** Properties of its completion event, and, always a new object, those that tell how it ended. */
  readonly properties: Readonly<Record<string, unknown>>;
  ending(statusCode: number): Record<string, unknown>;
}

/** How the work ended. */
export interface Completion {
  readonly statusCode: number;
  /** The length of the response's body, where it is known. */
  readonly bytes?: number | undefined;
  readonly error?: unknown;
  readonly isAborted?: boolean;
}

/** The status of a request whose client left before there was a response, as nginx has it. */
const clientLeft = 499;

/** Where the names come from: mostly the same ones. */
const contextSite = {};
const enrichSite = {};

/** Where a request in the program (a Request, or Node's IncomingMessage) keeps what is logged of it: a WeakMap costs more, and two copies share this. */
const key = Symbol.for("@x/seqlog/request");

/** What is logged of a request that is served by a wrapped handler. */
export function scopeOf(request: unknown): RequestScope | undefined {
  return (Object(request) as { readonly [key]?: RequestScope })[key];
}

/** What the work makes; where it fails that is told, and the request is served without being logged: logging must not keep it from its handler. */
export function beginSafely(make: () => RequestLog): RequestLog | undefined {
  try {
    return make();
  } catch (failure) {
    report({ code: "request-log-failed", message: `A request is served without being logged: ${describeThrown(failure)}` });
    return undefined;
  }
}

/** A request under way, and the context of all that is logged for it. */
export class RequestLog implements RequestScope, Context {
  readonly about: RequestAbout;
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
  readonly #settings: RequestLogSettings;
  readonly #startedMs: number;
  readonly #around: Captured | undefined = current()?.properties;
  #properties: Captured | undefined;
  #added: Captured = nothing;
  #responded: number | undefined;
  #isOver = false;

  constructor(settings: RequestLogSettings, about: RequestAbout, waitUntil?: (work: Promise<unknown>) => void) {
    this.#settings = settings;
    this.#startedMs = settings.now();
    this.about = about;
    this.waitUntil = waitUntil;
  }

  /** The properties of every event that is logged for it; taken when there is one. */
  get properties(): Captured {
    return (this.#properties ??= capture({ RequestId: this.about.id }, undefined, contextSite).over(this.#around));
  }

  get request(): RequestScope {
    return this;
  }

  /** Lets the request in the program know what is logged of it. */
  mark(request: object): void {
    try {
      Reflect.defineProperty(request, key, { value: this, configurable: true, writable: true });
    } catch {
      // a Proxy that refuses: enrichRequest finds it by the context all the same
    }
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  enrich(properties: object): boolean {
    if (!this.#isOver) this.#added = capture(properties, undefined, enrichSite).over(this.#added);
    return !this.#isOver;
  }

  /** Takes note of the status of a response whose body is still to be sent. */
  respond(statusCode: number): void {
    this.#responded = statusCode;
  }

  /** Logs that the client has left, unless the work was over. */
  abort(): void {
    this.complete({ statusCode: this.#responded ?? clientLeft, isAborted: true });
  }

  /** Logs that it is over; only the first end counts. Never throws. */
  complete(completion: Completion): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      const around = current();
      const isOutside = around === undefined && this.#around === undefined;
      if (around === this || isOutside) this.#write(completion, isOutside);
      else runInContext(this, () => this.#write(completion, false), "requests have no context of their own"); // another's must not be on its event
    } catch (failure) {
      report({ code: "request-log-failed", message: `A request could not be logged: ${describeThrown(failure)}` });
    }
  }

  #write({ statusCode, bytes, error, isAborted = false }: Completion, isOutside: boolean): void {
    const { id, method, path, template, properties } = this.about;
    const { logger, now } = this.#settings;
    const elapsedMs = Math.round((now() - this.#startedMs) * 10_000) / 10_000;
    const { values, error: added } = this.#added;
    const thrown = error ?? added?.thrown;
    const level = this.#levelOf({ method, path, statusCode, elapsedMs, error: thrown, isAborted }, error !== undefined);
    if (level === "off" || !logger.isEnabled(level)) return;
    const all = this.about.ending(statusCode); // filled one by one: spreads take some microseconds
    all["Elapsed"] = elapsedMs;
    if (isOutside) all["RequestId"] = id; // a name that the context has, too, costs more than all others
    for (const name in properties) all[name] = properties[name];
    if (bytes !== undefined) all["ResponseBytes"] = bytes;
    if (isAborted) all["Aborted"] = true;
    if (this.#added !== nothing) { for (const name in values) define(all, name, values[name]); }
    if (thrown === undefined) logger.log(level, template, all);
    else logger.write({ level, messageTemplate: template, properties: all, error: thrown });
  }

  /** The level of its event; a function of the caller's that fails is told, and the usual level taken. */
  #levelOf(completed: CompletedRequest, isThrown: boolean): Threshold {
    const { levelOf, isSkipped } = this.#settings;
    const { statusCode, method, path } = completed;
    const usual = isThrown || statusCode >= 500 ? "error" : "info"; // as Serilog's request logging has it
    try {
      if (isSkipped(method, path)) return "off";
      return levelOf === undefined ? usual : (levels[requireRank(levelOf(completed))] ?? "off");
    } catch (failure) {
      report({ code: "request-log-failed", message: `The options level or skip of a request log failed: ${describeThrown(failure)}` });
      return usual;
    }
  }
}
