/** configureFromFile() and configureFromYaml(): files, texts, layers, YAML's own words, parsers and their errors. */

import { parse } from "@std/yaml";
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  configure,
  flush,
  getLogger,
  type Logging,
  type LoggingConfig,
  MemoryHandler,
  onDiagnostic,
  shutdown,
  type Threshold,
} from "../../mod.ts";
import { configureFromFile, configureFromYaml, pythonParts, type YamlOptions } from "../../src/yaml/yaml.ts";
import { Folder } from "../support/folder.ts";
import { repository } from "../support/install.ts";
import { issueOf, issuesOf } from "../support/issues.ts";
import { type Clef, FakeSeq, hearConsole, hearDiagnostics, propertiesOf } from "../support/seq.ts";

/** Shuts down with the block. */
const ending = (): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => void (await shutdown()) });

/** A folder with files in it. */
function folderWith(files: Readonly<Record<string, string>>): Folder {
  const folder = new Folder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(folder.at(name)), { recursive: true });
    writeFileSync(folder.at(name), text);
  }
  return folder;
}

/** One Seq at the root, nothing of the machine. */
const base = `
version: 1
root:
  level: INFO
  handlers: [seq]
loggers:
  shop.db: { level: WARNING }
handlers:
  seq:
    class: seq
    server_url: http://seq.test
    batch_size: 100
properties:
  MachineName: null
  ProcessId: null
  Application: shop
`;

/** Options by which the handler `seq` ships to a Seq that is none. */
const shippingTo = (seq: FakeSeq): YamlOptions => ({ overrides: { handlers: { seq: { fetch: seq.fetch } } } });

/** What arrives of some events: template and properties. */
async function arrived(seq: FakeSeq): Promise<readonly (readonly [unknown, Clef])[]> {
  assert.equal((await flush()).pending, 0);
  return seq.events.map((clef) => [clef["@mt"], propertiesOf(clef)]);
}

// ---- where the text comes from ----

test("configureFromFile() accepts a path, a relative path, a URL and a URL's text", async () => {
  using folder = folderWith({ "log.yml": base, "with space & 100%#.yml": base });
  for (const name of ["log.yml", "with space & 100%#.yml"]) {
    const path = folder.at(name);
    for (const location of [path, relative(process.cwd(), path), pathToFileURL(path), pathToFileURL(path).href]) {
      await using _ = ending();
      const seq = new FakeSeq();
      const logging = await configureFromFile(location, shippingTo(seq));
      assert.deepEqual(Object.keys(logging.handlers), ["seq"]);
      getLogger("shop").info("Order {Id}", { Id: 1 });
      getLogger("shop.db").info("too low");
      assert.deepEqual(await arrived(seq), [["Order {Id}", { Id: 1, Application: "shop" }]]);
    }
  }
});

test("configureFromYaml() accepts a text, the shorthand, too", async () => {
  for (const text of [base, "server_url: http://seq.test\nproperties: { MachineName: null, ProcessId: null, Application: shop }"]) {
    await using _ = ending();
    const seq = new FakeSeq();
    const overrides = text === base ? shippingTo(seq).overrides : { fetch: seq.fetch };
    await configureFromYaml(text, { overrides });
    getLogger("shop").info("x");
    assert.deepEqual(await arrived(seq), [["x", { Application: "shop" }]]);
  }
});

test("configureFromFile() accepts JSON, because JSON is YAML, and the byte order mark and line ends of Windows", async () => {
  const json = JSON.stringify({ handlers: { memory: { class: "memory" } }, root: { level: "debug", handlers: ["memory"] } }, null, 2);
  using folder = folderWith({ "a.json": json, "b.yml": `\ufeff${base.replaceAll("\n", "\r\n")}` });
  await using _ = ending();
  await configureFromFile(folder.at("a.json"));
  assert.equal(getLogger().level, "debug");
  await configureFromFile(folder.at("b.yml"));
  assert.deepEqual([getLogger().level, getLogger("shop.db").level], ["info", "warn"]);
});

