/** Runs the real Python, whose output tests expect from the library. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { buildVariable } from "./build.ts";

const maxAnswerBytes = 256 * 1024 * 1024;

function run(script: string, input: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const env = { ...process.env, PYTHONIOENCODING: "utf-8" };
  return spawnSync("python3", ["-c", script], { input, env, encoding: "utf8", maxBuffer: maxAnswerBytes });
}

let found: string | undefined;

/** Whether there is a `python3` of version 3.11, whose rules the library follows, on glibc, whose times it follows. */
export function hasPython(): boolean {
  found ??= run("import platform, sys; print(*sys.version_info[:2], platform.libc_ver()[0])", "").stdout ?? "";
  return found.trim() === "3 11 glibc";
}

/** The reason to skip a test, for `{ skip: … }`: false where there is a Python. */
export const withoutPython: string | false = hasPython() ? false : "there is no python3 of version 3.11 on glibc";

/**
 * Runs a script in a Python of its own, in the environment of this process.
 *
 * @param script Finds what it is asked in `given`, and leaves its answer in `answer`; both are JSON beyond it.
 * @param input What it is asked.
 * @returns Its answer.
 */
export function askPython<T>(script: string, input: unknown): T {
  const whole = `import json, sys\ngiven = json.load(sys.stdin)\n${script}\njson.dump(answer, sys.stdout)\n`;
  const asked = JSON.stringify(input);
  const key = createHash("sha256").update(JSON.stringify([whole, asked, process.env.TZ ?? ""])).digest("hex");
  const kept = process.env[buildVariable] === undefined ? undefined : join(process.env[buildVariable], "python", key);
  if (kept !== undefined && existsSync(kept)) return JSON.parse(readFileSync(kept, "utf8"));
  const { status, stdout, stderr } = run(whole, asked);
  if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}`);
  if (kept !== undefined) keep(kept, stdout);
  return JSON.parse(stdout);
}

/** Keeps an answer for the other runtimes, which ask the same; a reader finds a whole file or none. */
function keep(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}
