/** What runs in a process of its own: one subject, measured in one way. The result is one line of JSON. */

import process from "node:process";
import { setImmediate } from "node:timers";
import type {
  CallFigures,
  CallSample,
  GrowthFigures,
  MemoryFigures,
  SpanFigures,
  Subject,
  SubjectModule,
  Task,
  TravelFigures,
  Variant,
} from "./order.ts";

const callsPerRound = 10_000;
/** A disabled call is too short to be seen among so few. */
const disabledCallsPerRound = 200_000;
/** How many rounds are measured, and how many before the compiler has done its work; fewer of what takes longer than its time. */
const rounds = { most: 40, least: 6, ms: 600 };
const warmUpRounds = { most: 15, least: 2, ms: 300 };
const warmUpTicks = 50;
const probes = 100;
const eventsPerTick = 1000;

const endOfTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Many calls in one tick, time and again; what is queued leaves between the rounds. */
async function measureCalls(subject: Subject, variant: Variant): Promise<CallFigures> {
  const log = subject.calls[variant];
  if (log === undefined) throw new Error(`The subject has nothing for "${variant}"`);
  const calls = variant === "disabled" ? disabledCallsPerRound : variant === "long" ? callsPerRound / 10 : callsPerRound;
  const around = subject.around ?? ((_variant, run): void => run());
  let id = 0;
  const logAll = (): void => {
    for (let i = 0; i < calls; i++) log(id++);
  };
  const round = async (): Promise<CallSample> => {
    const begunMs = performance.now();
    around(variant, logAll);
    const calledMs = performance.now();
    await undefined; // a microtask of the logger's was there before this one
    const endedMs = performance.now();
    await subject.settle();
    await endOfTick();
    taken.length = 0;
    return { call: ((calledMs - begunMs) * 1e6) / calls, withTick: ((endedMs - begunMs) * 1e6) / calls };
  };
  await repeat(warmUpRounds, round);
  const samples = await repeat(rounds, round);
  await proveCalls(subject, log, variant === "disabled" ? 0 : probes);
  return { samples };
}

/** A few calls more, to see that what was measured does log, or does not. */
async function proveCalls(subject: Subject, log: (id: number) => void, wanted: number): Promise<void> {
  const droppedBefore = subject.dropped?.() ?? 0;
  taken.length = 0;
  for (let id = 0; id < probes; id++) log(id);
  await subject.settle();
  const texts = await Promise.all(taken.map((body) => new Response(body).text()));
  const sent = texts.join("\n").match(/"OrderId":/g)?.length ?? 0;
  const count = sent + (subject.dropped?.() ?? 0) - droppedBefore;
  if (count !== wanted) throw new Error(`Of ${probes} calls, ${wanted} were to be logged, and ${count} were`);
}

async function repeat({ most, least, ms }: typeof rounds, round: () => Promise<CallSample>): Promise<CallSample[]> {
  const samples: CallSample[] = [];
  const endMs = performance.now() + ms;
  while (samples.length < least || (samples.length < most && performance.now() < endMs)) samples.push(await round());
  return samples;
}

/** Logs the orders of these numbers, in ticks. */
async function logInTicks(subject: Subject, from: number, to: number, eachTick?: () => void): Promise<void> {
  for (let id = from; id < to;) {
    for (const end = Math.min(to, id + eventsPerTick); id < end; id++) subject.calls.plain!(id);
    await endOfTick();
    eachTick?.();
  }
}

/** What the events cost this process until the server has taken the last one. */
async function measureTravel(subject: Subject, events: number, warmUp: number): Promise<TravelFigures> {
  await logInTicks(subject, 0, warmUp);
  await subject.settle();
  const begunMs = performance.now();
  const before = process.cpuUsage();
  await logInTicks(subject, warmUp, warmUp + events);
  await subject.settle();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - begunMs };
}

