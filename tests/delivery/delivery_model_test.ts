/** The delivery compared with a simple model: a million random steps of logging, time, faults, flushes and takeovers, by printed seeds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type FlushResult, Handler, type LogEvent, SeqHandler, type SeqHandlerOptions } from "../../mod.ts";
import { QuickClock, settle } from "../support/quick_clock.ts";
import { seeded } from "../support/seeded.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { isBrief, isFull, rounds } from "../support/effort.ts";

const seeds = rounds(50);
const stepsPerSeed = isBrief ? 5000 : 20_000;
const utf8 = new TextDecoder();
/** Every so many-th event is one that the server rejects, wherever it stands. */
const isPoison = (n: number): boolean => n % 331 === 17;
/** What the queue may hold beyond its bounds while a tick lasts: the lines that are not bytes yet. */
const tick = { events: 128, bytes: 16_384 + 8000 };

/** A request that waits for its answer. */
interface Request {
  readonly body: Uint8Array;
  readonly numbers: readonly number[];
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
  /** Whether the server has taken its events, without the client knowing. */
  isTaken: boolean;
}

const numberIn = (line: string): number => {
  const at = line.indexOf('"N":');
  return at < 0 ? -1 : parseInt(line.slice(at + 4)); // without a number: the report of dropped events
};

/** A server that replies when the test lets it, and checks the requests. */
class Server {
  pending: Request | undefined;
  /** The numbers of the events that the client knows to be delivered, and how many events that is in all. */
  readonly acknowledged: number[] = [];
  tellings = 0;
  told = 0;
  maxBytes = Infinity;
  requests = 0;
  /** Those that have been taken without the client knowing it: only they may come again. */
  readonly ambiguous = new Set<number>();
  /** Events that a proxy has rejected where they stood alone: they may be given up. */
  readonly sentenced = new Set<number>();
  readonly seen = new Set<number>();
  /** Before it no request may begin. */
  notBeforeMs = 0;
  readonly #time: QuickClock;
  constructor(time: QuickClock) {
    this.#time = time;
  }

  /** What is wrong with the requests: the library would take what a fetch throws for a failure of the network. */
  readonly complaints: unknown[] = [];

  readonly fetch = (_url: unknown, init?: RequestInit): Promise<Response> => {
    try {
      return this.#receive(init!);
    } catch (error) {
      this.complaints.push(error);
      throw error;
    }
  };

  #receive(init: RequestInit): Promise<Response> {
    assert.equal(this.pending, undefined, "one request at a time");
    assert.ok(this.#time.steadyMs >= this.notBeforeMs, `a request ${this.notBeforeMs - this.#time.steadyMs} ms before the back-off ends`);
    const body = init.body as Uint8Array;
    const lines = body.length === 0 ? [] : utf8.decode(body).split("\n");
    const numbers = lines.map(numberIn);
    let last = this.acknowledged.at(-1) ?? -1;
    for (const n of numbers) {
      if (n < 0) continue;
      assert.ok(n > last, `${n} comes after ${last}`);
      assert.ok(!this.seen.has(n) || this.ambiguous.has(n), `${n} is taken twice without need`);
      last = n;
    }
    this.requests++;
    return new Promise((resolve, reject) => {
      this.pending = { body, numbers, resolve, reject, isTaken: false };
      init.signal!.addEventListener("abort", () => {
        this.pending = undefined;
        reject(new Error("aborted"));
      });
    });
  }

  /** What a sound server says. */
  soundStatus({ body, numbers }: Request): number {
    return body.length > this.maxBytes ? 413 : numbers.some(isPoison) ? 400 : 201;
  }

  /** Accepts the events; the reply may still get lost. */
  take(request: Request, isKnown: boolean): void {
    const { pending } = this;
    assert.equal(pending, request);
    for (const n of request.numbers) {
      if (n >= 0) (isKnown ? this.ambiguous : new Set()).delete(n);
      if (n >= 0 && !isKnown) this.ambiguous.add(n);
      if (n >= 0) this.seen.add(n);
      if (n >= 0 && isKnown) this.acknowledged.push(n);
    }
    request.isTaken = true;
    if (!isKnown) return;
    for (const line of utf8.decode(request.body).split("\n")) {
      if (line === "" || numberIn(line) >= 0) continue;
      this.tellings++;
      this.told += JSON.parse(line).Count;
    }
  }
}

/** Where what is lost is handed to. */
class Losses extends Handler {
  readonly numbers: number[] = [];
  tellings = 0;
  told = 0;
  emit({ properties }: LogEvent): void {
    if (typeof properties.N === "number") this.numbers.push(properties.N);
    else {
      this.tellings++;
      this.told += properties.Count as number;
    }
  }
}

