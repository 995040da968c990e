import assert from "node:assert/strict";
import { test } from "node:test";
import { dark, light, type Palette, rowHeight, style } from "../../../src/collector/page/page_style.ts";

/** The relative luminance of WCAG. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const texts = ["text", "dim", "trace", "debug", "info", "warn", "error", "fatal"];
const grounds = ["ground", "panel", "wrong", "selected", "hover"];

for (const [name, palette] of [["light", light], ["dark", dark]] as const) {
  test(`every text has enough contrast on every ground of the ${name} form`, () => {
    const of = (colour: string): string => (palette as Palette)[colour]!;
    for (const text of texts) {
      for (const ground of grounds) {
        assert.ok(contrast(of(text), of(ground)) >= 4.5, `${text} on ${ground}: ${contrast(of(text), of(ground))}`);
      }
    }
    assert.ok(contrast(of("ground"), of("accent")) >= 4.5);
  });
}

test("both forms name the same colours, and the style uses no other name", () => {
  assert.deepEqual(Object.keys(light), Object.keys(dark));
  for (const [, name = ""] of style.matchAll(/var\(--([\w-]+)\)/g)) assert.ok(name in light, name);
  assert.ok(style.includes(`height:${rowHeight}px`));
});
