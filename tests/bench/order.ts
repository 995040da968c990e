/** The event that every subject logs, and the messages between the processes of the benchmark. */

/** What a call carries. */
export type Variant = "plain" | "bound" | "context" | "nested" | "many" | "long" | "foreign" | "error" | "disabled";

/** A logger, ready to log the order of a number. */
export interface Subject {
  /** One call of each kind that the logger knows. */
  readonly calls: Readonly<Partial<Record<Variant, (id: number) => void>>>;
  /** Runs the calls of a kind where they belong, such as in a request's context. Default: at once. */
  around?(variant: Variant, run: () => void): void;
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
  readonly part: "calls" | "e2e" | "memory" | "growth" | "spans";
  readonly subject: string;
  readonly variant?: Variant;
  readonly url?: string;
  readonly events?: number;
  readonly warmUp?: number;
  /** Where the requests go once the warm-up is over; by default still to the URL. */
  readonly outageUrl?: string;
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

/** What a call costs, in nanoseconds, by how much there is of something. */
export type GrowthFigures = Readonly<Record<"loggersDeep" | "queued" | "templates", Readonly<Record<string, number>>>>;

/** What a log call and each kind of span costs, in nanoseconds. */
export type SpanFigures = Readonly<Record<string, number>>;

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
  /** The longest tick, in which 1 000 events were logged, without the first ones. */
  readonly longestTickMs: number;
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
export const boundMore: Readonly<Record<string, string | number>> = { ...bound, Tenant: "north", Region: "eu-1", Version: "4.2.1" };
export const context = { TraceParent: "0af7651916cd43dd8448eb211c80319c", Route: "/orders/{id}" } as const;

const cities = ["Oslo", "Lima", "Quito", "Turin", "Hanoi", "Dakar", "Perth", "Kyoto"];
const prices = Array.from({ length: 64 }, (_, i) => Math.round(i * 1733.7 + 199) / 100);

const cityOf = (id: number): string => cities[id & 7]!;
const priceOf = (id: number): number => prices[id & 63]!;
const text = 'Sluggish and slow, the order waits for "its" paper; '.repeat(192);
const many = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`Detail${i}`, i % 2 === 0 ? i * 7 : `value ${i}`]));
const errors = Array.from({ length: 8 }, (_, i) => new Error(`No paper in tray ${i}`));

export const errorOf = (id: number): Error => errors[id & 7]!;

/** The properties of an order, a new object for each. */
export const ordersOf: Readonly<Record<"plain" | "nested" | "many" | "long" | "foreign", (id: number) => Record<string, unknown>>> = {
  plain: (id) => ({ OrderId: id, City: cityOf(id), Price: priceOf(id) }),
  nested: (id) => ({
    OrderId: id,
    City: cityOf(id),
    Price: priceOf(id),
    Customer: { Id: id & 1023, Name: "Ada Lovelace", Address: { Street: "St James's Square 12", City: cityOf(id) } },
    Tags: ["gift", "express", cityOf(id)],
  }),
  many: (id) => ({ OrderId: id, City: cityOf(id), Price: priceOf(id), ...many }),
  long: (id) => ({ OrderId: id, City: cityOf(id), Price: priceOf(id), Note: text }),
  foreign: (id) => ({ OrderId: id, City: "Tromsø", Price: priceOf(id), Note: "Grüße aus Øst-Finnmark 🚢" }),
};

/** The calls of every kind of properties, by a function that logs them. */
export function callsWith(log: (properties: Record<string, unknown>) => void): Record<keyof typeof ordersOf, (id: number) => void> {
  const call = (kind: keyof typeof ordersOf) => (id: number): void => log(ordersOf[kind](id));
  return { plain: call("plain"), nested: call("nested"), many: call("many"), long: call("long"), foreign: call("foreign") };
}