interface Flushing {
  readonly untilMs: number;
  readonly queued: number;
  /** How many events had been logged, delivered and lost by then; and how many of those were lost, and delivered, at its end. */
  readonly before: Tally;
  after?: Tally;
  result?: FlushResult | boolean;
}

/** How many of the first events are delivered and lost, and how many report dropped events. */
interface Tally {
  readonly logged: number;
  readonly delivered: number;
  readonly lost: number;
  readonly tellings: number;
  /** How many events are taken whose answer the library has not read yet. */
  readonly unread: number;
}

/** One seed's world. */
class World {
  readonly random: () => number;
  /** That of the library, for its waits. */
  readonly chance: () => number;
  readonly time = new QuickClock();
  readonly server = new Server(this.time);
  readonly losses: Losses | undefined;
  readonly rejected: number[] = [];
  readonly flushes: Flushing[] = [];
  handler!: SeqHandler;
  options!: SeqHandlerOptions & Required<Pick<SeqHandlerOptions, "queueSize" | "maxQueueBytes" | "minBackoffMs" | "maxBackoffMs">>;
  /** Whether the server is well for a while. */
  isFine = false;
  logged = 0;
  steps = 0;
  mostQueued = 0;
  mostBytes = 0;
  #tellings = 0;

  constructor(seed: number) {
    this.random = seeded(seed);
    this.chance = seeded(seed + 1_000_000);
    if (seed % 5 === 0) this.losses = new Losses();
    this.takeOver();
  }

  upTo(most: number): number {
    return Math.floor(this.random() * (most + 1));
  }
  pick<T>(things: readonly T[]): T {
    return things[this.upTo(things.length - 1)]!;
  }

  /** Goes on under other settings, as configure does. */
  takeOver(): void {
    const { losses, server, time } = this;
    const minBackoffMs = this.pick([1, 50, 500]);
    this.options = {
      ...{
        serverUrl: "http://seq.test",
        clock: time,
        fetch: server.fetch,
        random: this.chance,
        fallback: losses,
        minBackoffMs,
        maxBackoffMs: minBackoffMs * 20,
      },
      ...{ queueSize: this.pick([1, 200, 5000, 5000, 5000]), maxQueueBytes: this.pick([2000, 300_000, 1_000_000, 1_000_000]) },
      ...{
        batchSize: this.pick([3, 100, 1000, 1000]),
        maxBatchBytes: this.pick([300, 50_000, 200_000, 200_000]),
        periodMs: this.pick([0, 100, 2000]),
      },
      ...{ overflow: this.pick(["drop-oldest", "drop-newest"] as const), requestTimeoutMs: this.pick([100, 5000]) },
      onRejected: (line) => this.rejected.push(numberIn(line)),
    };
    const next = new SeqHandler(this.options);
    const before = this.handler as SeqHandler | undefined;
    if (before !== undefined) {
      assert.ok(next.adopt(before), "it goes on with the same queue");
      const { queued, queuedBytes } = next.stats();
      [this.mostQueued, this.mostBytes] = [queued, queuedBytes]; // what is queued stays, though the new bounds are less
    }
    server.notBeforeMs = 0;
    this.handler = next;
  }

  log(count: number): void {
    const pad = this.random() < 0.02 ? this.upTo(3000) : this.upTo(40);
    const Text = (this.random() < 0.1 ? "é" : "x").repeat(pad);
    for (let i = 0; i < count; i++) {
      const event: LogEvent = {
        ...{ timestampMs: this.time.now(), level: "info", loggerName: "", messageTemplate: "{N}", message: "" },
        properties: { N: this.logged++, Text },
      };
      this.handler.handle(event);
    }
    this.steps += count;
  }

  /** Of the events that were logged first, so many. */
  tally(logged: number): Tally {
    const count = (numbers: readonly number[]): number => {
      let at = numbers.length;
      while (at > 0 && numbers[at - 1]! >= logged) at--; // both are nearly in order, and what is out of it is older
      return at;
    };
    const { server, losses } = this;
    const lost = losses === undefined ? 0 : losses.numbers.filter((n) => n < logged).length;
    const unread = server.acknowledged.length + server.tellings - this.handler.stats().delivered;
    return { logged, delivered: count(server.acknowledged), lost, tellings: server.tellings + (losses?.tellings ?? 0), unread };
  }

  flush(isFlush: boolean): void {
    const timeoutMs = this.pick([0, 10, 1000, 20_000]);
    const one: Flushing = { untilMs: this.time.steadyMs + timeoutMs, queued: this.handler.stats().queued, before: this.tally(this.logged) };
    this.flushes.push(one);
    if (isFlush) this.server.notBeforeMs = 0;
    void (isFlush ? this.handler.flush({ timeoutMs }) : this.handler.ready({ timeoutMs })).then((result) => {
      one.result = result;
      one.after = this.tally(one.before.logged);
    });
  }

