/** The sources and tests as JavaScript, made once for all files: reading TypeScript is most of what a short test costs a Node. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { repository } from "./install.ts";

/** The variable by which tests/run.ts names the folder of what is built. */
export const buildVariable = "SEQLOG_TESTS_BUILD";

/** The folders whose packages the built files find as the sources do. */
const packageFolders = ["", "examples", "tests", "tests/runtimes"];

/** The programs that the tests start again and again: each is built as one file, which starts in half the time. */
const programs = "tests/runtimes/programs/";

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
  return /\bimport\((?!")|\bexecArgv\b/.test(readSource(file));
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

/** What is common to all that is built: nothing changes for the program but its language. */
const common = {
  ...{ absWorkingDir: repository, bundle: true, format: "esm", platform: "node", target: "node20", treeShaking: false },
  ...{ packages: "external", define: { "import.meta.url": "sourceUrl" }, logLevel: "error" },
  ...{ sourcemap: "inline", sourcesContent: false },
} as const;

/** Keeps every file a file of its own, and lets its imports name the built ones. */
const separateFiles = {
  name: "separate files",
  // deno-lint-ignore no-explicit-any -- the types of esbuild are out of reach
  setup(build: any): void {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, kind }: { path: string; kind: string }) => {
      return kind === "entry-point" ? undefined : { path: path.replace(/\.ts$/, ".js"), external: true };
    });
  },
};

/**
 * Builds all sources, tests and programs.
 *
 * @returns The folder that mirrors the repository; it is deleted when this process ends.
 */
export async function buildAll(): Promise<string> {
  const folder = temporaryFolder();
  const files = ["mod.ts", ...["src", "tests", "examples"].flatMap(sourcesBelow)];
  const { outputFiles } = await esbuild().build({
    ...common,
    entryPoints: files,
    outdir: folder,
    outbase: repository,
    plugins: [separateFiles],
    write: false,
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    // What a file reads beside itself stands beside its source.
    const source = join(repository, path.slice(folder.length + 1).replace(/\.js$/, ".ts"));
    writeFileSync(path, `const sourceUrl = ${JSON.stringify(pathToFileURL(source).href)}; ${text}`);
  }
  bundle(folder, files.filter(standsAlone));
  linkPackages(folder);
  const { name, exports } = JSON.parse(readSource("package.json"));
  const entries = Object.entries(exports as Record<string, string>).map(([entry, file]) => [entry, file.replace(/\.ts$/, ".js")]);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, type: "module", exports: Object.fromEntries(entries) }));
  return folder;
}

/** Returns the built form of a test, in a folder of {@linkcode buildAll}; of one that needs its source, the source. */
export function builtTest(folder: string, file: string): string {
  return needsSource(file) ? file : join(folder, file.replace(/\.ts$/, ".js"));
}

/** Whether a program names no files beside itself. */
const standsAlone = (file: string): boolean => file.startsWith(programs) && !readSource(file).includes("import.meta");

const bundled = (folder: string, file: string): string => join(folder, file.replace(/\.ts$/, ".mjs"));

function bundle(folder: string, files: readonly string[]): void {
  const outputs = { outdir: folder, outbase: repository, outExtension: { ".js": ".mjs" } };
  esbuild().buildSync({ ...common, define: {}, entryPoints: files, ...outputs });
}

let ownFolder: string | undefined;
const bundles = new Set<string>();

/** Returns a program as JavaScript where it is built: those that are started again and again are, and in the whole suite the examples. */
export function builtProgram(file: string): string | undefined {
  const shared = process.env[buildVariable];
  if (shared !== undefined && file.startsWith("examples/")) return join(shared, file.replace(/\.ts$/, ".js"));
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
  const outputs = { ...common, define: {}, entryPoints, outdir: libraryFolder };
  esbuild().buildSync({ ...outputs, outExtension: { ".js": ".mjs" }, splitting: true });
  esbuild().buildSync({ ...outputs, outExtension: { ".js": ".cjs" }, format: "cjs" });
  return libraryFolder;
}
