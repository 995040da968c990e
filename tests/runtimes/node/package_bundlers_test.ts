/** The package in what bundlers make of a program: each bundle runs, and no bundler warns. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { before, test } from "node:test";
import { build, type Logger } from "vite";
import webpack from "webpack";
import { esbuild } from "../../support/build.ts";
import { isFull } from "../../support/effort.ts";
import { install, repository } from "../../support/install.ts";
import { makeProject, nextFolder, packageTool, runIn, unpackInto, withoutNext } from "../../support/package/project.ts";
import { findRuntime } from "../../support/runtimes.ts";

const timeout = 300_000;

/** Logs through the shortest way there is, and prints what was logged. */
const log = `
const memory = new MemoryHandler();
configure({ handlers: { memory }, root: { handlers: ["memory"], level: "info" } });
getLogger("shop").info("Order {Id} shipped", { Id: 42 });
`;
const print = `console.log(memory.events.map((event) => event.message).join());`;
const imports = `import { configure, getLogger, MemoryHandler } from "@x/seqlog"; import { configureFromYaml } from "@x/seqlog/yaml";`;
const route = `${imports} void configureFromYaml;
export const dynamic = "force-dynamic";
export function GET() { ${log} return Response.json(memory.events.map((event) => event.message)); }`;
const layout = `export default ({ children }) => <html><body>{children}</body></html>;`;
const page = `"use client"; ${imports} void configureFromYaml; export default () => { ${log} return <p>{memory.events[0].message}</p>; };`;

let project = "";

before(async () => {
  project = makeProject({
    "program.mjs": `${imports} void configureFromYaml; ${log} ${print}`,
    "program.cjs": `const { configure, getLogger, MemoryHandler } = require("@x/seqlog"); require("@x/seqlog/yaml"); ${log} ${print}`,
    "worker.mjs":
      `${imports} export default { fetch() { ${log} return Response.json([memory.events[0].message, typeof configureFromYaml]); } };`,
  });
  await unpackInto(project);
});

/** What the bundle prints under a runtime. */
const run = async (bundle: string, runtime: string = process.execPath): Promise<string> => (await runIn(project, [runtime, bundle])).trim();
const shown = "Order 42 shipped";
const leftToFull = "full runs bundle a program of either kind of module";

for (const program of ["program.mjs", "program.cjs"]) {
  for (const platform of ["node", "browser"]) {
    test(`esbuild bundles ${program} for ${platform}`, { timeout }, async () => {
      const outfile = join(project, `esbuild-${platform}-${program.slice(-3)}.mjs`);
      const { warnings } = await esbuild().build({
        ...{
          absWorkingDir: project,
          entryPoints: [program],
          outfile,
          bundle: true,
          format: "esm",
          platform,
          minify: true,
          logLevel: "silent",
        },
      });
      assert.deepEqual(warnings, []);
      assert.equal(await run(outfile), shown);
    });
  }
}

test("esbuild bundles a Worker as wrangler has it do", { timeout }, async () => {
  const { warnings } = await esbuild().build({
    ...{ absWorkingDir: project, entryPoints: ["worker.mjs"], outfile: join(project, "worker-bundle.mjs"), bundle: true, format: "esm" },
    ...{ target: "es2024", conditions: ["workerd", "worker", "browser"], mainFields: ["browser", "module", "main"], logLevel: "silent" },
    ...{ platform: "browser", external: ["node:*", "cloudflare:*"], define: { "process.env.NODE_ENV": `"production"` } },
  });
  assert.deepEqual(warnings, []);
  const program = `const { default: worker } = await import("./worker-bundle.mjs"); console.log(await worker.fetch().text());`;
  assert.equal((await runIn(project, [process.execPath, "--input-type=module", "--eval", program])).trim(), `["${shown}","function"]`);
});

for (const program of ["program.mjs", "program.cjs"]) {
  test(`webpack bundles ${program}`, { timeout, skip: !isFull && program === "program.cjs" && leftToFull }, async () => {
    const stats = await new Promise<webpack.Stats>((resolve, reject) => {
      webpack({
        ...{ mode: "production", target: "node20", context: project, entry: `./${program}`, performance: false },
        output: { path: join(project, `webpack-${program.slice(-3)}`), filename: "bundle.cjs" },
      }, (error, stats) => (error === null ? resolve(stats!) : reject(error)));
    });
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    assert.deepEqual([...errors!, ...warnings!].map(({ message }) => message), []);
    assert.equal(await run(join(project, `webpack-${program.slice(-3)}/bundle.cjs`)), shown);
  });
}

