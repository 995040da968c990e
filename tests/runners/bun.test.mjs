import { jest, setSystemTime, test } from "bun:test";
import process from "node:process";
import { runUnderFakes } from "./fakes.cjs";

const library = await import(`${process.env.LIBRARY}/seqlog.mjs`);

test("jest.useFakeTimers()", async () => {
  await runUnderFakes(library, { fake: () => jest.useFakeTimers(), restore: () => jest.useRealTimers() });
});

for (const year of [1999, 2099]) {
  test(`setSystemTime(${year})`, async () => {
    await runUnderFakes(library, { fake: () => setSystemTime(new Date(year, 0)), restore: () => setSystemTime() });
  });
}
