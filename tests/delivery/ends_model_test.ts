/** flush, shutdown and configure at random, many at once: each returns by its deadline, and in the end the numbers add up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, flush, type FlushResult, getLogger, type SeqHandler, shutdown } from "../../mod.ts";
import { QuickClock, settle } from "../support/quick_clock.ts";
import { seeded } from "../support/seeded.ts";
import { hearConsole, hearDiagnostics } from "../support/seq.ts";
import { rounds } from "../support/effort.ts";

const seeds = rounds(70);
const stepsPerSeed = 120;

/** A call that has to return by its deadline. */
interface Ending {
  readonly name: string;
  readonly untilMs: number;
  /** How many times configure and shutdown had been called by then. */
  readonly changes: number;
  result?: FlushResult;
}

/** One seed: a program that configures, logs, flushes and shuts down as it likes. */
class Program {
  readonly random: () => number;
  /** That of the library, for its waits. */
  readonly chance: () => number;
  readonly clock = new QuickClock();
  readonly endings = new Set<Ending>();
  readonly handlers = new Set<SeqHandler>();
  readonly taken: number[] = [];
  logged = 0;
  unheard = 0;
  changes = 0;
  isDown = false;
  ended = 0;

  constructor(seed: number) {
    this.random = seeded(seed);
    this.chance = seeded(seed + 500_000);
  }

  readonly fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    const { body, signal } = init!;
    const hanging = new Promise<never>((_, reject) => signal!.addEventListener("abort", () => reject(new Error("aborted"))));
    const ms = Math.floor(this.random() * 300);
    await Promise.race([hanging, new Promise<void>((resolve) => this.clock.setTimeout(resolve, ms))]);
    if (this.random() < (this.isDown ? 0.9 : 0.1)) {
      const dice = this.random();
      if (dice < 0.3) return await hanging;
      if (dice < 0.6) throw new TypeError("fetch failed");
      return new Response("", { status: dice < 0.8 ? 503 : 401 });
    }
    for (const line of new TextDecoder().decode(body as Uint8Array).split("\n")) {
      if (line.includes('"N":')) this.taken.push(JSON.parse(line).N);
    }
    return new Response("{}", { status: 201 });
  };

  pick<T>(things: readonly T[]): T {
    return things[Math.floor(this.random() * things.length)]!;
  }

  configure(): void {
    const logging = configure({
      ...{ serverUrl: this.pick(["http://one.test", "http://two.test"]), clock: this.clock, fetch: this.fetch, level: "info" },
      random: this.chance,
      ...{ queueSize: this.pick([20, 1000]), batchSize: this.pick([5, 500]), periodMs: this.pick([0, 500]) },
      ...{ minBackoffMs: 100, maxBackoffMs: 1000, requestTimeoutMs: 1500, retireTimeoutMs: this.pick([0, 2000]) },
      overflow: this.pick(["drop-oldest", "drop-newest"] as const),
    });
    this.handlers.add(logging.handlers.seq as SeqHandler);
    this.changes++;
  }

  end(name: "flush" | "shutdown"): void {
    const timeoutMs = this.pick([0, 50, 700, 5000]);
    if (name === "shutdown") this.changes++;
    const ending: Ending = { name, untilMs: this.clock.steadyMs + timeoutMs, changes: this.changes };
    this.endings.add(ending);
    void (name === "flush" ? flush({ timeoutMs }) : shutdown({ timeoutMs })).then((result) => (ending.result = result));
  }

  async step(): Promise<void> {
    const dice = this.random();
    if (dice < 0.4) {
      for (let i = this.pick([1, 3, 30]); i > 0; i--) {
        if (!getLogger("ends").isEnabled("info")) this.unheard++; // after a shutdown
        getLogger("ends").info("{N}", { N: this.logged++ });
      }
    } else if (dice < 0.65) await this.clock.advance(this.pick([0, 10, 100, 400, 3000]));
    else if (dice < 0.8) this.end("flush");
    else if (dice < 0.87) this.end("shutdown");
    else if (dice < 0.94) this.configure();
    else this.isDown = !this.isDown;
  }

  async verify(): Promise<void> {
    await settle();
    await settle();
    for (const ending of this.endings) {
      const { name, untilMs, changes, result } = ending;
      if (result === undefined) {
        assert.ok(untilMs > this.clock.steadyMs, `${name} returns by its deadline`);
        continue;
      }
      const { delivered, pending, lost } = result;
      assert.ok(delivered >= 0 && pending >= 0 && lost >= 0, JSON.stringify(ending));
      if (name === "shutdown" && changes === this.changes) assert.equal(pending, 0, "what a shutdown leaves is lost");
      this.endings.delete(ending);
      this.ended++;
    }
  }

  /** What all handlers together say. */
  get sums(): { queued: number; delivered: number; gone: number } {
    const sums = { queued: 0, delivered: 0, gone: 0 };
    for (const handler of this.handlers) {
      const { queued, delivered, lost } = handler.stats();
      sums.queued += queued;
      sums.delivered += delivered;
      sums.gone += Object.values(lost).reduce((sum, count) => sum + count, 0);
    }
    return sums;
  }
}

async function play(seed: number): Promise<number> {
  const program = new Program(seed);
  program.configure();
  for (let step = 0; step < stepsPerSeed; step++) {
    await program.step();
    await program.verify();
    const { queued, delivered, gone } = program.sums;
    assert.ok(queued + delivered + gone >= program.logged - program.unheard, `step ${step}: events are nowhere`);
  }
  program.isDown = false;
  if (!getLogger("ends").isEnabled("info")) program.configure();
  const last = flush({ timeoutMs: 300_000 });
  await program.clock.advance(100_000);
  await last; // which does not wait for what a retired handler holds while its server fails: that is lost at its own deadline
  await program.verify();
  assert.equal(program.endings.size, 0);
  const { queued, delivered, gone } = program.sums;
  assert.equal(queued, 0);
  const tellings = delivered + gone - (program.logged - program.unheard); // of what was dropped
  assert.ok(tellings >= 0 && tellings <= program.handlers.size * 20, `${tellings} too many`);
  const unique = new Set(program.taken);
  assert.ok(unique.size <= delivered + gone, "what was given up may have arrived all the same");
  assert.equal(unique.size, program.taken.length, "nothing is sent again that was taken");
  const after = shutdown({ timeoutMs: 0 });
  assert.deepEqual(await after, { delivered: 0, pending: 0, lost: 0 });
  getLogger("ends").error("Afterwards");
  return program.ended;
}

test("flush(), shutdown() and configure() at random return by their deadlines, and every event is delivered or counted", {
  timeout: 300_000,
}, async () => {
  using _ = hearDiagnostics();
  using onConsole = hearConsole();
  let ended = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    ended += await play(seed).catch((cause) => {
      throw new Error(`Seed ${seed}: ${(cause as Error).message}`, { cause });
    });
  }
  assert.ok(ended > rounds(800), `${ended}`);
  assert.equal(onConsole.heard.filter(({ text }) => text.includes("Afterwards")).length, seeds, "after a shutdown the console has it");
});
