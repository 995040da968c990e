/** README.md and the guides: every program runs, and every link leads to what is there. */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { join, posix } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { flush, shutdown } from "../mod.ts";
import { type RunningCollector, serveCollector } from "./support/collector.ts";
import { entryUrls } from "./support/entries.ts";
import { allPages, anchorOf, type Block, blocksOf, headingsOf, linksOf, pageText, readText, withImports } from "./support/readme.ts";
import { hearConsole } from "./support/seq.ts";

const repository = fileURLToPath(new URL("../", import.meta.url));
const urlOf = (path: string): string => pathToFileURL(join(repository, path)).href;
const pages = allPages();

// ---- the programs: what each sends to Seq, by its page and heading, and what it prints, if a block of text follows ----

const folder = mkdtempSync(join(tmpdir(), "seqlog-readme-"));
let seq: RunningCollector;
/** Seq as a page sees it: below a path of the page's own server. */
let behindPath: RunningCollector;

before(async () => {
  seq = await serveCollector({ port: 0 });
  behindPath = await serveCollector({ port: 0, basePath: "/seq" });
});
afterEach(async () => {
  await shutdown();
  for (const collector of [seq, behindPath]) collector.clear();
});
after(async () => {
  await seq.close();
  await behindPath.close();
  rmSync(folder, { recursive: true, force: true });
});

const access = "HTTP GET /orders/42 responded 200 in … ms";
const events: Readonly<Record<string, readonly string[]>> = {
  "#Node": ["Order 42 shipped", access],
  "#Bun": ["Order 42 shipped", access],
  "#Deno": ["Order 42 shipped", access],
  "#Workers": ["Order 42 shipped", access],
  "#Redaction": ["ada paid with [Redacted]"],
  "#Requests": ["HTTP GET /me responded 200 in … ms"],
  "examples#Cloudflare Workers": ["GET /orders/42", access],
  "examples#Cloudflare Workers, 2": [access],
  "examples#AWS Lambda, Vercel": ["Order 42 shipped"],
  "examples#Browsers": ["Page Shop opened"],
  "src/http#Requests on Node": ["Order 42 shipped", access],
  "src/http#Requests on Bun": [access],
  "src/http#Requests on Deno": [access],
  "src/http#Requests of a framework": [access],
  "src/http#Requests of a framework, 2": [access],
  "src/http#What an access event carries": ["User 7 found", "HTTP GET /me responded 200 in … ms"],
  "src/adapters#pino": ["Slow query"],
  "src/adapters#winston": ["Order 42 shipped to Oslo"],
  "src/adapters#LogTape": ["Order 42 shipped to Oslo"],
  "src/adapters#bunyan": ["Slow query"],
  "src/adapters#LogLayer": ["Order 42 shipped to Oslo"],
  "src/adapters#NestJS": ["Order 42 shipped to Oslo"],
  "src/adapters#consola": ["Slow query"],
  "src/adapters#tslog": ["Slow query"],
  "src/adapters#debug": ["Order 42 shipped to Oslo"],
  "src/adapters#evlog": ["Order 42 shipped to Oslo"],
  "src/adapters#Request loggers": ["GET /orders/42 failed in /orders/[id]", access],
  "src/adapters#Anything else": ["Slow query"],
  "src/event": ["Order 42 shipped to Oslo", "Order 43 is late"],
  "src/event#Templates are checked by the compiler": ["shop has started", "Order 42 of request r-1"],
  "src/event#Properties for many events": ["Order 42 shipped"],
  "src/config#Loggers": ["Logged: shop.db is at debug"],
  "src/config#The whole grammar": ["User ada signed in"],
  "src/seq#By hand": ["3 items left"],
  "src/delivery#Waiting for delivery": ["Order 42 approved"],
  "src/python#Coming from seqlog": ["Hello, Ada"],
  "src/yaml#The shorthand in YAML": ["Order 42 packed"],
  "src/yaml#From a YAML file": ["Order 42 shipped to Oslo"],
  "src/handlers#A rolling file and Seq": ["Order 42 shipped"],
  "src/handlers#What others write to the console": ["Listening on port 8000"],
  "src/filters#Filters": ["ada paid with card [Redacted]"],
  "src/filters#Filters of your own": ["ada signed in from Rey"],
  "src/durable#A queue on disk": ["Order 42 shipped"],
  "src/tracing#Spans": ["Paid with visa", "Order 42 placed"],
  "src/tracing#Requests": [
    ...["Counted", "HTTP GET /items/42 responded 200 in … ms"],
    ...["HTTP GET http://stock/items/42", "HTTP GET /orders/42 responded 200 in … ms"],
  ],
  "src/tracing#Requests, 2": ["Mail to ada queued", "Mail to ada sent"],
};

