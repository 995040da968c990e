import assert from "node:assert/strict";
import { test } from "node:test";
import { controlsScript } from "../../../src/collector/page/controls_script.ts";
import { body } from "../../../src/collector/page/page_body.ts";

test("the help names every key", () => {
  const told = [...body.matchAll(/<kbd>(.*?)<\/kbd>/g)].flatMap(([, keys = ""]) => keys.split(" "));
  const [, table = ""] = /const anywhere = \{(.*?)\n\};/s.exec(controlsScript) ?? [];
  const keys = [...table.matchAll(/^ {2}"(.+?)":/gm)].map(([, key = ""]) => key === " " ? "space" : key === "Escape" ? "Esc" : key);
  assert.deepEqual(keys.filter((key) => !told.includes(key)), []);
  assert.ok(keys.length >= 8);
});
