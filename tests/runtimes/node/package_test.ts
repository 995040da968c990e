/** The package as npm installs it: what is in the tarball, and that it runs on every runtime as a module of either kind. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { isFull } from "../../support/effort.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { esbuild } from "../../support/build.ts";
import { repository } from "../../support/install.ts";
import { buildPackage } from "../../support/package/package.ts";
import { installWithNpm, makeProject, packageTool, runIn, sharedTarball, unpackInto } from "../../support/package/project.ts";
import { findRuntime, type RuntimeName } from "../../support/runtimes.ts";

const timeout = 300_000;
const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
const sources: readonly string[] = Object.values(manifest.exports);
const entries = Object.keys(manifest.exports).map((entry) => entry.slice(1));

/** Sends an event to a collector, both of the package, and prints what has arrived and how many names each entry exports. */
const body = `
const [{ configure, getLogger, shutdown }, { serveCollector }] = [all[0], all[${entries.indexOf("/collector")}]];
async function main() {
  const seq = await serveCollector({ port: 0 });
  configure({ serverUrl: seq.url });
  getLogger("shop").info("Order {Id}", { Id: 42 });
  const { delivered } = await shutdown();
  console.log(JSON.stringify({ delivered, messages: seq.events.map((event) => event.message), sizes: all.map((entry) => Object.keys(entry).length) }));
  await seq.close();
}
void main();
`;

/** What one form of the package logs reaches a handler of the other; a class keeps its name. */
const bothForms = `
import { createRequire } from "node:module";
import { configure, getLogger } from "@x/seqlog";
const required = createRequire(import.meta.url)("@x/seqlog");
const memory = new required.MemoryHandler();
configure({ handlers: { memory }, root: { handlers: ["memory"], level: "info" } });
getLogger("shop").info("imported");
required.getLogger("shop").info("required");
console.log(JSON.stringify([...memory.events.map((event) => event.message), memory.constructor.name]));
`;

const programs = {
  "program.mjs": entries.map((entry, index) => `import * as entry${index} from "@x/seqlog${entry}";`).join("\n") +
    `const all = [${entries.map((_, index) => `entry${index}`)}];${body}`,
  "program.cjs": `const all = [${entries.map((entry) => `require("@x/seqlog${entry}")`)}];${body}`,
  "both.mjs": bothForms,
};

/** How many names each entry exports in the sources. */
const sizes: number[] = [];
let project = "";

before(async () => {
  for (const file of sources) sizes.push(Object.keys(await import(pathToFileURL(join(repository, file)).href)).length);
  project = makeProject(programs);
  await installWithNpm(project);
});

const wanted = (): object => ({ delivered: 1, messages: ["Order 42"], sizes });

test("two builds give the same bytes", { timeout, skip: !isFull && "full runs build twice" }, async () => {
  const [{ path }, again] = [await sharedTarball(), await buildPackage(temporaryFolder())];
  assert.ok(readFileSync(path).equals(readFileSync(again.path)));
});

test("the tarball is small, and its manifest is that of a package without scripts and dependencies", async () => {
  const { unpackedSize } = await sharedTarball();
  assert.ok(unpackedSize <= 600_000, `${unpackedSize} bytes`);
  const installed = JSON.parse(readFileSync(join(project, "node_modules/@x/seqlog/package.json"), "utf8"));
  const { scripts, private: isPrivate, dependencies, devDependencies, sideEffects, version } = installed;
  assert.deepEqual({ scripts, isPrivate, dependencies, devDependencies, sideEffects }, {
    ...{ scripts: undefined, isPrivate: undefined, dependencies: undefined, devDependencies: undefined, sideEffects: false },
  });
  assert.equal(version, JSON.parse(readFileSync(join(repository, "deno.json"), "utf8")).version);
});

for (const runtime of ["node20", "node20.16", "node", "deno", "bun"] as const satisfies readonly RuntimeName[]) {
  const binary = findRuntime(runtime);
  const command = [binary ?? "", ...(runtime === "deno" ? ["run", "-A"] : [])];
  test(
    `on ${runtime} the package is imported and required, and both forms share one tree`,
    { timeout, skip: binary === undefined },
    async () => {
      assert.deepEqual(JSON.parse(await runIn(project, [...command, "program.mjs"])), wanted());
      assert.deepEqual(JSON.parse(await runIn(project, [...command, "program.cjs"])), wanted());
      assert.deepEqual(JSON.parse(await runIn(project, [...command, "both.mjs"])), ["imported", "required", "MemoryHandler"]);
    },
  );
}

test("a clone is used as it is: npm installs its folder for Node, Deno and Bun, and Deno links it", { timeout }, async () => {
  const installed = makeProject(programs);
  await runIn(installed, ["npm", "install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", repository]);
  const linked = makeProject({
    ...{ "program.mjs": programs["program.mjs"] },
    "deno.json": JSON.stringify({ links: [repository], imports: { "@x/seqlog": "jsr:@x/seqlog" } }),
  });
  const [node, deno, bun] = (["node", "deno", "bun"] as const).map(findRuntime);
  const commands = [[installed, node], [installed, deno, "run", "-A"], [installed, bun], [linked, deno, "run", "-A"]] as const;
  for (const [folder, ...command] of commands) {
    if (command[0] === undefined) continue;
    const printed = await runIn(folder, [...command as readonly string[], "program.mjs"]);
    assert.deepEqual(JSON.parse(printed), wanted(), command.join(" "));
  }
});

