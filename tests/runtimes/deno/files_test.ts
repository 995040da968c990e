/** Files on Deno: how a process ends, and what it may do without being asked for permission. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { oneOfThree } from "../../support/effort.ts";
import { Folder } from "../../support/folder.ts";
import { hasTerminal } from "../../support/runtimes.ts";
import { testFiles, writeFiles } from "../files.ts";

for (const runtime of ["deno", "deno2.1"] as const) testFiles(runtime);

const timeout = 600_000;
const skip = hasTerminal ? false : "there is no pseudo-terminal here";
/** What Deno shows when it asks. */
const prompt = /\[y\/n|Allow\?/;

for (const runtime of ["deno", "deno2.1"] as const) {
  const skipNext = oneOfThree(runtime);
  const write = (options: object, denoFlags: readonly string[]) =>
    writeFiles(runtime, [options, "process.exit", 3], { denoFlags, terminal: true });

  test(`a file on ${runtime} needs to be granted alone, and Deno asks for nothing`, { timeout, skip: skip || skipNext() }, async () => {
    using folder = new Folder();
    const filename = folder.at("app.log");
    const { code, stdout } = await write({ filename }, [`--allow-read=${filename}`, `--allow-write=${filename}`]);
    assert.deepEqual([code, stdout], [3, ""]);
    assert.equal(folder.lines("app.log").length, 3);
  });

  test(`a file on ${runtime} that rolls needs its directory to be granted, and Deno asks for nothing`, {
    timeout,
    skip: skip || skipNext(),
  }, async () => {
    using folder = new Folder();
    const options = { filename: folder.at("app.log"), maxBytes: 10, backupCount: 5 };
    const granted = await write(options, [`--allow-read=${folder.path}`, `--allow-write=${folder.path}`]);
    assert.deepEqual([granted.code, granted.stdout, folder.names], [3, "", ["app.log", "app.log.1", "app.log.2"]]);
    const refused = await write(options, [`--allow-read=${folder.path}`, `--allow-write=${options.filename}`]);
    assert.ok(refused.stdout.includes(`Deno lacks permission; run it with --allow-write=${folder.path}: `), refused.stdout);
    assert.doesNotMatch(refused.stdout, prompt);
  });

  test(
    `a relative file on ${runtime} needs no more, not even the question where the program is`,
    { timeout, skip: skip || skipNext() },
    async () => {
      using folder = new Folder();
      const denoFlags = ["--allow-read=app.log", "--allow-write=app.log"];
      const { code, stdout } = await writeFiles(runtime, [{ filename: "app.log" }, "process.exit", 3], {
        denoFlags,
        terminal: true,
        cwd: folder.path,
      });
      assert.deepEqual([code, stdout], [3, ""]);
      assert.equal(folder.lines("app.log").length, 3);
    },
  );

  test(
    `a file on ${runtime} without permission is refused, with the flags that are missing, and Deno asks for nothing`,
    { timeout, skip: skip || skipNext() },
    async () => {
      using folder = new Folder();
      const filename = folder.at("app.log");
      for (const flags of [[], ["--deny-read", "--deny-write"]]) {
        const { code, stdout } = await write({ filename }, flags);
        assert.doesNotMatch(stdout, prompt);
        assert.ok(stdout.includes(`run it with --allow-read=${filename} --allow-write=${filename}: `), stdout);
        assert.equal(code, 0);
        assert.deepEqual(folder.names, []);
      }
    },
  );
}
