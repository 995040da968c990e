/** `watch`: a changed file is applied, a wrong one is reported and changes nothing, and watching ends with the configuration. */

import { parse } from "@std/yaml";
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { configure, type Diagnostic, flush, getLogger, type Logging, MemoryHandler, shutdown, stats } from "../../mod.ts";
import { configureFromFile, configureFromYaml, type YamlOptions } from "../../src/yaml/yaml.ts";
import { eventually, FakeClock } from "../support/fake_clock.ts";
import { Folder } from "../support/folder.ts";
import { issueOf, issuesOf } from "../support/issues.ts";
import { FakeSeq, hearDiagnostics, type Hearing } from "../support/seq.ts";

/** A configuration that is watched, and what a test does with it. */
class Watching {
  readonly folder: Folder = new Folder();
  readonly clock: FakeClock = new FakeClock();
  readonly seq: FakeSeq = new FakeSeq();
  readonly #hearing: Hearing<Diagnostic> = hearDiagnostics();
  logging!: Logging;

  /** What the library has said, as code and message. */
  get told(): Diagnostic[] {
    return this.#hearing.heard;
  }

  get codes(): string[] {
    return this.told.map(({ code }) => code);
  }

  write(name: string, text: string): void {
    writeFileSync(this.folder.at(name), text);
  }

  /** Applies the files and watches them; a handler `seq` sends to the collector of the test. */
  async start(names: string | readonly string[], options: YamlOptions = {}): Promise<void> {
    const files = [names].flat().map((name) => this.folder.at(name));
    this.logging = await configureFromFile(files, { watch: { clock: this.clock, periodMs: 100 }, ...options });
  }

  /** Lets the watcher look so many times. */
  async look(times = 1): Promise<void> {
    for (let i = 0; i < times; i++) {
      await this.clock.advance(100);
      await eventually(() => this.clock.timers === 1, "the watcher is to look again");
    }
  }

  /** Lets the watcher look for the last time. */
  async lookInVain(): Promise<void> {
    await this.clock.advance(1000);
    await eventually(() => this.clock.timers === 0, "the watcher is to end");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await shutdown({ timeoutMs: 0 });
    await this.clock.advance(1000);
    await eventually(() => this.clock.timers === 0, "the watcher is to end");
    this.#hearing[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}

const atLevel = (level: string): string => `root: { level: ${level}, handlers: [memory] }\nhandlers: { memory: { class: memory } }`;
const rootLevel = (): string | undefined => getLogger().level;

// ---- what changes ----

test("a changed file is applied once two checks have found it unchanged, and that is reported", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  await watching.look(5);
  assert.deepEqual([rootLevel(), watching.told], ["info", []]);
  watching.write("log.yml", atLevel("debug"));
  await watching.look();
  assert.equal(rootLevel(), "info");
  await watching.look();
  assert.equal(rootLevel(), "debug");
  assert.deepEqual(watching.codes, ["reconfigured"]);
  assert.ok(watching.told[0]!.message.includes(watching.folder.at("log.yml")));
  await watching.look(5);
  assert.deepEqual(watching.codes, ["reconfigured"]);
});

test("a file that is still being written is not read", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  const text = atLevel("debug");
  for (let length = 0; length < text.length; length += 10) {
    watching.write("log.yml", text.slice(0, length));
    await watching.look();
    assert.equal(rootLevel(), "info");
  }
  watching.write("log.yml", text);
  await watching.look(2);
  assert.deepEqual([rootLevel(), watching.codes], ["debug", ["reconfigured"]]);
});

test("a change that comes while the first configuration is still being read is seen", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  const parseYaml = (text: string): unknown => {
    if (text.includes("info")) watching.write("log.yml", atLevel("debug"));
    return parse(text);
  };
  await watching.start("log.yml", { parseYaml });
  assert.equal(rootLevel(), "info");
  await watching.look(2);
  assert.equal(rootLevel(), "debug");
});

test("a file that is changed and changed back is not applied again", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  const { memory } = watching.logging.handlers;
  watching.write("log.yml", atLevel("debug"));
  await watching.look();
  watching.write("log.yml", atLevel("info"));
  await watching.look(3);
  writeFileSync(watching.folder.at("log.yml"), atLevel("info")); // a new time, the same text
  await watching.look(3);
  assert.deepEqual([rootLevel(), watching.told], ["info", []]);
  assert.equal(watching.logging.handlers.memory, memory);
});

