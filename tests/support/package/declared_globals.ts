/** The globals that the declarations name: a program without the types of a browser or of Node compiles with them, too. */

import { posix } from "node:path";

/** How each global is declared where nobody knows whether the program's types have it. */
const declarations: Readonly<Record<string, string>> = {
  Request: `export type Request = Instance<"Request">;`,
  Response: `export type Response = Instance<"Response">;`,
  URL: `export type URL = Instance<"URL">;`,
  TransformStream:
    `export declare const TransformStream: typeof globalThis extends { TransformStream: infer C extends new (...args: any) => any } ? C\n` +
    `\t: new <I, O>() => { readonly readable: object; readonly writable: object };`,
  SetTimeout:
    `export type SetTimeout = typeof globalThis extends { setTimeout: infer F extends (...args: any) => any } ? F : () => unknown;`,
  Fetch: `export type Fetch = typeof globalThis extends { fetch: infer F } ? F : (input: any, init?: any) => Promise<any>;`,
};

const instance = `type Instance<Name extends string> = typeof globalThis extends { [name in Name]: { prototype: infer T } } ? T : object;`;

/** What stands for the type of a global function. */
const functions: readonly (readonly [asked: RegExp, name: string])[] = [
  [/\btypeof (?:globalThis\.)?setTimeout\b/g, "SetTimeout"],
  [/\btypeof (?:globalThis\.)?fetch\b/g, "Fetch"],
];

const head = /^(?:\/\*\*(?:[^*]|\*(?!\/))*\*\/\n)?/;

/**
 * Lets the files take the globals from one that asks whether they are there; `Symbol.dispose` comes with a library of the compiler's.
 *
 * @param files The texts of the declarations, by their paths.
 */
export function addGlobals(files: ReadonlyMap<string, string>): Map<string, string> {
  const made = new Map<string, string>();
  for (const [path, given] of files) {
    const text = functions.reduce((text, [asked, name]) => text.replace(asked, name), given);
    const code = text.replace(/\/\*\*[\s\S]*?\*\//g, "");
    const names = Object.keys(declarations).filter((name) => new RegExp(`\\b${name}\\b`).test(code));
    const way = posix.relative(posix.dirname(path), "types/globals.cjs");
    const lines = names.length === 0 ? "" : `import { ${names.join(", ")} } from "${way.startsWith(".") ? way : `./${way}`}";\n`;
    const library = /\bSymbol\.(?:async)?[dD]ispose\b|\bAsyncDisposable\b/.test(code) ? `/// <reference lib="esnext.disposable" />\n` : "";
    made.set(path, library + text.replace(head, (comment) => comment + lines));
  }
  made.set("types/globals.d.cts", `${[instance, ...Object.values(declarations)].join("\n")}\n`);
  return made;
}
