/** A process that logs to files and ends: in whatever way it does, what was logged before stands in them. */

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { oneOfThree } from "../support/effort.ts";
import { Folder } from "../support/folder.ts";
import { findRuntime, type ProgramOptions, type ProgramResult, runProgram, type RuntimeName } from "../support/runtimes.ts";
import { range } from "../support/shipping.ts";

const timeout = 600_000;
const timeoutMs = 300_000;

/** The lines that events from 1 to `count` make. */
const events = (count: number): string[] => range(1, count).map((n) => `Event ${n}`);

/** Runs the program that logs to files. */
export function writeFiles(runtime: RuntimeName, args: readonly unknown[], options: ProgramOptions = {}): Promise<ProgramResult> {
  const texts = args.map((arg) => typeof arg === "string" ? arg : JSON.stringify(arg));
  return runProgram(runtime, "tests/runtimes/programs/writes_file.ts", { args: texts, timeoutMs, ...options });
}

/** The ways in which a process ends, with its exit code; late is in a later tick, and not while the module is loaded. */
const endings: readonly (readonly [ending: string, code: number | null, late?: string])[] = [
  ["naturally", 0],
  ["process.exit", 3],
  ["process.exit", 3, "late"],
  ["throw", 1],
  ["throw", 1, "late"],
  ["reject", 1],
  ["reject", 1, "late"],
  ["SIGTERM in the next tick", null],
];

/** Declares the tests of files for a runtime. */
export function testFiles(runtime: RuntimeName): void {
  const isMissing = findRuntime(runtime) === undefined;
  const skipNext = oneOfThree(runtime);

  for (
    const [ending, code, late = ""] of [
      ...endings,
      ...(runtime.startsWith("deno") ? [["Deno.exit", 3], ["Deno.exit", 3, "late"]] as const : []),
    ]
  ) {
    test(`a file on ${runtime} has all that was logged before the process ends: ${ending} ${late}`, {
      timeout,
      skip: isMissing || skipNext(),
    }, async () => {
      using folder = new Folder();
      const result = await writeFiles(runtime, [{ filename: folder.at("app.log") }, ending, 2000, late]);
      assert.deepEqual([result.code, result.timedOut], [code, false], `${result.stdout}${result.stderr}`);
      assert.deepEqual(folder.lines("app.log"), events(2000));
    });
  }

  for (const ending of ["logging after a flush", "logging as it exits"]) {
    test(`a file on ${runtime} has what is logged last: ${ending}`, { timeout, skip: isMissing || skipNext() }, async () => {
      using folder = new Folder();
      const result = await writeFiles(runtime, [{ filename: folder.at("app.log") }, ending, 3]);
      assert.equal(result.code, 3, result.stderr);
      assert.deepEqual(folder.lines("app.log"), events(5));
    });
  }

  test(`all files on ${runtime} have one listener of the exit between them`, { timeout, skip: isMissing || skipNext() }, async () => {
    using folder = new Folder();
    const files = ["a.log", "b.log", "c.log"].map((name) => ({ filename: folder.at(name), maxBytes: 100, backupCount: 9 }));
    const result = await writeFiles(runtime, [files, "process.exit", 20]);
    assert.deepEqual([result.code, result.stdout, result.stderr], [3, "1 listeners\n", ""]);
    for (const name of ["a.log", "b.log", "c.log"]) {
      assert.deepEqual([`${name}.1`, name].flatMap((one) => folder.lines(one)), events(20));
    }
  });

  test(`a process on ${runtime} that exits with a file that cannot be written says what is lost`, {
    timeout,
    skip: isMissing || skipNext(),
  }, async () => {
    using folder = new Folder();
    mkdirSync(folder.at("logs"));
    const result = await writeFiles(runtime, [{ filename: folder.at("logs/app.log") }, "loses its file", 3]);
    assert.equal(result.code, 3, result.stderr);
    assert.match(result.stderr, /Cannot write to \S+app\.log .*\[file-failed, file\]/s);
    assert.match(result.stderr, /3 events are lost \(exit\), not written to \S+app\.log: .*\[lost, file, 3 times\]/s);
  });
}
