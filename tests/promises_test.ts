/** Functions of the program that return promises where the library expects values: a rejection is reported, and ends no process. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import {
  ConfigError,
  configure,
  ConsoleHandler,
  encodeClef,
  explain,
  flush,
  getLogger,
  type Level,
  type LoggingConfig,
  MemoryHandler,
  parseLevel,
  redactFilter,
  renderMessage,
  SeqHandler,
  shutdown,
  withContext,
} from "../mod.ts";
import { logtapeSink, pinoStream, winstonTransport } from "../src/adapters/adapters.ts";
import { ignoreErrors } from "../src/runtime/files.ts";
import { serveCollector } from "./support/collector.ts";
import { hearConsole, hearDiagnostics } from "./support/seq.ts";

const refuse = (): Promise<never> => Promise.reject(new Error("Not now"));
const any = refuse as never;

const options: Readonly<Record<string, readonly [config: (seq: object) => object, code: string, faults?: object[]]>> = {
  "a global property": [(seq) => ({ handlers: { seq }, properties: { Session: any } }), "callback-failed"],
  "a filter": [(seq) => ({ handlers: { seq: { ...seq, filters: [any] } } }), "filter-failed"],
  "an encoder": [(seq) => ({ handlers: { seq: { ...seq, encoder: any } } }), "callback-failed"],
  "onFailure": [(seq) => ({ handlers: { seq: { ...seq, onFailure: any } } }), "callback-failed", [{ status: 503 }]],
  "onRejected": [(seq) => ({ handlers: { seq: { ...seq, onRejected: any } } }), "handler-failed", [{ status: 400 }, {}, { status: 400 }]],
  "waitUntil": [(seq) => ({ handlers: { seq: { ...seq, waitUntil: any } } }), "wait-until-failed"],
};

for (const [what, [config, code, faults = []]] of Object.entries(options)) {
  test(`${what} that rejects loses no event, ends nothing, and is told`, { timeout: 300_000 }, async () => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", hear);
    try {
      await using seq = await serveCollector({ port: 0 });
      using told = hearDiagnostics();
      const handler = { class: "seq", serverUrl: seq.url, minBackoffMs: 1, maxBackoffMs: 2 };
      configure({ root: { level: "info", handlers: ["seq"] }, ...config(handler) } as LoggingConfig);
      seq.fail(faults as never);
      getLogger("odd").info("Event {N} at {Url}", { N: 1, Url: new URL("http://seq.test") });
      await flush();
      await new Promise((resolve) => setTimeout(resolve)); // a rejection is found unhandled when the event loop turns
      assert.deepEqual(seq.events.map(({ properties }) => properties.N), what === "onRejected" ? [] : [1]);
      assert.ok(told.heard.some((one) => one.code === code), JSON.stringify(told.heard));
      assert.deepEqual(unhandled, []);
    } finally {
      process.off("unhandledRejection", hear);
      await shutdown({ timeoutMs: 0 });
    }
  });
}

test("an encoder is not asked about its own result, but about its members", async () => {
  const asked: unknown[] = [];
  const encoder = (value: unknown): unknown => {
    asked.push(value);
    return value instanceof URL ? { at: new Date(0) } : new Map([["ms", 0]]);
  };
  await using seq = await serveCollector({ port: 0 });
  configure({ handlers: { seq: { class: "seq", serverUrl: seq.url, encoder } }, root: { level: "info", handlers: ["seq"] } });
  getLogger("odd").info("Event at {Url}", { Url: new URL("http://seq.test") });
  await shutdown();
  assert.deepEqual(asked.map((value) => (value as object).constructor.name), ["URL", "Date"]);
  assert.deepEqual(seq.events.map(({ properties }) => properties.Url), [{ at: { ms: 0 } }]);
});

/** Objects that have no text, no number, or throw where one is asked for. */
const mute: Readonly<Record<string, () => unknown>> = {
  "toString: null": () => ({ toString: null }),
  "toString and valueOf: null": () => ({ toString: null, valueOf: null }),
  "no prototype": () => Object.create(null),
  "a primitive that is none": () => ({ [Symbol.toPrimitive]: () => ({}) }),
  "a primitive that throws": () => ({
    [Symbol.toPrimitive]() {
      throw new Error("No");
    },
  }),
  "toString that throws": () => ({
    toString() {
      throw new Error("No");
    },
  }),
  "toString that returns an object": () => ({ toString: () => ({}), valueOf: () => ({}) }),
  "a getter that throws": () => ({
    get toString() {
      throw new Error("No");
    },
  }),
  "a proxy that throws": () =>
    new Proxy({}, {
      get() {
        throw new Error("No");
      },
    }),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "a symbol": () => Symbol("mute"),
  "a function without a name": () => Object.defineProperty(() => {}, "name", { value: { toString: null } }),
  "a list of such": () => [{ toString: null }, Object.create(null)],
};

type Any = Record<string, (...args: unknown[]) => unknown>;

