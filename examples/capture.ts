/**
 * Events of pino, winston, LogTape and the console, for a service that moves over step by step: `npx tsx examples/capture.ts`, after
 * `npm install --no-save pino winston @logtape/logtape`.
 *
 * Without a Seq, start the collector first: `npm run collector`.
 */

import { configure as configureLogTape, getLogger as getLogTapeLogger } from "@logtape/logtape";
import pino from "pino";
import process from "node:process";
import winston from "winston";
import { configure, shutdown } from "@x/seqlog";
import { logtapeSink, pinoStream, winstonTransport } from "@x/seqlog/adapters";

// The level here decides: set those of the others low.
configure({ serverUrl: process.env.SEQ_URL ?? "http://localhost:5341", level: "debug", captureConsole: true });

const db = pino({ name: "db", level: "trace" }, pinoStream());
db.child({ pool: 3 }).warn({ ms: 350 }, "Slow query");

const shop = winston.createLogger({ level: "silly", transports: [winstonTransport()] });
shop.info("Order %d shipped to %s", 42, "Oslo");

await configureLogTape({
  sinks: { seq: logtapeSink() },
  loggers: [{ category: [], sinks: ["seq"] }, { category: ["logtape", "meta"], lowestLevel: "warning" }],
});
getLogTapeLogger(["shop", "users"]).error("User {User} is blocked", { User: "ada" });

console.log("Listening on port %d", 8000);

await shutdown();