test("configure() does the same synchronously with a parsed text and pythonParts", async () => {
  await using _ = ending();
  using onConsole = hearConsole();
  const text = `
    version: 1
    x-threshold: &threshold WARNING
    root: { level: INFO, handlers: [out] }
    handlers: { out: { class: logging.StreamHandler, stream: ext://sys.stdout, formatter: plain, level: *threshold } }
    formatters: { plain: { format: '%(name)s %(message)s' } }
  `;
  configure(parse(text) as LoggingConfig, pythonParts);
  getLogger("shop").info("too low");
  getLogger("shop").warn("Order {Id}", { Id: 1 });
  assert.deepEqual(onConsole.heard, [{ method: "log", text: "shop Order 1" }]);
});

test("configureFromFile() that finds no file says which", async () => {
  using folder = new Folder();
  const none = folder.at("none.yml");
  const { path, message } = await issueOf(() => configureFromFile(none));
  assert.equal(path, none);
  assert.match(message, /^Cannot read this as a configuration file: .*(?:ENOENT|no such file)/i);
  const all = await issuesOf(() => configureFromFile([none, pathToFileURL(folder.path), "https://a.test/log.yml", folder.at("b.yml")]));
  assert.deepEqual(all.map(({ path }) => path), [none, pathToFileURL(folder.path).href, "https://a.test/log.yml", folder.at("b.yml")]);
  assert.match(all[2]!.message, /configureFromYaml/);
  assert.match((await issueOf(() => configureFromFile([]))).message, /a path or URL, or a list of at least one/);
});

test("configureFromFile() names each wrong file of several at once", async () => {
  using folder = folderWith({ "a.yml": "root: [", "b.yml": "- a\n- b\n", "c.yml": "5", "d.yml": "", "e.yml": base });
  const names = ["a.yml", "b.yml", "c.yml", "d.yml", "e.yml"];
  const issues = await issuesOf(() => configureFromFile(names.map((name) => folder.at(name))));
  assert.deepEqual(issues.map(({ path }) => path.replace(folder.path, "").replace(/:\d+:\d+$/, "").slice(1)), names.slice(0, 4));
  assert.match(issues[1]!.message, /Cannot use this as a configuration, which is a map of names/);
});

// ---- layers ----

test("configureFromFile() lays later files over earlier ones, and overrides over all", async () => {
  using folder = folderWith({
    "base.yml": base,
    "stage.yml": "loggers: { shop.web: { level: DEBUG } }\nproperties: { Stage: test, Application: null }\nroot: { level: DEBUG }",
    "mine.yml": "properties: { Stage: mine }\nhandlers: { kept: { class: memory } }\nroot: { handlers: [kept, seq] }",
  });
  await using _ = ending();
  const seq = new FakeSeq();
  const files = ["base.yml", "stage.yml", "mine.yml"].map((name) => folder.at(name));
  const { handlers } = await configureFromFile(files, {
    overrides: { properties: { Version: 3 }, handlers: { seq: { fetch: seq.fetch } }, loggers: { "shop.db": { level: "off" } } },
  });
  assert.deepEqual(Object.keys(handlers), ["seq", "kept"]);
  const levels = ["", "shop.db", "shop.web"].map((name) => getLogger(name).level);
  assert.deepEqual(levels, ["debug", "off", "debug"]);
  getLogger("shop").debug("x");
  assert.deepEqual(await arrived(seq), [["x", { Stage: "mine", Version: 3 }]]);
  assert.deepEqual((handlers.kept as MemoryHandler).events.map(({ message }) => message), ["x"]);
});

