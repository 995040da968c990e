/** Runs a Worker in the real workerd. */

import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { entryPaths } from "./entries.ts";
import { repository } from "./install.ts";

/** How the Worker is run. */
export interface WorkerOptions {
  /** The date whose behaviour it asks for; default the newest this workerd knows. From 2026-09 on it brings nodejs_compat. */
  compatibilityDate?: string;
  /** For example `["nodejs_compat"]`; default none. */
  compatibilityFlags?: readonly string[];
  /** Texts baked into the Worker where it names them: `declare const SERVER_URL: string`. */
  constants?: Readonly<Record<string, string>>;
  /** What the Worker finds in its `env`. */
  bindings?: Readonly<Record<string, unknown>>;
  /** Which workerd runs it: the newest, or the oldest that the packages offer. Default: the newest. */
  workerd?: WorkerdName;
  /** Classes of Durable Objects by the names that they have in `env`. */
  durableObjects?: Readonly<Record<string, string>>;
}

/** `old` is that of miniflare-old. */
export type WorkerdName = "old" | "new";

/** What a Worker is sent from a queue. */
export interface QueueMessage {
  readonly id: string;
  readonly timestamp: Date;
  readonly attempts: number;
  readonly body: unknown;
}

/** A Worker that runs. */
export interface TestWorker extends AsyncDisposable {
  /** Sends it a request. */
  dispatchFetch(url: string, init?: RequestInit): Promise<Response>;
  /** Calls its `scheduled`; answers the outcome. */
  schedule(cron: string): Promise<string>;
  /** Calls its `queue`; answers the outcome. */
  enqueue(queue: string, messages: readonly QueueMessage[]): Promise<string>;
  /** Where it listens. */
  readonly url: URL;
  /** The lines it and its runtime have written so far. */
  readonly output: readonly string[];
  /** Ends it. */
  dispose(): Promise<void>;
}

const requireHere = createRequire(join(repository, "tests/runtimes/package.json"));

// deno-lint-ignore no-explicit-any -- the packages are outside of this folder's reach, their types too
const load = (name: string): Promise<any> => import(pathToFileURL(requireHere.resolve(name)).href);

const bundles = new Map<string, Promise<string>>();

/** What stands for a constant until its text is known, within quotation marks. */
const holeOf = (name: string): string => `[the constant ${name}]`;

/** The text of the ES module that `entry` and all it imports make; made once, however many tests start it, and with which constants. */
export async function bundleWorker(entry: string, constants: Readonly<Record<string, string>> = {}): Promise<string> {
  const names = Object.keys(constants);
  const key = JSON.stringify([entry, names]);
  const made = bundles.get(key) ?? bundle(entry, names);
  bundles.set(key, made);
  return names.reduce((text, name) => text.replaceAll(holeOf(name), () => JSON.stringify(constants[name]).slice(1, -1)), await made);
}

async function bundle(entry: string, constants: readonly string[]): Promise<string> {
  const { default: esbuild } = await load("esbuild");
  const { outputFiles } = await esbuild.build({
    entryPoints: [resolve(repository, entry)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    loader: { ".yml": "text" },
    alias: entryPaths(),
    define: Object.fromEntries(constants.map((name) => [name, JSON.stringify(holeOf(name))])),
    logLevel: "silent", // What is wrong is in the error that build() rejects with.
  });
  return outputFiles[0].text;
}

/**
 * Bundles a Worker and starts it. Its `fetch` reaches this machine, so that its events reach a collector on 127.0.0.1.
 *
 * @param entry A module whose default export has `fetch`, relative to the repository.
 */
export async function startWorker(entry: string, options: WorkerOptions = {}): Promise<TestWorker> {
  const script = await bundleWorker(entry, options.constants);
  const { Miniflare, supportedCompatibilityDate } = await load(options.workerd === "old" ? "miniflare-old" : "miniflare");
  const output: string[] = [];
  const listen = (stream: NodeJS.ReadableStream): void => {
    stream.setEncoding("utf8").on("data", (text: string) => output.push(...text.split("\n").filter(Boolean)));
  };
  const miniflare = new Miniflare({
    modules: [{ type: "ESModule", path: "worker.mjs", contents: script }],
    compatibilityDate: options.compatibilityDate ?? supportedCompatibilityDate,
    compatibilityFlags: options.compatibilityFlags ?? [],
    bindings: options.bindings ?? {},
    durableObjects: options.durableObjects ?? {},
    cf: false,
    handleRuntimeStdio: (stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) => {
      listen(stdout);
      listen(stderr);
    },
  });
  let url: URL;
  try {
    url = await miniflare.ready;
  } catch (error) {
    await miniflare.dispose().catch(() => {});
    throw new Error([`The Worker ${entry} does not start`, ...output].join("\n"), { cause: error });
  }
  const dispose = (): Promise<void> => miniflare.dispose();
  return {
    dispatchFetch: (url, init) => miniflare.dispatchFetch(url, init),
    schedule: async (cron) => (await (await miniflare.getWorker()).scheduled({ cron })).outcome,
    enqueue: async (queue, messages) => (await (await miniflare.getWorker()).queue(queue, messages)).outcome,
    output,
    url,
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}
