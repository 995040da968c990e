import assert from "node:assert/strict";
import { test } from "node:test";
import { readClefLines } from "../../src/collector/clef_lines.ts";

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array, void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const text = '\ufeff{"@t":"2026-03-01T10:15:00Z","@m":"é"}\r\n\n  Listening on 8000\n{"@t":1}\n{"@t":"2026-03-01T10:15:00Z","@m":"last"}';

for (const size of [1, 7, 1000]) {
  test(`readClefLines() reads events and other lines from pieces of ${size} bytes`, async () => {
    const read = [];
    for await (const lines of readClefLines(pieces(text, size))) read.push(...lines);
    assert.deepEqual(
      read.map((line) => line.event?.message ?? (line.event === undefined && (line.problem ?? line.text)).toString().trim()),
      [
        "é",
        "Listening on 8000",
        "Cannot ingest the event on line 4 as `@t` must be a string: current value is 1",
        "last",
      ],
    );
  });
}

test("readClefLines() refuses a line without an end, and skips one that is nested too deep", async () => {
  const deep = `{"@t":"2026-03-01T10:15:00Z","a":${"[".repeat(100)}${"]".repeat(100)}}`;
  for await (const [line] of readClefLines(pieces(deep, 1000))) assert.ok(line?.event);
  await assert.rejects(async () => {
    for await (const _ of readClefLines(pieces("x".repeat(16_777_217), 1_000_000)));
  }, /^SyntaxError: Cannot read line 1 as CLEF/);
});
