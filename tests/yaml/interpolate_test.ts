/** `${NAME}` and `${file:path}` in configuration files: where they are expanded, and that no message reveals their values. */

import { parse } from "@std/yaml";
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { configure, flush, getLogger, type LoggingConfig, type MemoryHandler, type SeqHandlerOptions, shutdown } from "../../mod.ts";
import { configureFromFile, configureFromYaml, pythonParts, type YamlOptions } from "../../src/yaml/yaml.ts";
import { Folder } from "../support/folder.ts";
import { issueOf, issuesOf } from "../support/issues.ts";
import { FakeSeq, hearConsole, hearDiagnostics, propertiesOf } from "../support/seq.ts";

/** Shuts down with the block. */
const ending = (): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => void (await shutdown()) });

/** What a text of a configuration comes to: the property `P` of an event. */
async function filled(text: string, options: YamlOptions = {}): Promise<unknown> {
  await using _ = ending();
  const seq = new FakeSeq();
  const config = `server_url: http://seq.test\nproperties: { P: ${JSON.stringify(text)} }`;
  await configureFromYaml(config, { overrides: { fetch: seq.fetch }, ...options });
  getLogger("filled").info("x");
  await flush();
  return propertiesOf(seq.events[0]!).P;
}

// ---- what is filled in ----

const env = {
  NAME: "shop",
  EMPTY: "",
  SPACE: " a b ",
  DOLLAR: "${NAME} $${NAME} $NAME",
  BRACES: "}{",
  UNICODE: "Zürich 🚢\n2",
  _x1: "underscore",
  Mixed: "case",
};

const texts: readonly (readonly [written: string, text: string])[] = [
  ["${NAME}", "shop"],
  ["a ${NAME} b ${Mixed}${NAME}.", "a shop b caseshop."],
  ["${_x1}", "underscore"],
  ["${UNICODE}", "Zürich 🚢\n2"],
  ["${SPACE}", " a b "],
  ["${EMPTY}", ""],
  ["<${EMPTY:-default}>", "<default>"],
  ["${NONE:-default}", "default"],
  ["${NAME:-default}", "shop"],
  ["<${NONE:-}>", "<>"],
  ["${NONE:-a:-b}", "a:-b"],
  ["${NONE:-http://localhost:5341/?a=b}", "http://localhost:5341/?a=b"],
  ["${NONE:-${NAME}}", "shop"],
  ["${NONE:-${EMPTY:-${NAME}-${Mixed}}!}", "shop-case!"],
  ["${NONE:-$${NAME}}", "${NAME}"],
  ["${NONE:- }", " "],
  ["${NONE:-\n}", "\n"],
  ["$${NAME}", "${NAME}"],
  ["$${", "${"],
  ["$$${NAME}", "$${NAME}"],
  ["$${NAME} ${NAME}", "${NAME} shop"],
  ["${NAME}$${NAME}${NAME}", "shop${NAME}shop"],
  ["$NAME", "$NAME"],
  ["$$NAME $ $$ {NAME} }", "$$NAME $ $$ {NAME} }"],
  ["100 %(NAME)s {NAME}", "100 %(NAME)s {NAME}"],
  ["${DOLLAR}", "${NAME} $${NAME} $NAME"],
  ["${BRACES}", "}{"],
  ["{${NAME}}", "{shop}"],
  ["no hole", "no hole"],
];

for (const [written, text] of texts) {
  test(`${JSON.stringify(written)} comes to ${JSON.stringify(text)}`, async () => {
    assert.equal(await filled(written, { env }), text);
  });
}

test("${NAME} is a variable of the runtime's environment if no other is passed", async () => {
  process.env.SEQLOG_INTERPOLATE_TEST = "from outside";
  try {
    assert.equal(await filled("${SEQLOG_INTERPOLATE_TEST}"), "from outside");
    assert.equal(await filled("${SEQLOG_INTERPOLATE_TEST:-default}", { env: {} }), "default");
  } finally {
    delete process.env.SEQLOG_INTERPOLATE_TEST;
  }
  assert.equal(await filled("${SEQLOG_INTERPOLATE_TEST:-default}"), "default");
});

