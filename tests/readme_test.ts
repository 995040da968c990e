import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { encodeClef, flush, getLogger, type Level, MemoryHandler, parseLevel, shutdown } from "../mod.ts";
import { type RunningCollector, serveCollector } from "./support/collector.ts";
import { entryUrls } from "./support/entries.ts";
import { blocksOf, tableBelow, withImports } from "./support/readme.ts";
import { hearConsole } from "./support/seq.ts";

const repository = fileURLToPath(new URL("../", import.meta.url));
const urlOf = (path: string): string => pathToFileURL(join(repository, path)).href;
const readText = (path: string): string => readFileSync(join(repository, path), "utf8");
const readme = readText("README.md");

/** What stands between the first backticks of a cell. */
const code = (cell = ""): string => /`([^`]+)`/.exec(cell)?.[1] ?? "";

// The programs: what each sends to Seq, by its heading, and what it prints, if a block of text follows.

const folder = mkdtempSync(join(tmpdir(), "seqlog-readme-"));
let seq: RunningCollector;

before(async () => void (seq = await serveCollector({ port: 0 })));
afterEach(async () => {
  await shutdown();
  seq.clear();
});
after(async () => {
  await seq.close();
  rmSync(folder, { recursive: true, force: true });
});

const events: Readonly<Record<string, readonly string[]>> = {
  "": ["Order 42 shipped to Oslo", "Order 43 is late"],
  "Cloudflare Workers": ["GET /orders/42", "HTTP GET /orders/42 responded 200 in … ms"],
  "Requests of a framework": ["HTTP GET /orders/42 responded 200 in … ms"],
  "What an access event tells": ["User 7 found", "HTTP GET /me responded 200 in … ms"],
  "pino": ["Slow query"],
  "winston": ["Order 42 shipped to Oslo"],
  "LogTape": ["Order 42 shipped to Oslo"],
  "Properties for many events": ["Order 42 shipped"],
  "Loggers": ["Logged: shop.db is at debug"],
  "The whole grammar": ["User ada signed in"],
  "From a YAML file": ["Order 42 shipped to Oslo"],
  "What others write to the console": ["Listening on port 8000"],
  "Filters": ["ada paid with card [Redacted]"],
  "A queue on disk": ["Order 42 shipped"],
  "Filters of your own": ["ada signed in from Rey"],
};

for (const { heading, number, source, yaml, output } of blocksOf(readme).filter(({ isContained }) => isContained)) {
  test(`README, ${heading || "first page"}: program ${number} does what it says`, async () => {
    const console = hearConsole();
    const directory = process.cwd();
    try {
      process.chdir(folder);
      if (yaml !== undefined) writeFileSync("logging.yml", yaml.replaceAll("http://localhost:5341", seq.url));
      await run(`program_${number}.mts`, source);
    } finally {
      process.chdir(directory);
      console[Symbol.dispose]();
    }
    assert.deepEqual(seq.events.map(({ message }) => message.replace(/(?<= in )[\d.]+(?= ms$)/, "…")), events[heading] ?? []);
    if (output !== undefined) assert.match(console.heard.map(({ text }) => text).join("\n").replace(/ +$/gm, ""), patternOf(output));
  });
}

/** Packages of others that programs of the README use. */
const peers: Readonly<Record<string, string>> = {
  hono: "hono/dist/index.js",
  pino: "pino/pino.js",
  winston: "winston/lib/winston.js",
  "@logtape/logtape": "@logtape/logtape/dist/mod.js",
};

/** Runs a program until all it has logged is delivered; a Worker gets a request. */
async function run(name: string, source: string): Promise<void> {
  writeFileSync(
    join(folder, "workers.mjs"),
    `export const env = { SEQ_URL: ${JSON.stringify(seq.url)} };\nexport const waitUntil = () => {};\n`,
  );
  const modules = {
    ...entryUrls(),
    "cloudflare:workers": "./workers.mjs",
    ...Object.fromEntries(Object.entries(peers).map(([name, file]) => [name, urlOf(`tests/node_modules/${file}`)])),
  };
  writeFileSync(join(folder, name), withImports(source, modules).replaceAll("http://localhost:5341", seq.url));
  const { default: worker } = await import(pathToFileURL(join(folder, name)).href);
  const work: Promise<unknown>[] = [];
  await worker?.fetch(new Request("http://worker.test/orders/42"), {}, { waitUntil: (one: Promise<unknown>) => work.push(one) });
  await Promise.all(work);
  await flush();
}

/** The text as a pattern: `…` stands for anything, and a time of day for any other. */
function patternOf(text: string): RegExp {
  const escaped = text.trimEnd().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const undated = escaped.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/g, "[-\\d :,]{23}");
  return new RegExp(`^${undated.replace(/\d\d:\d\d:\d\d\\\.\d{3}/g, "[\\d:.]{12}").replaceAll("…", ".*")}$`);
}

// The tables.

for (const [call, message, properties = ""] of tableBelow(readme, "The log call")) {
  test(`README, the log call: ${code(call)}`, () => {
    const memory = new MemoryHandler();
    const log = getLogger("readme");
    const added = log.addHandler(memory);
    log.level = "trace";
    new Function("log", code(call))(log);
    log.level = undefined;
    added[Symbol.dispose]();
    const [event] = memory.events;
    assert.equal(event?.message, message);
    assert.deepEqual(event?.properties, new Function(`return (${code(properties)})`)());
    assert.equal(event?.exception !== undefined, properties.includes("exception"));
  });
}

for (const [level, clef, numbers = "", words = ""] of tableBelow(readme, "Levels")) {
  test(`README, levels: ${code(level)} has its words, numbers and name in Seq`, () => {
    const logger = getLogger("readme.levels");
    for (const [, word] of words.matchAll(/`([^`]+)`/g)) {
      logger.level = word!.toUpperCase() as Level;
      assert.equal(logger.level, code(level), word);
    }
    logger.level = undefined;
    if (numbers === "") return;
    const own = parseLevel(code(level));
    assert.deepEqual(numbers.split("–").map((text) => parseLevel(Number(text))), [own, own]);
    const event = { timestampMs: 0, level: own, loggerName: "", messageTemplate: "", properties: {}, message: "" };
    assert.equal(JSON.parse(encodeClef(event))["@l"] ?? "Information", clef);
  });
}

