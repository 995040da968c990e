/** A program that crashes by an uncaught error. */

import process from "node:process";
import { configure, getLogger } from "../../../mod.ts";

configure({ serverUrl: process.env.SEQ_URL, handleUncaught: true });
getLogger("shop").info("Before");
setTimeout(() => {
  throw new Error("Crash");
});