test("${NAME} takes a Worker's bindings whole: only text in them counts", async () => {
  const bindings = { SEQ_KEY: "key", CACHE: { get: () => assert.fail("it was asked") }, COUNT: 5, FLAG: true, NOTHING: null };
  assert.equal(await filled("${SEQ_KEY}", { env: bindings }), "key");
  for (const name of ["CACHE", "COUNT", "FLAG", "NOTHING"]) {
    assert.equal(await filled(`\${${name}:-default}`, { env: bindings }), "default");
    const { path, message } = await issueOf(() => filled(`\${${name}}`, { env: bindings }));
    assert.equal(path, "properties.P");
    assert.equal(
      message,
      `Cannot use \${${name}} as an environment variable: it is not text; set it, or write \${${name}:-default}`,
    );
  }
});

test("${NAME} is filled in at any depth, in keys never", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const text = `
    root: { level: "\${LEVEL}", handlers: ["\${HANDLER}"] }
    loggers: { "\${LEVEL}": debug, plain: "\${LEVEL}" }
    handlers: { seq: { class: "\${HANDLER}", server_url: "http://\${HOST}/\${HOST}", headers: { x-own: "\${HOST}" } } }
    properties: { MachineName: null, ProcessId: null, P: [{ a: ["\${HOST}"] }], "\${HOST}": 1 }
  `;
  const values = { LEVEL: "error", HANDLER: "seq", HOST: "seq.test" };
  await configureFromYaml(text, { env: values, overrides: { handlers: { seq: { fetch: seq.fetch } } } });
  assert.deepEqual([getLogger().level, getLogger("plain").level, getLogger("${LEVEL}").level], ["error", "error", "debug"]);
  getLogger().error("x");
  await flush();
  const [{ url, headers }] = seq.requests as [FakeSeq["requests"][number]];
  assert.deepEqual([url, headers.get("x-own")], ["http://seq.test/seq.test/api/events/raw?clef", "seq.test"]);
  assert.deepEqual(propertiesOf(seq.events[0]!), { P: [{ a: ["seq.test"] }], "${HOST}": 1 });
});

test("${NAME} is filled in after the YAML is parsed: a text cannot become YAML", async () => {
  const nasty = 'a\nroot: { level: off }\n- "x": [&a *b';
  assert.equal(await filled("${NASTY}", { env: { NASTY: nasty } }), nasty);
  assert.equal(await filled("${LIST}", { env: { LIST: "[1, 2]" } }), "[1, 2]");
});

test("${NAME} is not read inside formatters: it is Python's own there", async () => {
  await using _ = ending();
  using onConsole = hearConsole();
  const text = `
    root: { level: info, handlers: [out] }
    handlers: { out: { class: logging.StreamHandler, formatter: dollar } }
    formatters: { dollar: { style: $, format: '\${levelname} $\${message} \${message}' } }
  `;
  await configureFromYaml(text, { env: { message: "never" } });
  getLogger().info("hello");
  assert.deepEqual(onConsole.heard.map(({ text }) => text), ["INFO ${message} hello"]);
});

test("${NAME} is read in files alone: neither in overrides nor in an object", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const overrides = { fetch: seq.fetch, properties: { MachineName: null, ProcessId: null, O: "${NAME}" } };
  await configureFromYaml("server_url: http://seq.test\nproperties: { F: '${NAME}', L: '${NAME}' }", { env, overrides });
  getLogger().info("x");
  await flush();
  const { F, L, O } = seq.events[0]!;
  assert.deepEqual({ F, L, O }, { F: "shop", L: "shop", O: "${NAME}" });
  configure({ root: { handlers: ["m"], level: "info" }, handlers: { m: { class: "memory" } }, loggers: { "${NAME}": "${NAME:-error}" } }, {
    ...pythonParts,
    prepare: (config) => {
      assert.deepEqual((config as LoggingConfig).loggers, { "${NAME}": "${NAME:-error}" });
      return {};
    },
  });
});

test("${NAME} in an earlier file that a later one replaces is not looked for", async () => {
  using folder = new Folder();
  writeFileSync(folder.at("a.yml"), "server_url: '${NONE}'\napi_key: '${file:none}'\nproperties: { A: '${NONE}' }");
  writeFileSync(folder.at("b.yml"), "server_url: http://seq.test\nproperties: null");
  await using _ = ending();
  await configureFromFile([folder.at("a.yml"), folder.at("b.yml")], { env: {}, overrides: { apiKey: "key" } });
});

// ---- numbers and booleans ----

