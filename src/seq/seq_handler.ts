/** The handler that sends events to Seq: it connects encoder, delivery, server level and fallback. */

import { requestWaitUntil } from "../context.ts";
import { flushTimeoutMs } from "../flush_handlers.ts";
import { report } from "../diagnostic.ts";
import { Delivery } from "../delivery/delivery.ts";
import type { DeliverySettings } from "../delivery/delivery_contract.ts";
import { makesSameQueue } from "../delivery/queue.ts";
import type { Outcome, SendOptions } from "../delivery/outcome.ts";
import { isCredentialHeader } from "../event/credential_names.ts";
import { type ClefShape, writeRecord } from "../event/clef.ts";
import { clefTime } from "../event/clef_time.ts";
import { levels, type LevelSwitch, type Threshold } from "../event/level.ts";
import { type EventRecord, type LogEvent, toRecord } from "../event/log_event.ts";
import type { Encoder } from "../event/plain_data.ts";
import { Handler } from "../handler.ts";
import type { CheckResult, FlushOptions, FlushResult, HandlerStats } from "../handler_stats.ts";
import { requireOptions } from "../option_schema.ts";
import type { Clock } from "../runtime/clock.ts";
import { droppedEvent } from "./dropped_event.ts";
import { handOver } from "./fallback.ts";
import { post } from "./http_post.ts";
import { readSeqOptions, type SeqHandlerOptions, type SeqSettings, settingsOf } from "./seq_options.ts";
import { addressOf, type SeqOutcome } from "./response_outcome.ts";
import { checkServer } from "./server_check.ts";
import { LevelCheck, ServerLevel } from "./server_level.ts";

/** The year 2020. An earlier time means that the clock stands still, as in a Worker's module scope, where it shows 1970. */
const clockStartMs = 1_577_836_800_000;

/**
 * Sends events to Seq in batches, in order, at least once. A failed batch is kept within bounds and sent again; lost events are counted.
 *
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { getLogger, SeqHandler } from "@x/seqlog";
 *
 * const seq = new SeqHandler({ serverUrl: "http://localhost:5341" });
 * const added = getLogger("shop").addHandler(seq);
 * getLogger("shop").warn("{Left} items left", { Left: 3 });
 * await seq.flush({ timeoutMs: 100 });
 * added.dispose();
 * await seq.close();
 * ```
 */
export class SeqHandler extends Handler {
  /** Replaces values that JSON cannot express. */
  override readonly encoder: Encoder | undefined;
  #delivery: Delivery | undefined;
  readonly #options: SeqHandlerOptions;
  readonly #settings: SeqSettings;
  readonly #shape: ClefShape;
  readonly #serverLevel: ServerLevel;
  readonly #levelCheck: LevelCheck;
  /** When the server last replied; Infinity if the last request got no reply, because no idle connection remains then. */
  #repliedMs = Infinity;
  /** Receives the events that could not be delivered. */
  fallback: Handler | undefined;

  /** Creates a handler. It sends nothing before the first event. */
  constructor(options: SeqHandlerOptions) {
    super();
    const read = requireOptions(readSeqOptions, options, "new SeqHandler");
    this.name = "seq";
    this.level = (read.level as Threshold | undefined) ?? "trace";
    this.filters = read.filters ?? [];
    this.encoder = read.encoder;
    this.#options = read;
    this.#settings = settingsOf(read);
    this.#shape = shapeOf(read);
    this.fallback = read.fallback;
    this.#serverLevel = new ServerLevel(read.controlLevel);
    const { clock, isRequestBound } = this.#settings;
    const isActive = (): boolean => this.#serverLevel.isActive;
    this.#levelCheck = new LevelCheck({ clock, isRequestBound, isActive, ask: () => this.#send(new Uint8Array(0)) });
  }

  /** Queues an event. */
  emit(event: LogEvent): void {
    this.emitRecord(toRecord(event));
  }

