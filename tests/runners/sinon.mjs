import process from "node:process";
import sinon from "sinon";
import { runUnderFakes } from "./fakes.cjs";

const library = await import(`${process.env.LIBRARY}/seqlog.mjs`);
let clock;
const restore = () => clock.restore();

await runUnderFakes(library, { fake: () => clock = sinon.useFakeTimers(), restore, isStopped: true });
await runUnderFakes(library, { fake: () => clock = sinon.useFakeTimers({ toNotFake: ["nextTick", "queueMicrotask"] }), restore });
process.exit();
