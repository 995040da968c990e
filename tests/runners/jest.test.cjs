/* global jest, test */
const { runAfterFakes, runUnderFakes } = require("./fakes.cjs");

const path = `${process.env.LIBRARY}/seqlog.cjs`;

test.each([{}, { legacyFakeTimers: true }])("jest.useFakeTimers(%j)", async (options) => {
  await runUnderFakes(require(path), { fake: () => jest.useFakeTimers(options), restore: () => jest.useRealTimers() });
});

test("jest.useFakeTimers() before the library is loaded", async () => {
  jest.useFakeTimers();
  jest.resetModules();
  const library = require(path);
  jest.useRealTimers();
  await runAfterFakes(library);
});