test("a file that is replaced by another is seen: renamed into its place, or behind a link that is switched", async () => {
  await using watching = new Watching();
  const at = (name: string): string => watching.folder.at(name);
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  watching.write("new.yml", atLevel("debug"));
  renameSync(at("new.yml"), at("log.yml"));
  await watching.look(2);
  assert.equal(rootLevel(), "debug");

  // as a mounted ConfigMap does: log.yml -> ..data/log.yml, ..data -> a folder
  for (const [folder, level] of [["first", "warn"], ["second", "error"]]) {
    mkdirSync(at(folder!));
    watching.write(`${folder}/map.yml`, atLevel(level!));
  }
  symlinkSync(at("first"), at("..data"));
  symlinkSync(at("..data/map.yml"), at("map.yml"));
  await watching.start("map.yml");
  assert.equal(rootLevel(), "warn");
  await watching.look(2);
  symlinkSync(at("second"), at("..data_tmp"));
  renameSync(at("..data_tmp"), at("..data"));
  await watching.look(2);
  assert.equal(rootLevel(), "error");
});

test("every file is watched, and every file that they refer to, whatever refers to it first", async () => {
  await using watching = new Watching();
  watching.write("level", "info\n");
  watching.write("later", "error");
  watching.write("a.yml", atLevel("'${file:level}'"));
  watching.write("b.yml", "loggers: { watched.b: debug }");
  await watching.start(["a.yml", "b.yml"]);
  assert.deepEqual([rootLevel(), getLogger("watched.b").level], ["info", "debug"]);
  watching.write("level", "warn\n");
  await watching.look(2);
  assert.equal(rootLevel(), "warn");
  watching.write("b.yml", "loggers: { watched.b: '${file:later}' }");
  await watching.look(2);
  assert.equal(getLogger("watched.b").level, "error");
  watching.write("later", "trace");
  await watching.look(2);
  assert.equal(getLogger("watched.b").level, "trace");
  assert.deepEqual(watching.codes, ["reconfigured", "reconfigured", "reconfigured"]);
});

test("a file that is referred to for the first time, or is referred to no longer, is no change by itself", async () => {
  await using watching = new Watching();
  watching.write("level", "error");
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  for (const [level, wanted] of [["'${file:level}'", "error"], ["debug", "debug"]]) {
    watching.write("log.yml", atLevel(level!));
    await watching.look(2);
    const { memory } = watching.logging.handlers;
    assert.equal(rootLevel(), wanted);
    await watching.look(4);
    assert.equal(watching.logging.handlers.memory, memory);
  }
  assert.deepEqual(watching.codes, ["reconfigured", "reconfigured"]);
});

test("overrides and env stay what they were", async () => {
  await using watching = new Watching();
  watching.write("log.yml", "root: { level: '${LEVEL}', handlers: [seq] }\nhandlers: { seq: { class: seq, server_url: http://seq.test } }");
  const env = { LEVEL: "info" };
  await watching.start("log.yml", {
    env,
    overrides: { handlers: { seq: { fetch: watching.seq.fetch } }, loggers: { "watched.c": "error" } },
  });
  watching.write(
    "log.yml",
    "root: { level: '${LEVEL}', handlers: [seq] }\nhandlers: { seq: { class: seq, server_url: http://other.test } }",
  );
  env.LEVEL = "debug";
  await watching.look(2);
  assert.deepEqual([rootLevel(), getLogger("watched.c").level], ["debug", "error"]);
  getLogger().info("x");
  await flush();
  assert.deepEqual(watching.seq.requests.map(({ url }) => new URL(url).host), ["other.test"]);
});

