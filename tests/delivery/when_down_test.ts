/** What the guides promise while Seq is down: each number. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, type LogEvent, MemoryHandler, SeqHandler, type SeqHandlerOptions } from "../../mod.ts";
import { readDurableSettings } from "../../src/durable/durable_options.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { pageText } from "../support/readme.ts";
import { hearDiagnostics } from "../support/seq.ts";

const [section = ""] = /^## When Seq is down\n[^]*/m.exec(pageText("src/delivery")) ?? [];
const promised = `${section}${pageText("src/durable")}`.replace(/\s+/g, " ");

/** Declares the test of a sentence of the section, in whose words the number stands. */
function promise(words: string, body: () => Promise<void>): void {
  test(`src/delivery: ${words}`, { timeout: 300_000 }, async () => {
    assert.ok(promised.includes(words), "a guide says so");
    await body();
  });
}

/** A handler whose Seq answers what a test wants, at a time that a test sets. */
class Stage implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly diagnostics = hearDiagnostics();
  /** When requests came, and how long their bodies were. */
  readonly requests: { readonly atMs: number; readonly bytes: number }[] = [];
  readonly lines: string[] = [];
  answer: (bytes: number) => Response | undefined = () => undefined;
  readonly seq: SeqHandler;

  constructor(options: Partial<SeqHandlerOptions> = {}) {
    const fetch = (_url: unknown, init?: RequestInit): Promise<Response> => {
      const body = init?.body as Uint8Array;
      this.requests.push({ atMs: this.clock.now(), bytes: body.length });
      const response = this.answer(body.length);
      if (response === undefined) return Promise.reject(new TypeError("fetch failed"));
      if (response.ok) this.lines.push(...new TextDecoder().decode(body).split("\n").filter(Boolean));
      return Promise.resolve(response);
    };
    this.seq = new SeqHandler({ serverUrl: "http://seq.test", clock: this.clock, fetch, ...options });
  }

  /** Lets time pass until so many requests have come in all. */
  async until(count: number): Promise<void> {
    while (this.requests.length < count) await this.clock.advance(1000);
  }

  /** The waits between the requests so far. */
  get waits(): number[] {
    return this.requests.slice(1).map(({ atMs }, i) => atMs - this.requests[i]!.atMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.diagnostics[Symbol.dispose]();
    await this.seq.close();
  }
}

/** An event that was logged, with so much text. */
function makeEvent(length = 0): LogEvent {
  const memory = new MemoryHandler();
  const added = getLogger("down").addHandler(memory);
  getLogger("down").warn("Order {OrderId} shipped", { OrderId: 42, Text: "x".repeat(length) });
  added[Symbol.dispose]();
  return memory.events[0]!;
}

const accepted = (): Response => new Response("{}", { status: 201 });

promise("up to `queueSize` (100 000) and `maxQueueBytes` (32 MiB); beyond that, the oldest are dropped", async () => {
  await using many = new Stage();
  const small = makeEvent();
  for (let i = 0; i < 100_007; i++) many.seq.handle(small);
  await turn();
  assert.deepEqual([many.seq.stats().queued, many.seq.stats().lost.overflow], [100_000, 7]);
  await using large = new Stage();
  const long = makeEvent(60_000);
  for (let i = 0; i < 700; i++) large.seq.handle(long);
  await turn();
  const { queued, queuedBytes, lost } = large.seq.stats();
  assert.ok(queuedBytes <= 33_554_432 && queuedBytes > 33_554_432 - 130_000, `${queuedBytes} bytes`);
  assert.equal(queued + lost.overflow!, 700);
});

promise("a random wait between `minBackoffMs` (0.5 s) and a limit that doubles up to `maxBackoffMs` (60 s)", async () => {
  await using down = new Stage();
  down.seq.handle(makeEvent());
  while (down.requests.length < 200) await down.clock.advance(60_000);
  for (const [i, ms] of down.waits.entries()) {
    assert.ok(ms >= 500 && ms <= Math.min(60_000, 500 * 2 ** (i + 1)), `wait ${i + 1} is ${ms} ms`);
  }
  const long = down.waits.slice(10);
  assert.ok(Math.max(...long) > 30_000 && Math.min(...long) < 30_000, "all of the range");
  assert.equal(new Set(long.map(Math.round)).size > 100, true, "by chance");
});

