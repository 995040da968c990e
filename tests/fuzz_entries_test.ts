/** Hostile calls of every public entry but the log calls, which tests/fuzz_test.ts makes: each returns, or throws what it promises to throw. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import {
  ClefDecoderStream,
  ConfigError,
  configure,
  encodeClef,
  explain,
  flush,
  getLogger,
  type LogEvent,
  logRequests,
  MemoryHandler,
  parseLevel,
  parseTemplate,
  propertyFilter,
  rateLimitFilter,
  redactFilter,
  renderMessage,
  sampleFilter,
  shutdown,
  stats,
  templateFilter,
  withContext,
} from "../mod.ts";
import {
  type BunyanStream,
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
} from "../src/adapters/adapters.ts";
import { createCollector } from "../src/collector/collector.ts";
import { decodeClef } from "../src/event/clef_decoder.ts";
import { pythonFormatter } from "../src/python/python_formatter.ts";
import { relayEvents } from "../src/relay/relay_events.ts";
import { configureFromYaml } from "../src/yaml/yaml.ts";
import { rounds } from "./support/effort.ts";
import { hearDiagnostics } from "./support/seq.ts";
import { seeded } from "./support/seeded.ts";
import { nasty } from "./support/values.ts";

const timeout = 300_000;
/** The most that a log call may cost, by what JSON.stringify costs for the same data. */
const mostRatio = 50;

/** Names and texts that mean something to one of the readers. */
const words = [
  ...["__proto__", "constructor", "prototype", "toString", "toJSON", "hasOwnProperty", "@t", "@mt", "@l", "@x", "@i", "@r", "@@t", "@tr"],
  ...[
    "level",
    "msg",
    "time",
    "name",
    "err",
    "message",
    "timestamp",
    "Events",
    "Properties",
    "MessageTemplate",
    "root",
    "handlers",
    "class",
  ],
  ...[
    "serverUrl",
    "apiKey",
    "filters",
    "seq",
    "console",
    "info",
    "",
    "a.b",
    "{",
    "}",
    "{{",
    "{A:N2}",
    "{@A,5}",
    "%s %j",
    "\ud800",
    "\0",
    "\u2028",
  ],
  ...[
    "2026-01-01T00:00:00Z",
    "http://u:p@h/?key=1",
    "password=x",
    "*",
    "**",
    "a*b*c",
    "x".repeat(300),
    "cfg://root",
    "ext://sys.stdout",
    "${A:-b}",
  ],
];
const nastyValues = nasty();