/** README.md last: one of its programs listens to diagnostics from then on. */
const blocks = pages.toReversed().flatMap(blocksOf).filter(({ endsProcess }) => !endsProcess); // tests/runtimes/node/examples_test.ts runs those
/** What a block is called here: its page, its heading, and its number below that heading from 2 on. */
const nameOf = (block: Block): string => {
  const own = blocks.filter(({ folder, heading }) => folder === block.folder && heading === block.heading);
  const nth = own.indexOf(block) + 1;
  return `${block.folder}${block.heading && "#"}${block.heading}${nth > 1 ? `, ${nth}` : ""}`;
};

for (const block of blocks) {
  const name = nameOf(block);
  test(`${block.folder || "README"}, ${block.heading || "first page"}: program ${block.number} does what it says`, async () => {
    const console = hearConsole();
    const directory = process.cwd();
    try {
      process.chdir(folder);
      if (block.yaml !== undefined) writeFileSync("logging.yml", block.yaml.replaceAll("http://localhost:5341", seq.url));
      await run(`program_${blocks.indexOf(block)}.mts`, block.source);
    } finally {
      process.chdir(directory);
      console[Symbol.dispose]();
    }
    const messages = [...seq.events, ...behindPath.events].map(({ message }) => message.replace(/(?<= in )[\d.]+(?= ms$)/, "…"));
    assert.deepEqual(messages, events[name] ?? []);
    if (block.output !== undefined) {
      assert.match(console.heard.map(({ text }) => text).join("\n").replace(/ +$/gm, ""), patternOf(block.output));
    }
  });
}

test("every name of the list of events is that of a program", () => {
  assert.deepEqual(Object.keys(events).filter((name) => !blocks.some((block) => nameOf(block) === name)), []);
});

/** Packages of others that the programs use. */
const peers: Readonly<Record<string, string>> = {
  hono: "tests/node_modules/hono/dist/index.js",
  express: "tests/node_modules/express/index.js",
  pino: "tests/node_modules/pino/pino.js",
  winston: "tests/node_modules/winston/lib/winston.js",
  "@logtape/logtape": "tests/node_modules/@logtape/logtape/dist/mod.js",
  "@nestjs/common": "tests/node_modules/@nestjs/common/index.js",
  bunyan: "tests/node_modules/bunyan/lib/bunyan.js",
  consola: "tests/node_modules/consola/dist/index.mjs",
  debug: "tests/node_modules/debug/src/index.js",
  evlog: "tests/node_modules/evlog/dist/index.mjs",
  loglayer: "tests/node_modules/loglayer/dist/index.js",
  tslog: "tests/node_modules/tslog/esm/index.universal.js",
  "@std/yaml": "node_modules/@std/yaml/dist/index.js",
};

/**
 * What the programs find around them: the modules of Workers, and the globals of pages and of other runtimes. A server listens on any free port;
 * where the runtime has none of its own of that kind, the handler is kept, to be called.
 */
const world = `
import * as http from "node:http";
export const servers = [];
export const createServer = (...given) => {
  const server = http.createServer(...given);
  const listen = server.listen.bind(server);
  const listening = new Promise((resolve) => server.once("listening", resolve));
  server.listen = () => listen(0, "127.0.0.1");
  servers.push({
    fetch: async (path) => (await listening, await fetch(\`http://127.0.0.1:\${server.address().port}\${path}\`)),
    close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  });
  return server;
};
const keep = (handler) => servers.push({ fetch: (path) => handler(new Request(\`http://localhost:8000\${path}\`)), close() {} });
const visit = (server, port, close) => void servers.push({ fetch: (path) => fetch(\`http://localhost:\${port}\${path}\`), close });
const { Bun: bun, Deno: deno } = globalThis;
export const Bun = {
  serve(options) {
    const handler = options.fetch ?? Object.values(options.routes)[0];
    if (bun === undefined) return void keep(handler);
    const server = bun.serve({ ...options, port: 0 });
    visit(server, server.port, () => server.stop(true));
    return server;
  },
};
export const Deno = {
  serve(...given) {
    if (deno === undefined) return void keep(given.at(-1));
    const server = deno.serve({ port: 0, onListen() {} }, given.at(-1));
    visit(server, server.addr.port, () => server.shutdown());
    return server;
  },
};
export const document = { title: "Shop" };
`;

