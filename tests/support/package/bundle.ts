/** The JavaScript of the package: one ES module for each entry and what they share, with source maps. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { esbuild } from "../build.ts";
import { repository } from "../install.ts";
import { minifyPage } from "./page.ts";
import { finishMarks, markInitialValues } from "./pure.ts";
import { lineMap, type Place, type SourceMap } from "./source_map.ts";

/** The program that `npx` starts. */
const program = `import { runCollector } from "./src/collector/program.ts"; void runCollector(process.argv.slice(2));`;

/**
 * Returns the texts of all entries by their names. Each reaches all of the first, so that what that needs is not spread over files by
 * who else needs it: Node takes some milliseconds for each file.
 */
function textsOf(entries: Readonly<Record<string, string>>): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, `import "./mod.ts"; export * from "./${file}";`])),
    seqlog: `import "./mod.ts"; ${program}`,
  };
}

/** The tools of developers, whose stack traces say nothing of a program that runs for users. */
const tools = /\bsrc\/(?:collector|testing)\//;

const declaredClass = /^(export (?:abstract )?class (\w+)(?:<[^{]*>)?(?: (?:extends|implements) [^{]*)? \{)/gm;

/**
 * What an import begins with that bundlers have to leave to the runtime, and what stands for it meanwhile: esbuild drops comments. Both
 * have the same length, so that the source maps hold.
 */
const lateImport = "import(/*webpackIgnore:true*//*turbopackIgnore:true*//*@vite-ignore*/";
const placeholder = `${"late_import".padEnd(lateImport.length - 1, "_")}(`;

/** Hands in texts that are no files, and keeps the names of exported classes, which the library shows. */
const pluginFor = (texts: Readonly<Record<string, string>>): object => ({
  name: "package",
  // deno-lint-ignore no-explicit-any -- the types of esbuild are out of reach
  setup(build: any): void {
    build.onResolve({ filter: /^text:/ }, ({ path }: { path: string }) => ({ path: path.slice(5), namespace: "text" }));
    build.onLoad({ filter: /.*/, namespace: "text" }, ({ path }: { path: string }) => ({ contents: texts[path], resolveDir: repository }));
    build.onLoad({ filter: /[\\/]page_html\.ts$/ }, ({ path }: { path: string }) => minifyPage(path));
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }: { path: string }) => ({
      contents: readFileSync(path, "utf8").replace(declaredClass, '$1 static name = "$2";').replace(
        /\bimport\((?: ?\/\*.*?\*\/)+ /g,
        placeholder,
      ),
      loader: "ts",
    }));
  },
});

/** A file that esbuild has written: what it imports, does and exports. */
const parts = /^((?:\s*import\s*(?:\{[^}]*\}\s*from\s*)?"[^"]*";)*)([\s\S]*?)((?:export\s*\{[^}]*\};)?)\s*$/;

/**
 * Puts what a file imports and what it exports on a line of its own, where commonjs.cjs finds them; an import of no name is left out,
 * which would only warn the user of a bundler.
 */
function splitFile(path: string, text: string): { readonly lines: readonly [string, string, string]; readonly begin: Place } {
  const [, imports = "", body = "", exports = ""] = parts.exec(text) ?? [];
  if (/\bimport\("\.\//.test(body)) throw new Error(`Cannot split ${path}: it imports a file later`);
  const lines = imports.split("\n");
  const begin = { line: lines.length - 1, column: lines.at(-1)!.length };
  const late = finishMarks(body.replaceAll(placeholder, lateImport));
  return { lines: [imports.replaceAll("\n", "").replace(/import"[^"]*";/g, ""), late, exports.replaceAll("\n", "")], begin };
}

const common = { target: "es2022", format: "esm", legalComments: "none", logLevel: "error", sourcesContent: false } as const;

/** Whether esbuild sees that statements have no effect. */
const isPure = (statements: string): boolean => esbuild().transformSync(statements, { ...common, treeShaking: true }).code.trim() === "";

/** Minifies a file whose map stands in it. */
function minify(path: string, text: string): { readonly code: string; readonly map: string } {
  const { code } = esbuild().transformSync(text, { ...common, sourcemap: "inline" }); // which finds the calls without an effect
  const options = { minify: true, lineLimit: 400, sourcemap: "external", sourcefile: `out/${path}` };
  return esbuild().transformSync(markInitialValues(code, isPure), { ...common, ...options });
}

/**
 * Bundles the entries.
 *
 * @param entries The files of the entries, by the names that they have in the package.
 * @param version The version under which JSR shows the sources, where the maps lead.
 * @returns The text of each file, by its path in the package.
 */
export async function bundleEntries(entries: Readonly<Record<string, string>>, version: string): Promise<Map<string, string>> {
  const texts = textsOf(entries);
  const { outputFiles } = await esbuild().build({
    ...{ absWorkingDir: repository, outdir: "out", write: false, bundle: true, splitting: true, format: "esm", minifyIdentifiers: true },
    ...{ platform: "neutral", target: "es2022", external: ["@std/yaml"], define: { "import.meta": "{}" } },
    ...{ sourcemap: "inline", sourcesContent: false, legalComments: "none", logLevel: "error" },
    plugins: [pluginFor(texts)],
    entryPoints: Object.keys(texts).map((name) => ({ in: `text:${name}`, out: name })),
  });
  const made = new Map<string, string>();
  for (const { path: fullPath, text } of outputFiles) {
    const path: string = fullPath.slice(join(repository, "out/").length);
    const short = minify(path, text);
    const { lines, begin } = splitFile(path, short.code);
    const map: SourceMap = JSON.parse(short.map);
    if (path === "seqlog.js") made.set(path, `#!/usr/bin/env node\n${lines.join("\n")}`);
    else if (lines[1] === "" || map.sources.some((source) => tools.test(source))) made.set(path, `${lines.join("\n")}\n`);
    else {
      made.set(path, `${lines.join("\n")}\n//# sourceMappingURL=${path}.map\n`);
      made.set(`${path}.map`, `${lineMap(map, lines[1], begin, `https://jsr.io/@x/seqlog/${version}/`)}\n`);
    }
  }
  return made;
}
