/** Several processes that share a folder, end in every way and are killed, while Seq is slow, down or hangs: no event that was on disk is lost. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { Folder } from "../support/folder.ts";
import { findRuntime, type Program, type RuntimeName, startProgram } from "../support/runtimes.ts";
import { seeded } from "../support/seeded.ts";

/** How long, where, and by what chance. */
export interface SoakOptions {
  readonly runtime: RuntimeName;
  readonly seconds: number;
  readonly seed: number;
  /** How many processes live at once, in addition to the one that lives all the time. Default: 3. */
  readonly lanes?: number;
}

/** What a soak came to. */
export interface SoakResult {
  readonly lives: number;
  /** Events whose tick had ended, and of these the ones that never arrived. */
  readonly ended: number;
  readonly missing: readonly string[];
  /** How many copies came of all events, and the most of one. */
  readonly copies: number;
  /** What the process that lives all the time held: soon after it began, and at its end. */
  readonly held: readonly { readonly heap: number; readonly files: number; readonly timers: number }[];
  /** What the processes said that should not happen. */
  readonly told: readonly string[];
  /** What was left in the folder. */
  readonly left: readonly string[];
}

const timeoutMs = 300_000;
const endings = ["naturally", "shutdown", "exit", "SIGTERM", "SIGKILL", "SIGKILL"] as const;
const runtimeArgs: Readonly<Partial<Record<RuntimeName, readonly string[]>>> = { node: ["--expose-gc"], deno: ["--v8-flags=--expose-gc"] };

/** A Seq with moods: it takes events, or is slow, down, full, or hangs. */
class MoodySeq {
  /** By life, the numbers of the events that were taken. */
  readonly taken = new Map<string, Set<number>>();
  copies = 0;
  readonly #random: () => number;
  readonly #held = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #mood: (response: ServerResponse, take: () => void) => void = (response, take) => this.#accept(response, take);

