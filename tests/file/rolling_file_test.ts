/** FileHandler with maxBytes and backupCount: the files that Python's RotatingFileHandler makes, and no line lost or parted. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmdirSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { FileHandler } from "../../src/file/file_handler.ts";
import type { FileOptions } from "../../src/file/file_options.ts";
import { rounds } from "../support/effort.ts";
import { bare, log, tick } from "../support/files.ts";
import { Folder } from "../support/folder.ts";
import { askPython, withoutPython } from "../support/python.ts";
import { hearDiagnostics } from "../support/seq.ts";

function fileHandler(folder: Folder, options: Partial<FileOptions>): FileHandler {
  const handler = new FileHandler({ filename: folder.at("app.log"), ...options });
  handler.formatter = bare;
  return handler;
}

test("FileHandler rolls before the line that would reach maxBytes", async () => {
  using folder = new Folder();
  const handler = fileHandler(folder, { maxBytes: 10, backupCount: 2 });
  log(handler, "1234", "123", "x"); // 5 + 4 bytes are below 10, and 2 more are not
  await tick();
  assert.deepEqual(folder.texts, { "app.log": "x\n", "app.log.1": "1234\n123\n" });
  log(handler, "1234567");
  await tick();
  assert.deepEqual(folder.texts, { "app.log": "1234567\n", "app.log.1": "x\n", "app.log.2": "1234\n123\n" });
  log(handler, "y");
  await handler.close();
  assert.deepEqual(folder.texts, { "app.log": "y\n", "app.log.1": "1234567\n", "app.log.2": "x\n" });
});

test("FileHandler counts bytes, not letters", async () => {
  using folder = new Folder();
  const handler = fileHandler(folder, { maxBytes: 10, backupCount: 9 });
  log(handler, "日", "本", "🚀"); // 4 + 4 + 5
  await handler.close();
  assert.deepEqual(folder.texts, { "app.log": "🚀\n", "app.log.1": "日\n本\n" });
});

for (const options of [{ maxBytes: 10 }, { backupCount: 3 }, { maxBytes: 10, backupCount: 0 }, { maxBytes: 0, backupCount: 3 }]) {
  test(`FileHandler with ${JSON.stringify(options)} never rolls`, async () => {
    using folder = new Folder();
    const handler = fileHandler(folder, options);
    log(handler, "x".repeat(50), "y".repeat(50));
    await handler.close();
    assert.deepEqual(folder.names, ["app.log"]);
  });
}

test("FileHandler writes a line longer than maxBytes into a file of its own, and rolls no empty one", async () => {
  using folder = new Folder();
  const handler = fileHandler(folder, { maxBytes: 10, backupCount: 9 });
  log(handler, "x".repeat(50), "y", "z".repeat(50));
  await handler.close();
  assert.deepEqual(folder.texts, { "app.log": `${"z".repeat(50)}\n`, "app.log.1": "y\n", "app.log.2": `${"x".repeat(50)}\n` });
});

test("FileHandler counts what was in the file before it", async () => {
  using folder = new Folder();
  writeFileSync(folder.at("app.log"), "12345678\n");
  const handler = fileHandler(folder, { maxBytes: 10, backupCount: 1 });
  log(handler, "new");
  await handler.close();
  assert.deepEqual(folder.texts, { "app.log": "new\n", "app.log.1": "12345678\n" });
});

test("FileHandler counts what others write to the file", async () => {
  using folder = new Folder();
  const handler = fileHandler(folder, { maxBytes: 20, backupCount: 1 });
  log(handler, "one");
  await tick();
  writeFileSync(folder.at("app.log"), "of another ....\n", { flag: "a" });
  log(handler, "two");
  await handler.close();
  assert.deepEqual(folder.texts, { "app.log": "two\n", "app.log.1": "one\nof another ....\n" });
});

test("FileHandler loses, parts and disorders no line, wherever it rolls and ticks end", async () => {
  const lines = fc.array(fc.array(fc.nat(60), { maxLength: 30 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 200 }), async (ticks, maxBytes) => {
      using folder = new Folder();
      const handler = fileHandler(folder, { maxBytes, backupCount: 1000 });
      const messages = ticks.map((lengths, i) => lengths.map((length, n) => `${i}.${n} ${"é".repeat(length)}`));
      for (const some of messages) {
        log(handler, ...some);
        await tick();
      }
      await handler.close();
      const files = folder.names.sort((a, b) => Number(b.split(".")[2] ?? 0) - Number(a.split(".")[2] ?? 0));
      assert.deepEqual(files.flatMap((name) => folder.lines(name)), messages.flat());
      for (const name of files) assert.ok(folder.lines(name).length === 1 || statSync(folder.at(name)).size < maxBytes);
    }),
    { numRuns: rounds(60) },
  );
});

test("two FileHandlers that roll one file lose and part no line", async () => {
  using folder = new Folder();
  const options = { maxBytes: 300, backupCount: 1000 };
  const handlers = [fileHandler(folder, options), fileHandler(folder, options)];
  const wanted: string[] = [];
  for (let n = 0; n < 200; n++) {
    const message = `${n}`.padEnd(n % 37 + 4, ".");
    wanted.push(message);
    log(handlers[n % 2]!, message);
    if (n % 3 === 0) await tick();
  }
  await Promise.all(handlers.map((handler) => handler.close()));
  assert.deepEqual(folder.names.flatMap((name) => folder.lines(name)).sort(), wanted.sort());
});

// ---- Python ----

/** What stands in the files after each session of a real RotatingFileHandler, which logs all lines of a session. */
const script = `
import logging.handlers, os, tempfile
answer = []
for one in given:
    with tempfile.TemporaryDirectory() as folder:
        for lines in one["sessions"]:
            handler = logging.handlers.RotatingFileHandler(os.path.join(folder, "app.log"), **one["options"])
            for line in lines:
                handler.emit(logging.LogRecord("x", logging.INFO, "x", 1, "%s", (line,), None))
            handler.close()
        answer.append({name: open(os.path.join(folder, name), encoding="utf-8").read() for name in os.listdir(folder)})
`;