/** What is done with such an object, and how many events come of it. */
const uses: Readonly<Record<string, readonly [use: (odd: unknown) => unknown, events: number]>> = {
  "is logged alone": [(odd) => (getLogger("odd") as unknown as Any).warn!(odd), 1],
  "fills holes": [(odd) => (getLogger("odd") as unknown as Any).warn!("{A} {$B} {C:N2} {D,5}", odd, odd, odd, odd), 1],
  "is printed": [(odd) => (getLogger("odd") as unknown as Any).warn!("%s %d %i %f %j %o", odd, odd, odd, odd, odd, odd), 1],
  "is a property": [
    (odd) => getLogger("odd").warn("{$A}", { A: odd, SourceContext: odd, traceId: odd, headers: odd, authorization: odd }),
    1,
  ],
  "is bound": [(odd) => withContext(odd as object, () => getLogger("odd").with(odd as object).warn("x")), 1],
  "is a level": [(odd) => getLogger("odd").log(odd as Level, "x"), 1],
  "is thrown": [
    (odd) => {
      const error = new Error("x");
      for (const name of ["name", "message", "stack", "cause"]) ignoreErrors(() => Object.defineProperty(error, name, { value: odd })); // Bun refuses some
      getLogger("odd").error(error, "x");
    },
    1,
  ],
  "is written": [(odd) => {
    const names = [
      "level",
      "message",
      "messageTemplate",
      "loggerName",
      "eventType",
      "timestampMs",
      "ticks",
      "traceId",
      "properties",
      "error",
    ];
    for (const name of names) getLogger("odd").write({ message: "x", [name]: odd });
  }, 10],
  "names a logger": [(odd) => String(explain(getLogger(odd as string).name)), 0],
  "is a template": [(odd) => renderMessage(odd as string, { A: odd }) + renderMessage("{A:u} {$A}", { A: odd }), 0],
  "is an event": [
    (odd) => encodeClef({ level: odd, loggerName: odd, messageTemplate: odd, properties: odd, timestampMs: odd } as never),
    0,
  ],
  "comes from pino": [(odd) => pinoStream().write({ level: 40, msg: odd, name: odd, err: odd, time: odd }), 1],
  "comes from winston": [(odd) => winstonTransport().log({ level: "warn", message: odd, stack: odd, splat: odd } as never, () => {}), 1],
  "comes from LogTape": [
    (odd) =>
      logtapeSink()({ category: [odd], level: "warning", message: ["x"], rawMessage: odd, timestamp: odd, properties: odd } as never),
    1,
  ],
};

for (const [what, [use, count]] of Object.entries(uses)) {
  test(`what has no text of its own throws nothing where it ${what}, and loses no event`, () => {
    using told = hearDiagnostics();
    using _shown = hearConsole();
    const memory = new MemoryHandler();
    const printed = new ConsoleHandler();
    using _memory = getLogger().addHandler(memory);
    using _printed = getLogger().addHandler(printed);
    getLogger().level = "trace";
    for (const [kind, make] of Object.entries(mute)) {
      memory.clear();
      try {
        use(make());
      } catch (error) {
        throw new Error(kind, { cause: error });
      }
      assert.equal(memory.events.length, count, kind);
      for (const event of memory.events) JSON.parse(encodeClef(event));
    }
    getLogger().level = undefined;
    assert.ok(told.heard.every(({ code }) => code === "unknown-level"), JSON.stringify(told.heard));
  });
}

test("what has no text of its own is refused as an option, or thrown by a program's own function, without another failure", async () => {
  using told = hearDiagnostics();
  for (const [kind, make] of Object.entries(mute)) {
    const fail = (): never => {
      throw make();
    };
    const options = [
      "serverUrl",
      "apiKey",
      "headers",
      "level",
      "filters",
      "batchSize",
      "overflow",
      "properties",
      "queue",
      "console",
      "loggers",
    ];
    for (const name of options) {
      try {
        configure({ serverUrl: "http://seq.test", [name]: make() });
      } catch (error) {
        assert.ok(error instanceof ConfigError || /^No$|revoked/.test((error as Error).message), `${name}: ${kind}: ${error}`); // its own code may throw
      }
    }
    for (const option of ["keys", "patterns", "replacement"]) {
      assert.throws(() => redactFilter({ keys: ["a"], [option]: make() } as never), ConfigError, `${option}: ${kind}`);
    }
    assert.throws(() => parseLevel(make() as string), TypeError, kind);
    const handler = new SeqHandler({ serverUrl: "http://seq.test", apiKey: fail, filters: [fail, make as never], encoder: fail });
    using _ = getLogger("odd").addHandler(handler);
    getLogger("odd").warn("x", { A: new Map() });
    assert.equal((await handler.flush({ timeoutMs: 0 })).lost, 0, kind);
    assert.equal(handler.stats().queued, 1, kind);
    await handler.close();
  }
  await shutdown({ timeoutMs: 0 });
  assert.ok(told.heard.length > 0 && told.heard.every(({ message }) => typeof message === "string" && message.length < 10_100));
});
