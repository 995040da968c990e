/** StreamHandler: the bare text, on one of two streams. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, getLogger } from "../../mod.ts";
import { StreamHandler } from "../../src/handlers/stream_handler.ts";
import { hearConsole } from "../support/seq.ts";

const streams = [[{}, "error"], [{ stream: "stderr" }, "error"], [{ stream: "stdout" }, "log"], [undefined, "error"]] as const;
for (const [options, method] of streams) {
  test(`StreamHandler of ${JSON.stringify(options)} writes the message by console.${method}`, () => {
    using onConsole = hearConsole();
    using _ = getLogger("stream.test").addHandler(new StreamHandler(options));
    getLogger("stream.test").warn("{Left} items left, 100 %s", { Left: 3, Other: 1 });
    assert.deepEqual(onConsole.heard, [{ method, text: "3 items left, 100 %s" }]);
  });
}

test("StreamHandler writes the exception below the message", () => {
  using onConsole = hearConsole();
  using _ = getLogger("stream.test").addHandler(new StreamHandler());
  getLogger("stream.test").error(new Error("No paper"), "Page {Page} failed", { Page: 1 });
  assert.match(onConsole.heard[0]!.text, /^Page 1 failed\n {4}Error: No paper\n {5,}at /);
});

test("StreamHandler writes its formatter's text", () => {
  using onConsole = hearConsole();
  const handler = new StreamHandler({ stream: "stdout" });
  handler.formatter = ({ level, message }) => `${level}: ${message}`;
  using _ = getLogger("stream.test").addHandler(handler);
  getLogger("stream.test").warn("Low");
  assert.deepEqual(onConsole.heard, [{ method: "log", text: "warn: Low" }]);
});

test("StreamHandler refuses another stream", () => {
  assert.throws(
    () => new StreamHandler({ stream: "stdot" as never }),
    (error) => error instanceof ConfigError && /did you mean stdout\?; known are stdout, stderr/.test(error.message),
  );
});
