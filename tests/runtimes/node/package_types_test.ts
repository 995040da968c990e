/** The types of the package: for each kind of module resolution, with and without those of a browser or Node, from TypeScript 5.7 on. */

import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { before, test } from "node:test";
import { isFull } from "../../support/effort.ts";
import { repository } from "../../support/install.ts";
import { makeProject, runIn, sharedTarball, unpackInto } from "../../support/package/project.ts";

const timeout = 300_000;

/** A program that uses each entry; what must not compile does not. */
const program = `
import { configure, type Clock, getLogger, logRequests, MemoryHandler, SeqHandler, withContext } from "@x/seqlog";
import { winstonTransport } from "@x/seqlog/adapters";
import { createCollector } from "@x/seqlog/collector";
import { durableQueue } from "@x/seqlog/durable";
import { relayEvents } from "@x/seqlog/relay";
import { configureFromYaml } from "@x/seqlog/yaml";

const logging = configure({ serverUrl: "http://localhost:5341", periodMs: undefined, queue: durableQueue({ path: "queue" }) });
getLogger("shop").info("Order {OrderId}", { OrderId: 42 });
const lost: Promise<number> = logging.shutdown().then((result) => result.lost);
const seen: number = withContext({ OrderId: 42 }, () => 1);
class Own extends SeqHandler {
  override emit(event: Parameters<SeqHandler["emit"]>[0]): void {
    super.emit(event);
  }
}
export const clock: Clock | undefined = undefined;
export const all = [lost, seen, new Own({ serverUrl: "http://localhost:5341" }), new MemoryHandler().events[0]?.messageTemplate];
export const wings = [winstonTransport({}), createCollector().events, relayEvents({}), configureFromYaml("a: 1"), logRequests];
// @ts-expect-error a URL is text
configure({ serverUrl: 1 });
// @ts-expect-error there is no such level
getLogger("shop").level = "loud";
// @ts-expect-error it is a number
durableQueue({ path: "queue", maxBytes: "1 GB" });
`;

/** What only the types of a browser can say: the handler keeps its own type. */
const browser = `
import { logRequests } from "@x/seqlog";
const handle: (request: Request) => Promise<Response> = logRequests(async (request: Request) => new Response(request.url));
export const status: Promise<number> = handle(new Request("http://localhost")).then((response) => response.status);
// @ts-expect-error it takes a request
handle("http://localhost");
`;

let project = "";

before(async () => {
  project = makeProject({ "a.mts": program, "b.cts": program, "c.ts": program, "browser.ts": browser }, { type: "module" });
  await unpackInto(project);
  symlinkSync(join(repository, "node_modules/@types"), join(project, "node_modules/@types"), "junction");
});

const strictest = {
  ...{
    noEmit: true,
    strict: true,
    skipLibCheck: false,
    skipDefaultLibCheck: true,
    target: "es2022",
    exactOptionalPropertyTypes: true,
    noImplicitOverride: true,
  },
  ...{ noPropertyAccessFromIndexSignature: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true, isolatedModules: true },
};

interface Kind {
  readonly module: string;
  readonly moduleResolution?: string;
  readonly lib: readonly string[];
  readonly types: readonly string[];
}

const bundler = { module: "esnext", moduleResolution: "bundler" };
const kinds = {
  node16: { module: "node16", lib: ["es2022"], types: [] },
  nodenext: { module: "nodenext", lib: ["es2022", "dom"], types: ["node"] },
  browser: { ...bundler, lib: ["es2022", "dom"], types: [] },
  server: { ...bundler, lib: ["es2022"], types: ["node"] },
} as const satisfies Readonly<Record<string, Kind>>;

/** The oldest and the newest compiler try most; the one between is slow, and differs least. */
const compilers: readonly (readonly [name: string, folder: string, kinds: readonly (keyof typeof kinds)[]])[] = [
  ["TypeScript 5.7", "tests/packages/node_modules/typescript-5.7", ["node16", "browser"]],
  ["TypeScript 5.9", "tests/node_modules/typescript", ["nodenext"]],
  ["TypeScript 7.0", "tests/runtimes/node_modules/typescript", ["node16", "nodenext", "browser", "server"]],
];

for (const [name, folder, chosen] of compilers) {
  const skip = !isFull && name === "TypeScript 5.9" && "full runs try the compiler between the oldest and the newest";
  test(`${name} accepts the package under its strictest rules, and refuses what is wrong`, { timeout, skip }, async () => {
    for (const { module, lib, types, ...resolution } of chosen.map((kind): Kind => kinds[kind])) {
      const isBundler = resolution.moduleResolution !== undefined;
      const files = [...(isBundler ? ["c.ts"] : ["a.mts", "b.cts"]), ...(lib.includes("dom") ? ["browser.ts"] : [])];
      const compilerOptions = { ...strictest, module, lib, types, ...resolution, verbatimModuleSyntax: isBundler };
      writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
      await runIn(project, [process.execPath, join(repository, folder, "bin/tsc"), "--project", "tsconfig.json"]);
    }
  });
}

/** Returns what a program prints that finds the packages of tests/packages. */
const runTool = async (program: string): Promise<unknown> => {
  const { path } = await sharedTarball();
  const script = `import { readFileSync } from "node:fs"; const tarball = new Uint8Array(readFileSync(${
    JSON.stringify(path)
  })); ${program}`;
  return JSON.parse(await runIn(join(repository, "tests/packages"), [process.execPath, "--input-type=module", "--eval", script]));
};

test("arethetypeswrong finds nothing wrong with any entry", { timeout }, async () => {
  const problems = await runTool(`
    import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
    console.log(JSON.stringify((await checkPackage(createPackageFromTarballData(tarball))).problems));`);
  assert.deepEqual(problems, []);
});

test("publint finds nothing to improve", { timeout }, async () => {
  const messages = await runTool(`
    import { publint } from "publint";
    console.log(JSON.stringify((await publint({ pack: { tarball: tarball.buffer }, strict: true })).messages));`);
  assert.deepEqual(messages, []);
});
