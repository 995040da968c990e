/** Lines that arrive in pieces, by the adapters that take them: pinoStream() and seqSink(). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { pinoStream, seqSink } from "../../src/adapters/adapters.ts";
import { assertLinear } from "../support/growth.ts";
import { hear } from "./hear.ts";

interface Taker {
  write(piece: string | Uint8Array): void;
  end(): void;
}

const takers: Readonly<Record<string, (logger: string) => Taker>> = {
  "pinoStream()": (logger) => pinoStream({ logger }),
  "seqSink()": (logger) => {
    const { write, close } = seqSink({ logger });
    return { write, end: close };
  },
};

for (const [name, make] of Object.entries(takers)) {
  test(`${name} joins the pieces of a line, even where one ends within a character`, () => {
    using heard = hear();
    const taker = make(heard.name);
    const bytes = new TextEncoder().encode('{"level":30,"msg":"Grüße 🚢"}\nplain\nunfinished');
    for (const byte of bytes) taker.write(Uint8Array.of(byte));
    assert.deepEqual(heard.events.map(({ message }) => message), ["Grüße 🚢", "plain"]);
    taker.end();
    assert.equal(heard.events[2]?.message, "unfinished");
  });

  test(`${name} buffers at most 1 MiB of a line that never ends`, () => {
    using heard = hear();
    const taker = make(heard.name);
    for (let i = 0; i < 3; i++) taker.write("x".repeat(600_000));
    assert.equal(heard.events.length, 1);
  });

  test(`${name} reads a line of many pieces at a cost that grows with its length alone`, () => {
    using heard = hear();
    const run = (count: number): void => {
      const taker = make(heard.name);
      for (let i = 0; i < count; i++) taker.write("x".repeat(50));
      taker.end();
    };
    assertLinear("pieces of a line", (count) => count, run, { from: 1000, to: 16_000 });
  });
}
