import process from "node:process";
import { test, vi } from "vitest";
import { everything, runAfterFakes, runUnderFakes } from "./fakes.cjs";

const path = `${process.env.LIBRARY}/seqlog.mjs`;

test("vi.useFakeTimers() before the library is loaded", async () => {
  vi.useFakeTimers();
  const library = await import(path);
  vi.useRealTimers();
  await runAfterFakes(library);
});

for (const [options, isStopped] of [[undefined, false], [{ toFake: everything }, true]]) {
  test(`vi.useFakeTimers(${JSON.stringify(options) ?? ""})`, async () => {
    await runUnderFakes(await import(path), { fake: () => vi.useFakeTimers(options), restore: () => vi.useRealTimers(), isStopped });
  });
}
