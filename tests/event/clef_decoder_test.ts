/** CLEF read back: bounded lines, in pieces of any size, whatever they hold. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClefDecoderStream, type LogEventInit } from "../../mod.ts";
import { decodeClef } from "../../src/event/clef_decoder.ts";
import { assertLinear } from "../support/growth.ts";

const utf8 = new TextEncoder();
const line = (fields: object = {}): string => JSON.stringify({ "@t": "2026-03-01T12:00:00Z", ...fields });

/** Decodes chunks; what the stream fails with is thrown. */
async function decode(chunks: Iterable<Uint8Array>, options?: { maxLineBytes?: number }): Promise<LogEventInit[]> {
  const events: LogEventInit[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  await body.pipeThrough(new ClefDecoderStream(options)).pipeTo(new WritableStream({ write: (event) => void events.push(event) }));
  return events;
}

function* pieces(text: string, size: number): Generator<Uint8Array> {
  const bytes = utf8.encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

test("ClefDecoderStream puts lines together from pieces of any size", async () => {
  const text = `\ufeff${line({ "@m": "ä€😀" })}\n\r\n  \n${line({ N: 2 })}\r\n${line({ N: 3 })}`;
  for (const size of [1, 2, 3, 7, 50, 1000]) {
    const events = await decode(pieces(text, size));
    assert.deepEqual(events.map(({ message, properties }) => message ?? properties), ["ä€😀", { N: 2 }, { N: 3 }], `${size}`);
  }
});

test("ClefDecoderStream fails at a line that is longer than maxLineBytes, and names it", async () => {
  const long = line({ A: "x".repeat(100) });
  const { length } = utf8.encode(long);
  for (const size of [1, 10, 10_000]) {
    assert.equal((await decode(pieces(`${long}\n${long}`, size), { maxLineBytes: length })).length, 2);
    const failed = { name: "SyntaxError", message: `Cannot read line 2 as CLEF: it has more than ${length - 1} bytes` };
    await assert.rejects(decode(pieces(`{}`.slice(2) + `\n${long}`, size), { maxLineBytes: length - 1 }), failed);
  }
  await assert.rejects(decode(pieces("x".repeat(2_000_000), 65_536)), /it has more than 1048576 bytes/);
});

test("ClefDecoderStream reads a long line in small pieces in time that grows with its length alone", async () => {
  const cost = async (size: number): Promise<number> => {
    let keeps = 0;
    const body = line({ A: "x".repeat(size) });
    const events = await decode(
      function* () {
        for (const piece of pieces(body, 64)) {
          keeps++;
          yield piece;
        }
      }(),
      { maxLineBytes: 1e8 },
    );
    assert.equal(events.length, 1);
    return keeps;
  };
  for (const size of [64_000, 512_000]) await cost(size);
  assertLinear("decodeClef()", (size) => line({ A: "x".repeat(size) }), (text) => decodeClef(text));
});

test("decodeClef() keeps integers of 64 bits, and event types only of the kinds that Seq takes", () => {
  const read = decodeClef(`{"@t":"2026-03-01T12:00:00Z","Id":9007199254740993,"In":[18446744073709551615]}`);
  assert.deepEqual(read.properties, { Id: 9007199254740993n, In: [18446744073709551615n] });
  assert.equal(decodeClef(line({ "@i": "type" })).eventType, "type");
  assert.equal(decodeClef(line({ "@i": 0xffffffff })).eventType, 0xffffffff);
  for (const wrong of [{ toString: null }, -1, 1.5, 2 ** 32, true, null, [7]]) {
    const { eventType, properties, hasWrongType } = decodeClef(line({ "@i": wrong }));
    assert.deepEqual([eventType, properties, hasWrongType], [undefined, { "@i": wrong }, true]);
  }
});

test("decodeClef() names the line of what is no event, and shows at most 80 characters of it", () => {
  assert.throws(() => decodeClef("[]", 7), { name: "SyntaxError", message: "Cannot read line 7 as CLEF: it is no JSON object" });
  assert.throws(() => decodeClef(line({ "@t": "x".repeat(500) })), (error: Error) => error.message.length < 130);
  assert.throws(() => decodeClef(`{"@t":9007199254740993}`), SyntaxError);
});