  /**
   * Queues a record without creating an event object.
   *
   * @internal
   */
  protected override emitRecord(record: EventRecord): void {
    if (this.#serverLevel.accepts(record.rank)) this.#ship(record);
  }

  #ship(record: EventRecord): void {
    const delivery = this.#begun;
    const undated = record.timestampMs < clockStartMs && this.#settings.clock.now() < clockStartMs;
    writeRecord(delivery.out, record, this.#shape);
    const number = record.acknowledgements === undefined ? undefined : delivery.next; // getters of the handler's properties may have logged
    delivery.push(undated);
    if (number !== undefined) record.acknowledgements?.push(() => delivery.acknowledge(number));
  }

  /** Returns whether the handler and Seq accept events of this rank. */
  override accepts(rank: number): boolean {
    return super.accepts(rank) && this.#serverLevel.accepts(rank);
  }

  /** The least severe level that Seq accepts from this handler; `"trace"` if Seq set none, or if Seq's level controls the root logger. */
  get askedLevel(): Threshold {
    return levels[this.#serverLevel.rank] ?? "off";
  }

  /** The delivery, created with the first event, because the handler gets its name after construction. */
  get #begun(): Delivery {
    if (this.#delivery === undefined) {
      this.#delivery = new Delivery(this.#deliverySettings());
      reportExposedKey(this.name, this.#options); // last, because a listener may log to this handler
    }
    return this.#delivery;
  }

  #deliverySettings(): DeliverySettings {
    const { onRejected, waitUntil } = this.#options;
    const handsOver = this.fallback !== undefined || onRejected !== undefined;
    return {
      ...this.#settings,
      name: this.name,
      serverName: "Seq",
      destination: destinationOf(this.#options.serverUrl),
      lineTime: clefTime,
      send: (body, options) => this.#send(body, options),
      waitUntil: waitUntil !== undefined ? () => waitUntil : this.#settings.isRequestBound ? requestWaitUntil : undefined,
      onDropped: (dropped) => this.#ship(droppedEvent(dropped, this.#settings.clock.now())),
      ...(handsOver && { onLost: (loss, said) => handOver(loss, { said, fallback: this.fallback, onRejected }) }),
    };
  }

  /**
   * Lets the server set the root logger's level, if `controlLevel` is on.
   *
   * @internal
   */
  override placed(root: LevelSwitch): void {
    this.#serverLevel.steer(root);
  }

  /** Posts a body, and once more if a connection that was idle broke. Applies the level in the reply. */
  async #send(body: Uint8Array<ArrayBuffer>, options?: SendOptions): Promise<Outcome> {
    if (options !== undefined) this.#levelCheck.noteRequest();
    let outcome = await post(body, this.#settings, options);
    const nowMs = this.#settings.clock.now();
    if (nowMs - this.#repliedMs >= idleMs && isBroken(outcome) && options?.signal?.aborted !== true) {
      outcome = await post(body, this.#settings, options); // the server may have closed a connection that was kept open
    }
    this.#repliedMs = outcome.kind === "failed" && outcome.status === undefined ? Infinity : nowMs;
    if (outcome.kind === "accepted") {
      this.#serverLevel.update(outcome.minimumLevel);
      this.#levelCheck.arm();
    }
    return outcome;
  }

  /** The clock that measures the handler's deadlines. */
  override get deadlineClock(): Clock {
    return this.#settings.clock;
  }

  /** Starts to deliver lines that another process left. Asks for the server's level if that level controls the root logger. */
  override start(): void {
    if (this.#options.controlLevel && !this.#settings.isRequestBound) void this.#levelCheck.ask();
    if (this.#settings.queue !== undefined) void this.#begun;
  }

  /** Whether lines still queued at close are kept for the next process. */
  override get isDurable(): boolean {
    return this.#begun.isDurable;
  }

  /** Waits until the queue is less than half full, at most `timeoutMs` (default 60 000 ms). Returns false when that time has passed. */
  override ready({ timeoutMs = 60_000 }: FlushOptions = {}): Promise<boolean> {
    return this.#begun.ready(timeoutMs);
  }

  /** Whether the queue would stay less than half full with `events` and `bytes` more. */
  override hasRoom(events: number, bytes: number): boolean {
    return this.#begun.hasRoom(events, bytes);
  }

  /** Delivers what is queued now. Returns at the deadline (default 10 000 ms) at the latest, with the number of events left. */
  override async flush({ timeoutMs = flushTimeoutMs, givesUp }: FlushOptions = {}): Promise<FlushResult> {
    const result = await this.#begun.flush(timeoutMs, givesUp);
    await this.#levelCheck.askIfDue();
    return result;
  }

  /** Stops accepting events, and counts queued ones as lost; call `flush` first. */
  override close(): Promise<void> {
    this.#levelCheck.stop();
    this.#begun.close();
    return Promise.resolve();
  }

  /** The state and the counts of the delivery. */
  override stats(): HandlerStats {
    return this.#begun.stats;
  }

  /** Checks whether Seq accepts events with this key; sends no event. */
  override async check(): Promise<CheckResult> {
    return await checkServer(this.#settings, this.#options.serverUrl);
  }

  /** Continues the queue of the handler that this one replaces. Returns false if that handler sends elsewhere or queues differently. */
  override adopt(old: Handler): boolean {
    if (!(#delivery in old) || this.#delivery !== undefined) return false;
    const other = old as SeqHandler;
    if (other.#options.serverUrl !== this.#options.serverUrl || other.#delivery === undefined) return false;
    if (!makesSameQueue(other.#settings.queue, this.#settings.queue)) return false; // the old handler drains its own queue
    this.#delivery = other.#delivery;
    other.#delivery = undefined;
    other.#levelCheck.stop();
    this.#delivery.reconfigure(this.#deliverySettings());
    reportExposedKey(this.name, this.#options);
    return true;
  }

  /** Stops accepting events, delivers queued ones for at most `retireTimeoutMs`, then calls `whenOver`. */
  override retire(whenOver: () => void): void {
    this.#levelCheck.stop();
    this.#begun.retire(this.#settings.retireTimeoutMs, whenOver);
  }
}

/** Returns the address of a server without query and final slash. */
function destinationOf(serverUrl: string): string {
  const { protocol, host, pathname } = new URL(serverUrl);
  return `${protocol}//${host}${pathname.endsWith("/") ? pathname.slice(0, -1) : pathname}`;
}

/** Names and addresses of this machine, as `URL` writes them. */
const loopback = /^(?:.*\.)?localhost\.?$|^127(?:\.\d+){3}$|^\[::1\]$/;

/** Reports once that the API key, or another credential, is sent unencrypted to another machine. */
function reportExposedKey(handler: string, { serverUrl, apiKey, headers = {} }: SeqHandlerOptions): void {
  const { protocol, hostname } = new URL(serverUrl);
  const isSecret = apiKey || typeof headers === "function" || Object.keys(headers).some(isCredentialHeader);
  if (!isSecret || protocol !== "http:" || loopback.test(hostname)) return;
  report({
    code: "plain-http",
    handler,
    message: `${apiKey ? "The API key is" : "Credentials in headers are"} sent unencrypted to ${addressOf(destinationOf(serverUrl))}`,
    hint: "Use https://, unless the network is private",
  });
}

/** A connection that breaks after it was idle for this long does not count as a failure of the server. */
const idleMs = 1000;

/** Whether the request failed as it does on a connection that the server had closed. */
function isBroken(outcome: SeqOutcome): boolean {
  const { kind } = outcome;
  return kind === "failed" && outcome.status === undefined && /ECONNRESET|EPIPE|UND_ERR_SOCKET|closed|reset/i.test(outcome.reason);
}

const shapes = new Map<string, ClefShape>();

/** Returns how events are encoded. Handlers with equal options share one object, and what is cached for it. */
function shapeOf({ eventBodyLimitBytes, loggerNameProperty, preserveDottedPropertyNames, properties }: SeqHandlerOptions): ClefShape {
  const shape = { eventBodyLimitBytes, loggerNameProperty, preserveDottedPropertyNames, properties };
  if (properties !== undefined) return shape;
  const key = JSON.stringify([eventBodyLimitBytes, loggerNameProperty === undefined ? 0 : loggerNameProperty, preserveDottedPropertyNames]);
  const known = shapes.get(key) ?? shape;
  shapes.set(key, known);
  return known;
}
