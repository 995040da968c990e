/** What holds for every neighbour, each by its real package: levels, secrets, hostile values, delivery by a handler alone. */

import "reflect-metadata";
import assert from "node:assert/strict";
import { test } from "node:test";
import { configureSync, getLogger as logtape, resetSync } from "@logtape/logtape";
import { Logger as Nest } from "@nestjs/common";
import bunyan from "bunyan";
import { createConsola } from "consola";
import createDebug from "debug";
import { createLogger as createEvlog, initLogger } from "evlog";
import { Hono } from "hono";
import { logger as honoLogger } from "hono/logger";
import { LogLayer } from "loglayer";
import pino from "pino";
import { Logger as Tslog } from "tslog";
import winston from "winston";
import { ConfigError, getLogger, MemoryHandler, SeqHandler } from "../../mod.ts";
import {
  type AdapterOptions,
  bunyanStream,
  consolaReporter,
  debugLog,
  evlogDrain,
  loglayerTransport,
  logtapeSink,
  nestLogger,
  pinoStream,
  seqSink,
  tslogTransport,
  winstonTransport,
} from "../../src/adapters/adapters.ts";
import { eventsOf, recordEvents } from "../../src/testing/testing.ts";
import { isFull } from "../support/effort.ts";
import { FakeSeq, hearDiagnostics, propertiesOf } from "../support/seq.ts";
import { cycle, nasty } from "../support/values.ts";

/** Logs a text with fields, at the level that means a warning. */
type Warn = (text: string, fields: object) => void;

/** By its name, each library with our adapter: what logs a warning by it. */
const libraries: Readonly<Record<string, (options: AdapterOptions) => Warn>> = {
  pino: (options) => {
    const logger = pino({ level: "trace" }, pinoStream(options));
    return (text, fields) => logger.warn(fields, text);
  },
  winston: (options) => {
    const logger = winston.createLogger({ level: "silly", transports: [winstonTransport(options)] });
    return (text, fields) => void logger.warn(text, fields);
  },
  LogTape: (options) => {
    configureSync({
      sinks: { seq: logtapeSink(options) },
      loggers: [{ category: [], sinks: ["seq"], lowestLevel: "trace" }, { category: ["logtape", "meta"], lowestLevel: "fatal" }],
      reset: true,
    });
    return (text, fields) => logtape([]).warn(text, fields as Record<string, unknown>);
  },
  bunyan: (options) => {
    const logger = bunyan.createLogger({ name: "root", streams: [{ type: "raw", stream: bunyanStream(options), level: "trace" }] });
    return (text, fields) => logger.warn(fields, text);
  },
  LogLayer: (options) => {
    const logger = new LogLayer({ transport: loglayerTransport(options) });
    return (text, fields) => logger.withMetadata(fields as Record<string, unknown>).warn(text);
  },
  NestJS: (options) => {
    Nest.overrideLogger(nestLogger(options));
    return (text, fields) => new Nest().warn(text, fields);
  },
  consola: (options) => {
    const logger = createConsola({ level: 5, reporters: [consolaReporter(options)], throttle: 0 });
    return (text, fields) => logger.warn(text, fields);
  },
  tslog: (options) => {
    const logger = new Tslog({ type: "hidden" });
    logger.attachTransport(tslogTransport(options));
    return (text, fields) => void logger.warn(text, fields);
  },
  debug: (options) => {
    const debug = createDebug("any:name");
    debug.enabled = true;
    debug.log = debugLog({ ...options, level: "warn" });
    return (text, fields) => debug(text, fields);
  },
  evlog: (options) => {
    initLogger({ silent: true, pretty: false, drain: evlogDrain(options) });
    return (text, fields) => {
      const logger = createEvlog({ ...fields, message: text });
      logger.setLevel("warn");
      logger.emit();
    };
  },
  "seqSink()": (options) => {
    const sink = seqSink(options);
    return (text, fields) => sink.write({ level: "warn", msg: text, ...fields });
  },
};

