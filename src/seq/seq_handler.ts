/** The handler that ships events to Seq. */

import { type ClefShape, encodeRecord } from "../event/clef.ts";
import type { Clock } from "../runtime/clock.ts";
import { systemClock } from "../runtime/clock.ts";
import { Delivery } from "../delivery/delivery.ts";
import type { DeliverySettings } from "../delivery/delivery_settings.ts";
import { checkServer } from "./server_check.ts";
import { Handler } from "../handler.ts";
import type { CheckResult, FlushOptions, FlushResult, HandlerStats } from "../handler_stats.ts";
import type { Encoder } from "../event/plain_data.ts";
import { levels, type LevelSwitch, type Threshold } from "../event/level.ts";
import { type EventRecord, type LogEvent, toRecord } from "../event/log_event.ts";
import { requestWaitUntil } from "../request_work.ts";
import { workOutlivesCall } from "../runtime/detect.ts";
import { ConfigError, type Issue } from "../option_schema.ts";
import { readSeqOptions, type SeqHandlerOptions } from "./seq_options.ts";
import { ServerLevel } from "./server_level.ts";
import { handOver, recordOf } from "./fallback.ts";

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
  readonly #serverLevel: ServerLevel;
  /** Gets the events that could not be delivered. */
  fallback: Handler | undefined;

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
    this.fallback = read.fallback;
    this.#serverLevel = new ServerLevel(read.controlLevel);
  }

  emit(event: LogEvent): void {
    this.emitRecord(toRecord(event));
  }

  protected override emitRecord(record: EventRecord): void {
    if (this.#serverLevel.accepts(record.rank)) this.#ship(record);
  }

  #ship(record: EventRecord): void {
    const road = this.#road;
    const number = record.acknowledgements === undefined ? undefined : road.next;
    road.push(encodeRecord(record, this.#shape), record.timestampMs < clockStartMs && this.#clock.now() < clockStartMs);
    if (number !== undefined) record.acknowledgements?.push(() => road.acknowledge(number));
  }

  override accepts(rank: number): boolean {
    return super.accepts(rank) && this.#serverLevel.accepts(rank);
  }

  /** The least severe level that Seq asks this handler for; `"trace"` while it asks for none, and where it steers the root. */
  get askedLevel(): Threshold {
    return levels[this.#serverLevel.rank] ?? "off";
  }

  /** The road of the events, made when the first one comes: by then the handler has its name. */
  get #road(): Delivery {
    return (this.#delivery ??= new Delivery(this.#settings));
  }

  get #settings(): DeliverySettings {
    const { onRejected, waitUntil } = this.#options;
    const hears = this.fallback !== undefined || onRejected !== undefined;
    const settings: DeliverySettings = {
      ...settingsOf(this.#options, this.name),
      asksLevel: () => this.#serverLevel.isActive,
      onLevel: (level) => this.#serverLevel.update(level),
      onDropped: (dropped) => this.#ship(recordOf(dropped, this.#clock.now())),
      ...(hears && { onLost: (lines, reason, said) => handOver(lines(), reason, said, this.fallback, onRejected) }),
    };
    if (settings.outlives || waitUntil !== undefined) return settings;
    return Object.defineProperty(settings, "waitUntil", { get: requestWaitUntil }); // asked each time: it is that of the request which is worked for
  }

  /** Lets the server steer the root's level, where that was asked for. */
  override placed(root: LevelSwitch): void {
    this.#serverLevel.steer(root);
  }

  /** Takes up what another process has left on disk, and begins to follow the server's level where it steers the root: called once the handler is in force. */
  override start(): void {
    if (this.#options.controlLevel && workOutlivesCall()) void this.#road.checkLevel();
    else if (this.#options.queue ?? this.#options.buffer) void this.#road;
  }

  /** Whether what is still queued when it is closed is kept for the next process. */
  override get isDurable(): boolean {
    return this.#road.isDurable;
  }

  /** Waits until the queue is less than half full, at most for the time (default 60 000 ms); false if it took longer. */
  override ready({ timeoutMs = 60_000 }: FlushOptions = {}): Promise<boolean> {
    return this.#road.ready(timeoutMs);
  }

  /** Tries at once to deliver what is queued; returns at the deadline (default 10 000 ms) at the latest, and says what is left. */
  override flush({ timeoutMs = 10_000, givesUp }: FlushOptions = {}): Promise<FlushResult> {
    return this.#road.flush(timeoutMs, givesUp);
  }

  /** Takes no more events; what is still queued is counted lost: flush first. */
  override close(): Promise<void> {
    this.#road.close();
    return Promise.resolve();
  }

  /** How the delivery is doing. */
  override stats(): HandlerStats {
    return this.#road.stats;
  }

  /** Asks Seq whether it takes events with this key; sends none. */
  override async check(): Promise<CheckResult> {
    return await checkServer(settingsOf(this.#options, this.name), this.#options.serverUrl);
  }

  /** Goes on with the queue of the handler that it replaces; false where that ships to another place. */
  override adopt(old: Handler): boolean {
    if (!(#delivery in old) || this.#delivery !== undefined) return false;
    const other = old as SeqHandler;
    if (other.#options.serverUrl !== this.#options.serverUrl || other.#delivery === undefined) return false;
    this.#delivery = other.#delivery;
    other.#delivery = undefined;
    this.#delivery.reconfigure(this.#settings);
    return true;
  }

  /** Takes no more events, delivers what is queued for at most `retireTimeoutMs`, and tells when that is over. */
  override retire(whenOver: () => void): void {
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
    random = Math.random,
    apiKey,
    headers,
    fetch,
    waitUntil,
    onFailure,
    buffer,
    queue = buffer,
    exitReport = true,
  } = options;
  const url = `${serverUrl.replace(/\/*$/, "/")}${endpoint.replace(/^\/+/, "")}`;
  return {
    ...{ name, url, apiKey, headers, fetch, waitUntil, onFailure, queue, exitReport, clock, outlives, random },
    ...{ batchSize, maxBatchBytes, periodMs, queueSize, maxQueueBytes, overflow },
    ...{ requestTimeoutMs, minBackoffMs, maxBackoffMs, exitTimeoutMs },
  };
}
