/** FileHandler's options, and configure with it: every mistake with its cure and nothing touched, and nothing lost from one configuration to the next. */

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import {
  ConfigError,
  type ConfigParts,
  configure,
  flush,
  getLogger,
  type Issue,
  type Logging,
  type LoggingConfig,
  shutdown,
  stats,
} from "../../mod.ts";
import { FileHandler } from "../../src/file/file_handler.ts";
import { bare, tick } from "../support/files.ts";
import { Folder } from "../support/folder.ts";
import { hearDiagnostics } from "../support/seq.ts";

/** What the options are refused for. */
function issuesOf(options: unknown): readonly Issue[] {
  try {
    new FileHandler(options as never);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.issues;
  }
  assert.fail("the options were taken");
}

/** Puts files into force: their options, by the names of their handlers. */
function configureFiles(files: Record<string, object>, root: readonly string[] = Object.keys(files)): Logging {
  const handlers = Object.fromEntries(Object.entries(files).map(([name, one]) => [name, { class: "log", formatter: "bare", ...one }]));
  const config: LoggingConfig<ConfigParts> = { root: { level: "info", handlers: root }, handlers, formatters: { bare } };
  return configure(config, { handlers: { log: (options) => new FileHandler(options as never) } } as ConfigParts);
}

const ending = (): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => void (await shutdown()) });

// ---- mistakes ----

test("FileHandler reports every wrong option at once, with its path", () => {
  const issues = issuesOf({
    filename: "",
    mode: "x",
    maxBytes: -1,
    backupCount: 1.5,
    fileMode: "rw",
    encoding: "latin-1",
    fileName: "a.log",
  });
  assert.deepEqual(Object.fromEntries(issues.map(({ path, message }) => [path, message])), {
    filename: 'Cannot use this as the path of a file: current value is ""',
    mode: 'Cannot use this as one of these words: current value is "x"; known are a, w',
    maxBytes: "Cannot use this as a whole number, 0 or more and at most 9007199254740991: current value is -1",
    backupCount: "Cannot use this as a whole number, 0 or more and at most 9007199254740991: current value is 1.5",
    fileMode: 'Cannot use this as the permissions of a file, such as 0o640 or "640": current value is "rw"',
    encoding: 'Cannot use this as an encoding, which is utf-8: current value is "latin-1"',
    fileName:
      'Unknown option "fileName"; did you mean filename?; known are filename, mode, maxBytes, backupCount, rollover, clock, fileMode, encoding',
  });
});

test("FileHandler refuses a limit of bytes together with a rollover by time, which would have no effect", () => {
  const issues = issuesOf({ filename: "app.log", maxBytes: 1000, backupCount: 3, rollover: { when: "D" } });
  assert.deepEqual(issues, [{ path: "maxBytes", message: "Cannot use this option together with rollover, which rolls by time" }]);
});

for (
  const options of [{}, undefined, null, "app.log", { filename: undefined }, { filename: 5 }, { filename: "a\0b" }, { filename: ["a"] }]
) {
  test(`FileHandler refuses ${JSON.stringify(options) ?? "undefined"}`, () => {
    assert.ok(issuesOf(options).length > 0);
  });
}

test("FileHandler accepts every spelling of utf-8, and of its options", () => {
  using folder = new Folder();
  const filename = folder.at("app.log");
  for (const encoding of ["utf-8", "UTF-8", "utf8", "Utf_8", "UTF 8", undefined, null as never]) new FileHandler({ filename, encoding });
  new FileHandler({ filename, max_bytes: 10, backup_count: 1 } as never);
  for (const encoding of ["utf-16", "utf-8-sig", ""]) assert.equal(issuesOf({ filename, encoding })[0]!.path, "encoding");
  assert.deepEqual(folder.names, []);
});

