/** FileHandler: the content of the file, and the reports and counts when it cannot be written. */

import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { getLogger } from "../../mod.ts";
import { FileHandler } from "../../src/file/file_handler.ts";
import type { FileOptions } from "../../src/file/file_options.ts";
import { isFull } from "../support/effort.ts";
import { bare, log, StandingTime, tick } from "../support/files.ts";
import { Folder } from "../support/folder.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { range } from "../support/shipping.ts";

/** A handler that writes bare messages. */
function fileHandler(folder: Folder, options: Partial<FileOptions> = {}): FileHandler {
  const handler = new FileHandler({ filename: folder.at("app.log"), ...options });
  handler.formatter = bare;
  return handler;
}

// ---- what is written, and when ----

test("FileHandler writes what is logged at the end of the tick, each event with an end of line", async () => {
  using folder = new Folder();
  const handler = fileHandler(folder);
  log(handler, "one", "two\nlines");
  assert.deepEqual(folder.names, []);
  await tick();
  assert.equal(folder.read("app.log"), "one\ntwo\n    lines\n");
  log(handler, "three");
  await tick();
  assert.equal(folder.read("app.log"), "one\ntwo\n    lines\nthree\n");
  await handler.close();
});

test("FileHandler writes the console's text without colour where it has no formatter", async () => {
  using folder = new Folder();
  const handler = new FileHandler({ filename: folder.at("app.log") });
  using _ = getLogger("files.text").addHandler(handler);
  getLogger("files.text").error(new Error("No paper"), "Page {Page} failed", { Page: 1, Printer: "Ада" });
  await handler.close();
  const text = folder.read("app.log");
  assert.match(text, /^\d\d:\d\d:\d\d\.\d{3} ERROR files\.text Page 1 failed Printer=Ада\n {4}Error: No paper\n(?: {4}.*\n)*$/);
  assert.ok(!text.includes("\x1b"), text);
});

test("FileHandler formats at the call: what changes later is not written", async () => {
  using folder = new Folder();
  const handler = new FileHandler({ filename: folder.at("app.log") });
  let suffix = "before";
  handler.formatter = ({ message }) => `${message} ${suffix}`;
  log(handler, "one");
  suffix = "after";
  await tick();
  assert.equal(folder.read("app.log"), "one before\n");
  await handler.close();
});

test("FileHandler keeps all events of one tick in their order, beyond what may wait", async () => {
  const count = isFull ? 10_000 : 5000;
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  const handler = fileHandler(folder);
  const messages = Array.from({ length: count }, (_, i) => `${i} ${"x".repeat(300)}`);
  log(handler, ...messages);
  await tick();
  assert.deepEqual(folder.lines("app.log"), messages);
  assert.deepEqual(diagnostics.heard, []);
  const { state, delivered, queued, queuedBytes, retries, lost } = handler.stats();
  assert.deepEqual({ state, delivered, queued, queuedBytes, retries, lost }, {
    ...{ state: "ok", delivered: count, queued: 0, queuedBytes: 0, retries: 0, lost: {} },
  });
  await handler.close();
});

test("FileHandler writes UTF-8: every letter whole, half a surrogate pair as the sign for it", async () => {
  using folder = new Folder();
  const handler = fileHandler(folder, { encoding: "UTF8" });
  log(handler, "Größe 日本 🚀", "half \ud83d");
  await handler.close();
  assert.equal(folder.read("app.log"), "Größe 日本 🚀\nhalf \ufffd\n");
});

test("FileHandler writes an event that alone is larger than what may wait", async () => {
  using folder = new Folder();
  const handler = fileHandler(folder);
  handler.formatter = ({ message }) => (message === "large" ? "x".repeat(3_000_000) : message);
  log(handler, "before", "large", "after");
  await handler.close();
  assert.deepEqual(folder.lines("app.log").map(({ length }) => length), [6, 3_000_000, 5]);
});

test("FileHandler appends to what is there", async () => {
  using folder = new Folder();
  writeFileSync(folder.at("app.log"), "old\n");
  const handler = fileHandler(folder);
  log(handler, "new");
  await handler.close();
  assert.equal(folder.read("app.log"), "old\nnew\n");
});

