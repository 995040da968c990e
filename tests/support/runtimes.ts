/** The runtimes the suite runs on: where their binaries are, and how a program is started under each. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { builtProgram } from "./build.ts";
import { repository } from "./install.ts";

/** `node20` is the Node that runs the suite; `node`, `deno` and `bun` are the newest; the last two the lowest promised. */
export type RuntimeName =
  | "node20"
  | "node"
  | "deno"
  | "bun"
  | "node20.16"
  | "deno2.1";

/** A program to start. */
export interface ProgramOptions {
  /** Arguments of the program. */
  args?: readonly string[];
  /** Variables added to (undefined: removed from) the environment of the suite. */
  env?: Readonly<Record<string, string | undefined>>;
  /** What it reads; without it, its standard input is empty. */
  stdin?: string;
  /** After how long it is killed; default 300 000. */
  timeoutMs?: number;
  /** The folder it runs in; default the repository. */
  cwd?: string;
  /** Flags of the runtime itself, before the file. */
  runtimeArgs?: readonly string[];
  /** On Deno, the permissions; default `["-A"]`. */
  denoFlags?: readonly string[];
  /** Runs it under a pseudo-terminal of `script` (util-linux, see {@linkcode hasTerminal}): stderr is then part of stdout. */
  terminal?: boolean;
}

/** How a program ended. */
export interface ProgramResult {
  /** Its exit code; null if a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it. */
  readonly signal: string | null;
  /** All it wrote. */
  readonly stdout: string;
  /** All it wrote to stderr. */
  readonly stderr: string;
  /** Whether it was killed because its time was over. */
  readonly timedOut: boolean;
  /** How long it ran. */
  readonly durationMs: number;
}

/** A program that runs. */
export interface Program {
  /** Its process. */
  readonly child: ChildProcess;
  /** What it has written to stdout so far. */
  output(): string;
  /** Settles when stdout holds `text`; rejects if the program ends without it. */
  waitFor(text: string): Promise<void>;
  /** Sends a signal to the program (under a terminal: to `script`). */
  kill(signal: NodeJS.Signals): void;
  /** How it ended; never rejects for an exit code. */
  readonly ended: Promise<ProgramResult>;
}

const requireHere = createRequire(join(repository, "tests/runtimes/package.json"));
const { platform, arch } = process;
const isWindows = platform === "win32";
const exe = isWindows ? ".exe" : "";