interface Case {
  readonly options: { readonly mode: "a" | "w"; readonly maxBytes: number; readonly backupCount: number };
  readonly sessions: readonly (readonly string[])[];
}

/** Lines of ASCII, the first shorter than any bound: Python 3.11 counts letters, and rolls an empty file before a line that is too long. */
const cases: fc.Arbitrary<Case> = fc.record({
  options: fc.record({
    mode: fc.constantFrom("a", "w"),
    maxBytes: fc.oneof(fc.constant(0), fc.integer({ min: 4, max: 300 })),
    backupCount: fc.nat(5),
  }),
  sessions: fc.array(fc.array(fc.nat(120).map((length) => "x".repeat(length)), { maxLength: 30 }), { minLength: 1, maxLength: 4 })
    .map((sessions) =>
      [["ab"], ...sessions].map((lines, i) => lines.map((line, n) => line.replace(/^x{6,}$/, (all) => `${i}.${n}`.padEnd(all.length, "."))))
    ),
});

test("FileHandler makes the files that Python's RotatingFileHandler makes", { skip: withoutPython }, async () => {
  const given = fc.sample(cases, rounds(150, 15));
  const wanted = askPython<Record<string, string>[]>(script, given);
  for (const [i, { options, sessions }] of given.entries()) {
    using folder = new Folder();
    for (const lines of sessions) {
      const handler = fileHandler(folder, options);
      for (const [n, line] of lines.entries()) {
        log(handler, line);
        if (n % 4 === 3) await tick();
      }
      await handler.close();
      if (lines.length === 0 && options.mode === "w" && options.maxBytes === 0) truncateSync(folder.at("app.log")); // Python opens it without an event, too
    }
    assert.deepEqual(folder.texts, wanted[i], JSON.stringify({ options, sessions }));
  }
});

