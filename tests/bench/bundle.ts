/** Compiles what the benchmark runs, as a user's bundler would, and weighs what a user's bundle carries of this library. */

import { build } from "esbuild";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { repository } from "../support/install.ts";

const here = join(repository, "tests/bench");

/** Lets CommonJS packages in an ES module find the modules of the runtime. */
const banner = { js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);' };

/** Bundles each subject, the measuring program and the receiver into `folder`: plain JavaScript that every runtime takes as it is. */
export async function bundlePrograms(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const subjects = readdirSync(join(here, "subjects")).map((name) => [name.replace(/\.ts$/, ""), `subjects/${name}`]);
  const programs = { worker: "worker.ts", receiver: "receiver.ts", server: "server.ts", library: "../../mod.ts" };
  await build({
    absWorkingDir: here,
    entryPoints: { ...Object.fromEntries(subjects), ...programs },
    outdir: folder,
    entryNames: "[name]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    sourcemap: true,
    banner,
    logLevel: "warning",
  });
}

/** The size of a bundle. */
export interface BundleSize {
  readonly bytes: number;
  readonly gzipped: number;
}

/** Bundles and minifies a program of one line, for a browser; gzip at its best. */
export async function weigh(contents: string): Promise<BundleSize> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: repository, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    legalComments: "none",
    write: false,
  });
  const { contents: code } = outputFiles[0]!;
  return { bytes: code.length, gzipped: gzipSync(code, { level: 9 }).length };
}