test("FileHandler with mode w empties the file before its first event, and only then", async () => {
  using folder = new Folder();
  using time = new StandingTime();
  writeFileSync(folder.at("app.log"), "old\n");
  const handler = fileHandler(folder, { mode: "w" });
  await handler.flush();
  assert.equal(folder.read("app.log"), "old\n");
  log(handler, "one");
  await tick();
  assert.equal(folder.read("app.log"), "one\n");
  renameSync(folder.at("app.log"), folder.at("moved"));
  writeFileSync(folder.at("app.log"), "of another\n");
  time.ms += 1000;
  log(handler, "two");
  await handler.close();
  assert.deepEqual(folder.texts, { "app.log": "of another\ntwo\n", moved: "one\n" });
});

test("FileHandler with mode w overwrites no lines of others", async () => {
  using folder = new Folder();
  const [one, two] = [fileHandler(folder, { mode: "w" }), fileHandler(folder)];
  log(one, "one");
  await tick();
  log(two, "two");
  await tick();
  log(one, "three");
  await tick();
  assert.deepEqual(folder.lines("app.log"), ["one", "two", "three"]);
  await Promise.all([one.close(), two.close()]);
});

test("FileHandler with mode w appends where it has maxBytes, as in Python", async () => {
  using folder = new Folder();
  writeFileSync(folder.at("app.log"), "old\n");
  const handler = fileHandler(folder, { mode: "w", maxBytes: 1000 });
  log(handler, "new");
  await handler.close();
  assert.equal(folder.read("app.log"), "old\nnew\n");
});

test("FileHandler resolves a relative path when it is made", async () => {
  using folder = new Folder();
  const before = process.cwd();
  try {
    process.chdir(folder.path);
    const handler = fileHandler(folder, { filename: "app.log" });
    process.chdir(before);
    log(handler, "one");
    await handler.close();
  } finally {
    process.chdir(before);
  }
  assert.equal(folder.read("app.log"), "one\n");
});

test("two FileHandlers on one file split no line", async () => {
  using folder = new Folder();
  const handlers = [fileHandler(folder), fileHandler(folder)] as const;
  for (let round = 0; round < 50; round++) {
    for (const [i, handler] of handlers.entries()) {
      log(
        handler,
        ...Array.from({ length: 20 }, (_, n) => `${i}:${round * 20 + n}:${"x".repeat(n * 50)}`),
      );
    }
    if (round % 3 === 0) await tick();
  }
  await Promise.all(handlers.map((handler) => handler.close()));
  const lines = folder.lines("app.log");
  assert.equal(lines.length, 2000);
  for (const i of [0, 1]) {
    const own = lines.filter((line) => line.startsWith(`${i}:`)).map((line) => /^\d:(\d+):x*$/.exec(line)?.[1]);
    assert.deepEqual(own, Array.from({ length: 1000 }, (_, n) => `${n}`));
  }
});

// ---- moved, deleted, emptied by others ----

test("FileHandler continues in a new file a second after the old one was moved away, as logrotate does", async () => {
  using folder = new Folder();
  using time = new StandingTime();
  const handler = fileHandler(folder);
  log(handler, "one");
  await tick();
  renameSync(folder.at("app.log"), folder.at("app.log-1"));
  time.ms += 999;
  log(handler, "two");
  await tick();
  assert.deepEqual(folder.texts, { "app.log-1": "one\ntwo\n" });
  time.ms += 1;
  log(handler, "three");
  await handler.close();
  assert.deepEqual(folder.texts, { "app.log": "three\n", "app.log-1": "one\ntwo\n" });
});

test("FileHandler continues in a new file after the old one was deleted, or replaced", async () => {
  using folder = new Folder();
  using time = new StandingTime();
  const handler = fileHandler(folder);
  log(handler, "one");
  await tick();
  rmSync(folder.at("app.log"));
  time.ms += 1000;
  log(handler, "two");
  await tick();
  assert.equal(folder.read("app.log"), "two\n");
  writeFileSync(folder.at("other"), "other\n");
  renameSync(folder.at("other"), folder.at("app.log"));
  time.ms -= 5000; // a clock that was set back counts, too
  log(handler, "three");
  await handler.close();
  assert.equal(folder.read("app.log"), "other\nthree\n");
});

