/** What bundlers make of the sources: webpack, Vite and Next build the entry ./yaml where no YAML package is installed, and none warns. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { before, test } from "node:test";
import { build, type Logger, transformWithOxc } from "vite";
import webpack from "webpack";
import { isFull } from "../../support/effort.ts";
import { Folder } from "../../support/folder.ts";
import { install } from "../../support/install.ts";
import { nextFolder, withoutNext } from "../../support/package/project.ts";
import { startCommand } from "../../support/runtimes.ts";
import { filesBelow, readText } from "../../support/source.ts";

const folder = new Folder();
process.once("exit", () => folder[Symbol.dispose]());

/** A program that reads YAML by a parser of its own, and then without one. */
const program = `
import { getLogger } from "./mod.ts";
import { configureFromYaml } from "./src/yaml/yaml.ts";
const logging = await configureFromYaml('{ "root": { "level": "error" } }', { parseYaml: JSON.parse });
console.log(getLogger().level);
await logging.shutdown();
console.log(await configureFromYaml("a: 1").catch((error) => error.issues[0].path));
`;

before(async () => {
  for (const file of ["mod.ts", ...filesBelow("src").filter((file) => file.endsWith(".ts"))]) {
    const to = folder.at(file);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, readText(file)); // for Vite, which reads TypeScript
    writeFileSync(to.replace(/\.ts$/, ".js"), (await transformWithOxc(readText(file), to)).code);
  }
  writeFileSync(folder.at("package.json"), '{ "type": "module" }');
  writeFileSync(folder.at("program.js"), program);
});

/** What the bundle prints. */
function run(bundle: string): string[] {
  const text = execFileSync(process.execPath, [bundle], { cwd: folder.at("."), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return text.trim().split("\n");
}

test("webpack 5 builds the entry ./yaml without a YAML package, and warns of nothing", {
  skip: !isFull && "full runs try it; all runs try it with the package, and the sources with Vite",
}, async () => {
  for (const target of ["web", "node20"]) {
    const stats = await new Promise<webpack.Stats>((resolve, reject) => {
      webpack({
        mode: "production",
        target,
        context: folder.at("."),
        entry: "./program.js",
        performance: false,
        resolve: { extensionAlias: { ".ts": [".js"] } },
        experiments: { outputModule: true },
        output: { path: folder.at(target), filename: "bundle.mjs", module: true, chunkFormat: "module" },
      }, (error, stats) => (error === null ? resolve(stats!) : reject(error)));
    });
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    assert.deepEqual([...errors!, ...warnings!].map(({ message }) => message), []);
    assert.deepEqual(run(folder.at(`${target}/bundle.mjs`)), ["error", "parseYaml"]);
  }
});

test("Vite 8 builds the entry ./yaml without a YAML package, and warns of nothing", async () => {
  const heard: string[] = [];
  const hear = (message: string): void => void heard.push(message);
  const customLogger: Logger = {
    ...{ info: () => {}, warn: hear, warnOnce: hear, error: hear, clearScreen: () => {} },
    ...{ hasErrorLogged: () => false, hasWarned: false },
  };
  const lib = { entry: folder.at("program.js"), formats: ["es" as const], fileName: "bundle" };
  await build({
    configFile: false,
    root: folder.at("."),
    customLogger,
    build: { target: "es2022", outDir: folder.at("vite"), lib, rolldownOptions: { output: { entryFileNames: "bundle.mjs" } } },
  });
  assert.deepEqual(heard, []);
  assert.deepEqual(run(folder.at("vite/bundle.mjs")), ["error", "parseYaml"]);
});

/** A page that logs in the browser, and a route that reads YAML on the server. */
const site: Readonly<Record<string, string>> = {
  "next.config.js": "export default { outputFileTracingRoot: import.meta.dirname };",
  "app/layout.js": "export default ({ children }) => <html><body>{children}</body></html>;",
  "app/page.js": `"use client";
import { getLogger } from "../mod.ts";
export default function Page() {
  getLogger("page").info("Shown");
  return <p>{getLogger("page").name}</p>;
}`,
  "app/level/route.js": `import { getLogger } from "../../mod.ts";
import { configureFromYaml } from "../../src/yaml/yaml.ts";
export const dynamic = "force-static";
export async function GET() {
  await configureFromYaml('{ "root": { "level": "error" } }', { parseYaml: JSON.parse });
  return Response.json(getLogger().level);
}`,
};

test(
  "next build --webpack builds the entry ./yaml without a YAML package, and warns of nothing",
  { timeout: 600_000, skip: withoutNext },
  async () => {
    for (const [name, text] of Object.entries(site)) {
      mkdirSync(dirname(folder.at(name)), { recursive: true });
      writeFileSync(folder.at(name), text);
    }
    await install(nextFolder);
    symlinkSync(resolve(nextFolder, "node_modules"), folder.at("node_modules"), "junction");
    const command = [process.execPath, folder.at("node_modules/next/dist/bin/next"), "build", "--webpack"];
    const { code, stdout, stderr } = await startCommand(command, { cwd: folder.at("."), env: { NEXT_TELEMETRY_DISABLED: "1", CI: "1" } })
      .ended;
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /Compiled successfully/, "with warnings it says so here");
    assert.equal(folder.read(".next/server/app/level.body"), '"error"');
  },
);
