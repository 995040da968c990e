/** References in a configuration: `cfg://`, merged maps (`<<`), and keys outside the grammar (`x-…`, `$schema`). */

import { parse } from "@std/yaml";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { configure, flush, getLogger, type LoggingConfig, MemoryHandler, shutdown } from "../../mod.ts";
import { configureFromFile, configureFromYaml, pythonParts } from "../../src/yaml/yaml.ts";
import { resolveReferences } from "../../src/config/references.ts";
import { Folder } from "../support/folder.ts";
import { issueOf, issuesOf } from "../support/issues.ts";
import { FakeSeq, hearConsole, hearDiagnostics } from "../support/seq.ts";

/** Shuts down with the block. */
const ending = (): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => void (await shutdown()) });

/** What the references of a text come to; there has to be no issue. */
function resolved(text: string): unknown {
  const issues: never[] = [];
  const value = resolveReferences(parse(text), issues);
  assert.deepEqual(issues, []);
  return value;
}

// ---- cfg:// ----

test("cfg:// refers to a value of the configuration, as in Python", async () => {
  await using _ = ending();
  using _diagnostics = hearDiagnostics();
  using onConsole = hearConsole();
  await configureFromYaml(
    `
    version: 1
    root: { level: cfg://handlers.out.level, handlers: [out] }
    loggers:
      refs.a: { level: ERROR, handlers: cfg://root.handlers, propagate: 'cfg://handlers.memory[off]' }
      refs.b: 'cfg://loggers[refs_c].level'
      refs_c: { level: DEBUG }
    handlers:
      out: { class: logging.StreamHandler, level: WARNING, formatter: plain, stream: ext://sys.stdout }
      memory: { class: own, off: no, format: '%(levelname)s %(message)s' }
    formatters: { plain: { format: cfg://handlers.memory.format } }
  `,
    { handlers: { own: () => new MemoryHandler() } },
  );
  assert.deepEqual(["", "refs.a", "refs.b"].map((name) => getLogger(name).level), ["warn", "error", "debug"]);
  getLogger().warn("x");
  getLogger("refs.a").error("y");
  assert.deepEqual(onConsole.heard, [{ method: "log", text: "WARNING x" }, { method: "log", text: "ERROR y" }]);
});

test("cfg:// finds names, members of lists and names in brackets", () => {
  const text = `
    a: { b: { c: 1 }, list: [zero, { d: two }], "3": three }
    1: cfg://a.b.c
    2: cfg://a.list[0]
    3: cfg://a.list[1].d
    4: cfg://a[b][c]
    5: cfg://a.3
    6: cfg://a[3]
    7: 'cfg:// a . b [ c ] '
    8: [cfg://a.b, { deep: cfg://a.list }]
    9: cfg://2
    10: cfg://a.list.0
    11: no cfg://a
    12: CFG://a
  `;
  assert.deepEqual(resolved(text), {
    a: { b: { c: 1 }, list: ["zero", { d: "two" }], 3: "three" },
    ...{ 1: 1, 2: "zero", 3: "two", 4: 1, 5: "three", 6: "three", 7: 1, 8: [{ c: 1 }, { deep: ["zero", { d: "two" }] }], 9: "zero" },
    ...{ 10: "zero", 11: "no cfg://a", 12: "CFG://a" },
  });
});

test("cfg:// may name what holds references itself", () => {
  assert.deepEqual(resolved("a: { b: cfg://c, d: [cfg://c.e] }\nc: { e: cfg://f }\nf: 1\ng: cfg://a"), {
    ...{ a: { b: { e: 1 }, d: [1] }, c: { e: 1 }, f: 1, g: { b: { e: 1 }, d: [1] } },
  });
});

/** References that lead nowhere. */
const dangling = [
  "cfg://",
  "cfg://none",
  "cfg://root.none",
  "cfg://root.level.length",
  "cfg://root.handlers[1]",
  "cfg://root.handlers[-1]",
  "cfg://root.handlers.length",
  "cfg://root..level",
  "cfg://root.level.",
  "cfg://root[level",
  "cfg://root level",
  "cfg://root-level",
  "cfg://root.constructor",
  "cfg://__proto__",
  "cfg://constructor.name",
  "cfg://loggers.self.level",
  "cfg://loggers.there.level",
];

