/** Installs a private package of the tests when its lock file has changed since the last time. */

import { spawn, type SpawnOptions } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const repository: string = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Runs `npm ci` in `folder`, unless what it would install is there already. No install script is run: every package used carries its
 * binary for the platform as an optional dependency.
 *
 * @param folder The folder of a package.json and its lock file, relative to the repository.
 */
export async function install(folder: string): Promise<void> {
  const path = resolve(repository, folder);
  const stamp = join(path, "node_modules", ".seqlog-installed");
  const wanted = fingerprint(path);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log(`Installing ${relative(repository, path)} …`);
  await npmCi(path);
  writeFileSync(stamp, wanted);
}

function fingerprint(path: string): string {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const name of ["package.json", "package-lock.json"]) hash.update(readFileSync(join(path, name)));
  return hash.digest("hex");
}

/** Spawns the npm that runs us, or the one on the path. Vite, for one, sets NODE_ENV to production, with which npm leaves out what tests need. */
function npmCi(cwd: string): Promise<void> {
  const flags = ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const options: SpawnOptions = { cwd, stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" };
  const child = npm?.endsWith("npm-cli.js")
    ? spawn(process.execPath, [npm, ...flags], { ...options, shell: false })
    : spawn("npm", flags, options);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => code === 0 ? resolve() : reject(new Error(`npm ci in ${cwd} ended with ${code}`)));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of process.argv.slice(2)) await install(folder);
}
