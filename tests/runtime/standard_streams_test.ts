/** Standard input and output, and files read piece by piece. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { onOutputGone, readBytes } from "../../src/runtime/standard_streams.ts";

test("readBytes() reads a file in pieces, and throws where there is none", async () => {
  let text = "";
  for await (const bytes of readBytes(fileURLToPath(import.meta.url))) text += new TextDecoder().decode(bytes);
  assert.match(text, /^\/\*\* Standard input/);
  await assert.rejects(async () => {
    for await (const _ of readBytes("nowhere.clef"));
  }, { code: "ENOENT" });
});

test("onOutputGone() does not call back while the output is read", () => {
  onOutputGone(() => assert.fail("the output is there"));
});