test("a changed file loses and doubles no event", async () => {
  await using watching = new Watching();
  const text = (size: number, url: string): string =>
    `{ root: { level: info, handlers: [seq] }, handlers: { seq: { class: seq, batch_size: ${size}, server_url: "http://${url}.test" } } }`;
  watching.write("log.yml", text(1, "a"));
  await watching.start("log.yml", { overrides: { handlers: { seq: { fetch: watching.seq.fetch } } } });
  let i = 0;
  for (let round = 1; round <= 10; round++) {
    for (let n = 0; n < 7; n++) getLogger("watched").info("x", { i: i++ });
    watching.write("log.yml", text(round + 1, round % 3 === 0 ? "a" : "b"));
    await watching.look();
    getLogger("watched").info("x", { i: i++ });
    await watching.look();
    getLogger("watched").info("x", { i: i++ });
  }
  assert.equal((await flush()).pending, 0);
  const numbers = watching.seq.events.map((event) => event.i as number).sort((a, b) => a - b);
  assert.deepEqual(numbers, Array.from({ length: i }, (_, n) => n));
  assert.deepEqual(new Set(watching.codes), new Set(["reconfigured"]));
  assert.equal(watching.codes.length, 10);
});

test("an incremental file changes levels only, and is watched on", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  const { memory } = watching.logging.handlers;
  watching.write("log.yml", "incremental: true\nroot: { level: error }");
  await watching.look(2);
  assert.deepEqual([rootLevel(), watching.logging.handlers.memory === memory], ["error", true]);
  watching.write("log.yml", atLevel("debug"));
  await watching.look(2);
  assert.deepEqual([rootLevel(), watching.logging.handlers.memory === memory], ["debug", false]);
});

// ---- what is wrong ----

/** Wrong changes, and their reports. */
const wrong: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  ["no YAML", "root: [", /log\.yml:\d+:\d+: Cannot read this as YAML/],
  ["no map", "- a", /log\.yml: Cannot use this as a configuration/],
  ["nothing", "", /log\.yml: Cannot use this as a configuration/],
  ["a wrong level", atLevel("loud"), /log\.yml: root\.level: .*loud/],
  ["a class that does not exist", "handlers: { a: { class: consle } }", /log\.yml: handlers\.a\.class: .*did you mean console/],
  ["a module", "handlers: { a: { class: ./slack.js#Slack } }", /a watched file loads no code/],
  ["a missing variable", "root: { level: '${NONE}' }", /log\.yml: root\.level: .*\$\{NONE\}/],
  ["a missing secret", "root: { level: '${file:none}' }", /log\.yml: root\.level: .*\$\{file:none\}/],
];

for (const [name, text, says] of wrong) {
  test(`a changed file that is wrong is told once, loudly, and the old configuration stays in force: ${name}`, async () => {
    await using watching = new Watching();
    watching.write("log.yml", atLevel("info"));
    await watching.start("log.yml", { env: {} });
    const { memory } = watching.logging.handlers;
    getLogger().info("before");
    watching.write("log.yml", text);
    await watching.look(5);
    assert.deepEqual(watching.codes, ["reconfiguration-failed"]);
    const [{ message, hint }] = watching.told as [Diagnostic];
    assert.match(message, /the old one stays in force/);
    assert.match(message, says);
    assert.ok((hint ?? "").length > 0);
    getLogger().info("after");
    assert.equal(watching.logging.handlers.memory, memory);
    assert.deepEqual((memory as MemoryHandler).events.map(({ message }) => message), ["before", "after"]);
    watching.write("log.yml", atLevel("debug"));
    await watching.look(2);
    assert.deepEqual([rootLevel(), watching.codes], ["debug", ["reconfiguration-failed", "reconfigured"]]);
  });
}

test("a file that vanishes is reported, the old configuration stays active, and it may come back", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  rmSync(watching.folder.at("log.yml"));
  await watching.look(4);
  assert.deepEqual([rootLevel(), watching.codes], ["info", ["reconfiguration-failed"]]);
  assert.match(watching.told[0]!.message, /log\.yml: Cannot read this as a configuration file/);
  watching.write("log.yml", atLevel("info"));
  await watching.look(2);
  watching.write("log.yml", atLevel("debug"));
  await watching.look(2);
  assert.equal(rootLevel(), "debug");
});

test("a secret that goes wrong in a changed file is not revealed", async () => {
  await using watching = new Watching();
  watching.write("secret", "info");
  watching.write("log.yml", atLevel("'${file:secret}'"));
  await watching.start("log.yml");
  watching.write("secret", "sEcReT");
  await watching.look(2);
  assert.deepEqual([rootLevel(), watching.codes], ["info", ["reconfiguration-failed"]]);
  assert.ok(!JSON.stringify(watching.told).includes("sEcReT"));
  assert.match(watching.told[0]!.message, /\$\{file:secret\}/);
});