for (const [at, [name, make]] of Object.entries(libraries).entries()) {
  test(`${name}: an event has its level, its template and its fields, and none has what hides a secret`, () => {
    using log = recordEvents("neighbour");
    const warn = make({ logger: "neighbour" });
    warn("Order {Id} is late", { Id: 42, list: [1, { deep: true }] });
    const { properties, message } = log.events.withTemplate("Order {Id} is late").withLevel("warn").single();
    assert.deepEqual([message, properties.Id, properties.list], ["Order 42 is late", 42, [1, { deep: true }]]);
    log.clear();
    warn("asked", { headers: { authorization: "Bearer hidden-1", accept: "x" }, cookie: "sid=hidden-2", url: "http://u:hidden-3@host/" });
    assert.equal(log.events.length, 1);
    assert.doesNotMatch(JSON.stringify(log.events.toArray()), /hidden-/);
  });

  test(`${name}: whatever is logged, nothing of ours throws, and an event comes of it`, () => {
    using _ = hearDiagnostics();
    using log = recordEvents("neighbour");
    const warn = make({ logger: "neighbour" });
    warn("round", { cycle: cycle() });
    assert.equal(log.events.withMessage(/round/).length, 1);
    const values = nasty().filter((_, i) => (i + at) % (isFull ? 3 : 20) === 0); // each value by several of them
    let refused = 0;
    for (const value of values) {
      for (const fields of [{ value, level: value, time: value, err: value, message: value, msg: value }, value as object]) {
        try {
          warn("text", fields);
        } catch (error) {
          refused++; // by the library's own code, which reads the values before ours
          assert.doesNotMatch(String((error as Error).stack), /src\/adapters/);
        }
      }
    }
    assert.ok(log.events.length + refused >= values.length, `${log.events.length} of ${values.length}`);
  });

  test(`${name}: a handler gets the events without our loggers, by its own level`, async () => {
    using log = recordEvents();
    const seq = new FakeSeq();
    const handler = new SeqHandler({ serverUrl: "http://seq.test", fetch: seq.fetch, loggerNameProperty: null });
    const warn = make({ handler });
    warn("Order {Id} is late", { Id: 42 });
    await handler.flush();
    handler.level = "error";
    warn("too fine", {});
    await handler.close();
    const [event] = seq.events;
    assert.deepEqual([seq.events.length, event?.["@mt"], event?.["@l"]], [1, "Order {Id} is late", "Warning"]);
    assert.equal(propertiesOf(event!).Id, 42);
    log.events.none();
  });
}
resetSync();

test("every adapter writes below the name that the options give together with a handler", () => {
  const handler = new MemoryHandler();
  seqSink({ handler, logger: "shop" }).write({ logger: "orders", msg: "below" });
  seqSink({ handler, logger: getLogger("shop").with({ App: 1 }) }).write({ msg: "at", logger: "till" });
  assert.deepEqual(eventsOf(handler).toArray().map(({ loggerName }) => loggerName), ["shop.orders", "shop.till"]);
  assert.deepEqual(eventsOf(handler).last().properties, { App: 1 });
});

test("every adapter reports each wrong option", () => {
  const wrong = { logger: 5, handler: {}, levels: { x: "loud" }, more: 1 } as never;
  const makers = [bunyanStream, consolaReporter, debugLog, evlogDrain, loglayerTransport, nestLogger, seqSink, tslogTransport];
  for (const make of makers) {
    assert.throws(() => make(wrong), (error) => {
      return error instanceof ConfigError && error.issues.map(({ path }) => path).join() === "logger,handler,levels.x,more";
    });
  }
});

test("Hono's request logger writes its lines as events by its print function", async () => {
  using log = recordEvents("hono");
  const app = new Hono();
  app.use(honoLogger((line) => getLogger("hono").info("{Line}", { Line: line })));
  app.get("/orders/:id", (context) => context.text("Shipped"));
  await app.request("/orders/42");
  const [began, ended] = log.events.withTemplate("{Line}").exactly(2).messages;
  assert.equal(began, "<-- GET /orders/42");
  assert.match(ended!, /^--> GET \/orders\/42 .*200.* \d+ms$/);
});

test("what an adapter flushes is its handler, or else every handler", async () => {
  const seq = new FakeSeq();
  const handler = new SeqHandler({ serverUrl: "http://seq.test", fetch: seq.fetch });
  const sink = seqSink({ handler });
  sink.write("unfinished");
  assert.deepEqual(await sink.flush(), { delivered: 1, pending: 0, lost: 0 });
  const stream = pinoStream({ handler });
  pino({}, stream).warn("by pino");
  await new Promise((resolve) => stream.flush(resolve));
  assert.deepEqual(seq.events.map((event) => event["@m"] ?? event["@mt"]), ["unfinished", "by pino"]);
  await handler.close();
});
