import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { pageHtml } from "../../../src/collector/page/page_html.ts";

const { html, policy } = await pageHtml();
const [, style = ""] = /<style>(.*?)<\/style>/s.exec(html) ?? [];
const [, script = ""] = /<script>(.*?)<\/script>/s.exec(html) ?? [];
const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

test("the policy allows the page's own script and style, and no other", () => {
  const rules = Object.fromEntries(policy.split("; ").map((rule) => [rule.split(" ")[0], rule.split(" ").slice(1).join(" ")]));
  assert.deepEqual([rules["script-src"], rules["style-src"]], [hash(script), hash(style)]);
  assert.deepEqual([rules["default-src"], rules["base-uri"], rules["form-action"], rules["frame-ancestors"]], Array(4).fill("'none'"));
  assert.deepEqual([rules["connect-src"], rules["require-trusted-types-for"], rules["trusted-types"]], ["'self'", "'script'", "'none'"]);
  assert.doesNotMatch(policy, /unsafe|\*/);
});

test("the page is one document: nothing is loaded from elsewhere, and nothing of an event becomes HTML", () => {
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.doesNotMatch(html.replace(script, ""), /\son\w+=|\sstyle=|src=|https?:/);
  assert.doesNotMatch(
    script,
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setAttribute\("(?:on|style|href|src)/,
  );
  assert.doesNotMatch(script, /`|https?:/);
});

test("the script is correct JavaScript", () => {
  assert.doesNotThrow(() => new Function(script));
});