test("numbers, booleans and levels take the text, if it reads as one", async () => {
  await using _ = ending();
  using __ = hearConsole();
  const values = { SIZE: "2", TIME: " 1.5e3 ", YES: "true", NO: "off", LEVEL: "30", WORD: "Debug", CAP: "1" };
  const text = `
    version: 1
    disable_existing_loggers: "\${NO}"
    captureConsole: "\${NO}"
    root: { level: "\${LEVEL}", handlers: [seq, memory] }
    loggers: { "texts.a": { level: "\${WORD}", propagate: "\${NO}" }, "texts.b": { propagate: "\${YES}" } }
    handlers:
      seq: { class: seq, server_url: "http://seq.test", batch_size: "\${SIZE}", period_ms: "\${TIME}", preserve_dotted_property_names: "\${YES}" }
      memory: { class: memory, capacity: "\${CAP}", level: "\${LEVEL}" }
  `;
  const seq = new FakeSeq();
  const alive = getLogger("texts.alive");
  const { handlers } = await configureFromYaml(text, { env: values, overrides: { handlers: { seq: { fetch: seq.fetch } } } });
  for (let i = 0; i < 3; i++) alive.warn("{i}", { i, "a.b": i });
  getLogger("texts.a").error("not propagated");
  await flush();
  assert.deepEqual(seq.events.map((clef) => clef["a.b"]), [0, 1, 2]);
  assert.equal(seq.requests.length, 2);
  assert.deepEqual((handlers.memory as MemoryHandler).events.map(({ message }) => message), ["2"]);
  assert.deepEqual(["", "texts.a", "texts.b"].map((name) => getLogger(name).level), ["warn", "debug", undefined]);
});

for (const text of ["ten", "0x10", "1_000", "", " ", "1 2", "NaN", "Infinity", "-1", "0", "1.5", "1e400"]) {
  test(`a number is not read from ${JSON.stringify(text)}, and the message does not repeat it`, async () => {
    const { path, message } = await issueOf(() =>
      configureFromYaml("{ server_url: 'http://seq.test', batch_size: '${SIZE}' }", { env: { SIZE: text } })
    );
    assert.equal(path, "batch_size");
    assert.equal(message, 'Cannot use this as a whole number, 1 or more: current value is "${SIZE}"');
  });
}

test("a boolean is not read from any text", async () => {
  for (const text of ["1", "0", "yep", "", "t", "truefalse"]) {
    const { path, message } = await issueOf(() =>
      configureFromYaml("{ loggers: { a: { propagate: '${FLAG}' } } }", { env: { FLAG: text } })
    );
    assert.deepEqual([path, message], ["loggers.a.propagate", 'Cannot use this as true or false: current value is "${FLAG}"']);
  }
});

// ---- secrets in files ----

test("${file:path} is the trimmed text of a file: by an absolute path, or from the file that says so", async () => {
  using folder = new Folder();
  mkdirSync(folder.at("run secrets"));
  mkdirSync(folder.at("conf"));
  writeFileSync(folder.at("run secrets/key"), "\n  first\n");
  writeFileSync(folder.at("conf/key"), "\tsecond \r\n");
  symlinkSync(folder.at("conf/key"), folder.at("link"));
  const absolute = folder.at("run secrets/key");
  writeFileSync(folder.at("a.yml"), `handlers: { a: { class: seq, server_url: "http://a.test", api_key: "\${file:${absolute}}" } }`);
  writeFileSync(folder.at("conf/b.yml"), 'handlers: { b: { class: seq, server_url: "http://b.test", api_key: "${file:key}" } }');
  writeFileSync(
    folder.at("c.yml"),
    'root: { level: info, handlers: [a, b, c] }\nhandlers: { c: { class: seq, server_url: "http://c.test", api_key: "<${file:./link}${file:run secrets/key}>" } }',
  );
  await using _ = ending();
  const seq = new FakeSeq();
  const { fetch } = seq;
  const files = ["a.yml", "conf/b.yml", "c.yml"].map((name) => folder.at(name));
  await configureFromFile(files, { overrides: { handlers: { a: { fetch }, b: { fetch }, c: { fetch } } } });
  getLogger().info("x");
  await flush();
  const keys = seq.requests.map(({ url, headers }) => [url.slice(7, 8), headers.get("x-seq-apikey")]).sort();
  assert.deepEqual(keys, [["a", "first"], ["b", "second"], ["c", "<secondfirst>"]]);
});

