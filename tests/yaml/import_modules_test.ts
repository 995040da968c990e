/** `class: ./slack.js#SlackHandler`: how a configuration file loads classes from ES modules, and when it loads none. */

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { flush, getLogger, type MemoryHandler, shutdown } from "../../mod.ts";
import { configureFromFile, configureFromYaml } from "../../src/yaml/yaml.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { issueOf, issuesOf } from "../support/issues.ts";
import { FakeSeq, hearConsole, hearDiagnostics, propertiesOf } from "../support/seq.ts";

/** Shuts down with the block. */
const ending = (): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => void (await shutdown()) });

const library = new URL("../../mod.ts", import.meta.url).href;
const counted = globalThis as { seqlogModulesLoaded?: number };

/** A module such as a user writes: handlers as a class and as functions, filters and formatters of both of Python's kinds, an encoder. */
const slack = `
import { Handler, MemoryHandler } from ${JSON.stringify(library)};
globalThis.seqlogModulesLoaded = (globalThis.seqlogModulesLoaded ?? 0) + 1;
export class SlackHandler extends Handler {
  constructor(options) {
    super();
    this.options = options;
    this.messages = [];
  }
  emit({ message }) {
    this.messages.push(this.formatter ? this.formatter({ message }) : message);
  }
}
export function makeMemory(options) {
  const memory = new MemoryHandler();
  memory.options = options;
  return memory;
}
export const arrow = ({ word }) => ({ message }) => !message.includes(word);
export class WordFilter {
  constructor({ word }) {
    this.word = word;
  }
  filter({ message }) {
    return !message.includes(this.word);
  }
}
export class Shouter {
  constructor({ marks = 1 }) {
    this.marks = marks;
  }
  format({ message }) {
    return message.toUpperCase() + "!".repeat(this.marks);
  }
}
export const whisper = () => ({ message }) => message.toLowerCase();
export const encode = (value) => value instanceof Set ? "a set" : undefined;
export const failing = () => {
  throw new Error("no token");
};
export const nothing = () => undefined;
export const five = 5;
export default class extends SlackHandler {}
`;

