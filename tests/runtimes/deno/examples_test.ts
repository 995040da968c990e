import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { serveCollector } from "../../support/collector.ts";
import { entryUrls } from "../../support/entries.ts";
import { logsByYaml, passes, relays, serves, starts } from "../../support/examples.ts";
import { repository } from "../../support/install.ts";
import { allPages, blocksOf, withImports } from "../../support/readme.ts";
import { hasTerminal, runProgram, runtimePath, startCommand } from "../../support/runtimes.ts";

const programs = allPages().flatMap(blocksOf);
const first = programs.find(({ folder, number }) => folder === "src/event" && number === 1)!;
const modules = entryUrls();

const folder = mkdtempSync(join(tmpdir(), "seqlog-readme-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("examples/yaml.ts logs by its file on deno", () => logsByYaml("deno"));
test("examples/yaml.ts logs by its file on the lowest Deno", () => logsByYaml("deno2.1"));

test("examples/deno.ts serves with the permissions it names", () => {
  return serves("deno", "examples/deno.ts", { denoFlags: ["--allow-net", "--allow-env"] });
});

test("examples/relay.ts accepts the events of a page", () => relays("deno", { denoFlags: ["--allow-net", "--allow-env"] }));

test("examples/start.ts prints 31 events on deno", async () => void (await starts("deno")));

test("examples/testing.ts passes on deno", () => passes("deno", "test", "--no-check"));

test(
  "The first program of the guide to log calls runs at a terminal with --allow-net alone, and nobody is asked for more",
  { skip: !hasTerminal },
  async () => {
    const seq = await serveCollector({ port: 0 });
    try {
      const file = join(folder, "first.ts");
      writeFileSync(file, withImports(first.source, modules).replaceAll("http://localhost:5341", seq.url));
      const { code, stdout, timedOut } = await runProgram("deno", file, { denoFlags: ["--allow-net"], terminal: true, timeoutMs: 300_000 });
      assert.deepEqual({ code, stdout, timedOut }, { code: 0, stdout: "", timedOut: false });
      assert.equal(seq.received, 2);
    } finally {
      await seq.close();
    }
  },
);

/** What a program uses of a world that Deno does not know. */
const foreign = `
declare const Bun: {
  serve(options: { port?: number } & ({ fetch: Serve } | { routes: Record<string, Serve> })): { stop(): Promise<void> };
};
type Serve = (request: Request) => Response | Promise<Response>;
declare const document: EventTarget & { readonly visibilityState: string; readonly title: string };
`;

/** Programs whose modules only a bundler or a Worker can find. */
const beyondDeno = /\.yml"|\bDurableObject\b/;

test("README and guides: every program is correct TypeScript", async () => {
  const files = programs.filter(({ source }) => !beyondDeno.test(source)).map(({ source }, i) => {
    const file = join(folder, `program_${i}.ts`);
    writeFileSync(file, `${withImports(source, modules)}${foreign}`);
    return file;
  });
  writeFileSync(join(folder, "deno.json"), JSON.stringify({ compilerOptions: { strict: true }, nodeModulesDir: "manual" })); // as a user has it
  copyFileSync(join(repository, "tests/package.json"), join(folder, "package.json")); // where the packages of others are found
  symlinkSync(join(repository, "tests/node_modules"), join(folder, "node_modules"), "junction");
  const check = [runtimePath("deno"), "check", "--quiet", `--import-map=${join(repository, "tests/support/imports.json")}`, ...files];
  const { code, stderr } = await startCommand(check, { timeoutMs: 300_000, cwd: folder }).ended;
  assert.equal(code, 0, stderr);
});