test("Vite bundles the program for a browser, and for a server with the package in it", { timeout }, async () => {
  for (const ssr of [false, true]) {
    const said: string[] = [];
    const note = (message: string): void => void said.push(message);
    const customLogger: Logger = {
      ...{ info: () => {}, warn: note, warnOnce: note, error: note },
      ...{ clearScreen: () => {}, hasErrorLogged: () => false, hasWarned: false },
    };
    const outDir = join(project, `vite-${ssr}`);
    await build({
      ...{ root: project, configFile: false, customLogger, ssr: { noExternal: true } },
      build: { ssr, outDir, rollupOptions: { input: join(project, "program.mjs"), output: { entryFileNames: "bundle.mjs" } } },
    });
    assert.deepEqual(said, []);
    assert.equal(await run(join(outDir, "bundle.mjs")), shown);
  }
});

test("Rollup bundles the program, with a plug-in that finds packages", { timeout }, async () => {
  const requireTool = createRequire(join(repository, "tests/packages/package.json"));
  const { rollup } = requireTool("rollup");
  const said: string[] = [];
  const folder = join(project, "node_modules/@x/seqlog");
  const find = {
    name: "find",
    resolveId: (id: string) => id.startsWith("@x/seqlog") ? join(folder, `${id.slice(10) || "index"}.js`) : null,
  };
  const bundle = await rollup({ input: join(project, "program.mjs"), plugins: [find], onwarn: ({ message }: Error) => said.push(message) });
  await bundle.write({ file: join(project, "rollup.mjs"), inlineDynamicImports: true });
  assert.deepEqual(said.filter((message) => !message.includes("@std/yaml")), []); // which Rollup leaves to the runtime
  assert.equal(await run(join(project, "rollup.mjs")), shown);
});

for (const program of ["program.mjs", "program.cjs"]) {
  test(`ncc bundles ${program}`, { timeout, skip: !isFull && program === "program.mjs" && leftToFull }, async () => {
    const out = `ncc-${program.slice(-3)}`;
    await runIn(project, [process.execPath, packageTool("@vercel/ncc"), "build", program, "--out", out, "--quiet"]);
    const made = ["index.mjs", "index.js", "index.cjs"].map((name) => join(project, out, name)).find(existsSync);
    assert.equal(await run(made!), shown);
  });
}

const bun = findRuntime("bun") ?? "";

test("bun build bundles the program for each of its targets, and makes an executable of it", { timeout, skip: bun === "" }, async () => {
  for (const target of ["browser", "node", "bun"]) {
    await runIn(project, [bun, "build", "program.mjs", `--target=${target}`, `--outfile=bun-${target}.mjs`]);
    assert.equal(await run(`bun-${target}.mjs`, target === "bun" ? bun : process.execPath), shown);
  }
  await runIn(project, [bun, "build", "program.cjs", "--compile", "--outfile=bun-program"]);
  assert.equal((await runIn(project, [join(project, "bun-program")])).trim(), shown);
});

test("next build makes a route and a page of the package", { timeout, skip: withoutNext }, async () => {
  await install(nextFolder);
  const root = join(repository, nextFolder); // Next has to be below the root that it looks for packages in
  const config = `export default { turbopack: { root: ${JSON.stringify(root)} } };`;
  const app = makeProject(
    { "app/api/route.js": route, "app/layout.jsx": layout, "app/page.jsx": page, "next.config.mjs": config },
    {},
    root, // below node_modules it would be taken for a package
  );
  await unpackInto(app);
  const printed = await runIn(app, [process.execPath, packageTool("next"), "build"], { NEXT_TELEMETRY_DISABLED: "1" });
  assert.doesNotMatch(printed, /warn/i);
  assert.match(readFileSync(join(app, ".next/server/app/index.html"), "utf8"), new RegExp(shown));
});