test("a later layer replaces lists and scalars, merges maps by key, and removes by null", async () => {
  await using _ = ending();
  const text = `
    root: { level: info, handlers: [a, b] }
    loggers: { x: { level: debug, handlers: [a], propagate: false }, y: debug, z: debug }
    handlers: { a: { class: memory, capacity: 1 }, b: { class: memory }, c: { class: memory } }
  `;
  const overrides = {
    root: { handlers: ["b"] },
    loggers: { x: { level: null }, y: { level: "error" }, z: null, w: "trace" },
    handlers: { a: { capacity: 2 }, c: null },
  };
  const { handlers } = await configureFromYaml(text, { overrides });
  assert.deepEqual(Object.keys(handlers), ["a", "b"]);
  assert.deepEqual(["x", "y", "z", "w"].map((name) => getLogger(name).level), [undefined, "error", undefined, "trace"]);
  for (let i = 0; i < 3; i++) getLogger("x").info(String(i));
  getLogger("v").info("v");
  assert.deepEqual(
    ["a", "b"].map((name) => (handlers[name] as MemoryHandler).events.map(({ message }) => message)),
    [["1", "2"], ["v"]],
  );
});

test("a later layer may write an option in the other case, and a name of the user's is never another one", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const text = `
    disable_existing_loggers: true
    root: { level: info, handlers: [my_seq] }
    loggers: { my_shop: { level: debug } }
    handlers: { my_seq: { class: seq, server_url: "http://old.test", batch_size: 5, properties: { my_name: 1 } } }
    properties: { MachineName: null, ProcessId: null, my_stage: 1 }
  `;
  const old = getLogger("layers.other_case");
  const { handlers } = await configureFromYaml(text, {
    overrides: {
      disableExistingLoggers: false,
      loggers: { myShop: { level: "error" } },
      handlers: {
        my_seq: { serverUrl: "http://new.test", batchSize: 2, fetch: seq.fetch, properties: { myName: 2 } },
        mySeq: { class: "memory" },
      },
      properties: { myStage: 2 },
    },
  });
  assert.deepEqual(Object.keys(handlers), ["my_seq", "mySeq"]);
  assert.deepEqual(["my_shop", "myShop"].map((name) => getLogger(name).level), ["debug", "error"]);
  for (let i = 0; i < 3; i++) old.info("x");
  const common = { my_name: 1, myName: 2, my_stage: 1, myStage: 2 };
  assert.deepEqual(await arrived(seq), Array.from({ length: 3 }, () => ["x", common]));
  assert.deepEqual(seq.requests.map(({ url }) => url), Array.from({ length: 2 }, () => "http://new.test/api/events/raw?clef"));
});

test("overrides may hold what a text cannot: functions, handlers, an encoder, classes", async () => {
  await using _ = ending();
  const [seq, memory] = [new FakeSeq(), new MemoryHandler()];
  await configureFromYaml(base, {
    overrides: {
      root: { handlers: ["seq", "ready", "made"], filters: [({ message }: { message: string }) => message !== "no"] },
      handlers: {
        seq: { fetch: seq.fetch, encoder: (value: unknown) => value instanceof Map ? "a map" : undefined },
        ready: memory,
        made: { class: "own" },
      },
      properties: { Count: () => 7 },
    },
    handlers: { own: () => new MemoryHandler() },
  });
  getLogger().info("no");
  getLogger().info("{M}", { M: new Map() });
  assert.deepEqual(await arrived(seq), [["{M}", { M: "a map", Application: "shop", Count: 7 }]]);
  assert.equal(memory.events.length, 1);
});

test("overrides may put a ready-made handler in the place of one that is described", async () => {
  await using _ = ending();
  const memory = new MemoryHandler();
  const { handlers } = await configureFromYaml(base, { overrides: { handlers: { seq: memory } } });
  getLogger().info("x");
  assert.equal(handlers.seq, memory);
  assert.deepEqual(memory.events.map(({ message }) => message), ["x"]);
});

test("an issue's path begins with the file that says so, whichever layer it is", async () => {
  using folder = folderWith({
    "base.yml": base.replace("level: WARNING", "level: warnn"),
    "stage.yml": "handlers: { seq: { batchSize: 0 } }\nroot: { handlers: [seq, nowhere] }\nlogers: {}",
    "mine.yml": "handlers: { out: { class: consle, colour: x } }",
  });
  const files = ["base.yml", "stage.yml", "mine.yml"].map((name) => folder.at(name));
  const overrides = { properties: 5, handlers: { seq: { apiKey: 5 } } };
  const issues = await issuesOf(() => configureFromFile(files, { overrides }));
  assert.deepEqual(issues.map(({ path }) => path.replace(`${folder.path}/`, "")).sort(), [
    'base.yml: loggers["shop.db"].level',
    "mine.yml: handlers.out.class",
    "overrides: handlers.seq.apiKey",
    "overrides: properties",
    "stage.yml: handlers.seq.batch_size",
    "stage.yml: logers",
    "stage.yml: root.handlers.1",
  ]);
});

