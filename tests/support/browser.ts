/** Runs pages in Chromium: a site on one origin, a Seq on another. */

import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { type Collector, createCollector } from "../../src/collector/collector.ts";
import type { CollectorOptions } from "../../src/collector/collector_options.ts";
import { nodeListener } from "../../src/collector/node_fetch_bridge.ts";
import { entryPaths } from "./entries.ts";
import { repository } from "./install.ts";

/** What is used of a page of playwright-core. */
export interface Page {
  goto(url: string, options?: object): Promise<unknown>;
  goBack(options?: object): Promise<unknown>;
  evaluate<T, A = undefined>(act: (given: A) => T | Promise<T>, given?: A): Promise<T>;
  waitForURL(url: string, options?: object): Promise<void>;
  waitForFunction<A = undefined>(look: (given: A) => unknown, given?: A): Promise<unknown>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  waitForEvent(event: "download"): Promise<{ suggestedFilename(): string; path(): Promise<string> }>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  close(options?: { runBeforeUnload?: boolean }): Promise<void>;
  on(event: "console" | "pageerror", listener: (said: { text(): string; readonly message: string }) => void): void;
}

interface Context {
  newPage(): Promise<Page>;
  /** How long each call may take, in milliseconds; 0 means as long as the test. */
  setDefaultTimeout(timeoutMs: number): void;
  /** A session of the protocol of Chromium's tools. */
  newCDPSession(page: Page): Promise<{ send(method: string, parameters?: object): Promise<unknown> }>;
  close(): Promise<void>;
}

interface Browser {
  newContext(options?: { readonly permissions?: readonly string[]; readonly colorScheme?: "dark" | "light" }): Promise<Context>;
  close(): Promise<void>;
}

/** A Seq on an origin of its own. */
export interface ForeignSeq extends AsyncDisposable {
  readonly url: string;
  readonly collector: Collector;
  /** The numbers `N` of the events that have arrived, in their order. */
  readonly numbers: number[];
  /** The bytes of the bodies that came with events, refused or not. */
  readonly sizes: number[];
  /** Lets preflights wait from now on; settles when the first one does. */
  hold(): Promise<void>;
  /** Answers them. */
  release(): void;
}

/** How a Seq behaves. */
export interface ForeignSeqOptions extends CollectorOptions {
  readonly port?: number;
  /** Whether it says nothing of other origins. Default: false. */
  readonly isMute?: boolean;
}

const requireHere = createRequire(join(repository, "tests/runtimes/package.json"));

// deno-lint-ignore no-explicit-any -- the packages are outside of this folder's reach, their types too
const load = (name: string): Promise<any> => import(pathToFileURL(requireHere.resolve(name)).href);

const places = [
  process.env.CHROMIUM ?? "",
  ...["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:/Program Files/Google/Chrome/Application/chrome.exe",
];
const browserPath = places.find((path) => path !== "" && existsSync(path));

/** Why no page can be run here; false where one can. */
export const noBrowser: string | false = browserPath === undefined && "there is no Chromium: install it, or name it in CHROMIUM";

const flags = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
];

/** Starts Chromium. */
export async function startBrowser({ restoresPages = false }: { restoresPages?: boolean } = {}): Promise<Browser> {
  const { default: { chromium } } = await load("playwright-core");
  const ignoreDefaultArgs = restoresPages ? ["--disable-back-forward-cache"] : [];
  return chromium.launch({ executablePath: browserPath, headless: true, args: flags, ignoreDefaultArgs });
}

/** The text of the ES module that `entry`, relative to the repository, and all it imports make for a browser. */
export async function bundlePage(entry: string): Promise<string> {
  const { default: esbuild } = await load("esbuild");
  const { outputFiles } = await esbuild.build({
    entryPoints: [resolve(repository, entry)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "browser",
    alias: entryPaths(),
    logLevel: "silent", // What is wrong is in the error that build() rejects with.
  });
  return outputFiles[0].text;
}

async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((done, fail) => server.once("error", fail).listen(port, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

async function end(server: Server): Promise<void> {
  const ended = new Promise<void>((done) => server.close(() => done()));
  server.closeAllConnections();
  await ended;
}

/** Serves texts by their paths; of `127.0.0.1` and `localhost` each is foreign to the other. */
export async function serveSite(texts: Readonly<Record<string, string>>): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://site").pathname;
    const text = texts[path];
    response.setHeader("content-type", path.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8");
    response.statusCode = text === undefined ? 404 : 200;
    response.end(text ?? "");
  });
  return { port: await listen(server), [Symbol.asyncDispose]: () => end(server) };
}

/** Starts a Seq whose answers to preflights can be held. */
export async function serveForeignSeq({ port, isMute = false, ...options }: ForeignSeqOptions = {}): Promise<ForeignSeq> {
  const collector = createCollector(options);
  let gate: Promise<void> | undefined;
  let open = (): void => {};
  let tellHeld = (): void => {};
  const answer = async (request: Request): Promise<Response> => {
    if (request.method === "OPTIONS" && gate !== undefined) {
      tellHeld();
      await gate;
    }
    if (isMute) return new Response("", { status: 201 });
    return await collector.fetch(request);
  };
  const server = createServer(nodeListener(answer, true));
  const url = `http://127.0.0.1:${await listen(server, port)}`;
  return {
    url,
    collector,
    get numbers() {
      return collector.events.map(({ properties }) => properties.N as number);
    },
    get sizes() {
      return collector.requests.filter(({ method, bytes }) => method === "POST" && bytes > 0).map(({ bytes }) => bytes);
    },
    hold: () => {
      gate = new Promise((resolve) => open = resolve);
      return new Promise((resolve) => tellHeld = resolve);
    },
    release: () => {
      gate = undefined;
      open();
    },
    [Symbol.asyncDispose]: () => end(server),
  };
}
