/** Compiles formats of Python's `string.Template`: `$levelname ${message}`. */

import { addPart, type Part, type Resolve } from "./placeholder.ts";
import { str } from "./python_value.ts";

const markup = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})?/g;

/** Returns what Python finds wrong with a format of style `$`, if anything. */
export function checkDollarFormat(format: string): string | undefined {
  let hasField = false;
  for (const [raw, , named, braced] of format.matchAll(markup)) {
    if (raw === "$") return "a bare $ is not allowed";
    hasField ||= named !== undefined || braced !== undefined;
  }
  return hasField ? undefined : "it has no fields";
}

/** Compiles a format of style `$`. A `$` without a name after it is literal text. */
export function dollarFormat(format: string, resolve: Resolve): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const found of format.matchAll(markup)) {
    const { 0: raw, index } = found;
    const field = found[2] ?? found[3];
    addPart(parts, format.slice(end, index));
    end = index + raw.length;
    if (field === undefined) {
      addPart(parts, "$");
    } else {
      const get = resolve(field);
      parts.push({ raw, field, show: (event) => str(get(event)) });
    }
  }
  addPart(parts, format.slice(end));
  return parts;
}