for (const reference of dangling) {
  test(`${reference} is refused, with what there is`, async () => {
    const text = `
      root: { level: info, handlers: [] }
      loggers: { self: { level: ${JSON.stringify(reference)} }, there: { level: error }, loop: { level: error } }
    `.replace(
      "there: { level: error }",
      reference.includes("there") ? "there: { level: cfg://loggers.self.level }" : "there: { level: error }",
    );
    const issues = await issuesOf(() => configureFromYaml(text));
    const issue = issues.find(({ path }) => path === "loggers.self.level")!;
    assert.ok(issue !== undefined, JSON.stringify(issues));
    assert.ok(issue.message.includes(`current value is ${JSON.stringify(reference)}`), issue.message);
    assert.match(
      issue.message,
      /^Cannot use this as a place in this configuration, such as cfg:\/\/handlers\.seq\.level: .*known are cfg:\/\/root, cfg:\/\/loggers$/,
    );
  });
}

test("cfg:// near a name suggests it", async () => {
  const { message } = await issueOf(() => configureFromYaml("root: { level: cfg://logers }\nloggers: {}"));
  assert.match(message, /did you mean cfg:\/\/loggers\?/);
});

test("cfg:// suggests nothing that it cannot reach", async () => {
  const { message } = await issueOf(() => configureFromYaml("x-levels: { quiet: error }\nroot: { level: cfg://x-levels.loud }"));
  assert.match(message, /known are cfg:\/\/x-levels, cfg:\/\/root$/);
});

test("cfg:// names shared blocks: of x-… names, and of any name at the top that is then no option", async () => {
  await using _ = ending();
  const memory = "{ class: memory, level: cfg://levels.loud }";
  const logging = await configureFromYaml(
    `levels: { loud: error }\nx-shared-lists: { all: [m] }\nroot: { level: cfg://levels.loud, handlers: cfg://x-shared-lists.all }\nhandlers: { m: ${memory} }`,
  );
  assert.equal(getLogger().level, "error");
  assert.equal(logging.handlers.m?.level, "error");
  const { path } = await issueOf(() => configureFromYaml("levels: { loud: error }\nroot: { level: error }"));
  assert.equal(path, "levels", "nothing names it");
  await configureFromYaml("server_url: 'http://seq.test'\nbatch_size: 5\nqueue_size: cfg://batch_size"); // an option stays one
});

/** YAML whose aliases or references come to 9^levels values. */
const bombs: Readonly<Record<string, string>> = {
  aliases: [0, 1, 2, 3, 4, 5, 6, 7].reduce((text, n) => `${text}x-${n}: &a${n} [${Array(9).fill(n === 0 ? 1 : `*a${n - 1}`)}]\n`, "") +
    "properties: { A: *a7 }",
  "maps of aliases": [0, 1, 2, 3, 4, 5, 6, 7].reduce(
    (text, n) => `${text}x-${n}: &a${n} {${[..."abcdefghi"].map((name) => `${name}: ${n === 0 ? 1 : `*a${n - 1}`}`)}}\n`,
    "",
  ) + "properties: { A: *a7 }",
  references: [0, 1, 2, 3, 4, 5, 6, 7].reduce((text, n) => `${text}x-${n}: [${Array(9).fill(n === 0 ? 1 : `cfg://x-${n - 1}`)}]\n`, "") +
    "properties: { A: cfg://x-7 }",
};

for (const [name, text] of Object.entries(bombs)) {
  test(`a configuration that ${name} make large is refused, and costs little`, async () => {
    const parseYaml = (text: string): unknown => parse(text, { maxAliasCount: -1 } as never);
    const [issue] = await issuesOf(() => configureFromYaml(text, { parseYaml }));
    assert.match(issue!.message, /more than 100000 values/);
  });
}

test("a configuration that nests too deep is refused: of lists, of maps, of references in either order", async () => {
  const chain = (names: readonly number[]): string => names.map((n) => `x-${n}: { a: cfg://x-${n + 1} }`).join("\n");
  const numbers = Array.from({ length: 500 }, (_, n) => n);
  const end = "\nx-500: 1\nproperties: { A: cfg://x-0 }";
  const links = numbers.map((n) => `x-${n}: cfg://x-${n + 1}`).join("\n");
  for (
    const text of [
      `properties: { A: ${"[".repeat(500)}${"]".repeat(500)} }`,
      chain(numbers) + end,
      chain(numbers.toReversed()) + end,
      links + end,
    ]
  ) {
    const [issue] = await issuesOf(() => configureFromYaml(text));
    assert.match(issue!.message, /nests deeper than 100/);
  }
});

test("cfg:// sees the merged layers, and an issue names the layer that causes it", async () => {
  using folder = new Folder();
  writeFileSync(
    folder.at("a.yml"),
    "root: { level: cfg://handlers.memory.level, handlers: [memory] }\nhandlers: { memory: { class: memory, level: info } }",
  );
  writeFileSync(folder.at("b.yml"), "handlers: { memory: { level: error } }");
  writeFileSync(folder.at("c.yml"), "loggers: { a: { level: cfg://none } }");
  const files = ["a.yml", "b.yml", "c.yml"].map((name) => folder.at(name));
  await using _ = ending();
  await configureFromFile(files.slice(0, 2));
  assert.equal(getLogger().level, "error");
  assert.equal((await issueOf(() => configureFromFile(files))).path, `${files[2]}: loggers.a.level`);
});

test("cfg:// refers to values after ${NAME} is expanded", async () => {
  await using _ = ending();
  await configureFromYaml("root: { level: cfg://handlers.m.level }\nhandlers: { m: { class: memory, level: '${LEVEL}' } }", {
    env: { LEVEL: "error" },
  });
  assert.equal(getLogger().level, "error");
});

// ---- << ----

test("<< merges maps, as YAML 1.1 has it, whether or not the parser does", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const text = `
    x-seq: &seq { class: seq, server_url: "http://seq.test", batch_size: 1, api_key: base }
    root: { level: info, handlers: [one, two] }
    handlers:
      one: { <<: *seq, api_key: one }
      two:
        api_key: two
        <<: *seq
        batch_size: 2
  `;
  await configureFromYaml(text, { overrides: { handlers: { one: { fetch: seq.fetch }, two: { fetch: seq.fetch } } } });
  for (let i = 0; i < 2; i++) getLogger().info("x");
  await flush();
  assert.deepEqual(seq.requests.map(({ headers }) => headers.get("x-seq-apikey")).sort(), ["one", "one", "two"]);
});