/** Makes hostile values by chance that a seed decides. */
class Hostile {
  readonly chance: () => number;
  constructor(seed: number) {
    this.chance = seeded(seed);
  }
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.chance() * list.length)]!;
  }
  text(): string {
    return this.chance() < 0.6 ? this.pick(words) : this.pick(words) + this.pick(words) + this.pick(words);
  }
  /** What JSON can say. */
  json(depth = 3): unknown {
    const which = this.chance();
    if (depth === 0 || which < 0.45) return this.pick([this.text(), 0, -1, 1e308, 42, true, false, null, {}, []]);
    const count = Math.floor(this.chance() * 4);
    if (which < 0.6) return Array.from({ length: count }, () => this.json(depth - 1));
    const object = {};
    for (let i = 0; i < count; i++) {
      Object.defineProperty(object, this.pick(words), {
        value: this.json(depth - 1),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return object;
  }
  /** Any value. */
  value(): unknown {
    const which = this.chance();
    return which < 0.2 ? this.pick(nastyValues) : which < 0.25 ? () => this.json() : this.json();
  }
  /** JSON, or what is left of it. */
  line(): string {
    const line = JSON.stringify(this.chance() < 0.5 ? { "@t": "2026-01-01T00:00:00Z", ...this.json() as object } : this.json()) ?? "";
    return this.chance() < 0.8 ? line : line.slice(0, Math.floor(this.chance() * line.length)) + this.text();
  }
}

/** Calls, and passes over the errors that a mistake in a configuration may throw. */
function ask(call: () => unknown, ...allowed: readonly (new (...args: never[]) => Error)[]): unknown {
  try {
    return call();
  } catch (error) {
    if (!allowed.some((type) => error instanceof type)) throw error;
    return undefined;
  }
}

/** Runs so many calls; the one that fails is named by its number and seed. */
function each(name: string, count: number, seed: number, call: (hostile: Hostile, memory: MemoryHandler) => unknown, logs = false): void {
  const all = rounds(count);
  test(`${name} withstands ${all} hostile calls (seed ${seed})`, { timeout }, async () => {
    using _ = hearDiagnostics();
    const hostile = new Hostile(seed);
    let seen = 0;
    configure({ root: { level: "trace" }, loggers: { browser: "trace" } });
    const memory = new MemoryHandler();
    using _added = getLogger().addHandler(memory);
    for (let i = 0; i < all; i++) {
      try {
        memory.clear();
        await call(hostile, memory);
        seen += memory.events.length;
        for (const event of memory.events) assertLine(encodeClef(event));
      } catch (error) {
        throw new Error(`call ${i} of seed ${seed}`, { cause: error });
      }
    }
    await shutdown({ timeoutMs: 1000 });
    if (logs) assert.ok(seen > all / 8, `only ${seen} events of ${all} calls were logged`);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    assert.deepEqual(Object.keys(Object.prototype), [], "Object.prototype was changed");
  });
}

const event = (hostile: Hostile): LogEvent => ({
  ...{ timestampMs: 1.7e12, level: "info", loggerName: hostile.text(), messageTemplate: hostile.text(), message: hostile.text() },
  properties: { A: hostile.value(), [hostile.text()]: hostile.value() },
});

/** Fails if what was written is no line that Seq would take. */
function assertLine(line: string): void {
  assert.ok(!line.includes("\n"));
  JSON.parse(line);
  assert.doesNotMatch(line, /(?<!\\)(?:\\\\)*\\ud[89a-f]/i);
}

each("templates", 25_000, 20270001, (hostile) => {
  parseTemplate(hostile.text() + hostile.text());
  renderMessage(hostile.text(), { A: hostile.value() });
  ask(() => parseLevel(hostile.value() as string), TypeError, RangeError);
});

each("filters and encodeClef()", 20_000, 20271001, (hostile) => {
  const filter = ask(() =>
    hostile.pick([
      () => redactFilter({ keys: [hostile.text(), hostile.text()] }),
      () => redactFilter({ keys: ["*o*", "p*d"], replacement: hostile.text() }),
      () => templateFilter(hostile.json() as never),
      () => propertyFilter(hostile.json() as never),
      () => sampleFilter(hostile.json() as never),
      () => rateLimitFilter(hostile.json() as never),
    ])(), ConfigError) as ((event: LogEvent) => boolean | LogEvent) | undefined;
  const given = event(hostile);
  const said = filter?.(given) ?? given;
  assertLine(encodeClef(typeof said === "boolean" ? given : said));
});

each("formatters", 10_000, 20272001, (hostile) => {
  const options = { format: hostile.pick(["%(message)s", "%(asctime)s %(levelname)-8s", "{message}", "$message", hostile.text()]) };
  const format = ask(() => pythonFormatter({ ...options, style: hostile.pick(["%", "{", "$"]) } as never), ConfigError, TypeError);
  if (format === undefined) return;
  const memory = new MemoryHandler();
  memory.formatter = format as never;
  memory.emit(event(hostile));
});

each("configure()", 4000, 20273001, (hostile) => {
  ask(
    () =>
      configure({ ...hostile.json() as object, ...(hostile.chance() < 0.5 && { handlers: {} }) } as never, hostile.pick([undefined, {}])),
    ConfigError,
  );
  ask(() => explain(hostile.text()));
});

each("with(), withContext() and write()", 6000, 20280001, (hostile) => {
  const bag = (): object => hostile.json() as object;
  withContext(bag(), () => {
    const logger = getLogger("fuzz").with(bag()).with({ [hostile.text()]: hostile.value() });
    if (hostile.chance() < 0.5) logger.warn(hostile.text(), { [hostile.text()]: hostile.value() });
    const names = ["timestampMs", "ticks", "level", "loggerName", "messageTemplate", "message", "error", "traceId", "spanId", "eventType"];
    logger.getChild(hostile.pick(["a", "a.b", ""])).write({
      ...Object.fromEntries(names.filter(() => hostile.chance() < 0.3).map((name) => [name, hostile.value()])),
      ...(hostile.chance() < 0.7 && { properties: bag() }),
    });
  });
}, true);

/** A line of YAML, or what is left of one. */
function yamlOf(hostile: Hostile, indent = 0): string {
  const name = hostile.pick([
    ...words.filter((word) => /^[\w@]+$/.test(word)),
    "&a",
    "*a",
    "<<",
    "- x",
    "!!set",
    "? y",
    "handlers",
    "root",
  ]);
  const values = [
    "*a",
    "&a [1]",
    "|",
    ">",
    "[",
    "{",
    "'",
    '"',
    "${A}",
    "${B:-${C:-x}}",
    "cfg://root",
    "!!js/function x",
    "0x1F",
    ".inf",
    "~",
  ];
  const value = hostile.chance() < 0.4 ? hostile.pick(values) : JSON.stringify(hostile.chance() < 0.5 ? hostile.text() : hostile.json(2));
  const below = hostile.chance() < 0.4 && indent < 4 ? `\n${yamlOf(hostile, indent + 1)}` : ` ${value}`;
  const next = hostile.chance() < 0.6 ? `\n${yamlOf(hostile, indent)}` : "";
  return `${"  ".repeat(indent)}${name}:${below}${next}`;
}

each("configureFromYaml()", 1200, 20281001, async (hostile) => {
  const env = { A: hostile.value(), C: hostile.text() };
  try {
    await configureFromYaml(yamlOf(hostile), { env, overrides: hostile.pick([undefined, { root: { level: "off" } }]) });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String((error as Error).stack));
    assert.match(error.message, /^(?:[^\p{Cc}\p{Zl}\p{Zp}]|\n)*$/u);
  }
});

each("adapters", 15_000, 20274001, async (hostile) => {
  const kind = Math.floor(hostile.chance() * 10);
  const args = [hostile.text(), hostile.json(), hostile.text()] as const;
  if (kind === 3) seqSink().write(`${hostile.line()}\n${hostile.line()}\n`);
  else if (kind === 4) bunyanStream<BunyanStream>().write(hostile.pick([hostile.line(), hostile.json() as object]));
  else if (kind === 5) nestLogger().error(...args);
  else if (kind === 6) consolaReporter().log({ type: hostile.text(), level: 3, tag: hostile.text(), args, date: new Date() });
  else if (kind === 7) tslogTransport()({ ...args, _meta: hostile.json() });
  else if (kind === 8) debugLog().apply({ namespace: hostile.text() }, [...args]);
  else if (kind === 9) {
    evlogDrain()({ event: hostile.json() as object });
    loglayerTransport().shipToLogger({ logLevel: hostile.text(), messages: args, data: hostile.json() as object });
  } else if (kind === 0) pinoStream().write(`${hostile.line()}\n${hostile.line()}\n`);
  else if (kind === 1) {
    const transport = winstonTransport();
    await new Promise<void>((resolve) =>
      transport.log({ level: hostile.text(), message: hostile.text(), ...hostile.json() as object }, resolve)
    );
  } else {logtapeSink()(
      {
        category: [hostile.text()],
        level: hostile.text(),
        message: [hostile.text()],
        rawMessage: hostile.text(),
        timestamp: 1,
        properties: hostile.json(),
      } as never,
    );}
}, true);

each("ClefDecoderStream", 15_000, 20275001, async (hostile) => {
  ask(() => decodeClef(hostile.line()), SyntaxError, TypeError);
  if (hostile.chance() > 0.1) return;
  const bytes = new TextEncoder().encode(`${hostile.line()}\n${hostile.line()}\n`);
  try {
    const events = new Response(bytes).body!.pipeThrough(new ClefDecoderStream());
    for await (const event of events) assert.equal(typeof event.timestampMs, "number");
  } catch (error) {
    assert.ok(error instanceof Error && !(error instanceof assert.AssertionError), String(error));
  }
});

const paths = [
  "/api/events/raw?clef",
  "/api/events/raw",
  "/ingest/clef",
  "/api",
  "/",
  "/api/events/../raw",
  "/health",
  "/api/events/raw?apiKey=x",
];
const collector = createCollector({ keepEvents: 10 });

each("collector.fetch()", 4000, 20276001, async (hostile) => {
  const body = `${hostile.line()}\n${hostile.line()}`;
  const { status } = await collector.fetch(new Request(`http://seq.test${hostile.pick(paths)}`, { method: "POST", body }));
  assert.ok(status < 500, `${status} for ${body}`);
});

each("relayEvents()", 4000, 20277001, async (hostile) => {
  const relay = relayEvents();
  const body = `${hostile.line()}\n${hostile.line()}`;
  const headers = { "content-type": "application/vnd.serilog.clef", origin: "http://seq.test" };
  const { status } = await relay(new Request("http://seq.test/api/events/raw?clef", { method: "POST", body, headers }));
  assert.ok(status < 500, `${status} for ${body}`);
}, true);

each("flush(), shutdown() and stats()", 2000, 20278001, async (hostile) => {
  stats();
  const options = { timeoutMs: hostile.pick([0, -1, NaN, 1, "x", null, undefined, {}]) };
  const call = hostile.pick([flush, shutdown]);
  try {
    await call(options as never);
  } catch (error) {
    assert.ok(error instanceof ConfigError || error instanceof TypeError);
  }
});

/** Collects garbage at once; only Node lets a program ask for it. */
const collect = "Bun" in globalThis || "Deno" in globalThis ? undefined : (() => {
  v8.setFlagsFromString("--expose-gc");
  return vm.runInNewContext("gc") as () => void;
})();

test(
  "names, templates, loggers and clients that never come twice leave little behind",
  { timeout, skip: collect === undefined },
  async () => {
    using _ = hearDiagnostics();
    configure({ root: { level: "info" }, loggers: { browser: "info" } });
    const memory = new MemoryHandler();
    memory.filters = [rateLimitFilter({ limit: 5 }), redactFilter({ keys: ["*secret*"] })];
    using _added = getLogger().addHandler(memory);
    const [stream, sink] = [pinoStream(), logtapeSink()];
    const relay = relayEvents({ origins: "*", clientAddress: (_request, address) => String(address) });
    const served = logRequests((_request: Request) => new Response("x"));
    const text = (i: number, what: string): string => `${what}${i} ${"x".repeat(100)}`;
    const run = async (i: number): Promise<void> => {
      getLogger("fixed").warn(`${text(i, "Template")} {A${i}:N2}`, { [`A${i}`]: 1, [text(i, "name")]: { [text(i, "inner")]: i } });
      getLogger("fixed").with({ [text(i, "bound")]: i }).warn("Fixed");
      withContext({ [text(i, "context")]: i }, () => getLogger("fixed").warn("Fixed"));
      stream.write(`${JSON.stringify({ level: 40, name: text(i, "pino"), msg: text(i, "message") })}\n`);
      sink({ category: [text(i, "tape")], level: "warning", message: ["x"], rawMessage: "x", timestamp: 1, properties: {} } as never);
      if (i % 10 === 0) {
        const body = JSON.stringify({ "@t": new Date().toISOString(), "@mt": text(i, "page"), SourceContext: text(i, "source") });
        await relay(new Request("http://shop.test/seq", { method: "POST", body, headers: { origin: "http://x.test" } }), text(i, "client"));
        await served(new Request(`http://shop.test/${i}?${text(i, "query")}`, { headers: { "x-request-id": `${i}` } }));
      }
      memory.clear();
    };
    const held = async (from: number, to: number): Promise<number> => {
      for (let i = from; i < to; i++) await run(i);
      await new Promise((resolve) => setTimeout(resolve));
      collect!();
      return process.memoryUsage().heapUsed;
    };
    const count = rounds(1500); // more than what is remembered of anything
    const before = await held(0, count);
    const after = await held(count, 3 * count);
    await shutdown({ timeoutMs: 0 });
    assert.ok(after - before < 8 * 1_048_576, `${((after - before) / 1_048_576).toFixed(1)} MiB more`);
  },
);

test("no log call costs more than 50 times JSON.stringify of the same data (seed 20279001)", { timeout }, () => {
  const memory = new MemoryHandler();
  using _ = getLogger("cost").addHandler(memory);
  configure({ root: { level: "trace" } });
  const hostile = new Hostile(20279001);
  const batches = Array.from(
    { length: rounds(40) },
    () => Array.from({ length: 50 }, () => Array.from({ length: 20 }, () => hostile.json(5))),
  );
  const costOf = (work: (data: unknown) => unknown, batch: readonly unknown[]): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < 4; i++) batch.forEach(work);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const write = (data: unknown): void => {
    memory.clear();
    getLogger("cost").info("Data {Data}", { Data: data });
    encodeClef(memory.events[0]!);
  };
  for (const [i, batch] of batches.entries()) {
    let least: readonly number[] = [Infinity, Infinity];
    for (let attempt = 0; attempt < 10 && (attempt === 0 || least[0]! > mostRatio * least[1]!); attempt++) {
      least = [Math.min(least[0]!, costOf(write, batch)), Math.max(1, Math.min(least[1]!, costOf((data) => JSON.stringify(data), batch)))];
    }
    assert.ok(least[0]! <= mostRatio * least[1]!, `batch ${i}: ${least[0]} µs, JSON.stringify ${least[1]} µs`);
  }
});