/** Runs a program until all it has logged is delivered; a Worker, a server or a route of Next gets a request, and one of Next's fails. */
async function run(name: string, source: string): Promise<void> {
  const settings = { env: { SEQ_URL: seq.url }, location: { href: `${behindPath.url.replace(/\/seq\/?$/, "")}/cart` } };
  const constants = Object.entries(settings).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`).join("");
  writeFileSync(join(folder, "world.mjs"), `${world}${constants}export const waitUntil = () => {};\nexport class DurableObject {}\n`);
  writeFileSync(
    join(folder, "yaml.mjs"),
    `export default ${
      JSON.stringify(`handlers: { seq: { class: seq, server_url: "${seq.url}" } }\nroot: { level: INFO, handlers: [seq] }\n`)
    };\n`,
  );
  const modules = {
    ...entryUrls(),
    ...{ "cloudflare:workers": "./world.mjs", "node:http": "./world.mjs", "./logging.yml": "./yaml.mjs" },
    ...Object.fromEntries(Object.entries(peers).map(([name, file]) => [name, urlOf(file)])),
  };
  const globals = ["Bun", "Deno", "document", "location"].filter((name) => new RegExp(`\\b${name}\\.`).test(source));
  const program = withImports(source, modules).replaceAll("http://localhost:5341", seq.url);
  writeFileSync(join(folder, name), `import { servers, ${globals} } from "./world.mjs";\n${program}\nexport { servers };\n`);
  const { default: worker, handler, servers, register, onRequestError, GET } = await import(pathToFileURL(join(folder, name)).href);
  const work: Promise<unknown>[] = [];
  await worker?.fetch(new Request("http://worker.test/orders/42"), {}, { waitUntil: (one: Promise<unknown>) => work.push(one) });
  await handler?.({ OrderId: 42 }, {});
  register?.();
  onRequestError?.(new TypeError("no paper"), { method: "GET", path: "/orders/42" }, { routePath: "/orders/[id]" });
  await (await GET?.(new Request("http://next.test/orders/42")))?.text();
  for (const server of servers.splice(0)) {
    await (await server.fetch("/orders/42")).text();
    await server.close();
  }
  await Promise.all(work);
  await flush();
}

/** The text as a pattern: `…` stands for anything, and a time of day for any other. */
function patternOf(text: string): RegExp {
  const escaped = text.trimEnd().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const undated = escaped.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/g, "[-\\d :,]{23}");
  return new RegExp(`^${undated.replace(/\d\d:\d\d:\d\d\\\.\d{3}/g, "[\\d:.]{12}").replaceAll("…", ".*")}$`);
}

// ---- the pages ----

for (const { path, text } of pages) {
  test(`${path}: the files and commands that it names are there`, () => {
    const { scripts } = JSON.parse(readText("package.json"));
    for (const [, path = ""] of text.matchAll(/(?<![\w/@.-])((?:examples|src|tests)\/[\w./]+\.(?:ts|svg|md))\b/g)) {
      if (!path.includes("/room/")) readText(path);
    }
    for (const [, name = ""] of text.matchAll(/npm run ([\w:]+)/g)) assert.ok(name in scripts, name);
  });

  test(`${path}: each link leads to a file, and to a heading of it`, () => {
    for (const link of linksOf(text)) {
      const [target = "", anchor] = link.split("#");
      const file = target === "" ? path : posix.join(posix.dirname(path), target);
      assert.ok(existsSync(join(repository, file)), link);
      if (anchor !== undefined) assert.ok(headingsOf(readText(file)).map(anchorOf).includes(anchor), link);
    }
  });
}

test("README.md leads to every guide", () => {
  const links = linksOf(pageText("")).map((link) => link.split("#")[0]);
  assert.deepEqual(pages.map(({ path }) => path).filter((path) => path !== "README.md" && !links.includes(path)), []);
});

test("README.md has at most 16 kB", () => {
  const bytes = new TextEncoder().encode(pageText("")).length;
  assert.ok(bytes <= 16_000, `${bytes} bytes`);
});
