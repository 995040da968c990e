import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runCollector } from "../../src/collector/program.ts";

const folder = mkdtempSync(join(tmpdir(), "seqlog-program-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const line = (message: string, more: object = {}): string => JSON.stringify({ "@t": "2026-03-01T10:15:00Z", "@mt": message, ...more });
const lines = [
  line("Order {Id} shipped", { Id: 42, Elapsed: 20 }),
  "Listening on 8000\x1b[2J",
  line("Order {Id} failed", {
    Id: 43,
    "@l": "Error",
    Elapsed: 200,
    "@x": ["Error: No carrier", ..."123456".split("").map((n) => `    at f${n} (a.js:${n})`)].join("\n"),
  }),
  "{broken",
];

/** Runs the program on a standard input that holds these lines. */
async function run(given: readonly string[], input: readonly string[] = lines) {
  const [out, problems, exitCodes]: [string[], string[], number[]] = [[], [], []];
  const read = async function* (path: string): AsyncGenerator<Uint8Array, void> {
    assert.equal(path, "-");
    yield new TextEncoder().encode(input.join("\n"));
  };
  const collector = await runCollector(given, {
    write: (text) => out.push(text.replace(/\d\d:\d\d:\d\d/, "hh:mm:ss")),
    warn: (text) => problems.push(text),
    read,
    hasColours: () => false,
    defaultPort: undefined,
    setExitCode: (code) => exitCodes.push(code),
  });
  return { out, problems, exitCodes, collector };
}

/** Runs it where it is to end with exit code 1. */
async function fails(...given: readonly string[]): Promise<string> {
  const { out, problems, exitCodes } = await run(given);
  assert.deepEqual([out, exitCodes], [[], [1]]);
  return problems.join("\n");
}

test("runCollector() shows the events of its input, folds exceptions, and lets other lines pass", async () => {
  const { out, problems, collector } = await run(["-"]);
  assert.equal(collector, undefined);
  assert.deepEqual(out, [
    "hh:mm:ss.000 INF Order 42 shipped Elapsed=20",
    "Listening on 8000\\x1b[2J",
    "hh:mm:ss.000 ERR Order 43 failed Elapsed=200\n    Error: No carrier\n        at f1 (a.js:1)\n        at f2 (a.js:2)\n        … 4 more lines",
  ]);
  assert.match(problems.join(), /^-: Cannot ingest the event on line 4 as it must be valid JSON/);
  assert.match((await run(["-", "--full"])).out[2]!, /at f6/);
});

test("runCollector() filters by --where and --level, and colours when it is asked to", async () => {
  const shown = async (...given: readonly string[]): Promise<number[]> =>
    (await run(["-", "--json", ...given])).out.map((text) => JSON.parse(text).Id);
  assert.deepEqual(await shown(), [42, 43]);
  assert.deepEqual(await shown("--where", "Elapsed > 100"), [43]);
  assert.deepEqual(await shown("-w", "Elapsed > 1", "-w", "Id = 42 or Id = 44"), [42]);
  assert.deepEqual(await shown("--level", "warn"), [43]);
  assert.ok((await run(["-", "--color"])).out[0]!.includes("\x1b[32mINF"));
});

test("runCollector() keeps every event in a file, which it reads again", async () => {
  const kept = join(folder, "kept.clef");
  await run(["-", "--keep", kept, "--level", "fatal"]);
  await run(["-", "--keep", kept], [line("third")]);
  assert.deepEqual(readFileSync(kept, "utf8").split("\n"), [lines[0], lines[2], line("third"), ""]);
  const out: string[] = [];
  await runCollector([kept, "--json"], { write: (text) => out.push(text) });
  assert.deepEqual(out, [lines[0], lines[2], line("third")]);
  assert.match(
    await fails(kept, "--keep", kept),
    /^Cannot keep events in .*kept\.clef, because the program reads this file: name another$/,
  );
});

test("runCollector() says what is wrong, marks the place in a filter, and ends with exit code 1", async () => {
  assert.equal(
    await fails("--where", "A = 1 adn B = 2"),
    [
      "Cannot read the filter at character 7: an operator or the end of the filter is expected",
      "  A = 1 adn B = 2",
      "        ^",
    ].join("\n"),
  );
  assert.match(await fails("--nothing"), /--help lists the options$/);
  const problems: unknown[] = [];
  const setExitCode = (code: number): void => void problems.push(code);
  await runCollector([join(folder, "nowhere.clef")], { warn: (text) => problems.push(text), setExitCode });
  assert.match(problems.join(), /nowhere\.clef.*,1$/);
  assert.match((await run(["--help"])).out.join(), /^Usage: npx @x\/seqlog/);
});

test("runCollector() listens, and accepts the events of its input as if they had been sent", async () => {
  const { out, collector } = await run(["-", "--port", "0", "--where", "Id = 43"], [
    ...lines,
    line("large", { Text: "x".repeat(300_000) }),
  ]);
  try {
    assert.match(out[0]!, /^Collector for Seq's API listens on http:\/\/127\.0\.0\.1:\d+;/);
    assert.deepEqual(collector?.events.map(({ properties }) => properties["Id"]), [42, 43]);
    assert.equal(out.filter((text) => / ERR Order 43/.test(text)).length, 1);
    assert.ok(out.some((text) => /^Answered 400 to POST \/ingest\/clef: .*at most 262144 bytes/.test(text)));
    assert.equal(out.some((text) => /Order 42/.test(text)), false);
  } finally {
    await collector?.close();
  }
});

test("runCollector() writes nothing but JSON with --json, and says that a file cannot be kept", async () => {
  const { out, problems, collector } = await run(["-", "--port", "0", "--json"]);
  await collector?.close();
  assert.deepEqual([out.length, problems.length], [2, 2]);
  writeFileSync(join(folder, "file"), "");
  assert.match(await fails("-", "--keep", join(folder, "file", "below.clef")), /below\.clef/);
});

test("runCollector() shows the events of a trace together with --traces; the filter chooses traces", async () => {
  const at = (ms: number): string => new Date(Date.UTC(2026, 2, 1) + ms).toISOString();
  const input = [
    { "@t": at(20), "@mt": "Read", "@tr": "a", "@sp": "2", "@ps": "1", "@st": at(10) },
    { "@t": at(25), "@mt": "Alone" },
    { "@t": at(26), "@mt": "Other", "@tr": "b" },
    { "@t": at(30), "@mt": "Late", "@l": "Warning", "@tr": "a", "@sp": "1" },
    { "@t": at(40), "@mt": "Order", "@tr": "a", "@sp": "1", "@st": at(0) },
  ].map((event) => JSON.stringify(event));
  const { out } = await run(["-", "--traces"], input);
  assert.match(out[0]!, /^hh:mm:ss\.025 INF Alone$/);
  const [title, ...tree] = out[1]!.split("\n").map((text) => text.replace(/[^\w.: ]/g, "").trim());
  assert.deepEqual([title, ...tree], ["Trace a", "40.0 ms Order", "10.0 ms Read", "WRN Late"]);
  assert.match(out[2]!, /^Trace b/);
  assert.equal(out.length, 3);
  const chosen = await run(["-", "--traces", "--level", "warn"], input);
  assert.deepEqual(chosen.out, [out[1]]);
});
