/** Parts of the collector's page, run without a page. */

/** Runs parts of the script with these globals in place of the browser's, and returns what the expression makes of them. */
export function runScript<T>(parts: readonly string[], expression: string, globals: Readonly<Record<string, unknown>> = {}): T {
  const names = Object.keys(globals);
  const run = new Function(...names, `"use strict";\n${parts.join("\n")}\nreturn (${expression});`);
  return run(...names.map((name) => globals[name])) as T;
}

/** Elements that take everything and are nothing. */
export function anyElement(): object {
  const element: object = new Proxy(function () {}, {
    get: (_target, name) => name === Symbol.toPrimitive ? () => 0 : name === "hidden" ? false : element,
    set: () => true,
    apply: () => element,
  });
  return element;
}