/** What an outage adds to the memory of a program that has logged before. */
async function measureMemory(
  subject: Subject,
  { events, warmUp, begin }: { events: number; warmUp: number; begin: () => void },
): Promise<MemoryFigures> {
  const rss = (): number => process.memoryUsage().rss;
  const step = 10_000;
  for (let from = 0; from < warmUp; from += step) {
    await logInTicks(subject, from, from + step);
    await subject.settle(); // nothing piles up before the outage
  }
  begin();
  const before = rss();
  let highest = before;
  let ticks = 0;
  let longestTickMs = 0;
  let begunMs = performance.now();
  await logInTicks(subject, warmUp, warmUp + events, () => {
    if (++ticks > warmUpTicks) longestTickMs = Math.max(longestTickMs, performance.now() - begunMs);
    if (ticks % 20 === 0) highest = Math.max(highest, rss());
    begunMs = performance.now();
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = rss();
  const { queued, queuedBytes, lost } = subject.counts!();
  return { before, after, highest: Math.max(highest, after), longestTickMs, queued, queuedBytes, lost };
}

/** Amounts of which each is to cost a call the same. */
const amounts = { loggersDeep: [1, 10, 100], queued: [1000, 100_000, 1_000_000], templates: [1, 100, 10_000] };

/** What a call of this library costs while there is more and more of something; nothing is delivered meanwhile. */
async function measureGrowth(url: string): Promise<GrowthFigures> {
  const { configure, getLogger, stats } = await import(new URL("./library.mjs", import.meta.url).href) as typeof import("../../mod.ts");
  const hangs = (): Promise<Response> => new Promise(() => {});
  configure({ serverUrl: url, queueSize: 4_000_000, maxQueueBytes: 2_147_483_648, requestTimeoutMs: 3_600_000, fetch: hangs });
  const cost = async (log: (i: number) => void): Promise<number> => {
    let best = Infinity;
    for (let round = 0; round < 12; round++) {
      const begunMs = performance.now();
      for (let i = 0; i < callsPerRound; i++) log(i);
      await undefined;
      best = Math.min(best, ((performance.now() - begunMs) * 1e6) / callsPerRound);
      await endOfTick();
    }
    return best;
  };
  const order = (i: number): object => ({ OrderId: i, City: "Oslo", Price: 3.5 });
  const template: string = "Order {OrderId} shipped to {City} for {Price}";
  const all: Record<string, Record<string, number>> = { loggersDeep: {}, queued: {}, templates: {} };
  for (const depth of [1, ...amounts.loggersDeep]) { // the first once more, for the compiler
    const logger = getLogger(`${"a.".repeat(depth - 1)}${"a".repeat(201 - 2 * depth)}`); // names of one length: each is in every line
    all["loggersDeep"]![depth] = await cost((i) => logger.info(template, order(i)));
  }
  const logger = getLogger("growth");
  for (const count of amounts.templates) {
    const templates = Array.from({ length: count }, (_, i) => `Order {OrderId} shipped to {City} for {Price} by way ${i}`);
    all["templates"]![count] = await cost((i) => logger.info(templates[i % count]!, order(i)));
  }
  for (const count of amounts.queued) {
    for (let i = 0; (stats()["seq"]?.queued ?? 0) < count; i++) {
      logger.info(template, order(i));
      if (i % 1000 === 0) await endOfTick();
    }
    all["queued"]![count] = await cost((i) => logger.info(template, order(i)));
  }
  return all as unknown as GrowthFigures;
}

const spansPerRound = 2000;
const spanRounds = { warmUp: 15, measured: 60 };

/** What spans cost: a round of each subject in turn. */
async function measureSpans(): Promise<SpanFigures> {
  const { createSpans } = await import(new URL("./spans.mjs", import.meta.url).href) as typeof import("./subjects/spans.ts");
  const { subjects, settle } = createSpans("http://127.0.0.1");
  const samples: Record<string, number[]> = {};
  for (let turn = 0; turn < spanRounds.warmUp + spanRounds.measured; turn++) {
    for (const [name, { run, around = (round: () => Promise<void>): Promise<void> => round() }] of Object.entries(subjects)) {
      await around(async () => {
        const begunMs = performance.now();
        for (let id = 0; id < spansPerRound; id++) run(id);
        await undefined;
        const sample = ((performance.now() - begunMs) * 1e6) / spansPerRound;
        if (turn >= spanRounds.warmUp) (samples[name] ??= []).push(sample);
      });
      await settle();
      await endOfTick();
      taken.length = 0;
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, all.sort((a, b) => a - b)[all.length >> 1]!]));
}

/** The bodies that {@linkcode takeAll} has taken. */
const taken: (BodyInit | null | undefined)[] = [];

/** A fetch that takes everything at once. */
function takeAll(_url: unknown, init?: RequestInit): Promise<Response> {
  taken.push(init?.body);
  return Promise.resolve(new Response('{"MinimumLevelAccepted":null}', { status: 201 }));
}

/** A fetch that the outage turns to another server. */
function turnFetch(outageUrl: string): () => void {
  const reach = globalThis.fetch;
  let isOut = false;
  globalThis.fetch = (url, init) => reach(isOut ? outageUrl : url as string, init);
  return () => void (isOut = true);
}

async function run({ part, subject: name, variant = "plain", url, events = 0, warmUp = 0, outageUrl }: Task): Promise<unknown> {
  if (part === "growth") return measureGrowth(url ?? "http://127.0.0.1");
  if (part === "calls" || part === "spans") globalThis.fetch = takeAll; // before the subject is imported: some keep the fetch they find
  if (part === "spans") return measureSpans();
  const begin = outageUrl === undefined ? (): void => {} : turnFetch(outageUrl);
  const { create } = await import(new URL(`./${name}.mjs`, import.meta.url).href) as SubjectModule;
  const subject = create({ url, isRoomy: part === "e2e" });
  if (part === "calls") return measureCalls(subject, variant);
  return part === "e2e" ? measureTravel(subject, events, warmUp) : measureMemory(subject, { events, warmUp, begin });
}

const figures = await run(JSON.parse(process.argv[2] ?? "{}"));
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