test("an issue of a text has its bare path, one of a file the file's name as it was given", async () => {
  using folder = folderWith({ "a.yml": "server_url: 5" });
  assert.equal((await issueOf(() => configureFromYaml("server_url: 5"))).path, "server_url");
  const given = [folder.at("a.yml"), relative(process.cwd(), folder.at("a.yml")), pathToFileURL(folder.at("a.yml"))];
  for (const location of given) {
    assert.equal((await issueOf(() => configureFromFile(location))).path, `${location}: server_url`);
  }
});

test("configureFromFile() leaves the files and the overrides as they were", async () => {
  await using _ = ending();
  using folder = folderWith({ "a.yml": base, "b.yml": "root: { level: debug }" });
  const before = folder.texts;
  const overrides = Object.freeze({ root: Object.freeze({ level: "off" }), properties: Object.freeze({ A: "${B}" }) });
  await configureFromFile([folder.at("a.yml"), folder.at("b.yml")], { overrides });
  assert.deepEqual([folder.texts, getLogger().level], [before, "off"]);
});

// ---- parts and options ----

test("configureFromYaml() knows the caller's classes in addition to Python's and the built-in ones", async () => {
  await using _ = ending();
  using onConsole = hearConsole();
  const made: unknown[] = [];
  const text = `
    root: { level: info, handlers: [own, python, built_in] }
    handlers:
      own: { class: own, some_option: [1, { a_b: 2 }], formatter: loud, filters: [f] }
      python: { class: logging.StreamHandler, filters: [logger], formatter: plain }
      built_in: { class: memory }
    filters: { f: { class: long, min_length: 2 }, logger: { name: shop } }
    formatters: { loud: { class: loud }, plain: { style: '{', format: '{levelname}' } }
  `;
  const options: YamlOptions = {
    handlers: {
      own: (given) => {
        made.push(given);
        return new MemoryHandler();
      },
    },
    filters: { long: ({ minLength }) => ({ message }) => message.length >= (minLength as number) },
    formatters: { loud: () => ({ message }) => message.toUpperCase() },
  };
  const { handlers } = await configureFromYaml(text, options);
  assert.deepEqual(made, [{ someOption: [1, { a_b: 2 }] }]);
  getLogger("shop").info("xy");
  getLogger("other").info("z");
  assert.deepEqual([handlers.own, handlers.built_in].map((one) => (one as MemoryHandler).events.length), [1, 2]);
  assert.deepEqual(onConsole.heard, [{ method: "error", text: "INFO" }]);
  assert.equal(handlers.own!.formatter?.((handlers.own as MemoryHandler).events[0]!), "XY");
});

test("configureFromYaml() calls the caller's prepare before the references are resolved", async () => {
  await using _ = ending();
  const prepare: YamlOptions["prepare"] = (config, issues) => {
    if ((config as { forbidden?: unknown }).forbidden !== undefined) issues.push({ path: "forbidden", message: "Cannot be: leave it out" });
    const { forbidden: _, ...rest } = config as Record<string, unknown>;
    return { ...rest, root: { level: "cfg://handlers.memory.level", handlers: ["memory"] } };
  };
  const text = "handlers: { memory: { class: memory, level: error } }";
  await configureFromYaml(text, { prepare });
  assert.equal(getLogger().level, "error");
  assert.deepEqual(await issueOf(() => configureFromYaml(`${text}\nforbidden: 1`, { prepare })), {
    path: "forbidden",
    message: "Cannot be: leave it out",
  });
});

// ---- YAML-isms ----