  /** Answers the request under way in a random way. */
  answer(isSound: boolean): void {
    const { server } = this;
    const request = server.pending;
    if (request === undefined) return;
    const sound = server.soundStatus(request);
    if (sound === 413 && request.numbers.length === 1) server.sentenced.add(request.numbers[0]!);
    const accept = (response: Response): void => {
      server.take(request, true);
      finish(response);
    };
    const finish = (response: Response): void => {
      server.pending = undefined;
      request.resolve(response);
    };
    const fail = (retryAfterMs = 0): void => {
      const leastMs = Math.max(this.options.minBackoffMs, Math.min(retryAfterMs, 600_000));
      if (request.numbers.length > 0) server.notBeforeMs = this.time.steadyMs + leastMs;
    };
    const dice = isSound ? 0 : this.random();
    if (dice < 0.5) return sound === 201 ? accept(this.#goodReply(isSound)) : finish(new Response('{"Error":"no"}', { status: sound }));
    if (dice < 0.56) { // a proxy's: nothing was looked at
      const status = this.pick([400, 413, 422]);
      if (request.numbers.length === 1) server.sentenced.add(request.numbers[0]!);
      return finish(new Response("<html>", { status }));
    }
    if (dice < 0.66) {
      fail();
      return finish(new Response("{}", { status: this.pick([302, 401, 403, 404, 405, 408, 410, 418, 431]) }));
    }
    if (dice < 0.72) {
      const seconds = this.upTo(3);
      fail(seconds * 1000);
      return finish(new Response("", { status: this.pick([429, 503]), headers: { "retry-after": `${seconds}` } }));
    }
    if (dice < 0.8) {
      fail();
      return finish(this.#broken(this.pick([500, 502, 503, 507])));
    }
    if (dice < 0.9) { // the network: the events may be there for all that
      if (sound === 201 && this.random() < 0.5) server.take(request, false);
      fail();
      server.pending = undefined;
      return request.reject(new TypeError("fetch failed"));
    }
    if (sound === 201 && this.random() < 0.5) server.take(request, false); // and it hangs
  }

  #goodReply(isSound: boolean): Response {
    const dice = isSound ? 1 : this.random();
    if (dice < 0.1) return this.#broken(201);
    return new Response(dice < 0.2 ? "<html>" : "{}", { status: this.pick([200, 201, 202]) });
  }

  /** A reply whose body breaks off. */
  #broken(status: number): Response {
    return new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("cut")) }), { status });
  }

  /** One random step that is not logging. */
  async act(): Promise<void> {
    this.steps++;
    const dice = this.random();
    if (dice < 0.45) {
      this.answer(this.isFine && this.random() < 0.95);
      await settle();
    } else if (dice < 0.7) await this.time.advance(Math.floor(2 ** (this.random() * 13)));
    else if (dice < 0.8) await settle();
    else if (dice < 0.87) this.flush(true);
    else if (dice < 0.89) this.flush(false);
    else if (dice < 0.91) this.takeOver();
    else if (dice < 0.93) this.server.maxBytes = this.pick([2500, 20_000, Infinity]);
    else if (dice < 0.935) {
      this.time.wallMs -= this.upTo(1e7);
      this.server.notBeforeMs = 0;
    } else this.log(1);
  }

  /** Whether all that was logged is somewhere, within the bounds, and all who wait are answered in time. */
  verify(isTickOver: boolean): void {
    for (const complaint of this.server.complaints) throw complaint;
    const { queued, queuedBytes, delivered, lost } = this.handler.stats();
    const gone = Object.values(lost).reduce((sum, count) => sum + count, 0);
    const tellings = queued + delivered + gone - this.logged;
    assert.ok(tellings >= this.#tellings, `${this.#tellings - tellings} events are nowhere`);
    assert.ok(tellings <= this.#tellings + 200, `${tellings - this.#tellings} events are counted twice`);
    this.#tellings = tellings;
    const { server: { acknowledged, tellings: arrived }, losses, options } = this;
    assert.ok(delivered <= acknowledged.length + arrived && delivered >= acknowledged.length + arrived - 20_000);
    assert.ok(arrived + (losses?.tellings ?? 0) <= tellings, "what tells of dropped ones is counted as well");
    if (losses !== undefined) assert.equal(losses.numbers.length + losses.tellings, gone, "each lost event is handed over");
    const slack = isTickOver ? { events: 0, bytes: 0 } : tick;
    const events = Math.max(options.queueSize, this.mostQueued, 1) + slack.events;
    const bytes = Math.max(options.maxQueueBytes, this.mostBytes, 7000) + slack.bytes; // one event may be larger than the queue
    assert.ok(queued <= events, `${queued} events of ${events}`);
    assert.ok(queuedBytes <= bytes, `${queuedBytes} bytes of ${bytes}`);
    if (!isTickOver) return;
    for (const one of this.flushes) {
      if (one.result === undefined) assert.ok(one.untilMs > this.time.steadyMs, "it returns at its deadline");
      else if (typeof one.result === "object") {
        const { delivered, pending, lost } = one.result;
        assert.ok(delivered >= 0 && pending >= 0 && lost >= 0, JSON.stringify(one));
        assert.equal(delivered + pending + lost, one.queued, JSON.stringify(one));
        if (losses === undefined) continue;
        const { before, after } = one; // the numbers of the library include reports of dropped events
        const wrong = Math.max(Math.abs(after!.delivered - before.delivered - delivered), Math.abs(after!.lost - before.lost - lost));
        assert.ok(wrong <= after!.tellings - before.tellings + before.unread + after!.unread, JSON.stringify(one));
      }
    }
    for (let i = this.flushes.length; i-- > 0;) if (this.flushes[i]!.result !== undefined) this.flushes.splice(i, 1);
  }

  /** A good server and time enough: everything has to arrive. */
  async recover(): Promise<void> {
    this.server.maxBytes = Infinity;
    for (let i = 0; this.handler.stats().queued > 0 || this.server.pending !== undefined; i++) {
      assert.ok(i < 30_000, `it stands still: ${JSON.stringify(this.handler.stats())}`);
      this.answer(true);
      await settle();
      if (this.server.pending === undefined) await this.time.advance(1000);
    }
    assert.equal(this.handler.stats().state, this.server.acknowledged.length > 0 ? "ok" : this.handler.stats().state);
  }

  /** Compares the two ends. */
  verifyEnd(): void {
    const { server, losses, rejected, logged } = this;
    const { lost, delivered, queued } = this.handler.stats();
    assert.equal(queued, 0);
    assert.equal(delivered, server.acknowledged.length + server.tellings);
    assert.deepEqual(server.acknowledged, [...server.acknowledged].sort((a, b) => a - b), "in order");
    for (const n of rejected) assert.ok(isPoison(n) || server.sentenced.has(n), `${n} was no poison`);
    assert.equal(rejected.length, lost.rejected ?? 0);
    assert.ok(!server.acknowledged.some(isPoison));
    if (losses === undefined) return;
    const all = [...server.acknowledged, ...losses.numbers].sort((a, b) => a - b);
    assert.deepEqual(all, Array.from({ length: logged }, (_, n) => n), "each is delivered or lost, and only once");
    assert.equal(server.told + losses.told, lost.overflow ?? 0, "all that was dropped was told of");
  }
}

/** Plays one seed. */
async function play(seed: number): Promise<World> {
  const world = new World(seed);
  while (world.steps < stepsPerSeed) {
    world.log(world.upTo(world.pick([3, 60, 60, 240])));
    world.verify(false);
    if (world.random() < 0.04) world.isFine = !world.isFine;
    for (let i = world.upTo(4); i > 0; i--) await world.act();
    await settle();
    world.verify(true);
  }
  await world.recover();
  world.log(1);
  await world.recover();
  world.verify(true);
  world.verifyEnd();
  await world.time.advance(30_000); // for the flushes
  world.verify(true);
  assert.equal(world.flushes.length, 0);
  assert.equal(world.time.timers, 0, "no timer is left");
  await world.handler.close();
  return world;
}

test("SeqHandler loses, doubles and reorders nothing through a million random steps in all, and keeps every bound and deadline", {
  timeout: 300_000,
}, async () => {
  using diagnostics = hearDiagnostics();
  const sums = { steps: 0, requests: 0, delivered: 0, lost: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const { steps, server, handler } = await play(seed).catch((cause) => {
      throw new Error(`Seed ${seed}: ${(cause as Error).message}`, { cause });
    });
    const { delivered, lost } = handler.stats();
    sums.steps += steps;
    sums.requests += server.requests;
    sums.delivered += delivered;
    sums.lost += Object.values(lost).reduce((sum, count) => sum + count, 0);
    diagnostics.heard.length = 0;
  }
  assert.ok(sums.steps >= seeds * stepsPerSeed, JSON.stringify(sums));
  if (isFull) assert.ok(sums.requests > 20_000 && sums.delivered > 60_000 && sums.lost > 50_000, JSON.stringify(sums));
});
