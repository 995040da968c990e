/**
 * Checks the sources with the tools of tests/runtimes.
 *
 *     tsx tests/check.ts types | lint | fmt [--check] | publish | version [the one to be published]
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { install, repository } from "./support/install.ts";
import { linkPackages } from "./support/link_packages.ts";
import { cleanEnvironment, runtimePath } from "./support/runtimes.ts";
import { versionProblems } from "./support/version.ts";

const isThere = (path: string): boolean => existsSync(join(repository, path));

/** Runs a command; the first that fails ends the check with its exit code. */
function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: repository, env: cleanEnvironment(), stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** The files of the entries. */
const entries = Object.values(JSON.parse(readFileSync(join(repository, "package.json"), "utf8")).exports as Record<string, string>);

const deno = (...args: string[]): void => run(runtimePath("deno"), ...args);

/** Everything as Deno sees it (deno.json asks for isolatedDeclarations and erasableSyntaxOnly), the examples in comments too. */
async function checkTypes(): Promise<void> {
  for (const folder of ["tests", "tests/bench"]) if (isThere(`${folder}/package-lock.json`)) await install(folder);
  linkPackages();
  // The packages of tests/runners bring types of Node of their own.
  const tests = readdirSync(join(repository, "tests"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() ? !["node_modules", "runners"].includes(entry.name) : entry.name.endsWith(".ts"))
    .map(({ name }) => `tests/${name}`);
  deno("check", "--quiet", "--import-map=tests/support/imports.json", "--doc", ...["mod.ts", "src", ...tests, "examples"].filter(isThere));
  checkAsUser("es2022,esnext.disposable,dom");
  checkAsUser("es2022,esnext.disposable,webworker");
  checkAsUser("es2022,esnext.disposable", "--types", "node");
}

/** All entries as TypeScript checks them for a program that has only these globals, and is stricter than Deno. */
function checkAsUser(lib: string, ...flags: string[]): void {
  const tsc = join(repository, "tests/runtimes/node_modules/typescript/bin/tsc");
  const strict = ["--strict", "--isolatedDeclarations", "--declaration", "--erasableSyntaxOnly", "--verbatimModuleSyntax"];
  const stricter = ["--exactOptionalPropertyTypes", "--noPropertyAccessFromIndexSignature", "--noImplicitOverride"];
  const modules = ["--module", "nodenext", "--target", "es2022", "--allowImportingTsExtensions", "--noEmit"];
  run(process.execPath, tsc, ...strict, ...stricter, ...modules, "--lib", lib, ...flags, ...entries);
}

/** What JSR would say: all that is exported has a comment and refers to nothing private, and the package can be published. */
function checkPublishing(flags: string[]): void {
  deno("doc", "--lint", ...entries);
  deno("publish", "--dry-run", "--allow-dirty", ...flags);
}

function checkVersion([tag]: string[]): void {
  const problems = versionProblems(tag);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
}

const tasks: Readonly<Record<string, (flags: string[]) => void | Promise<void>>> = {
  types: checkTypes,
  lint: (flags) => deno("lint", ...flags),
  fmt: (flags) => deno("fmt", ...flags),
  publish: checkPublishing,
  version: checkVersion,
};

const [name = "", ...flags] = process.argv.slice(2);
const task = tasks[name];
if (!task) throw new Error(`Unknown task "${name}": ${Object.keys(tasks).join(", ")}`);
await install("tests/runtimes");
await task(flags);