test("a secret that was missing in a changed file is looked at, too", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  watching.write("log.yml", atLevel("'${file:secret}'"));
  await watching.look(2);
  assert.deepEqual(watching.codes, ["reconfiguration-failed"]);
  watching.write("secret", "debug");
  await watching.look(3);
  assert.deepEqual([rootLevel(), watching.codes], ["debug", ["reconfiguration-failed", "reconfigured"]]);
});

test("a first configuration that is wrong is refused, and nothing is watched", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("loud"));
  await issuesOf(() => watching.start("log.yml"));
  await issuesOf(() => watching.start("none.yml"));
  assert.deepEqual([watching.clock.timers, watching.told], [0, []]);
});

test("configureFromYaml() refuses to watch a text, and says what is watched", async () => {
  for (const watch of [true, {}]) {
    assert.deepEqual(await issueOf(() => configureFromYaml("{}", { watch })), {
      path: "watch",
      message: "Cannot watch a text: use configureFromFile",
    });
  }
});

// ---- the Logging of a watched file, and its end ----

test("the Logging of a watched file follows what is in force", async () => {
  await using watching = new Watching();
  const seqAt = (size: number): string =>
    `{ root: { level: info, handlers: [seq] }, handlers: { seq: { class: seq, batch_size: ${size}, server_url: "http://seq.test" } } }`;
  watching.write("log.yml", seqAt(1));
  await watching.start("log.yml", { overrides: { handlers: { seq: { fetch: watching.seq.fetch } } } });
  const { seq: first } = watching.logging.handlers;
  watching.write("log.yml", seqAt(2));
  await watching.look(2);
  assert.notEqual(watching.logging.handlers.seq, first);
  getLogger().info("x");
  assert.equal(watching.logging.stats().seq!.queued, 1);
  assert.deepEqual(await watching.logging.flush(), { delivered: 1, pending: 0, lost: 0 });
  assert.equal((await watching.logging.check()).seq!.ok, true);
  await watching.logging.shutdown();
  assert.deepEqual([stats(), rootLevel()], [{}, undefined]);
});

test("shutdown() ends the watching", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  assert.equal(watching.clock.timers, 1);
  await watching.logging.shutdown();
  watching.write("log.yml", atLevel("debug"));
  await watching.lookInVain();
  assert.deepEqual([rootLevel(), watching.told], [undefined, []]);
});

test("await using ends the watching", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  {
    await watching.start("log.yml");
    await using _ = watching.logging;
    watching.write("log.yml", atLevel("debug"));
    await watching.look(2);
    assert.equal(rootLevel(), "debug");
  }
  assert.equal(rootLevel(), undefined);
  await watching.lookInVain();
});

test("another configure() ends the watching, even one of the same file", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  configure({ root: { level: "error", handlers: ["memory"] }, handlers: { memory: new MemoryHandler() } });
  watching.write("log.yml", atLevel("debug"));
  await watching.lookInVain();
  assert.deepEqual([rootLevel(), watching.told], ["error", []]);
  await watching.start("log.yml");
  await watching.start("log.yml");
  await watching.look(3);
  assert.equal(rootLevel(), "debug");
  watching.write("log.yml", atLevel("info"));
  await watching.look(2);
  assert.deepEqual([rootLevel(), watching.codes], ["info", ["reconfigured"]]);
});

test("an incremental configure() of the program leaves the watching as it is", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  await watching.start("log.yml");
  configure({ incremental: true, root: { level: "error" } });
  await watching.look(3);
  assert.equal(rootLevel(), "error");
  watching.write("log.yml", atLevel("debug"));
  await watching.look(2);
  assert.equal(rootLevel(), "debug");
});

test("a configure() while a changed file is being read wins", async () => {
  await using watching = new Watching();
  watching.write("log.yml", atLevel("info"));
  const parseYaml = (text: string): unknown => {
    if (text.includes("debug")) configure({ root: { level: "error", handlers: ["own"] }, handlers: { own: { class: "memory" } } });
    return parse(text);
  };
  await watching.start("log.yml", { parseYaml });
  watching.write("log.yml", atLevel("debug"));
  await watching.lookInVain();
  const others = watching.told.filter(({ code }) => code !== "reaches-nothing"); // that configuration has no handler
  assert.deepEqual([rootLevel(), others], ["error", []]);
});
