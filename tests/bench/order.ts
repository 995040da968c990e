/** The event that every subject logs, and what the processes of the benchmark tell each other. */

/** What a subject is measured at. */
export type Variant = "plain" | "bound" | "nested" | "disabled";

/** A logger, ready to log the order of a number. */
export interface Subject {
  /** Three properties, by an enabled level. */
  plain(id: number): void;
  /** The same by a logger that carries two properties more; of those without such loggers, by hand. */
  bound?(id: number): void;
  /** The same with a nested object and a list. */
  nested?(id: number): void;
  /** By a level that is not enabled; of those that have levels. */
  disabled?(id: number): void;
  /** Settles when all that was logged has left the process; rejects if something is lost. */
  settle(): Promise<void>;
  /** How many lines were made and dropped; of those that do not send. */
  dropped?(): number;
  /** What a bounded queue holds and has given up. */
  counts?(): { readonly queued: number; readonly queuedBytes: number; readonly lost: number };
}

/** Where a subject's events go. */
export interface SubjectOptions {
  /** The base URL of Seq; without it, a subject that does not know Seq by itself drops its lines. */
  readonly url?: string;
  /** Whether a queue that is bounded gets room for everything. */
  readonly isRoomy?: boolean;
}

/** What a file of subjects/ exports. */
export interface SubjectModule {
  create(options: SubjectOptions): Subject;
}

/** What a measuring process is asked to do: its only argument, as JSON. */
export interface Task {
  readonly part: "calls" | "e2e" | "memory";
  readonly subject: string;
  readonly variant?: Variant;
  readonly url?: string;
  readonly events?: number;
  readonly warmUp?: number;
}

/** The time of one round, in nanoseconds per call. */
export interface CallSample {
  /** Until the last call has returned. */
  readonly call: number;
  /** Until the first microtask has run: with what a logger puts off to the end of the tick. */
  readonly withTick: number;
}

/** The rounds that were measured. */
export interface CallFigures {
  readonly samples: readonly CallSample[];
}

/** What the measured events cost the logging process. */
export interface TravelFigures {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Resident set sizes in bytes, and what the queue came to. */
export interface MemoryFigures {
  readonly before: number;
  readonly after: number;
  readonly highest: number;
  readonly queued: number;
  readonly queuedBytes: number;
  readonly lost: number;
}

/** What arrived at the receiver since it was last asked. */
export interface Arrival {
  readonly requests: number;
  readonly bytes: number;
  readonly events: number;
  /** How many different numbers the orders have. */
  readonly distinct: number;
}

export const template = "Order {OrderId} shipped to {City} for {Price}";
export const loggerName = "shop.orders";
export const application = "shop";
export const bound = { RequestId: "0HMVB9ONU4J2K", UserId: 7 } as const;

const cities = ["Oslo", "Lima", "Quito", "Turin", "Hanoi", "Dakar", "Perth", "Kyoto"];
const prices = Array.from({ length: 64 }, (_, i) => Math.round(i * 1733.7 + 199) / 100);

export const cityOf = (id: number): string => cities[id & 7]!;
export const priceOf = (id: number): number => prices[id & 63]!;

/** The nested properties of an order, made anew for each. */
export const customerOf = (id: number): object => ({
  Id: id & 1023,
  Name: "Ada Lovelace",
  Address: { Street: "St James's Square 12", City: cityOf(id) },
});
export const tagsOf = (id: number): readonly string[] => ["gift", "express", cityOf(id)];