/** The options of an interface, and what their comments say of the defaults. */
function optionsOf(path: string, name: string): Map<string, string> {
  const [, body = ""] = new RegExp(`interface ${name}\\b[^{]*{(.*?)\n}`, "s").exec(readText(path)) ?? [];
  const options = [...body.matchAll(/\/\*\* (.*?) \*\/\s*readonly (\w+)\??:/gs)];
  return new Map(
    options.map(([, comment = "", option = ""]) => [option, /Default: (.*)\.$/.exec(comment)?.[1]?.replaceAll("`", "") ?? ""]),
  );
}

for (
  const { heading, path, name, more } of [
    { heading: "The options of the Seq handler", path: "src/seq/seq_options.ts", name: "SeqHandlerOptions", more: [] },
    { heading: "The shorthand", path: "src/config/logging_config.ts", name: "SeqOptions", more: ["properties"] },
  ]
) {
  test(`README, ${heading}: the table has exactly the options of ${name}, with their defaults`, () => {
    const rows = tableBelow(readme, heading);
    const options = optionsOf(path, name);
    assert.deepEqual(rows.map(([option]) => code(option)).sort(), [...options.keys(), ...more].sort());
    for (const [option, shown = ""] of rows) {
      const told = options.get(code(option)) || "none";
      const [short] = told.split(", "); // the rest is the reason
      assert.ok(
        [told, short].includes(shown.replaceAll("`", "").replace("–", "none")),
        `${option}: ${shown}, but its comment says ${told}`,
      );
    }
  });
}

for (
  const [heading, path, name] of [
    ["The options of a request log", "src/http/request_options.ts", "RequestLogOptions"],
    ["A relay for pages", "src/relay/relay_options.ts", "RelayOptions"],
    ["A queue on disk", "src/durable/durable_options.ts", "DurableOptions"],
  ] as const
) {
  test(`README, ${heading}: the table has exactly the options of ${name}`, () => {
    const [, body = ""] = new RegExp(`interface ${name}\\b[^{]*{(.*?)\n}`, "s").exec(readText(path)) ?? [];
    const options = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option]) => option);
    assert.ok(options.length > 3);
    assert.deepEqual(tableBelow(readme, heading).map(([option]) => code(option)).sort(), options.sort());
  });
}

test("README: the files and commands that it names are there", () => {
  const { scripts } = JSON.parse(readText("package.json"));
  for (const [, path = ""] of readme.matchAll(/(?<![\w/@-])((?:examples|src|tests)\/[\w./]+\.ts)\b/g)) readText(path);
  for (const [, name = ""] of readme.matchAll(/npm run ([\w:]+)/g)) assert.ok(name in scripts, name);
});