test("${file:path} of a text starts from the option base, or else from the current directory", async () => {
  using folder = new Folder();
  writeFileSync(folder.at("secret"), "from the base");
  for (const base of [`file://${folder.path}/`, new URL(`file://${folder.path}/`)]) {
    assert.equal(await filled("${file:secret}", { base }), "from the base");
  }
  const before = process.cwd();
  try {
    process.chdir(folder.path);
    assert.equal(await filled("${file:secret}"), "from the base");
  } finally {
    process.chdir(before);
  }
});

test("${file:path} is not filled in again, and may be empty", async () => {
  using folder = new Folder();
  const path = folder.at("secret");
  for (const [text, wanted] of [["${NAME} $${NAME}", "${NAME} $${NAME}"], [" \n", ""], ["a\nb\n", "a\nb"]]) {
    writeFileSync(path, text!);
    assert.equal(await filled(`\${file:${path}}`, { env }), wanted);
  }
});

test("${file:path} may be the default of a variable", async () => {
  using folder = new Folder();
  writeFileSync(folder.at("secret"), "from the file");
  assert.equal(await filled(`\${NONE:-\${file:${folder.at("secret")}}}`, { env }), "from the file");
  assert.equal(await filled(`\${NAME:-\${file:${folder.at("none")}}}`, { env }), "shop");
});

test("${file:path} that cannot be read is an issue with its path", async () => {
  using folder = new Folder();
  mkdirSync(folder.at("directory"));
  for (const name of ["none", "directory", "a/b"]) {
    const { path, message } = await issueOf(() => filled(`\${file:${folder.at(name)}}`));
    assert.equal(path, "properties.P");
    assert.ok(message.startsWith(`Cannot use \${file:${folder.at(name)}} as the text of a file: `), message);
    assert.match(message, /ENOENT|EISDIR|no such file|directory/i);
  }
  assert.match((await issueOf(() => filled("${file:https://seq.test/key}"))).message, /only files can be read/);
});

// ---- what is wrong ----