promise("the handler waits that long, at most 10 minutes", async () => {
  for (const [asked, leastMs] of [["120", 120_000], ["86400", 600_000]] as const) {
    await using busy = new Stage({ maxBackoffMs: 1000 });
    busy.answer = () => new Response("", { status: 429, headers: { "retry-after": asked } });
    busy.seq.handle(makeEvent());
    await busy.until(2);
    const [ms] = busy.waits;
    assert.ok(ms! >= leastMs && ms! <= leastMs + 1000, `${ms} ms after Retry-After: ${asked}`);
  }
});

promise("later bodies stay below half of its size", async () => {
  await using small = new Stage();
  small.answer = (bytes) => (bytes > 600_000 ? new Response("", { status: 413 }) : accepted());
  const event = makeEvent(1000);
  for (let i = 0; i < 3000; i++) small.seq.handle(event);
  while (small.seq.stats().queued > 0) await small.clock.advance(2000);
  const refused = small.requests.findIndex(({ bytes }) => bytes > 600_000);
  const later = small.requests.slice(refused + 1).map(({ bytes }) => bytes);
  assert.ok(Math.max(...later) <= small.requests[refused]!.bytes / 2, `${Math.max(...later)} after ${small.requests[refused]!.bytes}`);
  assert.equal(small.requests.filter(({ bytes }) => bytes > 600_000).length, 1);
  assert.equal(small.lines.length, 3000);
});

promise("One line on the console reports that failures begin, another that Seq accepts events again", async () => {
  await using down = new Stage();
  down.seq.handle(makeEvent());
  await down.until(20);
  down.answer = accepted;
  await down.until(21);
  assert.deepEqual(down.diagnostics.heard.map(({ code }) => code), ["unreachable", "recovered"]);
});

promise("one event of the logger `seqlog` reports to Seq: `1200 events were dropped from … to …: the queue was full`", async () => {
  await using down = new Stage({ queueSize: 1000 });
  const event = makeEvent();
  for (let i = 0; i < 2200; i++) down.seq.handle(event);
  await down.until(3);
  down.answer = accepted;
  while (down.seq.stats().queued > 0) await down.clock.advance(60_000);
  const told = down.lines.map((line) => JSON.parse(line)).filter(({ SourceContext }) => SourceContext === "seqlog");
  assert.equal(told.length, 1);
  assert.equal(told[0].Count, 1200);
  assert.equal(told[0]["@mt"], "{Count} events were dropped from {From} to {To}: {Reason}");
  assert.equal(told[0].Reason, "the queue was full");
  assert.ok(told[0].From <= told[0].To);
});

promise("`await ready()` (false after `timeoutMs`, 60 000)", async () => {
  await using down = new Stage({ queueSize: 10 });
  for (let i = 0; i < 10; i++) down.seq.handle(makeEvent());
  let answer: boolean | undefined;
  const asked = down.seq.ready().then((hasRoom) => void (answer = hasRoom));
  await down.clock.advance(59_000);
  assert.equal(answer, undefined);
  await down.clock.advance(1001);
  await asked;
  assert.equal(answer, false);
});

for (
  const [name, words, value] of [
    ["maxBytes", "1 GiB", 2 ** 30],
    ["chunkBytes", "1 MiB", 2 ** 20],
    ["fsync", "false", false],
    ["retainRejectedBytes", "10 MiB", 10 * 2 ** 20],
    ["claimAfterMs", "30 000", 30_000],
  ] as const
) {
  promise(`\`${name}\` | ${words} |`, () => {
    assert.equal(readDurableSettings({ path: "queue" })[name], value);
    return Promise.resolve();
  });
}
