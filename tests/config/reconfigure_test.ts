/** Random configurations one after another while thousands of events are logged: each event arrives exactly where it belongs, and exactly once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configure,
  flush,
  type FlushResult,
  getLogger,
  type HandlerConfig,
  type Level,
  type Logger,
  type LoggerConfig,
  type LoggingConfig,
  MemoryHandler,
  SeqHandler,
  shutdown,
  stats,
  type Threshold,
} from "../../mod.ts";
import { type RunningCollector, serveCollector } from "../support/collector.ts";
import { configureFromYaml } from "../../src/yaml/yaml.ts";
import { isBrief, rounds } from "../support/effort.ts";
import { eventually, turn } from "../support/fake_clock.ts";
import { hearConsole, hearDiagnostics } from "../support/seq.ts";

const thresholds: readonly Threshold[] = ["trace", "debug", "info", "warn", "error", "fatal", "off"];
const levels = thresholds.slice(0, 6) as readonly Level[];
const rankOf = (level: Threshold): number => thresholds.indexOf(level);

/** Chance that is the same in every run (mulberry32). */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A number from 0 up to but not including 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(things: readonly T[]): T {
    return things[this.whole(0, things.length - 1)]!;
  }

  is(share: number): boolean {
    return this.next() < share;
  }

  some<T>(things: readonly T[], share: number): T[] {
    return things.filter(() => this.is(share));
  }

  /** A level; mostly one that lets something pass. */
  threshold(): Threshold {
    return this.pick<Threshold>(["trace", "trace", "debug", "info", "info", "warn", "error", "off"]);
  }
}

/** Where an event goes: a collector's URL or the memory, and the handler's mark. */
interface Target {
  readonly place: string;
  readonly mark: string;
  level: Threshold;
}

/** What a configuration means for one logger. */
interface Settings {
  level?: Threshold;
  handlers: readonly string[];
  propagate: boolean;
}

/** The loggers that events are logged to; each but the root stands below the one whose name begins its own. */
const names = ["", "load.a", "load.a.b", "load.c"];
const above: Readonly<Record<string, string>> = { "load.a.b": "load.a", "load.a": "", "load.c": "" };

/** What the library has to do, written down a second time, as simply as possible. */
class Model {
  targets: Record<string, Target> = {};
  loggers: Record<string, Settings> = {};
  disabled: ReadonlySet<string> = new Set();
  readonly expected: string[] = [];

  /** Notes where an event has to go. */
  note(name: string, level: Level, n: number): void {
    if (this.disabled.has(name)) return;
    let threshold: Threshold | undefined;
    const reached: string[] = [];
    let isOpen = true;
    for (let at: string | undefined = name; at !== undefined; at = above[at]) {
      const { level, handlers = [], propagate = true } = this.loggers[at] ?? {};
      threshold ??= level;
      if (isOpen) reached.push(...handlers);
      isOpen &&= propagate;
    }
    if (rankOf(level) < rankOf(threshold ?? "warn")) return;
    for (const { place, mark, level: least } of reached.map((one) => this.targets[one]!)) {
      if (rankOf(level) >= rankOf(least)) this.expected.push(`${place} ${mark} ${n}`);
    }
  }
}

/** Logs under random configurations. */
class Load {
  readonly #chance: Chance;
  readonly #urls: readonly string[];
  readonly #model = new Model();
  readonly #loggers: readonly (readonly [string, Logger])[] = names.map((name) => [name, getLogger(name)]);
  readonly #ready: readonly SeqHandler[];
  readonly #readyTargets: readonly Target[];
  readonly memory: MemoryHandler = new MemoryHandler({ capacity: 1_000_000 });
  logged = 0;
  configured = 0;

  constructor(seed: number, urls: readonly string[]) {
    this.#chance = new Chance(seed);
    this.#urls = urls;
    this.#ready = urls.map((serverUrl, i) => new SeqHandler({ serverUrl, periodMs: 5, batchSize: 40, properties: { Mark: `ready${i}` } }));
    this.#readyTargets = urls.map((place, i) => ({ place, mark: `ready${i}`, level: "trace" }));
  }

  get expected(): readonly string[] {
    return this.#model.expected;
  }