/** The folder of an installed package, seen from `from`. */
function packageFolder(name: string, from: NodeJS.Require = requireHere): string | undefined {
  try {
    return dirname(from.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** The path of `binary` in the first of these packages that is installed. */
function binaryOf(names: readonly string[], binary: string, from?: NodeJS.Require): string | undefined {
  const folder = names.map((name) => packageFolder(name, from)).find((found) => found !== undefined);
  const path = folder && join(folder, binary + exe);
  return path !== undefined && existsSync(path) ? path : undefined;
}

/** The binary next to a package `deno` of any version. */
function denoBinary(alias: string): string | undefined {
  const folder = packageFolder(alias);
  const target = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;
  return folder && binaryOf([target], "deno", createRequire(join(folder, "package.json")));
}

/** The path of a runtime's binary, or undefined if there is none for this platform. */
export function findRuntime(name: RuntimeName): string | undefined {
  const target = `${isWindows ? "win" : platform}-${arch}`;
  switch (name) {
    case "node20":
      return process.execPath;
    case "node":
      return binaryOf([`node-${target}`, `node-bin-${target}`], "bin/node");
    case "node20.16":
      return binaryOf([`node-20.16-${target}`], "bin/node");
    case "deno":
      return denoBinary("deno");
    case "deno2.1":
      return denoBinary("deno-2.1");
    case "bun":
      return binaryOf([`@oven/bun-${isWindows ? "windows" : platform}-${arch === "arm64" ? "aarch64" : arch}`], "bin/bun");
  }
}

/** The path of a runtime's binary; throws if there is none for this platform. */
export function runtimePath(name: RuntimeName): string {
  const path = findRuntime(name);
  if (path) return path;
  throw new Error(`No ${name} for ${platform}-${arch} in tests/runtimes: run tests/run.ts once`);
}

/** What `--import` takes to make a Node without type stripping run TypeScript, wherever the program's folder is. */
export function tsxLoader(): string {
  return pathToFileURL(createRequire(join(repository, "package.json")).resolve("tsx")).href;
}

/** The command line that runs `file` under a runtime. */
export function commandLine(name: RuntimeName, file: string, options: ProgramOptions = {}): string[] {
  const { args = [], runtimeArgs = [], denoFlags = ["-A"] } = options;
  const binary = runtimePath(name);
  switch (name) {
    case "node20":
    case "node20.16":
    case "node": {
      const built = builtProgram(relative(repository, resolve(repository, file)));
      const loader = name === "node" ? [] : ["--import", tsxLoader()];
      return built ? [binary, ...runtimeArgs, built, ...args] : [binary, ...loader, ...runtimeArgs, file, ...args];
    }
    case "bun":
      return [binary, ...runtimeArgs, "run", file, ...args];
    case "deno":
    case "deno2.1":
      return [binary, "run", "--no-check", ...denoFlags, ...runtimeArgs, file, ...args];
  }
}

/** Whether `terminal: true` works here. */
export const hasTerminal: boolean = platform === "linux" && ["/usr/bin/script", "/bin/script"].some((path) => existsSync(path));

/** `command` as an argument list of `script`, which gives it a pseudo-terminal. */
function underTerminal(command: readonly string[]): string[] {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return ["script", "--quiet", "--flush", "--return", "--command", line, "/dev/null"];
}

/** The environment of the suite, without what a test runner or npm adds to it, and without colours. */
export function cleanEnvironment(changes: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const added = /^npm_|^(NODE_TEST_CONTEXT|FORCE_COLOR|INIT_CWD)$/i;
  const inherited = Object.entries(process.env).filter(([name]) => !added.test(name));
  const all = { ...Object.fromEntries(inherited), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1", ...changes };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Starts a command; it and what it has started are killed when its time is over, or when the suite ends. */
export function startCommand(command: readonly string[], options: ProgramOptions = {}): Program {
  const { env, stdin, timeoutMs = 300_000, cwd = repository, terminal = false } = options;
  const [program = "", ...args] = terminal ? underTerminal(command) : command;
  const began = performance.now();
  const child = spawn(program, args, { cwd, env: cleanEnvironment(env), detached: !isWindows });
  let stdout = "";
  let stderr = "";
  let timedOut = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  child.stdin.on("error", () => {}); // It may end without reading.
  if (!terminal || stdin !== undefined) child.stdin.end(stdin ?? "");
  const kill = (): void => killGroup(child);
  process.once("exit", kill);
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  const ended = new Promise<ProgramResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      process.off("exit", kill);
      resolve({ code, signal, stdout, stderr, timedOut, durationMs: performance.now() - began });
    });
  });
  return {
    child,
    ended,
    output: () => stdout,
    waitFor: (text) => waitForText(text, child, () => stdout, ended),
    kill: (signal) => void child.kill(signal),
  };
}

/** Kills a process that leads a group, and its group. */
function killGroup(child: ChildProcess): void {
  try {
    if (isWindows || child.pid === undefined) child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function waitForText(text: string, child: ChildProcess, stdout: () => string, ended: Promise<ProgramResult>): Promise<void> {
  return new Promise((resolve, reject) => {
    let tail = ""; // all there is was looked through: to look again with each piece would take quadratic time
    const look = (piece: string): void => {
      tail += piece;
      if (!tail.includes(text)) return void (tail = tail.slice(-text.length));
      child.stdout?.off("data", look);
      resolve();
    };
    const miss = (result: ProgramResult): void =>
      reject(new Error(`The program ended without saying ${JSON.stringify(text)}:\n${result.stdout}${result.stderr}`));
    child.stdout?.on("data", look);
    ended.then(miss, reject);
    look(stdout());
  });
}

/** Starts `file` (absolute, or relative to the repository) under a runtime. */
export function startProgram(name: RuntimeName, file: string, options: ProgramOptions = {}): Program {
  return startCommand(commandLine(name, resolve(repository, file), options), options);
}

/** Runs `file` under a runtime to its end. */
export function runProgram(name: RuntimeName, file: string, options: ProgramOptions = {}): Promise<ProgramResult> {
  return startProgram(name, file, options).ended;
}
