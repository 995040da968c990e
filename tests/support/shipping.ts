/** A configuration that ships to a collector over real HTTP, on a clock that the test turns. */

import {
  configure,
  type Diagnostic,
  getLogger,
  type Logging,
  onDiagnostic,
  type SeqHandler,
  type SeqOptions,
  shutdown,
} from "../../mod.ts";
import { type RunningCollector, serveCollector, type ServeOptions } from "./collector.ts";
import { eventually, FakeClock } from "./fake_clock.ts";

/** A request as the library began it. */
export interface Sent {
  readonly url: string;
  readonly init: RequestInit;
  /** The time by the fake clock. */
  readonly atMs: number;
  /** Its answer, once there is one. */
  response?: Response;
}

/** What a test sees of a configuration that ships. */
export interface Shipping extends AsyncDisposable {
  readonly collector: RunningCollector;
  readonly clock: FakeClock;
  readonly logging: Logging;
  /** The handler in force, named `seq`. */
  readonly seq: SeqHandler;
  /** What the library says of itself. */
  readonly heard: Diagnostic[];
  /** The codes of it. */
  readonly codes: string[];
  /** The requests it has begun. */
  readonly sent: Sent[];
  /** Sends requests, and notes them in `sent`: to be handed to another configuration. */
  readonly fetch: typeof globalThis.fetch;
  /** Logs so many events, each with the next number as its property `N`, from 1 on. */
  log(count?: number, properties?: object): void;
  /** The numbers of the events that the collector has, in its order. */
  readonly numbers: number[];
  /** From now on answers reach the library only after `release`. */
  hold(): void;
  release(): void;
  /** Waits until the library knows that so many events are delivered. */
  delivered(count: number): Promise<void>;
  /** Waits until so many requests of the library's have failed and are to be tried again. */
  failed(count: number): Promise<void>;
}

/** The whole numbers from one to another. */
export const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

/** Global properties that say nothing of the machine. */
const anonymous = { MachineName: null, ProcessId: null };

/**
 * Starts a collector and configures the tree to ship to it.
 *
 * @param options Options of the shorthand, in addition to `serverUrl`.
 * @param serve Options of the collector. With `keepAlive: false` Deno's fetch, too, shows every reset.
 */
export async function ship(options: Partial<SeqOptions> = {}, serve: ServeOptions = {}): Promise<Shipping> {
  const collector = await serveCollector({ port: 0, ...serve });
  const clock = new FakeClock();
  const heard: Diagnostic[] = [];
  const listening = onDiagnostic((diagnostic) => heard.push(diagnostic));
  const sent: Sent[] = [];
  let gate: Promise<void> | undefined;
  let open = (): void => {};
  const fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const one: Sent = { url: String(input), init, atMs: clock.now() };
    sent.push(one);
    one.response = await globalThis.fetch(input, init);
    await gate;
    return one.response;
  };
  const { properties, ...others } = options;
  const logging = configure({
    ...{ serverUrl: collector.url, level: "trace", clock, fetch },
    ...others,
    properties: { ...anonymous, ...properties },
  });
  const logger = getLogger("shipping");
  let last = 0;
  const release = (): void => {
    gate = undefined;
    open();
  };
  const self: Shipping = {
    ...{ collector, clock, logging, heard, sent, fetch: fetch as typeof globalThis.fetch, release },
    seq: logging.handlers.seq as SeqHandler,
    get codes() {
      return heard.map(({ code }) => code);
    },
    log(count = 1, more = {}) {
      for (let i = 0; i < count; i++) logger.info("Event {N}", { N: ++last, ...more });
    },
    get numbers() {
      const ours = collector.events.filter(({ properties }) => properties.SourceContext !== "seqlog"); // which reports dropped events
      return ours.map(({ properties }) => properties.N as number);
    },
    hold() {
      gate ??= new Promise((resolve) => open = resolve);
    },
    delivered: (count) => eventually(() => self.seq.stats().delivered >= count, `${count} events are delivered`),
    failed: (count) => eventually(() => self.seq.stats().retries >= count, `${count} requests have failed`),
    async [Symbol.asyncDispose]() {
      release();
      await shutdown({ timeoutMs: 0 });
      listening[Symbol.dispose]();
      await collector.close();
    },
  };
  return self;
}