test("<< lets the own names win, of several maps the first, and may be anywhere and in each other", () => {
  const text = `
    x-a: &a { p: a, q: a, r: a }
    x-b: &b { q: b, r: b, s: b }
    x-c: &c { <<: *a, r: c }
    one: { <<: *a, q: own }
    two: { <<: [*a, *b], own: 1 }
    three: { <<: [*b, *a] }
    four: { deep: [{ <<: *c }] }
    five: { <<: [] }
    six: { <<: { p: inline } }
  `;
  const all = resolved(text) as Record<string, unknown>;
  assert.deepEqual(all, {
    one: { p: "a", q: "own", r: "a" },
    two: { p: "a", q: "a", r: "a", s: "b", own: 1 },
    three: { p: "a", q: "b", r: "b", s: "b" },
    four: { deep: [{ p: "a", q: "a", r: "c" }] },
    five: {},
    six: { p: "inline" },
  });
});

test("<< at the top merges a whole configuration", async () => {
  await using _ = ending();
  await configureFromYaml("x-base: &base { root: { level: error }, loggers: { merged.a: debug } }\n<<: *base\nroot: { level: warn }");
  assert.deepEqual([getLogger().level, getLogger("merged.a").level], ["warn", "debug"]);
});

test("<< is merged in each file before the files are laid over one another", async () => {
  using folder = new Folder();
  writeFileSync(folder.at("a.yml"), "x-q: &q { level: error, propagate: false }\nloggers: { merged.b: { <<: *q }, merged.c: { <<: *q } }");
  writeFileSync(folder.at("b.yml"), "x-q: &q { level: debug }\nloggers: { merged.b: { <<: *q, propagate: null } }");
  await using _ = ending();
  const memory = new MemoryHandler();
  await configureFromFile([folder.at("a.yml"), folder.at("b.yml")], { overrides: { root: { handlers: ["m"] }, handlers: { m: memory } } });
  getLogger("merged.b").debug("b");
  getLogger("merged.c").error("c");
  assert.deepEqual(memory.events.map(({ message }) => message), ["b"]);
});

test("<< of what is no map is refused with its path", async () => {
  const text = "loggers: { a: { <<: 5 }, b: { <<: [{ level: info }, 5] }, c: { <<: yes } }\nhandlers: { d: { class: memory, <<: null } }";
  const issues = await issuesOf(() => configureFromYaml(text, { parseYaml: (yaml) => parse(yaml.replace("yes", "true")) }));
  assert.deepEqual(issues.map(({ path }) => path), ['loggers.a["<<"]', 'loggers.b["<<"]', 'loggers.c["<<"]', 'handlers.d["<<"]']);
  for (const { message } of issues) assert.match(message, /^Cannot use this as a map to merge, or a list of maps: current value is /);
});