  /** Logs so many events. */
  log(count: number): void {
    for (let i = 0; i < count; i++) {
      const [name, logger] = this.#chance.pick(this.#loggers);
      const level = this.#chance.pick(levels);
      const n = ++this.logged;
      this.#model.note(name, level, n);
      logger[level]("Event {N}", { N: n });
    }
  }

  /** Puts another configuration into force; events are logged up to the moment when it is. */
  async configure(): Promise<void> {
    this.configured++;
    if (this.configured > 1 && this.#chance.is(0.25)) return this.#changeLevels();
    const { config, model } = this.#make();
    if (this.#chance.is(0.5)) configure(config);
    else {
      const isText = (one: unknown): boolean => !(one instanceof SeqHandler || one instanceof MemoryHandler);
      const given = Object.entries(config.handlers ?? {});
      const text = JSON.stringify({ ...config, handlers: Object.fromEntries(given.filter(([, one]) => isText(one))) });
      const overrides = { handlers: Object.fromEntries(given.filter(([, one]) => !isText(one))) };
      const done = configureFromYaml(text, { overrides, parseYaml: (json) => JSON.parse(json) });
      this.log(this.#chance.whole(0, 50)); // under the old one, which is in force until the new one is
      await done;
    }
    Object.assign(this.#model, model);
  }

  /** A whole configuration, and what it means. */
  #make(): { config: LoggingConfig; model: Pick<Model, "targets" | "loggers" | "disabled"> } {
    const chance = this.#chance;
    const handlers: Record<string, HandlerConfig | SeqHandler | MemoryHandler> = {};
    const targets: Record<string, Target> = {};
    for (const name of ["seq", ...chance.some(["extra", "audit", "more"], 0.5)]) {
      const [serverUrl, level, mark] = [chance.pick(this.#urls), chance.threshold(), `${name}${this.configured}`];
      handlers[name] = {
        ...{ class: "seq", serverUrl, level, batchSize: chance.whole(1, 100), periodMs: chance.whole(0, 20) },
        ...{ properties: { Mark: mark }, ...(chance.is(0.3) && { apiKey: mark }) },
      };
      targets[name] = { place: serverUrl, mark, level };
    }
    if (chance.is(0.5)) {
      const i = chance.whole(0, this.#urls.length - 1);
      const name = chance.pick(["ready", "more"]); // in the place of one that is described, too
      handlers[name] = this.#ready[i]!;
      targets[name] = this.#readyTargets[i]!;
    }
    if (chance.is(0.3)) {
      handlers.memory = this.memory;
      targets.memory = { place: "memory", mark: "memory", level: this.memory.level };
    }
    const isStrict = chance.is(0.15);
    const own: string[] = Object.keys(handlers).filter((name) => name === "audit" || name === "more");
    const others = Object.keys(handlers).filter((name) => !own.includes(name));
    const loggers: Record<string, Settings> = { "": { level: chance.threshold(), handlers: chance.some(others, 0.8), propagate: true } };
    for (const name of isStrict ? chance.some(names.slice(1), 0.5) : names.slice(1)) {
      const level = chance.is(0.5) ? chance.threshold() : undefined;
      loggers[name] = { level, handlers: name === "load.a" || name === "load.c" ? chance.some(own, 0.8) : [], propagate: chance.is(0.8) };
    }
    const { "": root, ...named } = loggers;
    const disabled = new Set(isStrict ? names.filter((name) => name !== "" && !(name in loggers) && !(above[name]! in named)) : []);
    return {
      config: { disableExistingLoggers: isStrict, root, loggers: named, handlers, properties: { MachineName: null, ProcessId: null } },
      model: { targets, loggers, disabled },
    };
  }

  /** `incremental`: other levels and propagation of what is there. */
  #changeLevels(): void {
    const chance = this.#chance;
    const { targets, loggers } = this.#model;
    const handlers: Record<string, HandlerConfig> = {};
    for (const name of chance.some(Object.keys(targets), 0.4)) {
      const level = chance.threshold();
      handlers[name] = { level } as unknown as HandlerConfig;
      targets[name]!.level = level;
    }
    const changed: Record<string, LoggerConfig> = {};
    for (const name of chance.some(Object.keys(loggers), 0.5)) {
      const level = chance.threshold();
      const propagate = chance.is(0.8);
      changed[name] = name === "" ? { level } : { level, propagate };
      Object.assign(loggers[name]!, changed[name]);
    }
    const { "": root, ...named } = changed;
    configure({ incremental: true, handlers, loggers: named, ...(root !== undefined && { root }) });
  }

  /** Flushes what is in force, and the handlers of our own that may not be. */
  flush(): Promise<FlushResult[]> {
    return Promise.all([flush({ timeoutMs: Infinity }), ...this.#ready.map((handler) => handler.flush({ timeoutMs: Infinity }))]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await shutdown({ timeoutMs: 1000 });
    for (const handler of this.#ready) await handler.close();
  }
}

/** The events that a place has, as the model writes them. */
const collected = ({ url, events }: RunningCollector): string[] =>
  events.map(({ properties }) => `${url} ${properties.Mark} ${properties.N}`);

/** What is in the one list and not in the other, as often as it is. */
function missing(from: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const one of others) left.set(one, (left.get(one) ?? 0) + 1);
  return from.filter((one) => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count <= 0;
  });
}

/** The numbers of each handler's events, in the order of their arrival. */
function assertInOrder(arrived: readonly string[]): void {
  const last = new Map<string, number>();
  for (const one of arrived) {
    const at = one.lastIndexOf(" ");
    const [target, n] = [one.slice(0, at), Number(one.slice(at))];
    assert.ok((last.get(target) ?? 0) < n, `${one} came after ${last.get(target)}`);
    last.set(target, n);
  }
}

/** How often everything is configured again. */
const configurations = rounds(60, isBrief ? 12 : 20);

for (const seed of [20260308, 20260310]) {
  test(`random reconfiguration under load loses and doubles nothing (seed ${seed})`, { timeout: 300_000 }, async () => {
    using diagnostics = hearDiagnostics();
    using _ = hearConsole();
    await using a = await serveCollector({ port: 0, keepEvents: 1_000_000 });
    await using b = await serveCollector({ port: 0, keepEvents: 1_000_000 });
    const load = new Load(seed, [a.url, b.url]);
    await using __ = load;
    while (load.configured < configurations) {
      await load.configure();
      load.log(load.configured % 10 === 0 ? 1000 : 100);
      if (load.configured % 3 === 0) await turn();
      load.log(50);
      if (load.configured % 20 === 0) void flush({ timeoutMs: 50 });
    }
    assert.ok(load.logged > configurations * 150, `${load.logged} events`);
    for (const { pending, lost } of await load.flush()) assert.deepEqual({ pending, lost }, { pending: 0, lost: 0 });

    assert.deepEqual(diagnostics.heard.filter(({ code }) => !/^disabled-logger|^reaches-nothing$|^after-shutdown$/.test(code)), []);
    for (const { requests } of [a, b]) assert.deepEqual([...new Set(requests.map(({ status }) => status))], [201]);
    for (const [name, { lost, retries, queued }] of Object.entries(stats())) {
      assert.deepEqual({ name, lost, retries, queued }, { name, lost: {}, retries: 0, queued: 0 });
    }
    const memory = load.memory.events.map(({ properties }) => `memory memory ${properties.N}`);
    const arrived = [...collected(a), ...collected(b), ...memory];
    assert.deepEqual(missing(load.expected, arrived).slice(0, 20), [], "lost");
    assert.deepEqual(missing(arrived, load.expected).slice(0, 20), [], "doubled, or where they do not belong");
    assert.equal(arrived.length, load.expected.length);
    assert.ok(arrived.length > configurations * 80 && memory.length > configurations, `${arrived.length} arrived`);
    assertInOrder(arrived);
    await eventually(() => !Object.keys(stats()).some((name) => name.includes("retired")), "all that was replaced is over");
  });
}

// ---- disable_existing_loggers ----

/** Turns off all loggers that are there and not named; answers the memory that the rest goes to. */
function turnOff(loggers: LoggingConfig["loggers"] = {}): MemoryHandler {
  const memory = new MemoryHandler();
  configure({ disableExistingLoggers: true, root: { level: "info", handlers: ["memory"] }, loggers, handlers: { memory } });
  return memory;
}

const messagesOf = ({ events }: MemoryHandler): string[] => events.map(({ message }) => message);

test("what disableExistingLoggers turns off is named in one diagnostic, and the first event that each drops in one more", async () => {
  using diagnostics = hearDiagnostics();
  const [a, b, kept, below] = ["off.a", "off.b", "off.kept", "off.kept.below"].map(getLogger) as [Logger, Logger, Logger, Logger];
  const memory = turnOff({ "off.kept": {} });
  const [{ code, message, hint, count }, ...others] = diagnostics.heard as [typeof diagnostics.heard[number]];
  assert.equal(code, "disabled-loggers");
  assert.match(message, /\boff\.a\b.*\boff\.b\b/);
  assert.doesNotMatch(message, /off\.kept/);
  assert.match(hint ?? "", /loggers.*disableExistingLoggers/);
  assert.ok(count >= 2);
  assert.deepEqual(others, []);

  diagnostics.heard.length = 0;
  a.debug("below the level: nothing is swallowed");
  assert.equal(diagnostics.heard.length, 0);
  for (const logger of [a, a, b.with({ N: 1 }), b, kept, below, getLogger(), getLogger("off.later")]) logger.error("x");
  a.write({ message: "x", level: "fatal" });
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["disabled-logger", "disabled-logger"]);
  assert.match(diagnostics.heard[0]!.message, /turned off the logger "off\.a"/);
  assert.match(diagnostics.heard[1]!.message, /turned off the logger "off\.b"/);
  assert.equal(memory.events.length, 4);
  assert.deepEqual([a, b, kept].map((logger) => logger.isEnabled("fatal")), [false, false, true]);
  await shutdown();
});

test("what is turned off is reported again with each configuration, and is turned on by the next one that does not turn it off", async () => {
  using diagnostics = hearDiagnostics();
  using _ = hearConsole();
  const logger = getLogger("off.again");
  const codes = (): string[] => diagnostics.heard.splice(0).map(({ code }) => code);
  for (let i = 0; i < 2; i++) {
    turnOff();
    for (let n = 0; n < 3; n++) logger.error("swallowed");
    assert.deepEqual(codes(), ["disabled-loggers", "disabled-logger"]);
  }
  configure({ incremental: true, loggers: { "off.again": { level: "error" } } });
  logger.error("named, and so on again");
  turnOff();
  configure({ root: { level: "info", handlers: ["memory"] }, handlers: { memory: new MemoryHandler() } });
  logger.info("on again");
  turnOff();
  await shutdown();
  logger.error("on again");
  assert.deepEqual(codes(), ["disabled-loggers", "disabled-loggers", "after-shutdown"]);
});

test("a long list of what is turned off is cut", async () => {
  using diagnostics = hearDiagnostics();
  for (let i = 0; i < 500; i++) getLogger(`off.many.number${i}`);
  turnOff();
  await shutdown();
  const [{ message, count }] = diagnostics.heard as [typeof diagnostics.heard[number]];
  assert.ok(count >= 500 && message.length < 5000, message);
});

test("an incremental configure() changes levels and propagation, and closes, makes and empties nothing", async () => {
  using _ = hearConsole();
  const memory = new MemoryHandler();
  const logging = configure({
    root: { level: "info", handlers: ["memory"], filters: [({ message }) => message !== "filtered"] },
    loggers: { "inc.load": { level: "error" } },
    handlers: { memory, made: { class: "memory" } },
  });
  const { made } = logging.handlers;
  configure({
    incremental: true,
    disableExistingLoggers: true,
    captureConsole: true,
    root: { level: "trace", handlers: [] },
    loggers: { "inc.load": { propagate: false } },
    handlers: { made: { level: "error" } as never },
    filters: { none: { class: "none" } as never },
    properties: { Other: 1 },
  });
  getLogger().trace("x");
  getLogger("inc.load").error("stays here");
  getLogger().info("filtered");
  console.log("not captured");
  assert.deepEqual([messagesOf(memory), logging.handlers.made === made, made!.level], [["x"], true, "error"]);
  await shutdown();
});
