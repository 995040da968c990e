/** Test runners: the recipes of the guide run, and where time is faked, what is logged meanwhile arrives and every deadline holds. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { bundleLibrary } from "../../support/build.ts";
import { type RunningCollector, serveCollector } from "../../support/collector.ts";
import { findRuntime, startCommand } from "../../support/runtimes.ts";
import { pageText, withImports } from "../../support/readme.ts";
import { deadUrl } from "../../support/unused_port.ts";

const timeout = 120_000;
const cwd = "tests/runners";
const [bun, deno] = [findRuntime("bun"), findRuntime("deno")];

/** A runner, and the events that its rounds log: five under fakes, three by what was loaded under them. */
const runners: readonly (readonly [name: string, command: readonly string[], events: readonly number[]])[] = [
  ["Jest", [process.execPath, "node_modules/jest/bin/jest.js", "--runInBand", "--testMatch=**/jest.test.cjs"], [5, 5, 3]],
  ["Vitest", [process.execPath, "node_modules/vitest/vitest.mjs", "run", "--pool=threads", "vitest.test.mjs"], [3, 5, 5]],
  ["sinon", [process.execPath, "sinon.mjs"], [5, 5]],
  ["node:test", [process.execPath, "node.mjs"], [5]],
  ["bun test", bun === undefined ? [] : [bun, "test", "./bun.test.mjs"], [5, 5, 5]],
];

const numbers = ({ events }: RunningCollector): number[] => events.map(({ properties }) => properties.N as number);

for (const [name, command, rounds] of runners) {
  test(
    `under the fake timers of ${name} every event arrives and every deadline holds`,
    { timeout, skip: command.length === 0 },
    async () => {
      await using seq = await serveCollector({ port: 0 });
      const env = { SEQ_URL: seq.url, DEAD_URL: await deadUrl(), LIBRARY: bundleLibrary(), CI: "1" };
      const { code, stdout, stderr } = await startCommand(command, { cwd, env, timeoutMs: timeout / 2 }).ended;
      assert.equal(code, 0, `${stdout}${stderr}`);
      const wanted = rounds.flatMap((count, round) => Array.from({ length: count }, (_, i) => 10 * round + i + 1));
      assert.deepEqual([...new Set(numbers(seq))].sort((a, b) => a - b), wanted); // a request that a fake has stopped may have arrived
    },
  );
}

// ---- the recipes of src/testing/README.md ----

const jest = ["--experimental-vm-modules", "node_modules/jest/bin/jest.js", "--testMatch=**/shop.test.mjs", "--testEnvironment=node"];

/** By its heading, how a recipe is run in its folder below tests/runners; the file of Deno's is TypeScript. */
const recipes: Readonly<Record<string, (folder: string) => readonly string[]>> = {
  "node:test": (folder) => [process.execPath, "--test", `${folder}/shop.test.mjs`],
  "Vitest": (folder) => [process.execPath, "node_modules/vitest/vitest.mjs", "run", "--pool=threads", "--dir", folder, "shop.test.mjs"],
  "Jest": (folder) => [process.execPath, ...jest, "--runInBand", "--rootDir", folder],
  "Bun": (folder) => bun === undefined ? [] : [bun, "test", `./${folder}/shop.test.mjs`],
  "Deno": (folder) => deno === undefined ? [] : [deno, "test", "--no-check", "--allow-env", "--allow-sys", `${folder}/shop.test.ts`],
};

/** The programs of the guide: `shop.mjs`, and a test of it for each runner. */
function recipesOf(text: string): ReadonlyMap<string, string> {
  const [, below = ""] = text.split("\n## Recipes\n");
  return new Map(below.split(/^### /m).map((part) => [part.split("\n")[0]!, /^```js\n(.*?)^```/ms.exec(part)?.[1] ?? ""]));
}

for (const [name, commandOf] of Object.entries(recipes)) {
  test(`the recipe for ${name} passes, and node:test fails once the program logs something else`, {
    timeout,
    skip: commandOf("").length === 0,
  }, async () => {
    const library = bundleLibrary();
    const urls = { "@x/seqlog": "seqlog", "@x/seqlog/collector": "collector", "@x/seqlog/testing": "testing" };
    const files = Object.entries(urls).map((
      [entry, file],
    ) => [entry, pathToFileURL(join(library, `${file}.mjs`)).href.replace("file://", "")]);
    const text = recipesOf(pageText("src/testing"));
    const folder = mkdtempSync(resolve(cwd, "recipe-"));
    const write = (file: string, source: string): void => {
      writeFileSync(join(folder, file), withImports(source, Object.fromEntries(files)));
    };
    try {
      const [program = "", recipe = ""] = [text.get(""), text.get(name)];
      write(name === "Deno" ? "shop.test.ts" : "shop.test.mjs", recipe);
      const run = async (): Promise<readonly [code: number | null, output: string]> => {
        const command = commandOf(folder.slice(resolve(cwd).length + 1));
        const { code, stdout, stderr } = await startCommand(command, { cwd, env: { CI: "1" }, timeoutMs: timeout / 2 }).ended;
        return [code, `${stdout}${stderr}`];
      };
      write("shop.mjs", program);
      const [passed, output] = await run();
      assert.equal(passed, 0, output);
      if (name !== "node:test") return;
      write("shop.mjs", program.replace("shipped", "sent"));
      const [failed, complaint] = await run();
      assert.notEqual(failed, 0);
      assert.match(complaint, /Expected a single event with the template "Order \{Id\} shipped to \{City\}", but there is none/);
      assert.match(complaint, /info shop\.orders "Order \{Id\} sent to \{City\}"/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
