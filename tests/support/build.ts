/** Tests and programs as JavaScript, each one file that is made once: finding and reading a hundred modules is most of what a short test costs. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { asDenoTest, docExamplesIn } from "./doc_examples.ts";
import { entryPaths } from "./entries.ts";
import { repository } from "./install.ts";

/** The variable by which tests/run.ts names the folder of what is built. */
export const buildVariable = "SEQLOG_TESTS_BUILD";

/** The folders whose packages the built files find as the sources do. */
const packageFolders = ["", "examples", "tests", "tests/runtimes"];

/** The programs that the tests start again and again: each is built as one file, which starts in half the time. */
const programs = "tests/runtimes/programs";

/** esbuild, which comes with tsx. It has no types here: its package is outside of this folder's reach. */
// deno-lint-ignore no-explicit-any
export function esbuild(): any {
  const tsx = createRequire(join(repository, "package.json")).resolve("tsx/package.json");
  return createRequire(tsx)("esbuild");
}

const readSource = (file: string): string => readFileSync(join(repository, file), "utf8");

/** The files of TypeScript below a folder, as paths from the repository. */
function sourcesBelow(folder: string): string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !path.includes("/node_modules/"));
}

/**
 * Whether a test has to run from its source: it imports TypeScript by names that only it knows, or starts the runtime as it was started
 * itself.
 */
export function needsSource(file: string): boolean {
  return file.endsWith(".ts") && /\bimport\(pathToFileURL|\bexecArgv\b/.test(readSource(file));
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "seqlog-build-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Lets what is built find the packages that its source finds. */
function linkPackages(folder: string): void {
  for (const path of packageFolders) {
    mkdirSync(join(folder, path), { recursive: true });
    symlinkSync(join(repository, path, "node_modules"), join(folder, path, "node_modules"), "junction");
  }
}

/** What is common to all that is built: nothing changes for the program but its language, and that it is one file. */
const common = {
  ...{ absWorkingDir: repository, bundle: true, format: "esm", platform: "node", target: "node20" },
  ...{ packages: "external", ignoreAnnotations: true, logLevel: "error" },
} as const;

/** Lets a module find the files next to its source. */
const ownUrls = {
  name: "own URLs",
  // deno-lint-ignore no-explicit-any -- the types of esbuild are out of reach
  setup(build: any): void {
    build.onLoad({ filter: /\.ts$/ }, ({ path }: { path: string }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta.url")) return undefined;
      return { loader: "ts", contents: `const sourceUrl = ${JSON.stringify(pathToFileURL(path).href)}; ${text}` };
    });
  },
};

/** The group that stands for the examples in the comments of the sources. */
export const docExamples: readonly string[] = ["src"];

/** What an entry imports. */
function contentsOf(group: readonly string[]): string[] {
  if (group !== docExamples) return group.map((file) => `./${file}`);
  return ["mod.ts", ...sourcesBelow("src")].flatMap((file) => docExamplesIn(readSource(file)).map((_, i) => `example:${i}:${file}`));
}

/** Makes the entries of groups of files, and the modules of the examples in comments. */
const virtualModules = (groups: ReadonlyMap<string, readonly string[]>): object => ({
  name: "virtual modules",
  // deno-lint-ignore no-explicit-any -- the types of esbuild are out of reach
  setup(build: any): void {
    const load = (kind: string, contents: (name: string) => string): void => {
      build.onResolve({ filter: new RegExp(`^${kind}:`) }, ({ path }: { path: string }) => ({ path, namespace: kind }));
      build.onLoad({ filter: /./, namespace: kind }, ({ path }: { path: string }) => {
        return { resolveDir: repository, loader: "ts", contents: contents(path.slice(kind.length + 1)) };
      });
    };
    load("group", (name) => contentsOf(groups.get(name)!).map((path) => `import ${JSON.stringify(path)};`).join("\n"));
    load("example", (name) => {
      const [, index = "", file = ""] = /^(\d+):(.*)$/.exec(name)!;
      return asDenoTest(file, docExamplesIn(readSource(file))[Number(index)]!);
    });
  },
});

const groupName = (group: readonly string[]): string => group[0]!.replace(/\.ts$/, "");

/**
 * Builds groups of test files, and the programs that tests start.
 *
 * @returns The folder of what is built, which mirrors the repository; it is deleted when this process ends.
 */
export async function buildAll(groups: readonly (readonly string[])[]): Promise<string> {
  const folder = temporaryFolder();
  const tests = new Map(groups.filter((group) => !group.some(needsSource)).map((group) => [groupName(group), group]));
  const started = [...sourcesBelow(programs).filter(standsAlone), ...sourcesBelow("examples")].map((file) => file.replace(/\.ts$/, ""));
  await esbuild().build({
    ...common,
    entryPoints: [
      ...[...tests.keys()].map((name) => ({ in: `group:${name}`, out: name })),
      ...started.map((name) => ({ in: `${name}.ts`, out: name })),
    ],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    alias: entryPaths(),
    plugins: [virtualModules(tests), ownUrls],
    define: { "import.meta.url": "sourceUrl" },
    loader: { ".yml": "text" },
  });
  linkPackages(folder);
  return folder;
}

/** Returns the built form of a group, in a folder of {@linkcode buildAll}; undefined where it has to run from its source. */
export function builtGroup(folder: string, group: readonly string[]): string | undefined {
  return group.some(needsSource) ? undefined : join(folder, `${groupName(group)}.mjs`);
}

/** Whether a program refers to no other files. */
const standsAlone = (file: string): boolean => file.startsWith(programs) && !readSource(file).includes("import.meta");

const bundled = (folder: string, file: string): string => join(folder, file.replace(/\.ts$/, ".mjs"));

function bundle(folder: string, files: readonly string[]): void {
  const outputs = { outdir: folder, outbase: repository, outExtension: { ".js": ".mjs" } };
  esbuild().buildSync({ ...common, entryPoints: files, ...outputs });
}

let ownFolder: string | undefined;
const bundles = new Set<string>();

/** Returns a program as JavaScript where it is built: those that are started again and again are, and in the whole suite the examples. */
export function builtProgram(file: string): string | undefined {
  const shared = process.env[buildVariable];
  if (shared !== undefined && file.startsWith("examples/")) return bundled(shared, file);
  if (!standsAlone(file)) return undefined;
  if (shared !== undefined) return bundled(shared, file);
  if (ownFolder === undefined) linkPackages(ownFolder = temporaryFolder());
  if (!bundles.has(file)) bundle(ownFolder, [file]);
  bundles.add(file);
  return bundled(ownFolder, file);
}

let libraryFolder: string | undefined;

/** Returns a folder with these entries of the library as modules, and for `require()`: what a test runner loads that reads no TypeScript. */
export function bundleLibrary(): string {
  if (libraryFolder !== undefined) return libraryFolder;
  libraryFolder = temporaryFolder();
  const entryPoints = { seqlog: "mod.ts", collector: "src/collector/serve.ts", testing: "src/testing/testing.ts" };
  const outputs = { ...common, entryPoints, outdir: libraryFolder };
  esbuild().buildSync({ ...outputs, outExtension: { ".js": ".mjs" }, splitting: true });
  esbuild().buildSync({ ...outputs, outExtension: { ".js": ".cjs" }, format: "cjs" });
  return libraryFolder;
}
