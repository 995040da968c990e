/** The package as npm takes it: built JavaScript with its declarations, in a tarball. */

import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { install, repository } from "../install.ts";
import { bundleEntries } from "./bundle.ts";
import { compilerFolder, makeDeclarations } from "./declarations.ts";

/** A tarball that was made. */
export interface Tarball {
  readonly path: string;
  /** The bytes of all files in it. */
  readonly unpackedSize: number;
}

/** What package.json of the repository says, and deno.json, where the version stands. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const readText = (path: string): string => readFileSync(join(repository, path), "utf8");

/** The name of an entry's files. */
const fileName = (entry: string): string => entry === "." ? "index" : entry.slice("./".length);

/**
 * Where the entry is found. What can load ES modules by require() does so, and then there is one copy for both kinds of modules: runtimes
 * (`module-sync` is Node's name for it), and bundlers, of which some know only `production` and `development`.
 */
function conditions(name: string): object {
  const [module, commonjs] = [`./${name}.js`, `./${name}.cjs`];
  return {
    types: { require: `./${name}.d.cts`, default: `./${name}.d.ts` },
    ...{
      "module-sync": module,
      bun: module,
      workerd: module,
      "react-native": module,
      production: module,
      development: module,
      module,
      import: module,
    },
    ...{ require: commonjs, default: module },
  };
}

/** Returns the package's own package.json: that of the repository without what is for its development. */
function makeManifest(manifest: Manifest, repositoryUrl: string | undefined): string {
  const { name, version, description, license, engines, exports } = manifest;
  const entries = Object.keys(exports).map((entry) => [entry, conditions(fileName(entry))]);
  const made = {
    ...{ name, version, description, license, keywords: ["seq", "logging", "logger", "structured", "clef", "deno", "bun", "workers"] },
    ...(repositoryUrl !== undefined && { repository: { type: "git", url: repositoryUrl } }),
    ...{ type: "module", sideEffects: false, engines, main: "./index.cjs", module: "./index.js", types: "./index.d.ts" },
    bin: { seqlog: "seqlog.js" },
    exports: { ...Object.fromEntries(entries), "./package.json": "./package.json" },
    files: ["*.js", "*.cjs", "*.map", "*.d.ts", "*.d.cts"],
  };
  return `${JSON.stringify(made)}\n`;
}

/** The parts of the README that only a reader of the sources needs: the contents, the demonstration, and how a clone is installed. */
const forClones = /^(?:\*\*Contents\*\*.*?\n\n|## See it in a minute\n.*?(?=## )|From a clone.*?(?=Once it is published))/gms;

/** Returns the README as far as it leads to the first events. The recipes and all guides are with the sources. */
function shortReadme(): string {
  const [beginning = ""] = readText("README.md").split("\n## Recipes");
  return `${beginning.replace(forClones, "")}\nRecipes, every option and the guides: [jsr.io/@x/seqlog](https://jsr.io/@x/seqlog).\n`;
}

/** Writes the files of the package into a folder. */
export async function writePackage(folder: string, repositoryUrl?: string): Promise<void> {
  await install(compilerFolder);
  const manifest: Manifest = { ...JSON.parse(readText("package.json")), version: JSON.parse(readText("deno.json")).version };
  const entries = Object.fromEntries(Object.entries(manifest.exports).map(([entry, file]) => [fileName(entry), file.replace("./", "")]));
  const files = new Map([...await bundleEntries(entries, manifest.version), ...makeDeclarations(entries)]);
  files.set("commonjs.cjs", readText("tests/support/package/commonjs.cjs"));
  for (const name of Object.keys(entries)) files.set(`${name}.cjs`, `module.exports = require("./commonjs.cjs")("${name}.js");\n`);
  files.set("README.md", shortReadme());
  files.set("package.json", makeManifest(manifest, repositoryUrl));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  copyFileSync(join(repository, "LICENSE"), join(folder, "LICENSE"));
  if (files.has("seqlog.js")) chmodSync(join(folder, "seqlog.js"), 0o755);
}

/** Has npm pack a folder; its tarballs of the same files have the same bytes. */
function pack(folder: string, destination: string): Tarball {
  const npm = process.env.npm_execpath;
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", destination];
  const [command, ...first] = npm?.endsWith("npm-cli.js") ? [process.execPath, npm] : ["npm"];
  const { status, stdout, stderr, error } = spawnSync(command, [...first, ...args], {
    ...{ cwd: folder, encoding: "utf8" },
    shell: process.platform === "win32" && first.length === 0,
  });
  if (error || status !== 0) throw error ?? new Error(stderr);
  const [{ filename, unpackedSize }] = JSON.parse(stdout);
  return { path: join(destination, filename.replace("@", "").replace("/", "-")), unpackedSize };
}

/**
 * Builds the package.
 *
 * @param destination The folder of the tarball.
 * @param repositoryUrl Where the sources are; npm wants to know it of a package with provenance.
 */
export async function buildPackage(destination: string, repositoryUrl?: string): Promise<Tarball> {
  const folder = mkdtempSync(join(tmpdir(), "seqlog-package-"));
  try {
    await writePackage(folder, repositoryUrl);
    mkdirSync(destination, { recursive: true });
    return pack(folder, destination);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
