/**
 * Builds the package for npm.
 *
 *     tsx tests/build.ts [folder of the tarball] [--repository=URL] [--instead]
 *
 * With `--instead` it fails once the tarball is there: `npm pack` would then replace it by a tarball of the sources.
 */

import process from "node:process";
import { repository } from "./support/install.ts";
import { buildPackage } from "./support/package/package.ts";

const words = process.argv.slice(2);
const url = words.find((word) => word.startsWith("--repository="))?.slice("--repository=".length);
const [folder = repository] = words.filter((word) => !word.startsWith("-"));
const { path, unpackedSize } = await buildPackage(folder, url);
console.log(`${path} (${Math.ceil(unpackedSize / 1000)} kB unpacked)`);
if (words.includes("--instead")) {
  console.error("The package is built: npm is kept from packing the sources. The command for this is npm run build");
  process.exitCode = 1;
}