test("the program of the collector is the package's command", { timeout }, async () => {
  const command = join(project, "node_modules/.bin", process.platform === "win32" ? "seqlog.cmd" : "seqlog");
  assert.match(await runIn(project, [command, "--help"]), /--where/);
});

test("the page of the collector runs its script, which the package has in fewer bytes", { timeout }, async () => {
  const { createCollector } = await import(pathToFileURL(join(project, "node_modules/@x/seqlog/collector.js")).href);
  const response: Response = await createCollector().fetch(new Request("http://localhost/"));
  const [, script = ""] = /<script>([\s\S]*)<\/script>/.exec(await response.text()) ?? [];
  new Script(script); // throws unless it can be run
  const hash = createHash("sha256").update(script).digest("base64");
  assert.ok(response.headers.get("content-security-policy")?.includes(`'sha256-${hash}'`));
});

test("nothing happens as the package loads, so that bundlers leave out what a program does not name", { timeout }, async () => {
  const resolveDir = temporaryFolder(); // without the manifest, which says so of whole files
  cpSync(join(project, "node_modules/@x/seqlog"), resolveDir, { recursive: true, filter: (path) => !path.endsWith("package.json") });
  const options = { bundle: true, write: false, format: "esm", minify: true };
  const { outputFiles } = await esbuild().build({ ...options, stdin: { contents: 'import "./index.js";', resolveDir } });
  assert.equal(outputFiles[0].text, "");
});

test("the main entry is two files, because a runtime takes longer for several of the same size", () => {
  const importsOf = (file: string): string[] => {
    const text = readFileSync(join(project, "node_modules/@x/seqlog", file), "utf8");
    return [...text.matchAll(/from"\.\/([^"]+)"/g)].map(([, name = ""]) => name);
  };
  const [shared = "", ...others] = importsOf("index.js");
  assert.deepEqual([others, importsOf(shared)], [[], []]);
});

test("no class of the web is needed to load the package", { timeout }, async () => {
  const names = ["TransformStream", "ReadableStream", "WritableStream", "fetch", "Request", "Response", "Headers", "Blob", "crypto", "URL"];
  const program = `for (const name of ${JSON.stringify(names)}) delete globalThis[name];\n` +
    `const { getLogger } = await import("@x/seqlog"); console.log(getLogger("shop").name);`;
  assert.equal(await runIn(project, [process.execPath, "--input-type=module", "--eval", program]), "shop\n");
});

test("a stack trace names the lines of the sources", { timeout }, async () => {
  const program = `import { configure } from "@x/seqlog"; try { configure({ serverUrl: 1 }); } catch (error) { console.log(error.stack); }`;
  const printed = await runIn(project, [process.execPath, "--enable-source-maps", "--input-type=module", "--eval", program]);
  const [, file = "", line = ""] = /jsr\.io\/@x\/seqlog\/[^/]+\/(src\/config\/configure\.ts):(\d+):\d+/.exec(printed) ?? [];
  assert.match(readFileSync(join(repository, file), "utf8").split("\n")[Number(line) - 1]!, /new ConfigError|throw/, printed);
});

test("pnpm installs the tarball", { timeout }, async () => {
  const folder = makeProject(programs);
  const { path } = await sharedTarball();
  await runIn(folder, [process.execPath, packageTool("pnpm"), "add", "--offline", `--store-dir=${join(folder, "store")}`, path]);
  assert.deepEqual(JSON.parse(await runIn(folder, [process.execPath, "program.mjs"])), wanted());
});

test("yarn installs the tarball, with Plug'n'Play", { timeout }, async () => {
  const folder = makeProject({ ...programs, "yarn.lock": "" });
  const { path } = await sharedTarball();
  const env = { YARN_ENABLE_TELEMETRY: "0", YARN_GLOBAL_FOLDER: join(folder, "yarn"), YARN_ENABLE_NETWORK: "0" };
  const yarn = [process.execPath, packageTool("@yarnpkg/cli-dist", "bin/yarn.js")];
  await runIn(folder, [...yarn, "add", `@x/seqlog@file:${path}`], env);
  assert.ok(existsSync(join(folder, ".pnp.cjs")));
  assert.deepEqual(JSON.parse(await runIn(folder, [...yarn, "node", "program.mjs"], env)), wanted());
  assert.deepEqual(JSON.parse(await runIn(folder, [...yarn, "node", "program.cjs"], env)), wanted());
});

test("Jest requires the package", { timeout }, async () => {
  const folder = makeProject({
    "order.test.js": `
      const { configure, getLogger, MemoryHandler } = require("@x/seqlog");
      const { createCollector } = require("@x/seqlog/collector");
      test("an order is logged", () => {
        const memory = new MemoryHandler();
        configure({ handlers: { memory }, root: { handlers: ["memory"] } });
        getLogger().error("Order {Id} failed", { Id: 42 });
        expect(memory.events.map((event) => event.message)).toEqual(["Order 42 failed"]);
        expect(createCollector().events).toEqual([]);
      });`,
  });
  await unpackInto(folder);
  await runIn(folder, [process.execPath, join(repository, "tests/runners/node_modules/jest/bin/jest.js"), "--runInBand"]);
});
