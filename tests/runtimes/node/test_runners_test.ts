/** Test runners: the recipes of the guide run, and where time is faked, what is logged meanwhile arrives and every deadline holds. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { bundleLibrary } from "../../support/build.ts";
import { type RunningCollector, serveCollector } from "../../support/collector.ts";
import { findRuntime, startCommand } from "../../support/runtimes.ts";
import { pageText, withImports } from "../../support/readme.ts";
import { deadUrl } from "../../support/unused_port.ts";

const timeout = 120_000;
const cwd = "tests/runners";
/** Their own of 5 s is short where the machine is busy. */
const patience = "--testTimeout=60000";
const [bun, deno] = [findRuntime("bun"), findRuntime("deno")];

/** A runner, and the events that its rounds log: five under fakes, three by what was loaded under them. */
const runners: readonly (readonly [name: string, command: readonly string[], events: readonly number[]])[] = [
  ["Jest", [process.execPath, "node_modules/jest/bin/jest.js", "--runInBand", patience, "--testMatch=**/jest.test.cjs"], [5, 5, 3]],
  ["Vitest", [process.execPath, "node_modules/vitest/vitest.mjs", "run", "--pool=threads", patience, "vitest.test.mjs"], [3, 5, 5]],
  ["sinon", [process.execPath, "sinon.mjs"], [5, 5]],
  ["node:test", [process.execPath, "node.mjs"], [5]],
  ["bun test", bun === undefined ? [] : [bun, "test", "--timeout=60000", "./bun.test.mjs"], [5, 5, 5]],
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

const vitest = [process.execPath, "node_modules/vitest/vitest.mjs", "run", "--pool=threads", "shop.test.mjs", "--dir"];
const jest = ["node_modules/jest/bin/jest.js", "--runInBand", "--testMatch=**/shop.test.*", "--rootDir"];

interface Recipe {
  readonly heading: string;
  /** The ending of the test's file. */
  readonly ending: string;
  /** How it is run in its folder below tests/runners. */
  readonly command: (folder: string) => readonly (string | undefined)[];
}

const recipes: readonly Recipe[] = [
  { heading: "node:test", ending: "mjs", command: (folder) => [process.execPath, "--test", `${folder}/shop.test.mjs`] },
  { heading: "Vitest", ending: "mjs", command: (folder) => [...vitest, folder] },
  { heading: "Jest", ending: "cjs", command: (folder) => [process.execPath, ...jest, folder] },
  { heading: "Jest", ending: "mjs", command: (folder) => [process.execPath, "--experimental-vm-modules", ...jest, folder] },
  { heading: "Bun", ending: "mjs", command: (folder) => [bun, "test", `./${folder}/shop.test.mjs`] },
  {
    heading: "Deno",
    ending: "ts",
    command: (folder) => [deno, "test", "--no-check", "--allow-env", "--allow-sys", `${folder}/shop.test.ts`],
  },
];

/** The programs of the guide: `shop.mjs`, and a test of it for each runner. */
function recipesOf(text: string): ReadonlyMap<string, string> {
  const [, below = ""] = text.split("\n## Recipes\n");
  return new Map(below.split(/^### /m).map((part) => [part.split("\n")[0]!, /^```js\n(.*?)^```/ms.exec(part)?.[1] ?? ""]));
}

/** A module in CommonJS, as the guide says that it is written there. */
function toCommonJs(source: string): string {
  const imported = source.replace(
    /^import (\{[^}]*\}) from ("[^"]*");$/gm,
    (_, names, from) => `const ${names} = require(${from.replace("shop.mjs", "shop.cjs")});`,
  );
  return imported.replace(/^export function (\w+)/gm, "exports.$1 = $1;\nfunction $1");
}

for (const { heading, ending, command } of recipes) {
  const isCommonJs = ending === "cjs";
  const name = `the recipe for ${heading}${isCommonJs ? " in CommonJS" : ""} passes${
    heading === "node:test" ? ", and fails once the program logs something else" : ""
  }`;
  test(name, { timeout, skip: command("")[0] === undefined }, async () => {
    const library = bundleLibrary();
    const pathOf = (file: string): string => join(library, `${file}.${isCommonJs ? "cjs" : "mjs"}`).replaceAll("\\", "/");
    const files = { "@x/seqlog": pathOf("seqlog"), "@x/seqlog/collector": pathOf("collector"), "@x/seqlog/testing": pathOf("testing") };
    const texts = recipesOf(pageText("src/testing"));
    const folder = mkdtempSync(resolve(cwd, "recipe-"));
    const write = (file: string, source: string): void => {
      const program = withImports(source, files);
      writeFileSync(join(folder, file), isCommonJs ? toCommonJs(program) : program);
    };
    const run = async (): Promise<{ readonly code: number | null; readonly output: string }> => {
      const words = command(folder.slice(resolve(cwd).length + 1)) as readonly string[];
      const { code, stdout, stderr } = await startCommand(words, { cwd, env: { CI: "1" }, timeoutMs: timeout / 2 }).ended;
      return { code, output: `${stdout}${stderr}` };
    };
    try {
      const [program = "", recipe = ""] = [texts.get(""), texts.get(heading)];
      write(`shop.test.${ending}`, recipe);
      write(isCommonJs ? "shop.cjs" : "shop.mjs", program);
      const passed = await run();
      assert.equal(passed.code, 0, passed.output);
      if (heading !== "node:test") return;
      write("shop.mjs", program.replace("shipped", "sent"));
      const failed = await run();
      assert.notEqual(failed.code, 0);
      assert.match(failed.output, /Expected a single event with the template "Order \{Id\} shipped to \{City\}", but there is none/);
      assert.match(failed.output, /info shop\.orders "Order \{Id\} sent to \{City\}"/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test("Jest's jsdom, which lacks classes of the web, loads the library, and logs by it", { timeout }, async () => {
  const command = [process.execPath, "node_modules/jest/bin/jest.js", "--runInBand", "--testMatch=**/jsdom.test.cjs"];
  const env = { SEQ_URL: await deadUrl(), LIBRARY: bundleLibrary(), CI: "1" };
  const { code, stdout, stderr } = await startCommand(command, { cwd, env, timeoutMs: timeout / 2 }).ended;
  assert.equal(code, 0, `${stdout}${stderr}`);
});