/** A folder with files in it, which are ES modules where they are JavaScript. */
function folderWith(files: Readonly<Record<string, string>>): Folder {
  const folder = new Folder();
  for (const [name, text] of Object.entries({ "package.json": '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(folder.at(name)), { recursive: true });
    writeFileSync(folder.at(name), text);
  }
  return folder;
}

interface Slack {
  readonly messages: string[];
  readonly options: unknown;
}

// ---- what is loaded ----

test("class: ./slack.js#SlackHandler makes the class of an ES module next to the file, with the options in camelCase", async () => {
  using folder = folderWith({
    "slack.js": slack,
    "log.yml":
      "root: { level: info, handlers: [slack] }\nhandlers: { slack: { class: ./slack.js#SlackHandler, level: error, web_hook: a, some: { b_c: 1 } } }",
  });
  await using _ = ending();
  const { handlers } = await configureFromFile(folder.at("log.yml"));
  const made = handlers.slack as unknown as Slack;
  assert.deepEqual(made.options, { webHook: "a", some: { b_c: 1 } });
  getLogger().warn("too low");
  getLogger().error("Order {Id}", { Id: 1 });
  assert.deepEqual(made.messages, ["Order 1"]);
  assert.equal(handlers.slack!.name, "slack");
});

test("() names a factory, as in Python, of handlers, filters and formatters; . sets attributes", async () => {
  using folder = folderWith({
    "own/slack.mjs": slack,
    "log.yml": `
      root: { level: info, handlers: [made, memory] }
      handlers:
        made: { (): ./own/slack.mjs#SlackHandler, filters: [class, function], formatter: shout, ".": { extra: 1 } }
        memory: { (): ./own/slack.mjs#makeMemory, filters: [factory], formatter: soft, size: 2 }
      filters:
        class: { class: ./own/slack.mjs#WordFilter, word: secret }
        function: { class: ./own/slack.mjs#arrow, word: hidden }
        factory: { (): ./own/slack.mjs#WordFilter, word: other }
      formatters:
        shout: { (): ./own/slack.mjs#Shouter, marks: 2 }
        soft: { class: ./own/slack.mjs#whisper }
    `,
  });
  await using _ = ending();
  const { handlers } = await configureFromFile(folder.at("log.yml"));
  for (const message of ["a secret", "hidden", "other", "Shown"]) getLogger().write({ message });
  assert.deepEqual((handlers.made as unknown as Slack).messages, ["OTHER!!", "SHOWN!!"]);
  assert.equal((handlers.made as unknown as { extra: number }).extra, 1);
  const memory = handlers.memory as MemoryHandler;
  assert.deepEqual(memory.events.map((event) => memory.formatter!(event)), ["a secret", "hidden", "shown"]);
  assert.deepEqual((memory as unknown as Slack).options, { size: 2 });
});

test("encoder and json_encoder_class may be what a module exports", async () => {
  using folder = folderWith({
    "slack.js": slack,
    "log.yml": `
      root: { level: info, handlers: [a, b] }
      handlers:
        a: { class: seq, server_url: http://a.test, encoder: ./slack.js#encode }
        b: { class: seqlog.structured_logging.SeqLogHandler, server_url: http://b.test, json_encoder_class: ./slack.js#encode }
      properties: { MachineName: null, ProcessId: null }
    `,
  });
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  const [a, b] = [new FakeSeq(), new FakeSeq()];
  await configureFromFile(folder.at("log.yml"), { overrides: { handlers: { a: { fetch: a.fetch }, b: { fetch: b.fetch } } } });
  getLogger("m").info("{S}", { S: new Set([1]) });
  await flush();
  assert.deepEqual([a, b].map(({ events }) => propertiesOf(events[0]!).S), ["a set", "a set"]);
  assert.deepEqual(diagnostics.heard, []);
});

test("a module may be next to the file, above it, at an absolute path or a URL, and its default is one of its names", async () => {
  using folder = folderWith({
    "with space & 100%/slack.js": slack,
    "with space & 100%/in/log.yml": "",
    "slack.js": slack,
  });
  const file = folder.at("with space & 100%/in/log.yml");
  for (
    const reference of [
      "../slack.js#SlackHandler",
      "../../slack.js#default",
      `${folder.at("slack.js")}#SlackHandler`,
      `${folder.at("with space & 100%/slack.js")}#SlackHandler`,
      `${pathToFileURL(folder.at("slack.js")).href}#SlackHandler`,
      `${pathToFileURL(folder.at("with space & 100%/slack.js")).href}#default`,
    ]
  ) {
    await using _ = ending();
    writeFileSync(file, `root: { level: info, handlers: [a] }\nhandlers: { a: { class: ${JSON.stringify(reference)} } }`);
    const { handlers } = await configureFromFile(file);
    getLogger().info("x");
    assert.deepEqual((handlers.a as unknown as Slack).messages, ["x"], reference);
  }
});

test("a module is looked for next to the layer that names it", async () => {
  using folder = folderWith({
    "a/slack.js": slack,
    "b/slack.js": slack.replace("this.options = options", 'this.options = "of b"'),
    "a/log.yml":
      "root: { level: info, handlers: [one, two] }\nhandlers: { one: { class: ./slack.js#SlackHandler, n: 1 }, two: { class: ./none.js#No, n: 2 } }",
    "b/log.yml": "handlers: { two: { class: ./slack.js#SlackHandler } }",
  });
  await using _ = ending();
  const files = ["a/log.yml", "b/log.yml"].map((name) => folder.at(name));
  const { handlers } = await configureFromFile(files, { overrides: { handlers: { one: { n: 3 } } } });
  assert.deepEqual(["one", "two"].map((name) => (handlers[name] as unknown as Slack).options), [{ n: 3 }, "of b"]);
});

test("a text's modules are looked for from the option base, or else from the current directory", async () => {
  using folder = folderWith({ "slack.js": slack });
  const text = "root: { level: info, handlers: [a] }\nhandlers: { a: { class: ./slack.js#SlackHandler } }";
  await using _ = ending();
  const before = process.cwd();
  await configureFromYaml(text, { base: `${pathToFileURL(folder.path)}/` });
  try {
    process.chdir(folder.path);
    const { handlers } = await configureFromYaml(text);
    getLogger().info("x");
    assert.deepEqual((handlers.a as unknown as Slack).messages, ["x"]);
  } finally {
    process.chdir(before);
  }
});

test("a module is loaded once, and not at all where nothing names it", async () => {
  using folder = folderWith({
    "slack.js": slack,
    "log.yml": "handlers: { a: { class: ./slack.js#SlackHandler }, b: { class: ./slack.js#makeMemory } }\nproperties: { P: ./slack.js#no }",
    "none.yml": "root: { level: info }\nloggers: { ./slack.js#no: debug }\nproperties: { class: ./slack.js#no }",
  });
  await using _ = ending();
  const before = counted.seqlogModulesLoaded ?? 0;
  await configureFromFile(folder.at("none.yml"));
  assert.equal(counted.seqlogModulesLoaded ?? 0, before);
  await configureFromFile(folder.at("log.yml"));
  await configureFromFile(folder.at("log.yml"));
  assert.equal(counted.seqlogModulesLoaded, before + 1);
});

test("overrides name modules, and classes as they are", async () => {
  using folder = folderWith({ "slack.js": slack });
  await using _ = ending();
  const { SlackHandler } = await import(pathToFileURL(folder.at("slack.js")).href);
  const { handlers } = await configureFromYaml("root: { level: info, handlers: [a, b] }", {
    overrides: {
      handlers: {
        a: { class: `${folder.at("slack.js")}#SlackHandler` },
        b: { class: (options: object) => new SlackHandler(options), n: 1 },
      },
    },
  });
  getLogger().info("x");
  assert.deepEqual(["a", "b"].map((name) => (handlers[name] as unknown as Slack).messages), [["x"], ["x"]]);
});

// ---- what is refused ----

/** Wrong modules next to `slack.js`, by the references to them. */
const wrong: readonly (readonly [name: string, description: string, path: string, says: RegExp])[] = [
  [
    "a file that is not there",
    "{ class: ./none.js#A }",
    ".class",
    /^Cannot load A of \.\/none\.js as an ES module: .*(?:none\.js|not found)/is,
  ],
  [
    "a name that it does not export",
    "{ class: ./slack.js#SlackHandlr }",
    ".class",
    /^Cannot load SlackHandlr of \.\/slack\.js as an ES module: .*\bSlackHandler\b.*\bmakeMemory\b/s,
  ],
  ["an export that is no function", "{ class: ./slack.js#five }", ".class", /^Cannot load five of/],
  ["a module without exports", "{ class: ./empty.js#A }", ".class", /exports nothing/],
  ["a module that throws", "{ class: ./throws.js#A }", ".class", /Cannot load A of \.\/throws\.js as an ES module: no database/],
  ["a module that is none", "{ class: ./syntax.js#A }", ".class", /Cannot load A of \.\/syntax\.js as an ES module: ./],
  ["a factory that is not there", "{ (): ./none.js#A }", '["()"]', /^Cannot load A of/],
  ["an encoder that is not there", "{ class: seq, server_url: http://seq.test, encoder: ./none.js#A }", ".encoder", /^Cannot load A of/],
  ["a class that throws", "{ class: ./slack.js#failing }", "", /no token/],
  ["a class that makes no handler", "{ class: ./slack.js#nothing }", "", /the object that its class must create/],
  ["a path without a name", "{ class: ./slack.js }", ".class", /as a class: .*known are seq, console, memory/],
  ["a name without a path", "{ class: slack#SlackHandler }", ".class", /as a class: .*known are seq, console, memory/],
  ["a module of a package", "{ class: some-package#SlackHandler }", ".class", /as a class: .*known are/],
  ["a module of the network", "{ class: https://seq.test/slack.js#SlackHandler }", ".class", /as a class: .*known are/],
  ["an unknown class", "{ class: consle }", ".class", /did you mean console\?; known are seq, console, memory.*logging\.StreamHandler/],
  ["an unknown factory", "{ (): my.module.make }", '["()"]', /as a class: current value is "my\.module\.make".*; known are seq, console/],
];

for (const [name, description, path, says] of wrong) {
  test(`a module is refused, and nothing is changed: ${name}`, async () => {
    using folder = folderWith({
      "slack.js": slack,
      "empty.js": "export {};",
      "throws.js": 'export const A = 1; throw new Error("no database");',
      "syntax.js": "export const A = ;",
      "log.yml": `root: { level: trace, handlers: [a] }\nhandlers: { a: ${description} }`,
    });
    await using _ = ending();
    getLogger().level = "error";
    const issue = await issueOf(() => configureFromFile(folder.at("log.yml")));
    assert.equal(issue.path, `${folder.at("log.yml")}: handlers.a${path}`);
    assert.match(issue.message, says);
    assert.equal(getLogger().level, "error");
  });
}

test("every module that is wrong is reported at once", async () => {
  using folder = folderWith({
    "slack.js": slack,
    "log.yml": `
      handlers: { a: { class: ./none.js#A }, b: { class: ./slack.js#None } }
      filters: { f: { class: ./none.js#F } }
      formatters: { f: { (): ./none.js#F } }
    `,
  });
  const issues = await issuesOf(() => configureFromFile(folder.at("log.yml")));
  const paths = issues.map(({ path }) => path.slice(folder.at("log.yml").length + 2));
  assert.deepEqual(paths, ["handlers.a.class", "handlers.b.class", "filters.f.class", 'formatters.f["()"]']);
});

// ---- where no code runs ----

test("under watch no module is loaded, and no code runs", async () => {
  using folder = folderWith({ "slack.js": slack, "log.yml": "handlers: { a: { class: ./slack.js#SlackHandler } }" });
  await using _ = ending();
  const before = counted.seqlogModulesLoaded ?? 0;
  const clock = new FakeClock();
  const { path, message } = await issueOf(() => configureFromFile(folder.at("log.yml"), { watch: { clock } }));
  assert.equal(path, `${folder.at("log.yml")}: handlers.a.class`);
  assert.match(message, /^Cannot load SlackHandler of \.\/slack\.js as an ES module: a watched file loads no code; register the class/);
  assert.deepEqual([counted.seqlogModulesLoaded ?? 0, clock.timers], [before, 0]);
});

test("on edge runtimes no module is loaded, and the message says what to do", async () => {
  using folder = folderWith({ "slack.js": slack });
  const before = counted.seqlogModulesLoaded ?? 0;
  const world = globalThis as { EdgeRuntime?: string };
  try {
    world.EdgeRuntime = "edge-runtime";
    const { path, message } = await issueOf(() => configureFromYaml(`handlers: { a: { class: "${folder.at("slack.js")}#SlackHandler" } }`));
    assert.equal(path, "handlers.a.class");
    assert.match(message, /this runtime loads no modules; register the class through the option handlers/);
  } finally {
    delete world.EdgeRuntime;
  }
  assert.equal(counted.seqlogModulesLoaded ?? 0, before);
});

test("a module's handler that is replaced is flushed and closed like one of the library's", async () => {
  using folder = folderWith({
    "own.js": `
      import { Handler } from ${JSON.stringify(library)};
      export class Own extends Handler {
        calls = [];
        emit() { this.calls.push("emit"); }
        flush() { this.calls.push("flush"); return Promise.resolve({ delivered: 1, pending: 0, lost: 0 }); }
        close() { this.calls.push("close"); return Promise.resolve(); }
      }
    `,
    "log.yml": "root: { level: info, handlers: [own] }\nhandlers: { own: { class: ./own.js#Own } }",
  });
  using _ = hearConsole();
  const first = (await configureFromFile(folder.at("log.yml"))).handlers.own as unknown as { calls: string[] };
  getLogger().info("x");
  const second = (await configureFromFile(folder.at("log.yml"))).handlers.own as unknown as { calls: string[] };
  getLogger().info("y");
  assert.deepEqual([first.calls, second.calls], [["emit", "close"], ["emit"]]);
  await shutdown();
  assert.deepEqual(second.calls, ["emit", "flush", "close"]);
});

test("no code runs where the configuration is wrong elsewhere, of a module or of a class that is passed", async () => {
  using folder = new Folder();
  const trace = JSON.stringify(folder.at("ran.txt"));
  writeFileSync(folder.at("own.mjs"), `import { writeFileSync } from "node:fs";\nwriteFileSync(${trace}, "ran");\nexport class Own {}`);
  let made = 0;
  const handlers = {
    mine: (): never => {
      made++;
      throw new Error("made");
    },
  };
  const text = "root: { level: loud }\nhandlers: { a: { class: ./own.mjs#Own }, b: { class: mine } }";
  writeFileSync(folder.at("a.yml"), text);
  const issues = await issuesOf(() => configureFromFile(folder.at("a.yml"), { handlers: { mine: handlers.mine } }));
  assert.ok(issues.some(({ path }) => path.endsWith("root.level")));
  assert.ok(!folder.names.includes("ran.txt"));
  assert.ok(made <= 1);
});

test("a module that throws as it is loaded is an issue on one line, harmless and short", async () => {
  using folder = new Folder();
  writeFileSync(folder.at("bad.mjs"), 'throw new Error(`\\x1b[2J\\u202e\\n  forged: line ${"long ".repeat(20_000)}`);');
  const issues = await issuesOf(() =>
    configureFromYaml('handlers: { a: { class: "./bad.mjs#A" } }\nroot: { handlers: [a] }', { base: pathToFileURL(`${folder.path}/`) })
  );
  const { message } = issues.find(({ path }) => path.endsWith("class"))!;
  assert.match(message, /^Cannot load A of \.\/bad\.mjs as an ES module: \\x1b\[2J\\u\{202e\} forged: line long /);
  assert.ok(message.length < 300, `${message.length} characters`);
});
