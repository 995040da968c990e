/** What runs in a process of its own: one subject, measured in one way. The result is one line of JSON. */

import process from "node:process";
import { setImmediate } from "node:timers";
import type { CallFigures, CallSample, MemoryFigures, Subject, SubjectModule, Task, TravelFigures, Variant } from "./order.ts";

const callsPerRound = 10_000;
/** A disabled call is too short to be seen among so few. */
const disabledCallsPerRound = 200_000;
/** How many rounds are measured, and how many before the compiler has done its work; fewer of what takes longer than its time. */
const rounds = { most: 40, least: 6, ms: 600 };
const warmUpRounds = { most: 15, least: 2, ms: 300 };
const probes = 100;
const eventsPerTick = 1000;

const endOfTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Many calls in one tick, time and again; what is queued leaves between the rounds. */
async function measureCalls(subject: Subject, variant: Variant): Promise<CallFigures> {
  const log = subject[variant];
  if (log === undefined) throw new Error(`The subject has nothing for "${variant}"`);
  const calls = variant === "disabled" ? disabledCallsPerRound : callsPerRound;
  let id = 0;
  const round = async (): Promise<CallSample> => {
    const begunMs = performance.now();
    for (let i = 0; i < calls; i++) log(id++);
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
    for (const end = Math.min(to, id + eventsPerTick); id < end; id++) subject.plain(id);
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

/** What an outage leaves in memory. */
async function measureMemory(subject: Subject, events: number): Promise<MemoryFigures> {
  const rss = (): number => process.memoryUsage().rss;
  const before = rss();
  let highest = before;
  let ticks = 0;
  await logInTicks(subject, 0, events, () => {
    if (++ticks % 20 === 0) highest = Math.max(highest, rss());
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = rss();
  const { queued, queuedBytes, lost } = subject.counts!();
  return { before, after, highest: Math.max(highest, after), queued, queuedBytes, lost };
}

/** The bodies that {@linkcode takeAll} has taken. */
const taken: (BodyInit | null | undefined)[] = [];

/** A fetch that takes everything at once. */
function takeAll(_url: unknown, init?: RequestInit): Promise<Response> {
  taken.push(init?.body);
  return Promise.resolve(new Response('{"MinimumLevelAccepted":null}', { status: 201 }));
}

async function run({ part, subject: name, variant = "plain", url, events = 0, warmUp = 0 }: Task): Promise<unknown> {
  if (part === "calls") globalThis.fetch = takeAll; // before the subject is imported: some keep the fetch they find
  const { create } = await import(new URL(`./${name}.mjs`, import.meta.url).href) as SubjectModule;
  const subject = create({ url, isRoomy: part === "e2e" });
  if (part === "calls") return measureCalls(subject, variant);
  return part === "e2e" ? measureTravel(subject, events, warmUp) : measureMemory(subject, events);
}

const figures = await run(JSON.parse(process.argv[2] ?? "{}"));
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
