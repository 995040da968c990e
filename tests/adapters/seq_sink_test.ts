/** seqSink(): lines and records of any other library, to a handler or to loggers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type SeqSink, seqSink, type SeqSinkOptions } from "../../src/adapters/adapters.ts";
import { factsOf, hear, type Heard } from "./hear.ts";

const sinkOf = ({ name }: Heard, options: SeqSinkOptions = {}): SeqSink => seqSink({ logger: name, ...options });

test("seqSink() finds level, time, text, name and error by their usual names", () => {
  using heard = hear();
  const { write } = sinkOf(heard);
  write('{"severity":"WARNING","ts":1767225600.5,"message":"Slow {ms}","ms":350,"logger":"db"}\n');
  write({
    level: 50,
    time: new Date(1767225600000),
    msg: "failed",
    name: "db.pool",
    err: { name: "TypeError", message: "no", stack: "TypeError: no\n  at x" },
  });
  write({ lvl: "dbg", "@timestamp": "2026-01-01T00:00:00.1234567Z", text: "fine", stack: "Error: y\n    at z" });
  assert.deepEqual(heard.events.map(factsOf), [
    { level: "warn", loggerName: `${heard.name}.db`, messageTemplate: "Slow {ms}", message: "Slow 350", properties: { ms: 350 } },
    {
      ...{ level: "error", loggerName: `${heard.name}.db.pool`, messageTemplate: "failed", message: "failed" },
      properties: { err: { name: "TypeError", message: "no" } },
    },
    { level: "debug", loggerName: heard.name, messageTemplate: "fine", message: "fine", properties: {} },
  ]);
  assert.deepEqual(heard.events.map(({ timestampMs, ticks }) => [timestampMs, ticks]), [[1767225600500, 0], [1767225600000, 0], [
    1767225600123,
    4567,
  ]]);
  assert.deepEqual(heard.events.map(({ exception }) => exception?.split("\n")[0]), [undefined, "TypeError: no", "Error: y"]);
});

test("seqSink() reads CLEF, and events as logger.write does", () => {
  using heard = hear();
  const { write } = sinkOf(heard);
  write('{"@t":"2026-01-01T00:00:00Z","@mt":"Hi {N}","N":1,"SourceContext":"c.d","@l":"Error","@x":"Error: z"}\n');
  write({ messageTemplate: "Ho {N}", properties: { N: 2 }, level: "warn", timestampMs: 5, loggerName: "e" });
  assert.deepEqual(heard.events.map(factsOf), [
    { level: "error", loggerName: `${heard.name}.c.d`, messageTemplate: "Hi {N}", message: "Hi 1", properties: { N: 1 } },
    { level: "warn", loggerName: `${heard.name}.e`, messageTemplate: "Ho {N}", message: "Ho 2", properties: { N: 2 } },
  ]);
  assert.deepEqual(heard.events.map(({ timestampMs, exception }) => [timestampMs, exception]), [[1767225600000, "Error: z"], [
    5,
    undefined,
  ]]);
});

test("seqSink() reads text and bytes in pieces, a line that is no record as its text, and what has no end at the close", () => {
  using heard = hear();
  const sink = sinkOf(heard, { levels: { quiet: "off" } });
  const bytes = new TextEncoder().encode('{"msg":"é"}\nplain {x}\n{"level":"quiet","msg":"dropped"}\n{"level":"odd"}\nlast');
  for (const byte of bytes) sink.write(Uint8Array.of(byte));
  assert.deepEqual(heard.events.map(({ message }) => message), ["é", "plain {x}", ""]);
  assert.equal(heard.events[2]!.properties.level, "odd");
  sink.close();
  sink.close();
  assert.equal(heard.events.at(-1)!.message, "last");
  sink.write("x".repeat(1_100_000));
  assert.equal(heard.events.length, 5);
});

test("seqSink() is what a WritableStream writes to", async () => {
  using heard = hear();
  const { body } = new Response('{"msg":"one"}\n{"msg":"two"}');
  await body!.pipeTo(new WritableStream(sinkOf(heard)));
  assert.deepEqual(heard.events.map(({ message }) => message), ["one", "two"]);
});
