import process from "node:process";
import { mock } from "node:test";
import { runUnderFakes } from "./fakes.cjs";

const library = await import(`${process.env.LIBRARY}/seqlog.mjs`);

await runUnderFakes(library, { fake: () => mock.timers.enable(), restore: () => mock.timers.reset() });
process.exit(); // a connection of Node's fetch whose timers were fakes holds the process
