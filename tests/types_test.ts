/** What the types of a log call accept and refuse: `deno check` reads this file, and an error that is expected and missing fails it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configure,
  type Diagnostic,
  type Disposable as Undoing,
  type Filter,
  type FlushResult,
  getLogger,
  Handler,
  type HandlerStats,
  type Level,
  type LogEvent,
  type LogEventInit,
  type Logger,
  type Logging,
  type LoggingConfig,
  type LogMethod,
  logNodeRequests,
  logRequests,
  MemoryHandler,
  onDiagnostic,
  type SeqOptions,
  shutdown,
  stats,
  type Threshold,
  withContext,
} from "../mod.ts";
import { FakeSeq, remember } from "./support/seq.ts";

const log = getLogger("types");
log.level = "trace";

interface Order {
  readonly OrderId: number;
  readonly City?: string;
}

class Parcel {
  readonly Weight = 3;
  #secret = 1;
  get secret(): number {
    return this.#secret;
  }
}

test("LogMethod accepts a template, alone or with an object of any type", () => {
  using seen = remember(log);
  const order: Order = { OrderId: 42 };
  const record: Record<string, unknown> = { A: 1 };
  log.info("x");
  log.info("x", undefined);
  log.info("{OrderId}", order);
  log.info("{Weight}", new Parcel());
  log.info("{A}", record);
  log.info("{A}", { A: 1 } as const);
  log.info("{0}", [1, "two"]);
  log.info("{0}", [1, "two"] as const);
  log.info("{A}", () => ({ A: 1 }));
  log.info("x", new Error("no paper"));
  log.info("x", new Map([["A", 1]]));
  log.info("x", Object.create(null) as object);
  log.info(`${"x"}` as const, { A: 1 });
  assert.equal(seen.events.length, 13);
});

test("LogMethod accepts what catch caught: unknown, any, errors of any class, and things that are no errors", () => {
  using seen = remember(log);
  try {
    throw new Error("no paper");
  } catch (error) {
    log.error(error);
    log.error(error, "x");
    log.error(error, "{A}", { A: 1 });
  }
  try {
    throw new Error("no paper");
  } catch (error: unknown) {
    log.error(error, "x");
    if (error instanceof TypeError || error instanceof RangeError) {
      log.error(error, "x");
    }
  }
  // deno-lint-ignore no-explicit-any
  const anything: any = new Error("any");
  log.error(anything);
  log.error(anything, "x", { A: 1 });
  const maybe: Error | undefined = Math.random() > 2 ? undefined : new Error("maybe");
  log.error(maybe, "x");
  log.error(null, "x");
  log.error(42, "x");
  log.error(new AggregateError([]), "x");
  assert.equal(seen.events.length, 10);
});

test("LogMethod accepts pino's form", () => {
  using seen = remember(log);
  const order: Order = { OrderId: 42 };
  log.info({ OrderId: 42 }, "Order {OrderId}");
  log.info(order, "Order {OrderId}");
  log.info({ err: new Error("no paper") }, "x", { Page: 3 });
  assert.equal(seen.events.length, 3);
});

test("LogMethod accepts values in place of properties, and values that no hole is left for: it would lose nothing", () => {
  using seen = remember(log);
  const text: string = "no paper";
  log.info("Order {OrderId} shipped", "oops");
  log.info("Order {OrderId} shipped", 42);
  log.info("Order {OrderId} shipped", null);
  log.info("User %s has %d", "ada", 3);
  log.error("no paper", "Page {Page}", { Page: 3 });
  log.error(text, "x");
  log.error(new Error("no paper"), "{Page}", "three");
  // @ts-expect-error: something has to be said
  log.info();
  assert.equal(seen.events.length, 8);
  assert.match(JSON.stringify(seen.events[0]!.properties), /oops/);
});

test("log() has the same types behind a level", () => {
  using seen = remember(log);
  const level: Level = "warn";
  log.log(level, "x");
  log.log("error", "{A}", { A: 1 });
  log.log("error", new Error("no paper") as unknown, "{A}", { A: 1 });
  log.log("info", { A: 1 }, "{A}");
  log.log("info", "{A}", "oops");
  log.log({ level: "info", message: "x", A: 1 });
  // @ts-expect-error: A has no property
  log.log("info", "{A}", { B: 1 });
  // @ts-expect-error: there is no such level
  log.log("loud", "x");
  // @ts-expect-error: "off" is a threshold
  log.log("off", "x");
  assert.equal(seen.events.length, 9);
});

test("level accepts a Level, off or undefined", () => {
  const logger = getLogger("types.level");
  const threshold: Threshold = "off";
  logger.level = threshold;
  logger.level = "warn";
  const read: Threshold | undefined = logger.level;
  assert.equal(read, "warn");
  // @ts-expect-error: a word with a slip in it
  assert.throws(() => logger.level = "warnn");
  logger.level = undefined;
});

test("LogMethod is one type for all six methods, which may be passed on", () => {
  using seen = remember(log);
  const methods: LogMethod[] = [log.trace, log.debug, log.info, log.warn, log.error, log.fatal];
  for (const method of methods) method("{A}", { A: 1 });
  const take = ({ info }: Pick<Logger, "info">): void => info("x");
  take(log);
  assert.equal(seen.events.length, 7);
});

test("LogEvent is read-only and can be spread into a changed one", () => {
  using seen = remember(log);
  const redact: Filter = (event) => ({ ...event, properties: { ...event.properties, Secret: "***" } });
  seen.memory.filters = [redact, () => true, ({ level }: LogEvent): boolean => level !== "trace"];
  log.info("{Secret}", { Secret: 1 });
  const { event } = seen;
  const { timestampMs, level, loggerName, messageTemplate, message, properties, error, traceId, spanId } = event;
  const types: readonly [number, Level, string, string, string, Readonly<Record<string, unknown>>, unknown, string | undefined] = [
    ...[timestampMs, level, loggerName, messageTemplate, message, properties, error, traceId ?? spanId] as const,
  ];
  assert.deepEqual(types.slice(1, 5), ["info", "types", "{Secret}", "***"]);
  // @ts-expect-error: nothing of an event is to be set
  void ((): string => event.messageTemplate = "other");
});

test("write() accepts any part of an event, an interface's properties too", () => {
  using seen = remember(log);
  const order: Order = { OrderId: 42 };
  const init: LogEventInit = { timestampMs: 5, level: "warn", messageTemplate: "{OrderId}", properties: order, error: "text" };
  log.write(init);
  log.write({ message: "x" });
  // @ts-expect-error: there is no such field
  log.write({ mesage: "x" });
  assert.equal(seen.events.length, 3);
});

test("with(), getChild() and withContext() keep their types", async () => {
  const order: Order = { OrderId: 42 };
  const bound: Logger = log.with(order).getChild("child").with(new Parcel());
  assert.equal(bound.name, "types.child");
  const number: number = withContext(order, () => 5);
  const later: Promise<string> = withContext({ A: 1 }, () => Promise.resolve("text"));
  assert.deepEqual([number, await later], [5, "text"]);
  // @ts-expect-error: properties are an object
  void ((): Logger => log.with("text"));
});

test("configure() accepts both shapes, their names as TypeScript has them", async () => {
  const { fetch } = new FakeSeq();
  const short: SeqOptions = {
    serverUrl: "http://seq.test",
    fetch,
    apiKey: () => Promise.resolve("key"),
    console: "warn",
    loggers: { noisy: "off" },
  };
  const long: LoggingConfig = {
    version: 1,
    disableExistingLoggers: false,
    root: { level: "INFO", handlers: ["seq", "ready"] },
    loggers: { "a.b": { level: 10, propagate: false, handlers: ["ready"], filters: [() => true, "named"] }, c: "off" },
    handlers: { seq: { class: "seq", serverUrl: "http://seq.test", fetch }, ready: new MemoryHandler() },
    filters: { named: { name: "a" }, own: (event: LogEvent) => event.level !== "trace" },
    formatters: { short: { class: "text", colour: false }, own: ({ message }: LogEvent) => message },
    properties: { Application: "shop", Now: () => 5, MachineName: null },
  };
  for (const logging of [configure(short), configure(long)] satisfies Logging[]) {
    const result: FlushResult = await logging.flush({ timeoutMs: 1000 });
    const numbers: Record<string, HandlerStats> = stats();
    assert.deepEqual([result.lost, numbers.seq?.state], [0, "ok"]);
  }
  // @ts-expect-error: there is no such option
  assert.throws(() => configure({ serverUrl: "http://seq.test", apiKye: "key" }));
  // @ts-expect-error: a number of events
  assert.throws(() => configure({ serverUrl: "http://seq.test", batchSize: "many" }));
  await shutdown();
});

test("Handler is extended by one method, and diagnostics arrive until the listener is disposed", () => {
  class Counter extends Handler {
    count = 0;
    override emit(event: LogEvent): void {
      this.count += event.message.length;
    }
  }
  // @ts-expect-error: emit is missing
  class Idle extends Handler {}
  assert.equal(typeof Idle, "function");
  const counter = new Counter();
  const added: Undoing = log.addHandler(counter);
  log.warn("four");
  added[Symbol.dispose]();
  assert.equal(counter.count, 4);
  const heard: string[] = [];
  const listening: Undoing = onDiagnostic(({ code, message, count }: Diagnostic) => heard.push(`${code}${message}${count}`));
  listening[Symbol.dispose]();
  assert.deepEqual(heard, []);
  // @ts-expect-error: something that is no handler
  assert.throws(() => log.addHandler({ emit: () => {} }), TypeError);
});

test("logRequests() and logNodeRequests() keep the type of what they wrap", () => {
  type Fetch = (request: Request, server: { upgrade(): boolean }) => Response | Promise<Response>;
  const serve = ({ fetch }: { fetch: Fetch }): Fetch => fetch;
  const plain: (request: Request) => Response = logRequests((request) => new Response(request.url));
  const worker: (request: Request, env: { A: string }) => Promise<Response> = logRequests(async (request, env: { A: string }) =>
    await Promise.resolve(new Response(request.url + env.A))
  );
  const inPlace = serve({ fetch: logRequests((request, server) => new Response(`${request.url}${server.upgrade()}`)) });
  const scheduled: (controller: { cron: string }) => Promise<void> = logRequests(async (_controller: { cron: string }) =>
    await Promise.resolve()
  );
  // @ts-expect-error: the handler answers with a number
  const wrong: (request: Request) => Response = logRequests((_request: Request) => 5);
  // @ts-expect-error: there is no such option
  assert.throws(() => logNodeRequests((_request, _response) => {}, { skipped: [] }), /skipped: Unknown option "skipped"/);
  for (const one of [plain, worker, inPlace, scheduled, wrong]) assert.equal(typeof one, "function");
});
