import assert from "node:assert/strict";
import { test } from "node:test";
import { body } from "../../../src/collector/page/page_body.ts";
import { pageHtml } from "../../../src/collector/page/page_html.ts";

test("every control has a name, and every id occurs once", () => {
  const ids = [...body.matchAll(/\sid="([\w-]+)"/g)].map(([, id]) => id!);
  assert.equal(new Set(ids).size, ids.length);
  for (const [, attributes = "", text = ""] of body.matchAll(/<button([^>]*)>(.*?)<\/button>/gs)) {
    assert.ok(/aria-label="/.test(attributes) || /\w/.test(text.replace(/<[^>]*>/g, "")), attributes);
    assert.match(attributes, /type="button"/);
  }
  for (const [, , id = ""] of body.matchAll(/<(input|select) id="([\w-]+)"/g)) assert.ok(body.includes(`<label for="${id}"`), id);
  for (const [, kind = "", id = ""] of body.matchAll(/aria-(controls|labelledby|describedby)="([\w-]+)"/g)) {
    assert.ok(ids.includes(id), `${kind} ${id}`);
  }
});

test("the script uses ids that exist", async () => {
  const { html } = await pageHtml();
  const ids = new Set([...body.matchAll(/\sid="([\w-]+)"/g)].map(([, id]) => id));
  const asked = [...html.matchAll(/byId\("([\w-]+)"\)/g)].map(([, id]) => id);
  assert.ok(asked.length > 30);
  assert.deepEqual(asked.filter((id) => !ids.has(id)), []);
});