test("<< of a text or of a list of lists is one mistake, not one for each letter", async () => {
  const issues = await issuesOf(() => configureFromYaml("loggers: { a: { <<: text }, b: { <<: [[1, 2]] } }"));
  assert.deepEqual(issues.map(({ path }) => path), ['loggers.a["<<"]', 'loggers.b["<<"]']);
});

test("<< keeps what is no plain map as it is", () => {
  const [date, handler] = [new Date(0), new MemoryHandler()];
  const issues: never[] = [];
  const merged = resolveReferences({ a: { "<<": { date, handler }, own: date }, list: [handler] }, issues) as {
    a: { date: unknown; handler: unknown; own: unknown };
    list: unknown[];
  };
  assert.equal(merged.a.date, date);
  assert.equal(merged.a.handler, handler);
  assert.equal(merged.a.own, date);
  assert.equal(merged.list[0], handler);
});

test("a name __proto__ is a name like any other, and changes no prototype", async () => {
  const parseYaml = (text: string): unknown => JSON.parse(text);
  const text = '{ "root": { "level": "info", "__proto__": { "level": "off" } }, "loggers": { "__proto__": "debug" } }';
  const issues = await issuesOf(() => configureFromYaml(text, { parseYaml }));
  assert.deepEqual(issues.map(({ path }) => path), ["root.__proto__"]);
  assert.equal(({} as { level?: string }).level, undefined);
});

test("a map that has a name __proto__ has its other texts filled in", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const text = '{ "server_url": "http://seq.test", "properties": { "P": "${NAME}", "__proto__": { "a": 1 } } }';
  await configureFromYaml(text, { parseYaml: (json) => JSON.parse(json), env: { NAME: "shop" }, overrides: { fetch: seq.fetch } });
  getLogger().info("x");
  await flush();
  assert.equal(seq.events[0]!.P, "shop");
});

// ---- x-… and $schema ----

test("x-… and $schema at the top are ignored, whatever they hold", async () => {
  await using _ = ending();
  for (const top of ["x-any: 5", "x-: [", "$schema: ./logging.schema.json", "x-deep: { root: { level: nonsense }, handlers: 7 }"]) {
    await configureFromYaml(`${top.replace("[", "[]")}\nroot: { level: error }`);
    assert.equal(getLogger().level, "error");
    await shutdown();
  }
  await configureFromYaml("x-server: 1\n$schema: a\nserver_url: ~", { overrides: { console: "off" } });
});

test("x-… and $schema are ignored at the top only, and nothing near them is", async () => {
  const issues = await issuesOf(() =>
    configureFromYaml("x_a: 1\nX-a: 1\nxa: 1\nschema: a\nroot: { x-a: 1, $schema: a, level: info }\nloggers: { a: { x-b: 1 } }")
  );
  assert.deepEqual(issues.map(({ path }) => path), ["x_a", "X-a", "xa", "schema", "root.x-a", "root.$schema", "loggers.a.x-b"]);
});

test("names of the user's may begin with x-", async () => {
  await using _ = ending();
  const { handlers } = await configureFromYaml(
    "root: { level: info, handlers: [x-m], filters: [x-f] }\nloggers: { x-a: debug }\nhandlers: { x-m: { class: memory } }\nfilters: { x-f: { name: '' } }",
  );
  getLogger("x-a").debug("x");
  assert.equal((handlers["x-m"] as MemoryHandler).events.length, 1);
});

test("x-… of a later layer are ignored, too", async () => {
  using folder = new Folder();
  writeFileSync(folder.at("a.yml"), "x-a: &a { level: info }\nroot: *a");
  writeFileSync(folder.at("b.yml"), "x-a: 5\n$schema: a\nroot: { level: error }");
  await using _ = ending();
  await configureFromFile([folder.at("a.yml"), folder.at("b.yml")], { overrides: { "x-a": { b: 1 } } });
  assert.equal(getLogger().level, "error");
});

test("configure() with pythonParts resolves an object's references, and leaves it as it was", async () => {
  await using _ = ending();
  const base = Object.freeze({ class: "memory", capacity: 1 });
  const config = Object.freeze({
    "x-note": "mine",
    root: Object.freeze({ level: "cfg://handlers.a.level", handlers: Object.freeze(["a"]) }),
    handlers: Object.freeze({ a: Object.freeze({ "<<": base, level: "error" }) }),
  });
  const { handlers } = configure(config as unknown as LoggingConfig, pythonParts);
  for (const message of ["1", "2"]) getLogger().error(message);
  assert.deepEqual((handlers.a as MemoryHandler).events.map(({ message }) => message), ["2"]);
  assert.deepEqual(Object.keys(config.handlers.a), ["<<", "level"]);
});
