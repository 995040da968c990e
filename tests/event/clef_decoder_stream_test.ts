/** CLEF read back from bytes: bounded lines, in pieces of any size. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClefDecoderStream, type LogEventInit } from "../../mod.ts";

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

test("ClefDecoderStream reads a long line in small pieces", async () => {
  const events = await decode(pieces(line({ A: "x".repeat(512_000) }), 64), { maxLineBytes: 1e8 });
  assert.equal((events[0]!.properties as { readonly A: string }).A.length, 512_000);
});
