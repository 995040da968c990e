import assert from "node:assert/strict";
import { test } from "node:test";
import { readClef } from "../../src/collector/clef_body.ts";
import { formatCollectedEvent } from "../../src/collector/format_collected_event.ts";

const at = new Date(2026, 2, 1, 9, 5, 7, 42);
const format = (fields: object, colour = false) => {
  const [event] = readClef(new TextEncoder().encode(JSON.stringify({ "@t": at.toISOString(), ...fields })));
  return formatCollectedEvent(event!, { colour });
};

test("formatCollectedEvent() writes local time, level, logger, message and the remaining properties on one line", () => {
  const fields = {
    "@mt": "Order {Id} to {@City}",
    Id: 42,
    City: "Oslo",
    SourceContext: "shop.orders",
    Application: "shop",
    Size: { w: 1, h: [2] },
  };
  assert.equal(format(fields), '09:05:07.042 INF shop.orders: Order 42 to Oslo Application="shop" Size={"w":1,"h":[2]}');
});

test("formatCollectedEvent() knows Python's LoggerName and does without a logger", () => {
  assert.equal(format({ "@m": "x", LoggerName: "a.b" }), "09:05:07.042 INF a.b: x");
  assert.equal(format({ "@m": "x", SourceContext: "s", LoggerName: "l" }), '09:05:07.042 INF s: x LoggerName="l"');
  assert.equal(format({ "@m": "x", SourceContext: 5 }), "09:05:07.042 INF x SourceContext=5");
  assert.equal(format({}), "09:05:07.042 INF");
});

test("formatCollectedEvent() shortens every level that Seq knows and shows an unknown word as it is", () => {
  const levels = ["Verbose", "debug", "Information", "WARN", "err", "Critical", "Audit"];
  assert.deepEqual(
    levels.map((level) => format({ "@l": level, "@m": "x" }).split(" ")[1]),
    ["VRB", "DBG", "INF", "WRN", "ERR", "FTL", "Audit"],
  );
});

test("formatCollectedEvent() takes a property as shown when a dotted hole shows part of it", () => {
  assert.equal(format({ "@mt": "{a.b}", a: { b: 1 } }), "09:05:07.042 INF 1");
  assert.equal(format({ "@m": "ready {A}", A: 1 }), "09:05:07.042 INF ready {A} A=1");
});

test("formatCollectedEvent() indents the exception", () => {
  const text = format({ "@m": "x", "@x": "Error: no\r\n\tat f (a.ts:1)\n  at g\n" });
  assert.equal(text, "09:05:07.042 INF x\n    Error: no\n        at f (a.ts:1)\n      at g");
});

test("formatCollectedEvent() writes control, format and bidirectional characters as escapes", () => {
  const nasty = "a\x1b[2Jb\nc\rd\te\u202ef\u2028g\x9bh\u200bi\ud800j";
  const safe = "a\\x1b[2Jb\\nc\\rd\\te\\u{202e}f\\u{2028}g\\x9bh\\u{200b}i\ud800j";
  assert.equal(format({ "@m": nasty }), `09:05:07.042 INF ${safe}`);
  const everywhere = format({
    "@m": "m",
    "@l": "\x1b[0m",
    SourceContext: "\x1b]0;x\x07",
    "@x": "\x1b[1A\u202e",
    "\x1bname": "\u009b1A\u202e",
  });
  assert.doesNotMatch(everywhere, /(?!\n)\p{Cc}|\u202e/u);
  assert.equal(everywhere.split("\n").length, 2);
});

test("formatCollectedEvent() leaves emoji and other scripts whole", () => {
  assert.equal(
    format({ "@m": "\u{1f468}\u200d\u{1f469} \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 é" }),
    "09:05:07.042 INF \u{1f468}\u200d\u{1f469} \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 é",
  );
});

test("formatCollectedEvent() cuts a long property", () => {
  const text = format({ "@m": "x", Long: "y".repeat(5000) });
  assert.ok(text.length < 250);
  assert.match(text, /Long="y+…$/);
});

test("formatCollectedEvent() colours only when asked to", () => {
  const fields = { "@m": "x", "@l": "Error", "@x": "E", SourceContext: "s", A: 1 };
  assert.equal(format(fields).includes("\x1b"), false);
  const coloured = format(fields, true);
  assert.equal(
    coloured,
    "\x1b[2m09:05:07.042\x1b[0m \x1b[31mERR\x1b[0m \x1b[35ms:\x1b[0m x \x1b[2mA=1\x1b[0m\n\x1b[31m    E\x1b[0m",
  );
});

test("formatCollectedEvent() shows the duration of a span once", () => {
  const span = {
    "@st": new Date(at.getTime() - 5).toISOString(),
    "@sp": "0123456789abcdef",
    "@tr": "0123456789abcdef".repeat(2),
    Elapsed: 5,
  };
  assert.equal(format({ "@mt": "Sent in {Elapsed} ms", ...span }), "09:05:07.042 INF Sent in 5 ms");
  assert.equal(format({ "@mt": "Sent", ...span }), "09:05:07.042 INF Sent 5 ms Elapsed=5");
});
