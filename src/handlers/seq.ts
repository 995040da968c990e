/** The handler that ships events to Seq. */

import { type ClefShape, encodeRecord } from "../clef.ts";
import type { Clock } from "../clock.ts";
import { systemClock } from "../clock.ts";
import { Delivery, type DeliverySettings } from "../delivery/delivery.ts";
import { post } from "../delivery/ingestion.ts";
import { type CheckResult, type FlushOptions, type FlushResult, Handler, type HandlerStats } from "../handler.ts";
import type { Encoder } from "../json.ts";
import type { Threshold } from "../level.ts";
import { type EventRecord, type LogEvent, toRecord } from "../log_event.ts";
import { workOutlivesCall } from "../runtime.ts";
import { ConfigError, type Issue } from "../schema.ts";
import { readSeqOptions, type SeqHandlerOptions } from "./seq_options.ts";

/** Before it the clock of a runtime does not go yet: a Worker's module scope reads 1970. */
const clockStartMs = Date.UTC(2020, 0);

/**
 * Ships events to Seq, in batches, in order, at least once; what cannot be delivered is kept within bounds, tried again, and counted.
 *
 * @throws {ConfigError} If an option is wrong; it lists every mistake.
 * @example
 * ```ts
 * import { getLogger, SeqHandler } from "@x/seqlog";
 *
 * const seq = new SeqHandler({ serverUrl: "http://localhost:5341" });
 * const added = getLogger("shop").addHandler(seq);
 * getLogger("shop").warn("{Left} items left", { Left: 3 });
 * await seq.flush({ timeoutMs: 100 });
 * added[Symbol.dispose]();
 * await seq.close();
 * ```
 */
export class SeqHandler extends Handler {
  override readonly encoder: Encoder | undefined;
  #delivery: Delivery | undefined;
  readonly #options: SeqHandlerOptions;
  readonly #shape: ClefShape;
  readonly #clock: Clock;

  constructor(options: SeqHandlerOptions) {
    super();
    const issues: Issue[] = [];
    const read = readSeqOptions(options, "", issues);
    if (read === undefined || issues.length > 0) throw new ConfigError(issues);
    this.name = "seq";
    this.level = (read.level as Threshold | undefined) ?? "trace";
    this.filters = read.filters ?? [];
    this.encoder = read.encoder;
    this.#options = read;
    this.#clock = read.clock ?? systemClock;
    this.#shape = shapeOf(read);
  }

  emit(event: LogEvent): void {
    this.emitRecord(toRecord(event));
  }

  protected override emitRecord(record: EventRecord): void {
    this.#road.push(encodeRecord(record, this.#shape), record.timestampMs < clockStartMs && this.#clock.now() < clockStartMs);
  }

  /** The road of the events, made when the first one comes: by then the handler has its name. */
  get #road(): Delivery {
    return (this.#delivery ??= new Delivery(settingsOf(this.#options, this.name)));
  }

  /** Tries at once to deliver what is queued; returns at the deadline (default 10 000 ms) at the latest, and says what is left. */
  override flush({ timeoutMs = 10_000 }: FlushOptions = {}): Promise<FlushResult> {
    return this.#road.flush(timeoutMs);
  }

  /** Takes no more events; what is still queued is counted lost: flush first. */
  override close(): Promise<void> {
    this.#road.close();
    return Promise.resolve();
  }

  /** How the delivery is doing. */
  stats(): HandlerStats {
    return this.#road.stats;
  }

  /** Asks Seq whether it takes events with this key; sends none. */
  async check(): Promise<CheckResult> {
    const outcome = await post(new Uint8Array(0), settingsOf(this.#options, this.name));
    return outcome.kind === "accepted" ? { ok: true, message: "Seq accepts events" } : { ok: false, message: outcome.reason };
  }

  /** Goes on with the queue of the handler that it replaces; false where that ships to another place. */
  adopt(old: Handler): boolean {
    if (!(#delivery in old) || this.#delivery !== undefined) return false;
    const other = old as SeqHandler;
    if (other.#options.serverUrl !== this.#options.serverUrl || other.#delivery === undefined) return false;
    this.#delivery = other.#delivery;
    other.#delivery = undefined;
    this.#delivery.reconfigure(settingsOf(this.#options, this.name));
    return true;
  }

  /** Takes no more events, delivers what is queued for at most `retireTimeoutMs`, and tells when that is over. */
  retire(whenOver: () => void): void {
    const { retireTimeoutMs = 30_000 } = this.#options;
    this.#road.retire(retireTimeoutMs, whenOver);
  }
}

const shapes = new Map<string, ClefShape>();

/** How the handler's events are written; handlers that write alike have one shape, and so share the line. */
function shapeOf({ eventBodyLimitBytes, loggerNameProperty, preserveDottedPropertyNames, properties }: SeqHandlerOptions): ClefShape {
  const shape = { eventBodyLimitBytes, loggerNameProperty, preserveDottedPropertyNames, properties };
  if (properties !== undefined) return shape;
  const key = JSON.stringify([eventBodyLimitBytes, loggerNameProperty === undefined ? 0 : loggerNameProperty, preserveDottedPropertyNames]);
  const known = shapes.get(key) ?? shape;
  shapes.set(key, known);
  return known;
}

/** Every default of the delivery. */
function settingsOf(options: SeqHandlerOptions, name: string): DeliverySettings {
  const outlives = workOutlivesCall();
  const {
    serverUrl,
    endpoint = "api/events/raw?clef",
    batchSize = 10_000,
    maxBatchBytes = 1_048_576,
    periodMs = 2000,
    queueSize = 100_000,
    maxQueueBytes = outlives ? 33_554_432 : 8_388_608,
    overflow = "drop-oldest",
    requestTimeoutMs = outlives ? 30_000 : 10_000,
    minBackoffMs = 500,
    maxBackoffMs = 60_000,
    exitTimeoutMs = 5000,
    clock = systemClock,
    apiKey,
    headers,
    fetch,
    waitUntil,
    onFailure,
  } = options;
  const url = `${serverUrl.replace(/\/*$/, "/")}${endpoint.replace(/^\/+/, "")}`;
  return {
    ...{ name, url, apiKey, headers, fetch, waitUntil, onFailure, clock, outlives, random: Math.random },
    ...{ batchSize, maxBatchBytes, periodMs, queueSize, maxQueueBytes, overflow },
    ...{ requestTimeoutMs, minBackoffMs, maxBackoffMs, exitTimeoutMs },
  };
}