const wrong: readonly (readonly [written: string, says: RegExp])[] = [
  ["${NONE}", /^Cannot use \$\{NONE\} as an environment variable: it is not set; set it, or write \$\{NONE:-default\}$/],
  ["${NONE:-${OTHER}}", /\$\{OTHER\} as an environment variable: it is not set/],
  ["${}", /^Cannot use \$\{\} as a variable .*a literal \$\{ is written \$\$\{$/],
  ["${ NAME }", /a literal \$\{ is written/],
  ["${NA ME}", /a literal/],
  ["${1NAME}", /a literal/],
  ["${NAME-default}", /a literal/],
  ["${NAME:default}", /a literal/],
  ["${NAME:?needed}", /a literal/],
  ["${file:}", /a literal/],
  ["${env:NAME}", /a literal/],
  ["${NAME", /a literal/],
  ["a ${", /a literal/],
  ["${${NAME}}", /a literal/],
];

for (const [written, says] of wrong) {
  test(`${JSON.stringify(written)} is refused`, async () => {
    const { path, message } = await issueOf(() => filled(written, { env }));
    assert.equal(path, "properties.P");
    assert.match(message, says);
  });
}

test("every name that is missing is reported at once, with its file and its path, and nothing that follows from it", async () => {
  using folder = new Folder();
  const [a, b] = [folder.at("a.yml"), folder.at("b.yml")];
  writeFileSync(
    a,
    "root: { level: '${A}', handlers: [seq, '${B}'] }\nloggers: { x.y: { propagate: '${C}' } }\nhandlers: { seq: { class: seq, server_url: '${D}' } }",
  );
  writeFileSync(b, "handlers: { seq: { batch_size: '${E}', api_key: '${file:none}' }, other: { class: '${F}' } }");
  const issues = await issuesOf(() => configureFromFile([a, b], { env: {} }));
  assert.deepEqual(issues.map(({ path, message }) => [path, message.split(" ")[2]]), [
    [`${a}: root.level`, "${A}"],
    [`${a}: root.handlers.1`, "${B}"],
    [`${a}: loggers["x.y"].propagate`, "${C}"],
    [`${a}: handlers.seq.server_url`, "${D}"],
    [`${b}: handlers.seq.batch_size`, "${E}"],
    [`${b}: handlers.seq.api_key`, "${file:none}"],
    [`${b}: handlers.other.class`, "${F}"],
  ]);
});

// ---- nothing else is read ----

test("nothing of the environment is read that the configuration does not name", async () => {
  await using _ = ending();
  const asked: (string | symbol)[] = [];
  const watched = new Proxy(env as Record<string, string>, {
    get: (target, name) => {
      asked.push(name);
      return target[name as string];
    },
    has: (_, name) => assert.fail(`has ${String(name)}`),
    ownKeys: () => assert.fail("it was listed"),
    getOwnPropertyDescriptor: (_, name) => assert.fail(`described ${String(name)}`),
  });
  const text =
    "server_url: http://seq.test\nproperties: { A: '${NAME}', B: '${NONE:-x}', C: '$${Mixed}', D: plain }\nloggers: { '${SPACE}': '${NAME:-info}' }";
  await issuesOf(() => configureFromYaml(text, { env: watched }));
  assert.deepEqual(asked, ["NAME", "NONE", "NAME"]);
});

test("names of the environment's own machinery are no variables", async () => {
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    for (const options of [{ env: {} }, {}]) {
      assert.match((await issueOf(() => filled(`\${${name}}`, options))).message, /it is (?:not set|not text)/);
      assert.equal(await filled(`\${${name}:-default}`, options), "default");
    }
  }
});

// ---- secrets ----

const secret = "sEcReT-kEy-123";

/** Mistakes in an expanded text, whose messages might reveal it. */
const leaks: readonly (readonly [name: string, text: string])[] = [
  ["a level", "root: { level: '${S}' }"],
  ["a level, as a part", "root: { level: 'a ${S} b' }"],
  ["a logger's level", "loggers: { a: '${S}', b: { level: '${S}' } }"],
  ["a handler's name", "root: { handlers: ['${S}'] }"],
  ["a class", "handlers: { a: { class: '${S}' } }"],
  ["a handler's description", "handlers: { a: '${S}' }"],
  ["a formatter's name", "handlers: { a: { class: console, formatter: '${S}' } }"],
  ["a filter's name", "handlers: { a: { class: console, filters: ['${S}'] } }"],
  ["a filter's option", "filters: { f: { class: level, min: '${S}', max: '${S}' } }"],
  ["a server's URL", "{ server_url: '${S}' }"],
  ["a server's URL with a password", "{ server_url: 'http://user:${S}@seq.test' }"],
  ["a server's URL with a query", "{ server_url: 'http://seq.test?apiKey=${S}' }"],
  ["a server's URL of another scheme", "{ server_url: 'ftp://${S}.test' }"],
  ["an API key with a line break", "{ server_url: 'http://seq.test', api_key: \"${S}\\n${S}\" }"],
  ["a header", "{ server_url: 'http://seq.test', headers: { x-own: \"${S}\\n${S}\" } }"],
  ["headers that are a text", "{ server_url: 'http://seq.test', headers: '${S}' }"],
  ["a number", "{ server_url: 'http://seq.test', batch_size: '${S}' }"],
  ["a flag", "{ server_url: 'http://seq.test', captureConsole: '${S}' }"],
  ["a choice", "{ server_url: 'http://seq.test', overflow: '${S}' }"],
  ["properties", "{ server_url: 'http://seq.test', properties: '${S}' }"],
  ["a version", "{ version: '${S}' }"],
  ["an encoder", "handlers: { a: { class: seq, server_url: 'http://seq.test', encoder: '${S}' } }"],
  ["a stream", "handlers: { a: { class: logging.StreamHandler, stream: 'ext://${S}' } }"],
  ["a reference", "root: { level: 'cfg://${S}' }"],
  ["a file's mode", "handlers: { a: { class: file, filename: app.log, mode: '${S}' } }"],
  ["a long text", "root: { level: '${S}${S}${S}${S}${S}${S}${S}${S}${S}${S}' }"],
  ["a folder of a log file", "handlers: { a: { class: file, filename: '/${S}/app.log' } }"],
  ["a module", "handlers: { a: { class: './${S}.js#Own' } }"],
  ["a module's export", "handlers: { a: { class: './none.js#X${T}' } }"],
  ["a file", "properties: { A: '${NONE:-${file:/${S}/x}}' }"],
  ["a regular expression", "filters: { f: { class: property, name: a, matches: '(${S}' } }"],
  ["what a reference refers to", "root: { level: cfg://handlers.a.level }\nhandlers: { a: { class: memory, level: '${S}' } }"],
  ["what a list of a reference has", "root: { handlers: cfg://loggers.a.handlers }\nloggers: { a: { handlers: ['${S}'] } }"],
  ["what a class of the caller's says", "handlers: { a: { class: own, token: 'Bearer ${S}' } }"],
];

/** Secrets: one that looks like one, and one that looks like a word. */
for (const secret of ["sEcReT-kEy-123", "correcthorsebattery"]) {
  for (const [name, text] of leaks) {
    test(`what was filled in is in no message, be it ${secret}: ${name}`, async () => {
      using diagnostics = hearDiagnostics();
      using onConsole = hearConsole();
      const handlers = {
        own: ({ token }: { readonly token?: unknown }): never => assert.fail(`the server refuses ${String(token).slice("Bearer ".length)}`),
      };
      const issues = await issuesOf(() => configureFromYaml(text, { env: { S: secret, T: secret.replaceAll("-", "") }, handlers }));
      const told = JSON.stringify([issues, diagnostics.heard, onConsole.heard]);
      assert.ok(!told.includes(secret) && !told.includes(secret.replaceAll("-", "")), told);
      assert.match(JSON.stringify(issues), /\$\{[ST]\}|a secret|\$\{NONE/);
    });
  }
}

test("what was filled in is replaced once by what the file says", async () => {
  const text = "handlers: { a: { class: file, filename: '/${DIR}/app.log' } }";
  const { message } = await issueOf(() => configureFromYaml(text, { env: { DIR: "No-Such-Folder" } }));
  assert.match(message, /: current value is "\/\$\{DIR\}\/app\.log"$/);
});

test("what was read from a file is in no message, nor is a short text or one of quotes and line breaks", async () => {
  using folder = new Folder();
  for (const text of ["abc", "x", 'a"b"c', "a\\b\nc", "$&$1$`", "é".repeat(200), "y".repeat(79), "y".repeat(80), "y".repeat(81)]) {
    writeFileSync(folder.at("secret"), text);
    const { message } = await issueOf(() => configureFromYaml(`root: { level: "\${file:${join(folder.path, "secret")}}" }`));
    assert.match(message, /current value is "\$\{file:[^"]*\}"; known are trace, debug, info, warn, error, fatal, off$/);
  }
});

test("what was filled in spoils no message that has the same word by chance", async () => {
  const text = "root: { level: '${LEVEL}' }\nloggers: { a: inof }\nhandlers: { c: { class: consol } }\nproperties: { P: '${WORD}' }";
  const issues = await issuesOf(() => configureFromYaml(text, { env: { LEVEL: "info", WORD: "class" } }));
  assert.deepEqual(issues.map(({ path }) => path), ["loggers.a", "handlers.c.class"]);
  assert.match(issues[1]!.message, /^Cannot use this as a class: .*did you mean console\?/);
  assert.match(issues[0]!.message, /did you mean info\?; known are trace, debug, info, warn/);
});

test("what was filled in stays out of the error of a configuration that is refused for something else", async () => {
  const text = "{ server_url: 'http://seq.test', api_key: '${S}', headers: { x-own: '${S}' }, properties: { P: '${S}' }, levle: info }";
  const { path, message } = await issueOf(() => configureFromYaml(text, { env: { S: secret } }));
  assert.equal(path, "levle");
  assert.ok(!message.includes(secret));
});

test("configure() with pythonParts fills nothing in: a secret of an object is the program's own", async () => {
  await using _ = ending();
  const seq = new FakeSeq();
  const options: Partial<SeqHandlerOptions> = { fetch: seq.fetch, properties: { P: "${NAME}" } };
  configure({
    ...parse("root: { level: info, handlers: [seq] }") as object,
    handlers: { seq: { class: "seq", serverUrl: "http://seq.test", ...options } },
    properties: { MachineName: null, ProcessId: null },
  }, pythonParts);
  getLogger().info("x");
  await flush();
  assert.deepEqual(propertiesOf(seq.events[0]!), { P: "${NAME}" });
});

test("defaults that nest too deep are an issue, whatever the depth, and cost little", async () => {
  for (const depth of [22, 3000, 20_000]) {
    const text = `properties: { A: '${"${A:-".repeat(depth)}x${"}".repeat(depth)}' }`;
    const { path, message } = await issueOf(() => configureFromYaml(text, { env: {} }));
    assert.equal(path, "properties.A");
    assert.match(message, /nest deeper than 20$/);
    assert.ok(message.length < 400);
  }
  await configureFromYaml(`properties: { A: '${"${A:-".repeat(20)}x${"}".repeat(20)}' }`, { env: {} });
  await shutdown();
});
