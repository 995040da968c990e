/** A program that crashes, with the README's way to lose nothing. */

import process from "node:process";
import { configure, getLogger, shutdown } from "../../../mod.ts";

process.on("uncaughtException", async (error) => {
  getLogger("shop").fatal(error, "The program ends");
  await shutdown({ timeoutMs: 3000 });
  process.exit(1);
});

configure({ serverUrl: process.env.SEQ_URL });
getLogger("shop").info("Before");
setTimeout(() => {
  throw new Error("Crash");
}, 10);
