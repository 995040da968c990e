/** What the library reports of itself: seldom, in few words, and harmless to show. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, Handler, onDiagnostic } from "../mod.ts";
import { report } from "../src/diagnostic.ts";
import { hearConsole, hearDiagnostics } from "./support/seq.ts";

const evil = "\x1b[2J\r\n12:00:00.000 INFO forged\u2028\u202e\x9b";
// deno-lint-ignore no-control-regex -- what a terminal obeys
const obeyed = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

/** A handler that fails, and counts how often its error's message is read. */
class Failing extends Handler {
  asked = 0;

  emit(): void {
    const count = (): string => `No paper ${++this.asked}`;
    throw Object.defineProperty(new Error(), "message", { get: count });
  }
}

test("report() makes a message harmless, for a listener and for the console", () => {
  using onConsole = hearConsole();
  {
    using hearing = hearDiagnostics();
    report({ code: "test-harmless", handler: "one", message: `It says ${evil}`, hint: `Look at ${evil}` });
    for (const text of [hearing.heard[0]!.message, hearing.heard[0]!.hint!]) assert.doesNotMatch(text, obeyed);
  }
  report({ code: "test-harmless", handler: `one${evil}`, message: `It says ${evil}`, hint: `Look at ${evil}` });
  const { text } = onConsole.heard[0]!;
  assert.doesNotMatch(text, obeyed);
  for (const line of text.split("\n").slice(1)) assert.match(line, /^ {4}/);
});

test("report() bounds a message", () => {
  using hearing = hearDiagnostics();
  report({ code: "test-bound", message: "x".repeat(1_000_000) });
  assert.equal(hearing.heard[0]!.message.length, 10_001);
});

test("report() makes no message of a line that is silenced, and counts it", () => {
  using onConsole = hearConsole();
  let made = 0;
  const message = (): string => `Made ${++made}`;
  for (let i = 0; i < 1000; i++) report({ code: "test-lazy", handler: "lazy", message });
  assert.deepEqual([made, onConsole.heard.map(({ text }) => text)], [1, ["seqlog: Made 1 [test-lazy, lazy]"]]);
});

test("report() survives a message that throws, a listener that throws what cannot be shown, and a thing without a text", () => {
  using onConsole = hearConsole();
  const unshowable = { toString: null };
  const listening = onDiagnostic(() => {
    throw unshowable;
  });
  report({
    code: "test-throws",
    message: () => {
      throw new Error("never seen");
    },
  });
  listening.dispose();
  assert.match(
    onConsole.heard[0]!.text,
    /^seqlog: A diagnostic listener failed \(it cannot be shown\).*it cannot be shown \[test-throws\]$/,
  );
});

test("a handler that fails again and again has its error read once per line that is printed", () => {
  using onConsole = hearConsole();
  const handler = new Failing();
  handler.name = "failing often";
  const logger = getLogger("diagnostic.lazy");
  using _ = logger.addHandler(handler);
  for (let i = 0; i < 100; i++) logger.warn("Page {Page}", { Page: i });
  assert.equal(onConsole.heard.length, 1);
  const asked = handler.asked;
  for (let i = 0; i < 100; i++) logger.warn("Page {Page}", { Page: i });
  assert.equal(handler.asked, asked);
});

test("the console shows one full stop before the advice, whatever the message ends with", () => {
  using onConsole = hearConsole();
  report({ code: "test-stop", handler: "one", message: "The disk is full.", hint: "Make room" });
  assert.equal(onConsole.heard.at(-1)!.text, "seqlog: The disk is full. Make room [test-stop, one]");
});

test("a line that the console throws at is written again when the stack is empty, and then given up", async () => {
  const { warn } = console;
  const lines: string[] = [];
  let failures = 1;
  console.warn = (line: string) => {
    if (failures-- > 0) throw new RangeError("Maximum call stack size exceeded");
    lines.push(line);
  };
  try {
    report({ code: "test-again", handler: "one", message: "Written later" });
    assert.deepEqual(lines, []);
    await Promise.resolve().then(() => {});
    assert.deepEqual(lines, ["seqlog: Written later [test-again, one]"]);
    failures = 2;
    report({ code: "test-again", handler: "two", message: "Never written" });
    await Promise.resolve().then(() => {});
    assert.equal(lines.length, 1);
  } finally {
    console.warn = warn;
  }
});
