/** globalProperties: what every event carries, changed while the program runs. */

import assert from "node:assert/strict";
import { hostname } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { configure, flush, getLogger, MemoryHandler, type SeqOptions, shutdown } from "../mod.ts";
import { globalProperties } from "../src/global_properties.ts";
import { anonymous, type Clef, FakeSeq, hearDiagnostics, namesIn, propertiesOf } from "./support/seq.ts";

/** Shuts down with the block. */
const ending = (): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => void (await shutdown()) });

const machine = { MachineName: hostname(), ProcessId: process.pid };

/** A configuration that ships, and what one event carries under it. */
function shipping(properties?: SeqOptions["properties"], options: Partial<SeqOptions> = {}): () => Promise<Clef> {
  const seq = new FakeSeq();
  configure({ serverUrl: "http://seq.test", fetch: seq.fetch, properties, ...options });
  return async () => {
    getLogger("globals").info("x");
    await flush();
    const line = seq.lines.at(-1)!;
    assert.equal(new Set(namesIn(line)).size, namesIn(line).length, line);
    return propertiesOf(JSON.parse(line));
  };
}

test("globalProperties.get() returns the machine and the process, then what the configuration says", async () => {
  await using _ = ending();
  assert.deepEqual(globalProperties.get(), machine);
  const carried = shipping({ Application: "shop", MachineName: null });
  assert.deepEqual(globalProperties.get(), { ProcessId: process.pid, Application: "shop" });
  assert.deepEqual(await carried(), globalProperties.get());
});

test("globalProperties.set() puts others in the place of all, and they are on the next event", async () => {
  await using _ = ending();
  const carried = shipping({ Application: "shop" });
  assert.deepEqual(await carried(), { ...machine, Application: "shop" });
  globalProperties.set({ Version: 3, Deep: { a: [1] } });
  assert.deepEqual(globalProperties.get(), { Version: 3, Deep: { a: [1] } });
  assert.deepEqual(await carried(), { Version: 3, Deep: { a: [1] } });
  globalProperties.set({ ...globalProperties.get(), Region: "north" });
  assert.deepEqual(await carried(), { Version: 3, Deep: { a: [1] }, Region: "north" });
});

test("globalProperties.set() accepts functions, which are called for each event, and leaves null and undefined out", async () => {
  await using _ = ending();
  const carried = shipping(anonymous);
  let count = 0;
  globalProperties.set({
    Count: () => ++count,
    None: null,
    Absent: undefined,
    Nothing: () => null,
    Throws: () => assert.fail("no number"),
  });
  for (const wanted of [1, 2]) {
    const { Count, Throws, ...others } = await carried();
    assert.deepEqual([Count, others], [wanted, {}]);
    assert.match(String(Throws), /no number/);
  }
  assert.equal(globalProperties.get().Count, 3);
});

test("globalProperties.reset() goes back to those of the configuration, or to the machine's", async () => {
  await using _ = ending();
  const carried = shipping({ ...anonymous, Application: "shop" });
  globalProperties.set({ A: 1 });
  globalProperties.reset();
  assert.deepEqual([globalProperties.get(), await carried()], [{ Application: "shop" }, { Application: "shop" }]);
  await shutdown();
  globalProperties.set({ A: 1 });
  assert.deepEqual(globalProperties.get(), { A: 1 });
  globalProperties.reset();
  assert.deepEqual(globalProperties.get(), machine);
});

test("globalProperties.clear() removes all properties, the machine's, too", async () => {
  await using _ = ending();
  const carried = shipping({ Application: "shop", Asked: () => 1 });
  globalProperties.clear();
  assert.deepEqual([globalProperties.get(), await carried()], [{}, {}]);
  globalProperties.reset();
  assert.deepEqual(await carried(), { ...machine, Application: "shop", Asked: 1 });
});

test("what the program has set survives configure(), until reset(), which then finds the newest configuration's", async () => {
  await using _ = ending();
  shipping({ Application: "first" });
  globalProperties.set({ Mine: 1 });
  const carried = shipping({ ...anonymous, Application: "second" });
  assert.deepEqual([globalProperties.get(), await carried()], [{ Mine: 1 }, { Mine: 1 }]);
  configure({ incremental: true, properties: { Application: "never" } });
  assert.deepEqual(await carried(), { Mine: 1 });
  globalProperties.reset();
  assert.deepEqual(await carried(), { Application: "second" });
});

test("shutdown() removes what the program has set", async () => {
  shipping({ Application: "shop" });
  globalProperties.set({ Mine: 1 });
  await shutdown();
  assert.deepEqual(globalProperties.get(), machine);
  globalProperties.clear();
  assert.deepEqual(globalProperties.get(), {});
  await shutdown();
  assert.deepEqual(globalProperties.get(), machine);
});

test("globalProperties are hidden by those of the call, the logger and the handler", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  configure({
    root: { level: "info", handlers: ["seq"] },
    handlers: { seq: { class: "seq", serverUrl: "http://seq.test", fetch: seq.fetch, properties: { Handler: "handler" } } },
  });
  globalProperties.set({ Handler: "global", Logger: "global", Call: "global", Global: "global", Asked: () => "global" });
  getLogger("globals").with({ Logger: "logger" }).info("{Call} {Asked}", { Call: "call", Asked: "call" });
  await flush();
  assert.deepEqual(propertiesOf(seq.events[0]!), { Call: "call", Asked: "call", Logger: "logger", Handler: "handler", Global: "global" });
});

test("globalProperties are captured when they are set: what changes afterwards changes nothing", async () => {
  await using _ = ending();
  const carried = shipping(anonymous);
  const given: Record<string, unknown> = { A: { b: 1 } };
  globalProperties.set(given);
  (given.A as { b: number }).b = 2;
  given.C = 3;
  assert.deepEqual(await carried(), { A: { b: 1 } });
  const got = globalProperties.get();
  got.D = 4;
  assert.deepEqual(await carried(), { A: { b: 1 } });
});

test("globalProperties change nothing of an event that is logged already", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  configure({ serverUrl: "http://seq.test", fetch: seq.fetch, properties: { ...anonymous, A: 1 } });
  getLogger("globals").info("x");
  globalProperties.set({ A: 2 });
  getLogger("globals").info("x");
  globalProperties.clear();
  getLogger("globals").info("x");
  await flush();
  assert.deepEqual(seq.events.map(({ A }) => A), [1, 2, undefined]);
});

test("globalProperties accept odd values, and no log call throws because of them", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  const carried = shipping(anonymous);
  const cycle: Record<string, unknown> = {};
  cycle.cycle = cycle;
  const odd = {
    Big: 5n,
    NaN: NaN,
    Date: new Date(0),
    Error: new Error("as a value"),
    Map: new Map([["a", 1]]),
    Cycle: cycle,
    "a.b": 1,
    "@t": "own",
    "": 0,
  };
  globalProperties.set(odd);
  const found = await carried();
  assert.deepEqual([found.Big, found.NaN, found.Date, found.Map], ["5", "NaN", "1970-01-01T00:00:00.000Z", { a: 1 }]);
  assert.match(JSON.stringify(found.Error), /as a value/);
  assert.equal("@x" in found, false);
  assert.deepEqual(diagnostics.heard, []);
});

test("globalProperties are those of shipped events: a handler in the process sees the event's own", async () => {
  await using _ = ending();
  const memory = new MemoryHandler();
  configure({ root: { level: "info", handlers: ["memory"] }, handlers: { memory } });
  globalProperties.set({ A: 1 });
  getLogger("globals").info("x", { B: 2 });
  assert.deepEqual({ ...memory.events[0]!.properties }, { B: 2 });
});