/** What two kinds of parsers make of the same words: YAML 1.2 leaves yes and off text, YAML 1.1 does not. */
const parsers: readonly (readonly [string, (text: string) => unknown])[] = [
  ["1.2", (text) => parse(text)],
  ["1.1", (text) => {
    const words: Record<string, boolean> = { yes: true, on: true, true: true, no: false, off: false, false: false };
    return JSON.parse(
      JSON.stringify(parse(text)),
      (_, value) => (typeof value === "string" && Object.hasOwn(words, value.toLowerCase()) ? words[value.toLowerCase()] : value),
    );
  }],
];

for (const [version, parseYaml] of parsers) {
  test(`yes, no, on and off are booleans where an option is one, as a parser of YAML ${version} reads them`, async () => {
    await using _ = ending();
    for (const [yes, no] of [["yes", "no"], ["on", "off"], ["true", "false"], ["Yes", "NO"], ["On", "Off"], ["True", "FALSE"]]) {
      const text = (word: string): string => `
        version: 1
        disable_existing_loggers: ${no}
        captureConsole: ${no}
        root: { level: trace, handlers: [top] }
        loggers: { flags.own: { propagate: ${word}, handlers: [own] } }
        handlers:
          top: { class: memory }
          own: { class: memory }
          out: { class: console, colour: ${word} }
          seq: { class: seq, server_url: "http://seq.test", preserve_dotted_property_names: ${word} }
      `;
      for (const word of [yes!, no!]) {
        const { handlers } = await configureFromYaml(text(word), { parseYaml });
        getLogger("flags.own").info("x");
        const counts = ["top", "own"].map((name) => (handlers[name] as MemoryHandler).events.length);
        assert.deepEqual(counts, [word === yes ? 1 : 0, 1], word);
        await shutdown();
      }
    }
  });

  test(`off is the level where an option is one, as a parser of YAML ${version} reads it`, async () => {
    await using _ = ending();
    const text = `
      root: { level: off, handlers: [memory] }
      loggers: { off.a: off, off.b: { level: Off }, off.c: { level: "off" }, off.d: trace }
      handlers: { memory: { class: memory, level: OFF } }
    `;
    const { handlers } = await configureFromYaml(text, { parseYaml });
    const levels = ["", "off.a", "off.b", "off.c", "off.d"].map((name): Threshold | undefined => getLogger(name).level);
    assert.deepEqual([...levels, handlers.memory!.level], ["off", "off", "off", "off", "trace", "off"]);
  });

  test(`console: on and off are read in the shorthand, as a parser of YAML ${version} reads them`, async () => {
    await using _ = ending();
    using onConsole = hearConsole();
    for (const [word, lines] of [["on", 2], ["off", 0], ["no", 0], ["yes", 2], ["error", 1]] as const) {
      await configureFromYaml(`{ server_url: "http://seq.test", console: ${word} }`, {
        parseYaml,
        overrides: { fetch: new FakeSeq().fetch },
      });
      onConsole.heard.length = 0;
      getLogger("short").info("x");
      getLogger("short").error("y");
      assert.equal(onConsole.heard.length, lines, word);
    }
  });
}

test("null and an empty value count as absent, as None does in Python", async () => {
  await using _ = ending();
  const text = `
    version: 1
    disable_existing_loggers: false
    root:
      level: ~
      handlers: [memory]
      filters:
    loggers:
      none.a: { level: null, handlers: null, propagate: ~, filters: ~ }
    handlers:
      memory: { class: memory, level: ~, formatter: null, filters: }
    filters:
    formatters: ~
    properties:
  `;
  const { handlers } = await configureFromYaml(text);
  getLogger("none.a").warn("x");
  assert.equal((handlers.memory as MemoryHandler).events.length, 1);
  assert.equal(getLogger("none.a").level, undefined);
});

