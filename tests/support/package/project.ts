/** A program's own project with the package in it, installed from its tarball. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { isFull } from "../effort.ts";
import { install, repository } from "../install.ts";
import { temporaryFolder } from "../folder.ts";
import { startCommand } from "../runtimes.ts";
import { buildPackage, type Tarball } from "./package.ts";

/** The folder whose packages Next needs. It is large, and is installed where a test builds with it. */
export const nextFolder = "tests/next";

/** The reason to skip what builds with Next, which only full runs do. */
export const withoutNext: string | false = !isFull && "full runs build with Next";

/** The variable by which tests/run.ts names the tarball that it has built. */
export const tarballVariable = "SEQLOG_TESTS_TARBALL";

let built: Promise<Tarball> | undefined;

/** Returns the tarball that all tests share. */
export function sharedTarball(): Promise<Tarball> {
  const given = process.env[tarballVariable];
  return built ??= given === undefined ? buildHere() : Promise.resolve(JSON.parse(given));
}

async function buildHere(): Promise<Tarball> {
  await install("tests/runtimes"); // what the tests of the package run it on
  return await buildPackage(temporaryFolder());
}

/** Makes an empty project with some files; its folder is in another one where it needs the packages of that. */
export function makeProject(files: Readonly<Record<string, string>> = {}, manifest: object = {}, parent?: string): string {
  const folder = temporaryFolder(parent);
  const all = { "package.json": JSON.stringify({ name: "project", version: "1.0.0", private: true, ...manifest }), ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Runs a command in a project; throws what it has printed unless it ends with 0. */
export async function runIn(folder: string, command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stdout, stderr } = await startCommand(command, { cwd: folder, env }).ended;
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** Installs the tarball with npm, which asks no registry: the package has no dependencies. */
export async function installWithNpm(folder: string): Promise<void> {
  const { path } = await sharedTarball();
  await runIn(folder, ["npm", "install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", path]);
}

/** Puts the tarball's files where npm would, in a fraction of its time: for what asks of the package and not of npm. */
export async function unpackInto(folder: string): Promise<void> {
  const { path } = await sharedTarball();
  const to = join(folder, "node_modules/@x/seqlog");
  mkdirSync(to, { recursive: true });
  await runIn(folder, ["tar", "-xzf", path, "-C", to, "--strip-components=1"]);
}

/** The path of a tool that tests/packages or tests/next installs: of the file that its package.json names, or of the one given. */
export function packageTool(name: string, file?: string): string {
  const folder = join(repository, name === "next" ? nextFolder : "tests/packages", "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, file ?? (typeof bin === "string" ? bin : bin[name.split("/").at(-1)!]));
}
