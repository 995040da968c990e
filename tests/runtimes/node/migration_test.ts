/** What pino-seq, winston-seq and bunyan-seq send, and what the adapters make of the same calls: the same templates, so that no event type changes in Seq. */

import { SeqTransport } from "@datalust/winston-seq";
import bunyan from "bunyan";
import bunyanSeq from "bunyan-seq";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import pino from "pino";
import pinoSeq from "pino-seq";
import * as winston from "winston";
import { getLogger, type LogEvent } from "../../../mod.ts";
import { bunyanStream, pinoStream, winstonTransport } from "../../../src/adapters/adapters.ts";
import { remember } from "../../support/seq.ts";

/** An event as the clients of Seq send it. */
interface RawEvent {
  readonly MessageTemplate: string;
  readonly Properties: Record<string, unknown>;
  readonly Exception?: string;
}

/** A server that keeps the events that it is sent. */
async function listen(): Promise<{ url: string; events: RawEvent[]; close: () => void }> {
  const events: RawEvent[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    events.push(...JSON.parse(body).Events);
    response.writeHead(201, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, events, close: () => server.close() };
}

/** What both say of an event. */
type Said = readonly [template: string, error: string | undefined, properties: Record<string, unknown>];

const firstLine = (text: string | undefined): string | undefined => text?.split("\n")[0];
const theirs = ({ MessageTemplate, Exception, Properties }: RawEvent): Said => {
  const { pid: _, hostname: __, type: ___, ...properties } = Properties;
  return [MessageTemplate, firstLine(Exception), properties];
};
const ours = ({ messageTemplate, exception, properties }: LogEvent & { readonly exception?: string }): Said => {
  const { err: _, ...others } = properties;
  return [messageTemplate, firstLine(exception), others];
};

/** The calls that both libraries take: the fields of an event, and its text. */
const calls: readonly (readonly [fields: Record<string, unknown>, text: string])[] = [
  [{ name: "World" }, "Hello {name}"],
  [{ user: "ada", count: 3 }, "{user} has {count} items"],
  [{ order: { id: 5 } }, "Order {@order} is late, {order}"],
  [{ amount: 4.5 }, "Paid {amount:0.00}"],
  [{ a: 1 }, "no holes"],
  [{}, "plain text, 100 %"],
  [{ list: [1, 2] }, "List {list} of {list}"],
];

test("pinoStream() makes the templates and properties that pino-seq sends, event by event", async () => {
  const seq = await listen();
  const stream = pinoSeq.createStream({ serverUrl: seq.url });
  using heard = remember(getLogger("migration.pino"));
  for (const to of [stream, pinoStream({ logger: "migration.pino" })]) {
    const logger = pino({ level: "trace" }, to as pino.DestinationStream);
    for (const [fields, text] of calls) logger.warn(fields, text);
    logger.error(new Error("boom"));
  }
  await stream.flush();
  seq.close();
  assert.deepEqual(heard.events.map(ours), seq.events.map(theirs));
  assert.equal(heard.events.length, calls.length + 1);
});

test("winstonTransport() makes the templates and properties that winston-seq sends, event by event", async () => {
  const seq = await listen();
  const transport = new SeqTransport({ serverUrl: seq.url, onError: assert.ifError });
  using heard = remember(getLogger("migration.winston"));
  for (const to of [transport, winstonTransport<winston.transport>({ logger: "migration.winston" })]) {
    const logger = winston.createLogger({ level: "silly", transports: [to] });
    for (const [fields, text] of calls) logger.warn(text, { ...fields });
    logger.error("It failed:", new Error("boom"));
  }
  await transport.flush();
  seq.close();
  assert.deepEqual(heard.events.map(ours), seq.events.map(theirs));
  assert.equal(heard.events.length, calls.length + 1);
});

test("bunyanStream() makes the templates and properties that bunyan-seq sends, event by event", async () => {
  const seq = await listen();
  const theirStream = bunyanSeq.createStream({ serverUrl: seq.url, level: "trace" });
  const ourStream: bunyan.Stream = { type: "raw", stream: bunyanStream({ logger: "migration.bunyan" }), level: "trace" };
  using heard = remember(getLogger("migration.bunyan"));
  for (const stream of [theirStream as bunyan.Stream, ourStream]) {
    const logger = bunyan.createLogger({ name: "shop", streams: [stream], serializers: bunyan.stdSerializers }).child({ widget: 7 });
    for (const [fields, text] of calls) logger.warn(fields, text);
    logger.error(new Error("boom"));
  }
  await new Promise<void>((resolve) => void (theirStream.stream as NodeJS.WritableStream).end(() => resolve()));
  seq.close();
  // bunyan-seq writes the logger's name as a property, and the error's fields among those of the event.
  const withoutName = ([template, error, { name, code: _, signal: __, ...properties }]: Said): Said => {
    return [template, error, { ...properties, ...(template.includes("{name}") && { name }) }];
  };
  assert.deepEqual(heard.events.map(ours), seq.events.map(theirs).map(withoutName));
  assert.deepEqual(new Set(heard.events.map(({ loggerName }) => loggerName)), new Set(["migration.bunyan", "migration.bunyan.shop"]));
});
