/** Prints a handler that has a key, in every way a program might. Argument: the key. */

import process from "node:process";
import { configure, SeqHandler } from "../../../mod.ts";

const apiKey = process.argv[2] ?? "";
const logging = configure({ serverUrl: "http://localhost:5341", apiKey, headers: { authorization: apiKey } });
const handler = new SeqHandler({ serverUrl: "http://localhost:5341", apiKey });
console.log(handler, logging, logging.handlers);
console.error(handler);
console.dir(logging, { depth: Infinity, showHidden: true });
console.log("%o %O %j %s", handler, handler, handler, handler);
console.table([handler]);
console.log(JSON.stringify([handler, logging]));