// ---- what cannot be rolled ----

test("FileHandler continues in the file that cannot be rolled, says so once, and rolls it when that is possible", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  mkdirSync(folder.at("app.log.1")); // a file cannot take the place of a directory
  const handler = fileHandler(folder, { maxBytes: 10, backupCount: 1 });
  for (const message of ["one", "two", "three", "four"]) {
    log(handler, message);
    await tick();
  }
  assert.equal(folder.read("app.log"), "one\ntwo\nthree\nfour\n");
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["file-failed"]);
  assert.match(diagnostics.heard[0]!.message, /^Cannot roll \S+app\.log \(.+\); it grows beyond maxBytes, and rolling is tried again$/s);
  assert.deepEqual([handler.stats().state, handler.stats().delivered], ["retrying", 4]);
  assert.deepEqual(await handler.flush(), { delivered: 0, pending: 0, lost: 0 });
  assert.equal(diagnostics.heard.length, 1);
  rmdirSync(folder.at("app.log.1"));
  log(handler, "five");
  await handler.close();
  assert.deepEqual(folder.texts, { "app.log": "five\n", "app.log.1": "one\ntwo\nthree\nfour\n" });
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["file-failed", "recovered"]);
});

test("FileHandler moves rolled files on only up to a gap: a roll that fails again and again pushes none of them out", async () => {
  using folder = new Folder();
  for (const n of [2, 3]) writeFileSync(folder.at(`app.log.${n}`), `${n}\n`);
  const handler = fileHandler(folder, { maxBytes: 5, backupCount: 3 });
  log(handler, "one", "two");
  await tick();
  assert.deepEqual(folder.texts, { "app.log": "two\n", "app.log.1": "one\n", "app.log.2": "2\n", "app.log.3": "3\n" });
  log(handler, "four");
  await handler.close();
  assert.deepEqual(folder.texts, { "app.log": "four\n", "app.log.1": "two\n", "app.log.2": "one\n", "app.log.3": "2\n" });
});

test("FileHandler rolls no device", { skip: !existsSync("/dev/full") }, async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  symlinkSync("/dev/null", folder.at("app.log")); // by a link: what would be moved by mistake is the link, never the machine's device
  const handler = fileHandler(folder, { maxBytes: 10, backupCount: 1 });
  log(handler, "x".repeat(20), "y".repeat(20));
  await handler.close();
  assert.deepEqual([folder.names, diagnostics.heard, handler.stats().delivered], [["app.log"], [], 2]);
});

test("FileHandler whose file was moved away does not roll the new one in its place", async () => {
  using folder = new Folder();
  const handler = fileHandler(folder, { maxBytes: 10, backupCount: 3 });
  log(handler, "12345678");
  await tick();
  rmSync(folder.at("app.log"));
  writeFileSync(folder.at("app.log"), "new\n");
  log(handler, "two");
  await handler.close();
  assert.deepEqual(folder.texts, { "app.log": "new\ntwo\n" });
});

test("FileHandler goes on in its file while another process rolls it, and removes the lock of one that ended meanwhile", async () => {
  using folder = new Folder();
  using diagnostics = hearDiagnostics();
  const handler = fileHandler(folder, { maxBytes: 10, backupCount: 9 });
  const write = async (text: string): Promise<void> => {
    log(handler, text);
    await tick();
  };
  const lock = folder.at("app.log.lock");
  await write("12345678");
  writeFileSync(lock, "");
  await write("a");
  assert.deepEqual(folder.names, ["app.log", "app.log.lock"]);
  utimesSync(lock, 1, 1);
  await write("b"); // finds that the lock is old
  await write("c");
  await handler.close();
  assert.deepEqual([folder.texts, diagnostics.heard], [{ "app.log": "c\n", "app.log.1": "12345678\na\nb\n" }, []]);
});
