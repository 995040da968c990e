/** Test runners that fake time: what is logged meanwhile arrives all the same, and every deadline holds. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { bundleLibrary } from "../../support/build.ts";
import { type RunningCollector, serveCollector } from "../../support/collector.ts";
import { findRuntime, startCommand } from "../../support/runtimes.ts";
import { deadUrl } from "../../support/unused_port.ts";

const timeout = 120_000;
const cwd = "tests/runners";
const bun = findRuntime("bun");

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