test("FileHandler refuses a file whose directory is missing, is a file, or that is a directory itself, and says what to do", () => {
  using folder = new Folder();
  writeFileSync(folder.at("file"), "");
  mkdirSync(folder.at("directory"));
  const cases: [string, RegExp][] = [
    [folder.at("none/app.log"), /^Cannot use this as a log file, because there is no directory \S+none; create it: current value is "/],
    [folder.at("file/app.log"), /^Cannot use this as a log file, because .*(?:ENOTDIR|Not a directory|no directory)/s],
    [folder.at("directory"), /^Cannot use this as a log file, because it is a directory; add the name of a file: current value is "/],
  ];
  for (const [filename, wanted] of cases) {
    const issues = issuesOf({ filename, mode: "w" });
    assert.deepEqual(issues.map(({ path }) => path), ["filename"]);
    assert.match(issues[0]!.message, wanted);
  }
  assert.deepEqual(folder.names, ["directory", "file"]);
});

const judgesAccess = process.getuid?.() !== undefined && process.getuid() !== 0 && !("Deno" in globalThis);
test(
  "FileHandler refuses what this process may not write",
  { skip: !judgesAccess && "root may write everywhere, and Deno cannot say" },
  () => {
    using folder = new Folder();
    writeFileSync(folder.at("closed.log"), "");
    writeFileSync(folder.at("open.log"), "");
    chmodSync(folder.at("closed.log"), 0o444);
    chmodSync(folder.path, 0o555);
    for (const options of [{ filename: "closed.log" }, { filename: "new.log" }, { filename: "open.log", maxBytes: 10, backupCount: 1 }]) {
      assert.match(
        issuesOf({ ...options, filename: folder.at(options.filename) })[0]!.message,
        /for this process may not write there \(.*EACCES/,
      );
    }
    new FileHandler({ filename: folder.at("open.log") });
    chmodSync(folder.path, 0o755);
  },
);

test("FileHandler is not to be had where the runtime has no files, or they end with a request", () => {
  const world = globalThis as { EdgeRuntime?: string };
  try {
    world.EdgeRuntime = "edge-runtime";
    const [issue] = issuesOf({ filename: "app.log" });
    assert.deepEqual(issue, {
      path: "filename",
      message: 'Cannot use this as a log file, because this runtime has no files; use the class console or seq: current value is "app.log"',
    });
  } finally {
    delete world.EdgeRuntime;
  }
});

test("configure() names the option of a wrong file, and touches no file", async () => {
  using folder = new Folder();
  await using _ = ending();
  writeFileSync(folder.at("old.log"), "old\n");
  try {
    configureFiles({ right: { filename: folder.at("old.log"), mode: "w" }, wrong: { filename: folder.at("none/app.log"), max_bytes: -1 } });
    assert.fail("the configuration was taken");
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.deepEqual(error.issues.map(({ path }) => path).sort(), ["handlers.wrong.filename", "handlers.wrong.max_bytes"]);
  }
  assert.deepEqual(folder.texts, { "old.log": "old\n" });
});

// ---- one configuration after another ----

test("configure() again continues in the file of the same name, and does not empty it again", async () => {
  using folder = new Folder();
  await using _ = ending();
  writeFileSync(folder.at("app.log"), "old\n");
  const options = { filename: folder.at("app.log"), mode: "w" };
  const first = configureFiles({ file: options }).handlers.file as FileHandler;
  getLogger("files").info("one");
  await tick();
  getLogger("files").info("two");
  const second = configureFiles({ file: options }).handlers.file as FileHandler;
  getLogger("files").info("three");
  await flush();
  assert.deepEqual(folder.lines("app.log"), ["one", "two", "three"]);
  assert.deepEqual([second.stats().delivered, second.stats().state, first.stats().state], [3, "ok", "closed"]);
  assert.deepEqual(Object.keys(stats()), ["file"]);
});

test("configure() again and again, while events are logged, keeps them all in order", async () => {
  using folder = new Folder();
  await using _ = ending();
  const wanted: string[] = [];
  const log = (count: number): void => {
    for (let i = 0; i < count; i++) getLogger("files").info(wanted[wanted.push(`${wanted.length}`) - 1]!);
  };
  for (let round = 0; round < 25; round++) {
    configureFiles({ file: { filename: folder.at("app.log"), mode: "w" } });
    log(3);
    if (round % 2 === 0) await tick();
    log(round % 3);
  }
  await flush();
  assert.deepEqual(folder.lines("app.log"), wanted);
});

test("configure() with other bounds continues under them", async () => {
  using folder = new Folder();
  await using _ = ending();
  const filename = folder.at("app.log");
  configureFiles({ file: { filename } });
  getLogger("files").info("12345678");
  configureFiles({ file: { filename, maxBytes: 10, backupCount: 1 } });
  getLogger("files").info("two");
  await flush();
  assert.deepEqual(folder.texts, { "app.log": "two\n", "app.log.1": "12345678\n" });
});

test("configure() with another file writes what waits to the old one, and closes it", async () => {
  using folder = new Folder();
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  const first = configureFiles({ file: { filename: folder.at("a.log") } }).handlers.file as FileHandler;
  getLogger("files").info("one");
  configureFiles({ file: { filename: folder.at("b.log") } });
  getLogger("files").info("two");
  assert.deepEqual(folder.texts, { "a.log": "one\n" });
  await flush();
  assert.deepEqual(folder.texts, { "a.log": "one\n", "b.log": "two\n" });
  assert.deepEqual(Object.keys(stats()), ["file"]);
  assert.equal(first.stats().state, "closed");
  using _added = getLogger("files").addHandler(first);
  getLogger("files").info("three");
  await flush();
  assert.deepEqual(folder.texts, { "a.log": "one\n", "b.log": "two\nthree\n" });
  assert.deepEqual([first.stats().lost, diagnostics.heard.map(({ code }) => code)], [{ closed: 1 }, ["closed"]]);
});

test("a retired file that cannot be written waits for a flush", async () => {
  using folder = new Folder();
  await using _ = ending();
  using diagnostics = hearDiagnostics();
  configureFiles({ file: { filename: folder.at("a.log") } });
  mkdirSync(folder.at("a.log"));
  getLogger("files").info("one");
  configureFiles({ file: { filename: folder.at("b.log") } });
  assert.deepEqual(Object.keys(stats()), ["file", "file (retired)"]);
  assert.deepEqual(await flush(), { delivered: 0, pending: 1, lost: 0 });
  rmSync(folder.at("a.log"), { recursive: true });
  assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 });
  assert.equal(folder.read("a.log"), "one\n");
  assert.deepEqual(Object.keys(stats()), ["file"]);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["file-failed", "recovered"]);
});

test("shutdown() writes what waits, gives up what cannot be written, and says so", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  configureFiles({ good: { filename: folder.at("a.log") }, bad: { filename: folder.at("b.log") } });
  mkdirSync(folder.at("b.log"));
  getLogger("files").info("one");
  assert.deepEqual(await shutdown(), { delivered: 1, pending: 0, lost: 1 });
  assert.equal(readFileSync(folder.at("a.log"), "utf8"), "one\n");
  assert.deepEqual(diagnostics.heard.map(({ code, handler }) => [code, handler]), [["file-failed", "bad"], ["lost", "bad"]]);
});

test("a file given ready-made is neither taken over nor closed", async () => {
  using folder = new Folder();
  const own = new FileHandler({ filename: folder.at("app.log") });
  own.formatter = bare;
  configure({ root: { level: "info", handlers: ["own"] }, handlers: { own } });
  getLogger("files").info("one");
  await shutdown();
  assert.equal(own.stats().state, "ok");
  using _ = getLogger("files").addHandler(own);
  getLogger("files").warn("two");
  await own.close();
  assert.deepEqual(folder.lines("app.log"), ["one", "two"]);
});