test("FileHandler continues at the beginning of a file that another has emptied", async () => {
  using folder = new Folder();
  const handler = fileHandler(folder);
  log(handler, "one");
  await tick();
  truncateSync(folder.at("app.log"));
  log(handler, "two");
  await handler.close();
  assert.equal(folder.read("app.log"), "two\n");
});

// ---- failures ----

test("FileHandler keeps what it cannot write, says so once, and writes it when that is possible again", async () => {
  using folder = new Folder();
  using time = new StandingTime();
  using diagnostics = hearDiagnostics();
  mkdirSync(folder.at("logs"));
  const handler = fileHandler(folder, { filename: folder.at("logs/app.log") });
  log(handler, "one");
  await tick();
  rmSync(folder.at("logs"), { recursive: true });
  time.ms += 1000;
  for (const message of ["two", "three"]) {
    log(handler, message);
    await tick();
  }
  const [{ code, handler: name, message, hint }] = diagnostics.heard as [typeof diagnostics.heard[number]];
  assert.deepEqual([diagnostics.heard.length, code, name, hint], [1, "file-failed", "file", "Create its directory again"]);
  assert.match(
    message,
    /^Cannot write to \S+logs.app\.log \(.*(?:ENOENT|No such file).*\); 1 event is kept and written with the next event$/s,
  );
  const { state, queued, queuedBytes, delivered, retries, lost, lastError } = handler.stats();
  assert.deepEqual({ state, queued, queuedBytes, delivered, lost }, {
    state: "retrying",
    queued: 2,
    queuedBytes: 10,
    delivered: 1,
    lost: {},
  });
  assert.equal(retries, 2);
  assert.match(lastError!, /ENOENT|No such file/);
  assert.deepEqual(await handler.flush(), { delivered: 0, pending: 2, lost: 0 });
  mkdirSync(folder.at("logs"));
  log(handler, "four");
  await tick();
  assert.deepEqual(folder.lines("logs/app.log"), ["two", "three", "four"]);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["file-failed", "recovered"]);
  assert.deepEqual([handler.stats().state, handler.stats().delivered], ["ok", 4]);
  await handler.close();
});

test("FileHandler tries again with a flush, too, and fails again with a new word", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  const handler = fileHandler(folder);
  mkdirSync(folder.at("app.log"));
  log(handler, "one", "two");
  await tick();
  assert.match(diagnostics.heard[0]!.message, /2 events are kept/);
  rmSync(folder.at("app.log"), { recursive: true });
  assert.deepEqual(await handler.flush(), { delivered: 2, pending: 0, lost: 0 });
  assert.deepEqual(await handler.flush(), { delivered: 0, pending: 0, lost: 0 });
  await handler.close();
  assert.deepEqual(folder.lines("app.log"), ["one", "two"]);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["file-failed", "recovered"]);
});

const full = "/dev/full";
test(
  "FileHandler keeps 1 MiB while the disk is full; the oldest events beyond go, and are counted",
  { skip: !existsSync(full) },
  async () => {
    using folder = new Folder();
    using diagnostics = hearDiagnostics();
    symlinkSync(full, folder.at("app.log")); // by a link: a mistake can only affect the link
    const handler = fileHandler(folder);
    for (let i = 0; i < 30; i++) {
      log(handler, ...Array.from({ length: 100 }, (_, n) => `${i * 100 + n}`.padEnd(999, ".")));
      await tick();
    }
    const { state, queued, queuedBytes, delivered, lost } = handler.stats();
    assert.deepEqual({ state, queued, queuedBytes, delivered }, { state: "retrying", queued: 1048, queuedBytes: 1_048_000, delivered: 0 });
    assert.deepEqual(lost, { overflow: 3000 - 1048 });
    assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["file-failed", "overflow"]);
    await handler.close();
    assert.deepEqual(diagnostics.heard.map(({ code, count }) => [code, count]).at(-1), ["lost", 1048]);
    assert.match(
      diagnostics.heard.at(-1)!.message,
      /^1048 events are lost \(closed\), not written to \S+app\.log: .*(?:ENOSPC|No space)/s,
    );
    assert.deepEqual(handler.stats().lost, { overflow: 3000 - 1048, closed: 1048 });
  },
);

