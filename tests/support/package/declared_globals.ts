/** The globals that the declarations name: a program without the types of a browser or of Node compiles with them, too. */

/** The type of a generic class, which an instantiation expression makes of its constructor. */
const streamOf = (name: string): string =>
  `declare const Any${name}: typeof globalThis extends { ${name}: infer C extends new (...args: any) => any } ? C : new <T>() => object;\n` +
  `type ${name}<T> = InstanceType<typeof Any${name}<T>>;`;

/** How each global is declared, because the program's types may lack it. */
const declarations: Readonly<Record<string, string>> = {
  Request: `type Request = Instance<"Request">;`,
  Response: `type Response = Instance<"Response">;`,
  URL: `type URL = Instance<"URL">;`,
  ReadableStream: streamOf("ReadableStream"),
  WritableStream: streamOf("WritableStream"),
  SetTimeout: `type SetTimeout = typeof globalThis extends { setTimeout: infer F extends (...args: any) => any } ? F : () => unknown;`,
  Fetch: `type Fetch = typeof globalThis extends { fetch: infer F } ? F : (input: any, init?: any) => Promise<any>;`,
};

const instance = `type Instance<Name extends string> = typeof globalThis extends { [name in Name]: { prototype: infer T } } ? T : object;`;

/** What stands for the type of a global function. */
const functions: readonly (readonly [asked: RegExp, name: string])[] = [
  [/\btypeof (?:globalThis\.)?setTimeout\b/g, "SetTimeout"],
  [/\btypeof (?:globalThis\.)?fetch\b/g, "Fetch"],
];

/**
 * Returns the text with declarations of the globals that it names: each asks whether there is such a global. `Symbol.dispose` comes with
 * a library of the compiler's.
 */
export function addGlobals(given: string): string {
  const text = functions.reduce((text, [asked, name]) => text.replace(asked, name), given);
  const code = text.replace(/\/\*\*[\s\S]*?\*\//g, "");
  const needed = Object.entries(declarations).filter(([name]) => new RegExp(`\\b${name}\\b`).test(code)).map(([, declaration]) =>
    declaration
  );
  return `/// <reference lib="esnext.disposable" />\n${[...(needed.length > 0 ? [instance] : []), ...needed].join("\n")}\n${text}`;
}
