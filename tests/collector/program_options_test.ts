import assert from "node:assert/strict";
import { test } from "node:test";
import { help, parsePort, readProgramOptions } from "../../src/collector/program_options.ts";

test("readProgramOptions() has a default for everything", () => {
  const { passes, ...options } = readProgramOptions([]);
  assert.equal(typeof passes, "function");
  assert.deepEqual(options, {
    files: [],
    port: 5341,
    hostname: undefined,
    pageHosts: [],
    rank: 0,
    json: false,
    keep: undefined,
    traces: false,
    full: false,
    colour: undefined,
    help: false,
  });
});

test("readProgramOptions() reads options in both forms, and distinguishes ports from files", () => {
  const given = ["8000", "--where=A = 1", "-l", "warn", "--json", "--keep", "out.clef", "--no-color", "--host", "0.0.0.0", "--full"];
  const { port, rank, json, keep, colour, hostname, full } = readProgramOptions(given, "9000");
  assert.deepEqual([port, rank, json, keep, colour, hostname, full], [8000, 3, true, "out.clef", false, "0.0.0.0", true]);
  assert.equal(readProgramOptions([], "9000").port, 9000);
  const files = readProgramOptions(["a.clef", "-", "./b"], "9000");
  assert.deepEqual([files.files, files.port], [["a.clef", "-", "./b"], undefined]);
  assert.deepEqual([readProgramOptions(["a.clef", "-p", "0"]).port, readProgramOptions(["-h"]).help], [0, true]);
});

test("readProgramOptions() refuses what it does not know", () => {
  const refused = (...given: string[]): string => {
    try {
      readProgramOptions(given);
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  assert.equal(refused("--wher", "A"), "Cannot read the option --wher: --help lists the options");
  assert.equal(refused("--json=1"), "Cannot read the option --json: --help lists the options");
  assert.equal(refused("--where"), "Cannot read the option --where: it needs a value");
  assert.match(refused("--where", "A =="), /^Cannot read the filter at character 3/);
  assert.match(refused("--level", "loud"), /current value is "loud"$/);
  assert.match(refused("--json", "--traces"), /^Cannot show traces as trees with --json/);
  assert.match(refused("many"), /current value is "many"$/);
  assert.throws(() => parsePort("70000"), RangeError);
});

test("the help names every option", () => {
  for (
    const name of [
      "--where",
      "--level",
      "--json",
      "--keep",
      "--traces",
      "--full",
      "--color",
      "--no-color",
      "--port",
      "--host",
      "--page-host",
      "--help",
    ]
  ) {
    assert.ok(help.includes(name), name);
  }
});