test("anchors and aliases of YAML may share parts", async () => {
  await using _ = ending();
  const text = `
    x-quiet: &quiet { level: error, handlers: &both [a, b] }
    root: *quiet
    loggers: { anchors.a: *quiet, anchors.b: { handlers: *both } }
    handlers: { a: &memory { class: memory, capacity: 3 }, b: *memory }
  `;
  const { handlers } = await configureFromYaml(text);
  assert.notEqual(handlers.a, handlers.b);
  assert.deepEqual([getLogger().level, getLogger("anchors.a").level], ["error", "error"]);
  getLogger("anchors.b").error("x");
  assert.deepEqual(["a", "b"].map((name) => (handlers[name] as MemoryHandler).events.length), [2, 2]);
});

test("dates and numbers of a parser stay what they are", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const parseYaml = (text: string): unknown => ({
    ...parse(text) as object,
    properties: { MachineName: null, ProcessId: null, Since: new Date(0), Share: 0.5, Big: 12345678901234567890n },
  });
  await configureFromYaml(base, { parseYaml, ...shippingTo(seq) });
  getLogger().info("x");
  const since = "1970-01-01T00:00:00.000Z";
  assert.deepEqual(await arrived(seq), [["x", { Since: since, Share: 0.5, Big: "12345678901234567890" }]]);
});

test("a parser's maps may have no prototype", async () => {
  await using _ = ending();
  const parseYaml = (text: string): unknown =>
    JSON.parse(
      JSON.stringify(parse(text)),
      (_, value) => (typeof value === "object" && value && !Array.isArray(value) ? Object.assign(Object.create(null), value) : value),
    );
  const seq = new FakeSeq();
  await configureFromYaml(base.replace("shop\n", "${WHERE}\n"), { parseYaml, env: { WHERE: "there" }, ...shippingTo(seq) });
  getLogger().info("x");
  assert.deepEqual(await arrived(seq), [["x", { Application: "there" }]]);
});

// ---- what a parser refuses ----

test("what is no YAML is reported by file, line and column", async () => {
  using folder = folderWith({
    "bad.yml": "root:\n  level: info\n  handlers: [seq\n",
    "worse.yml": "root: { level: info }\nroot: { level: debug }\n",
  });
  for (const name of ["bad.yml", "worse.yml"]) {
    const { path, message } = await issueOf(() => configureFromFile(folder.at(name)));
    assert.ok(path.startsWith(`${folder.at(name)}:`), path);
    assert.match(path, /:\d+:\d+$/);
    assert.match(message, /^Cannot read this as YAML: .{10}/);
    assert.doesNotMatch(message, /\n| at line/);
  }
  const { path } = await issueOf(() => configureFromYaml("root: { level: info }\nroot: { level: debug }\n"));
  assert.match(path, /^line [12], column \d+$/);
});

/** How parsers report the position of an error: in words, in fields, or not at all. */
const refusals: readonly (readonly [name: string, thrown: unknown, place: string, message: string])[] = [
  [
    "@std/yaml's",
    new SyntaxError('Cannot resolve alias: unidentified alias "x" at line 3, column 7:\n      root: *x\n            ^'),
    "3:7",
    'Cannot resolve alias: unidentified alias "x"',
  ],
  [
    "words without a picture",
    new Error("bad indentation of a mapping entry at line 12, column 1"),
    "12:1",
    "bad indentation of a mapping entry",
  ],
  [
    "fields",
    Object.assign(new Error("Map keys must be unique at line 2, column 1:\n\nroot: 1\n^\n"), {
      linePos: [{ line: 2, col: 1 }, { line: 2, col: 5 }],
    }),
    "2:1",
    "Map keys must be unique",
  ],
  ["no place", new Error("unexpected end"), "", "unexpected end"],
  ["a text", "no YAML", "", "no YAML"],
];

for (const [name, thrown, place, says] of refusals) {
  test(`what a parser throws is told where it stands: ${name}`, async () => {
    using folder = folderWith({ "a.yml": "whatever" });
    const parseYaml = (): never => {
      throw thrown;
    };
    const file = folder.at("a.yml");
    assert.deepEqual(await issueOf(() => configureFromFile(file, { parseYaml })), {
      path: place === "" ? file : `${file}:${place}`,
      message: `Cannot read this as YAML: ${says}`,
    });
    const [line, column] = place.split(":");
    assert.deepEqual(await issueOf(() => configureFromYaml("whatever", { parseYaml })), {
      path: place === "" ? "" : `line ${line}, column ${column}`,
      message: `Cannot read this as YAML: ${says}`,
    });
  });
}