test("FileHandler writes the youngest events after an outage, and says how many were lost", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  const handler = fileHandler(folder);
  mkdirSync(folder.at("app.log"));
  const messages = Array.from({ length: 2000 }, (_, n) => `${n}`.padEnd(1023, "."));
  for (let i = 0; i < 2000; i += 500) {
    log(handler, ...messages.slice(i, i + 500));
    await tick();
  }
  rmSync(folder.at("app.log"), { recursive: true });
  assert.deepEqual(await handler.flush(), { delivered: 1024, pending: 0, lost: 0 });
  assert.deepEqual(folder.lines("app.log"), messages.slice(-1024));
  assert.equal(diagnostics.heard.at(-1)!.hint, "Events that were lost meanwhile: 976");
  await handler.close();
});

test("FileHandler closed writes what waits, and counts what comes later, which it reports once", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  const handler = fileHandler(folder);
  log(handler, "one");
  await handler.close();
  assert.equal(folder.read("app.log"), "one\n");
  log(handler, "two", "three");
  await handler.close();
  assert.equal(folder.read("app.log"), "one\n");
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["closed"]);
  assert.deepEqual([handler.stats().state, handler.stats().lost], ["closed", { closed: 2 }]);
  assert.deepEqual(await handler.flush(), { delivered: 0, pending: 0, lost: 0 });
});

test("a formatter that throws loses its event only, and reaches no caller", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  const handler = fileHandler(folder);
  handler.formatter = ({ message }) => {
    if (message === "two") throw new Error("No words");
    return message;
  };
  log(handler, "one", "two", "three");
  await handler.close();
  assert.deepEqual(folder.lines("app.log"), ["one", "three"]);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["handler-failed"]);
});

test("a listener of diagnostics may log to the handler that fails", async () => {
  using folder = new Folder();
  const handler = fileHandler(folder);
  mkdirSync(folder.at("app.log"));
  {
    using diagnostics = hearDiagnostics();
    const { push } = diagnostics.heard;
    diagnostics.heard.push = (...said) => {
      log(handler, ...said.map(({ code }) => code));
      return push.apply(diagnostics.heard, said);
    };
    log(handler, "one");
    await tick();
    await tick();
    rmSync(folder.at("app.log"), { recursive: true });
    await handler.flush();
    await tick();
  }
  await handler.close();
  assert.deepEqual(folder.lines("app.log"), ["one", "file-failed", "recovered"]);
});

test("FileHandler creates files that only their user may read, or what fileMode says; of those that are there it changes nothing", {
  skip: process.platform === "win32",
}, async () => {
  for (const [fileMode, expected] of [[undefined, 0o600], [0o640, 0o640], ["640", 0o640], ["0o604", 0o604]] as const) {
    using folder = new Folder();
    const handler = new FileHandler({ filename: folder.at("app.log"), fileMode, maxBytes: 50, backupCount: 2 });
    const logger = getLogger(`file.mode.${expected}`);
    using _ = logger.addHandler(handler);
    for (const n of range(1, 3)) logger.warn("{N} is a long line that fills the file", { N: n });
    await handler.close();
    assert.deepEqual(folder.names.map((name) => statSync(folder.at(name)).mode & 0o777), [expected, expected, expected]);
  }
  using folder = new Folder();
  writeFileSync(folder.at("app.log"), "", { mode: 0o644 });
  const handler = new FileHandler({ filename: folder.at("app.log") });
  using _ = getLogger("file.mode").addHandler(handler);
  getLogger("file.mode").warn("x");
  await handler.close();
  assert.equal(statSync(folder.at("app.log")).mode & 0o777, 0o644);
});