  constructor(random: () => number) {
    this.#random = random;
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Takes another mood; what hangs is let go. */
  change(): void {
    const moods = [
      (response: ServerResponse, take: () => void) => this.#accept(response, take),
      (response: ServerResponse, take: () => void) => void setTimeout(() => this.#accept(response, take), this.#random() * 900),
      (response: ServerResponse) => void response.writeHead(503).end(),
      (response: ServerResponse) => void response.writeHead(429, { "retry-after": "0" }).end(),
      (response: ServerResponse) => void this.#held.add(response),
      (response: ServerResponse) => void response.destroy(),
      (response: ServerResponse, take: () => void) => {
        take();
        response.destroy();
      },
    ];
    this.#become(this.#random() < 0.4 ? moods[0]! : moods[Math.floor(this.#random() * moods.length)]!);
  }

  /** Takes events from now on. */
  recover(): void {
    this.#become((response, take) => this.#accept(response, take));
  }

  #become(mood: (response: ServerResponse, take: () => void) => void): void {
    this.#mood = mood;
    for (const response of this.#held) response.destroy();
    this.#held.clear();
  }

  async close(): Promise<void> {
    this.recover();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(response: ServerResponse, take: () => void): void {
    take();
    response.writeHead(201, { "content-type": "application/json" }).end("{}");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Uint8Array[] = [];
    try {
      for await (const part of request) parts.push(part as Uint8Array);
    } catch {
      return; // the client has gone
    }
    const body = Buffer.concat(parts).toString();
    this.#mood(response, () => this.#take(body));
  }

  #take(body: string): void {
    for (const line of body.split("\n")) {
      const { Life, N } = line === "" ? {} as { Life?: string; N?: number } : JSON.parse(line);
      if (Life === undefined) continue;
      this.copies++;
      const numbers = this.taken.get(Life) ?? new Set();
      this.taken.set(Life, numbers.add(N));
    }
  }
}

/** Runs a soak. */
export async function soak({ runtime, seconds, seed, lanes = 3 }: SoakOptions): Promise<SoakResult> {
  const random = seeded(seed);
  using folder = new Folder();
  const seq = new MoodySeq(random);
  const url = await seq.start();
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const overMs = performance.now() + seconds * 1000;
  const stories = new Map<string, string>();
  const live = (name: string, ending: string): Program =>
    startProgram(runtime, "tests/runtimes/programs/soaks.ts", {
      args: [url, folder.path, name, `${Math.floor(random() * 2 ** 31)}`, ending],
      runtimeArgs: runtimeArgs[runtime] ?? [],
      timeoutMs: seconds * 1000 + timeoutMs,
    });
  const hear = async (name: string, program: Program): Promise<void> => {
    const { stdout, stderr } = await program.ended;
    const errors = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("seqlog: ")); // what an end reports of events that stay
    stories.set(name, stdout + errors.map((line) => `told ${line}\n`).join(""));
  };
  const steady = live("steady", "steady");
  const steadyEnded = hear("steady", steady);
  const lane = async (which: number): Promise<void> => {
    for (let life = 0; performance.now() < overMs; life++) {
      const name = `l${which}-${life}`;
      const program = live(name, endings[Math.floor(random() * endings.length)]!);
      const isOver = hear(name, program);
      if (random() < 0.4) {
        await Promise.race([isOver, pause(300 + random() * 2000)]);
        program.kill("SIGKILL");
      }
      await isOver;
    }
  };
  const moods = async (): Promise<void> => {
    while (performance.now() < overMs) {
      seq.change();
      await pause(100 + random() * 900);
    }
  };
  await Promise.all([...Array.from({ length: lanes }, (_, which) => lane(which)), moods()]);
  seq.recover();
  steady.kill("SIGTERM");
  await steadyEnded;
  await hear("drain", live("drain", "drain"));
  await seq.close();
  return report(stories, seq, readdirSync(folder.path));
}

function report(stories: ReadonlyMap<string, string>, seq: MoodySeq, left: readonly string[]): SoakResult {
  let ended = 0;
  const missing: string[] = [];
  for (const [name, story] of stories) {
    const last = Math.max(0, ...[...story.matchAll(/^ended (\d+)\n/gm)].map(([, number]) => Number(number)));
    const taken = seq.taken.get(name);
    ended += last;
    for (let number = 1; number <= last; number++) if (taken?.has(number) !== true) missing.push(`${name}:${number}`);
  }
  const lines = [...stories].flatMap(([name, story]) => story.split("\n").map((line) => [name, line] as const));
  const held = lines.flatMap(([, line]) => (line.startsWith("held ") ? [JSON.parse(line.slice(5))] : []));
  const told = lines.flatMap(([name, line]) => (line.startsWith("told ") ? [`${name} ${line}`] : []));
  return { lives: stories.size, ended, missing, copies: seq.copies, held: [held[0], held.at(-1)], told, left };
}

/** Fails unless a soak lost nothing, and the process that lived all the time holds no more at its end. */
export function assertSound({ ended, missing, copies, held, told, left }: SoakResult): void {
  assert.deepEqual(left.filter((name) => !name.endsWith(".seen")), [], "something is left in the folder");
  assert.deepEqual(missing.slice(0, 20), [], `${missing.length} of ${ended} are missing; ${told.join("\n")}`);
  assert.ok(ended > 0 && copies < 20 * ended, `${copies} copies of ${ended} events`);
  assert.deepEqual(told, []);
  const [first, last] = held; // a look at the folders of the killed may be under way, with their files open
  assert.ok(last!.files <= first!.files + 100 && last!.timers <= first!.timers + 10, JSON.stringify(held));
  assert.ok(last!.heap < first!.heap + 16 * 1_048_576, JSON.stringify(held));
}

/** Declares the short form of the soak for a runtime. */
export function testSoak(runtime: RuntimeName, seconds = 6): void {
  const skip = findRuntime(runtime) === undefined || process.platform !== "linux"; // where nothing says for certain that a process has ended, it takes longer
  const seed = Math.floor(Math.random() * 2 ** 31);
  test(`several processes on ${runtime} that share a folder lose nothing in a soak of ${seconds} s (seed ${seed})`, {
    timeout: 600_000,
    skip,
  }, async () => {
    assertSound(await soak({ runtime, seconds, seed }));
  });
}