test("a text that contains itself by an alias is refused", async () => {
  const parseYaml = (): unknown => {
    const config: Record<string, unknown> = { root: { level: "info" } };
    config.loggers = { a: config };
    return config;
  };
  const { path, message } = await issueOf(() => configureFromYaml("", { parseYaml }));
  assert.deepEqual([path, message], ["loggers.a", "Cannot use this as a configuration: it contains itself"]);
});

// ---- no parser ----

/** The library as it stands in a project that has no YAML package. */
async function withoutParser(
  folder: Folder,
): Promise<{ configureFromYaml: typeof configureFromYaml; configureFromFile: typeof configureFromFile }> {
  cpSync(join(repository, "src"), folder.at("src"), { recursive: true });
  writeFileSync(folder.at("package.json"), '{ "type": "module" }');
  const file = folder.at("src/yaml/yaml_parser.ts");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll("@std/yaml", "@std/no-such-yaml"));
  return await import(pathToFileURL(folder.at("src/yaml/yaml.ts")).href);
}

test("without a parser an error says what to install or pass, and a parser that is passed is all it needs", async () => {
  using folder = folderWith({ "log.yml": "server_url: http://seq.test" });
  const library = await withoutParser(folder);
  for (const configures of [() => library.configureFromYaml("{}"), () => library.configureFromFile(folder.at("log.yml"))]) {
    await assert.rejects(configures, ({ name, issues: [issue] }: { name: string; issues: { path: string; message: string }[] }) => {
      assert.deepEqual([name, issue!.path], ["ConfigError", "parseYaml"]);
      assert.match(
        issue!.message,
        /^Cannot read YAML without a parser: install one \(.*npx jsr add @std.*deno add jsr:@std.*bunx jsr add @std.*\)/,
      );
      assert.match(issue!.message, /or pass the option parseYaml/);
      return true;
    });
  }
  let read = "";
  const parseYaml = (text: string): unknown => {
    read = text;
    return { server_url: null };
  };
  const logging: Logging = await library.configureFromFile(folder.at("log.yml"), { parseYaml });
  assert.deepEqual([Object.keys(logging.handlers), read], [["console"], "server_url: http://seq.test"]);
  await logging.shutdown();
});

// ---- what is not touched ----

test("configureFromYaml() where there are no files takes the text, and names what a file would need", async () => {
  const world = process as unknown as { getBuiltinModule: unknown };
  const own = world.getBuiltinModule;
  await using _ = ending();
  try {
    world.getBuiltinModule = undefined;
    await configureFromYaml("root: { level: error }", { parseYaml: parse });
    assert.equal(getLogger().level, "error");
    const { path, message } = await issueOf(() => configureFromFile("log.yml", { parseYaml: parse }));
    assert.deepEqual([path, message], [
      "log.yml",
      "Cannot read this as a configuration file: this runtime has no files; pass configureFromYaml the text, and secrets through the environment",
    ]);
  } finally {
    world.getBuiltinModule = own;
  }
});

test("configureFromYaml() that is refused leaves what is in force, and reports nothing else", async () => {
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  using __ = onDiagnostic(() => {});
  const seq = new FakeSeq();
  const logging = await configureFromYaml(base, shippingTo(seq));
  getLogger().info("before");
  for (const text of ["root: [", "5", "root: { level: loud }", "server_url: ${NO_SUCH_NAME_AT_ALL}"]) {
    await issuesOf(() => configureFromYaml(text, { env: {} }));
  }
  getLogger().info("after");
  assert.deepEqual((await arrived(seq)).map(([template]) => template), ["before", "after"]);
  assert.deepEqual([logging.stats().seq!.delivered, diagnostics.heard], [2, []]);
});
