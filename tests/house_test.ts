/** The house: its rooms, the arrows between them, its doors, and the picture of it in src/README.md. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { repository } from "./support/install.ts";
import { allPages } from "./support/readme.ts";
import { circleIn, filesBelow, firstComment, graphOf, identifiersOf, importsOf, parse, reachedFrom, readText } from "./support/source.ts";
import { versionProblems } from "./support/version.ts";

const files: readonly string[] = ["mod.ts", ...filesBelow("src")];
const graph = graphOf(files);
/** What a program loads: the graph without types. */
const loaded = graphOf(files, false);

/** The most lines of a file: about 300. */
const maxLines = 320;

// ---- the reader ----

test("importsOf() and identifiersOf() read code, and neither comments nor texts", () => {
  const source = [
    'import { a, type B } from "./b.ts"; // Deno',
    "/** process */ const x = 'Bun' + `navigator ${Deno.x + `${{ y: process }}`} Bun`;",
    'export type * from "./c.ts"; const d = await import("./d.ts"); import "./e.ts"; type F = typeof import("./f.ts");',
    '/* import "./no.ts" */ import { type G } from "./g.ts";',
  ].join("\n");
  const names = identifiersOf(source);
  assert.deepEqual(["Deno", "process", "Bun", "navigator"].filter((name) => names.has(name)), ["Deno", "process"]);
  assert.deepEqual(importsOf(source).map(({ specifier, isType }) => [specifier, isType]), [
    ["./b.ts", false],
    ["./c.ts", true],
    ["./d.ts", false],
    ["./e.ts", false],
    ["./f.ts", true],
    ["./g.ts", true],
  ]);
});

// ---- the picture ----

/** The room a file stands in: the folder below src, or the file itself where it stands in none. */
const roomOf = (file: string): string => file.split("/").slice(0, 2).join("/");

/** The files of the picture in src/README.md, from above to below. */
function filesInPicture(): string[] {
  const [, picture = ""] = /```text\n(mod\.ts .*?)\n```/s.exec(readText("src/README.md")) ?? [];
  const path: string[] = [];
  return picture.split("\n").flatMap((line) => {
    const [, indent = "", name = ""] = /^( *)(\S+)/.exec(line) ?? [];
    path.splice(indent.length / 2, Infinity, name.replace("/", ""));
    return name.endsWith("/") ? [] : [path.join("/")];
  });
}

const pictured = filesInPicture();
const rooms: readonly string[] = [...new Set(pictured.map(roomOf))];

test("the picture of the house shows every file of src, each with what it holds", () => {
  assert.deepEqual(pictured.toSorted(), files.toSorted());
  const described = readText("src/README.md").split("\n").filter((line) => /^ *[\w./]+\.ts /.test(line));
  for (const line of described) assert.match(line, /\.ts +\S/);
  assert.equal(described.length, files.length);
});

test("a file imports only its own room, and rooms below it in the picture", () => {
  const upwards = files.flatMap((file) =>
    (graph.get(file) ?? [])
      .filter((one) => roomOf(one) !== roomOf(file) && rooms.indexOf(roomOf(one)) < rooms.indexOf(roomOf(file)))
      .map((one) => `${file} imports ${one}`)
  );
  assert.deepEqual(upwards, []);
});

test("no import circle, types included", () => {
  assert.deepEqual(circleIn(new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", []], ["d", ["b"]]])), ["b", "d", "b"]);
  assert.equal(circleIn(graph), undefined);
});

test("every import names a file of the house, and every file is reached from an entry", () => {
  for (const [file, imports] of graph) for (const one of imports) assert.ok(files.includes(one), `${file} imports ${one}`);
  const { exports } = JSON.parse(readText("deno.json"));
  const reached = reachedFrom(graph, ...Object.values(exports as Record<string, string>).map((entry) => entry.replace("./", "")));
  assert.deepEqual(files.filter((file) => !reached.has(file)), []);
});

// ---- what a room may not know ----

test("only runtime/ names Deno, process, Bun or navigator", () => {
  const names = ["Deno", "process", "Bun", "navigator"];
  const named = files.filter((file) => names.some((name) => identifiersOf(readText(file)).has(name)));
  assert.deepEqual(named.filter((file) => !file.startsWith("src/runtime/")), []);
  assert.ok(named.length > 0);
});

test("no file imports anything but files; the collector may import types of node:, and one file the YAML parser when it is needed", () => {
  for (const file of files) {
    for (const { specifier, isType } of importsOf(readText(file))) {
      const isAllowed = specifier.startsWith("./") || specifier.startsWith("../") ||
        (isType && specifier.startsWith("node:") && file.startsWith("src/collector/")) ||
        (specifier === "@std/yaml" && file === "src/yaml/yaml_parser.ts" &&
          /import\((?:\/\* [^*]+ \*\/ )*"@std\/yaml"\)/.test(readText(file)));
      assert.ok(isAllowed, `${file} imports ${specifier}`);
    }
  }
});

test("mod.ts only exports", () => {
  const statements = readText("mod.ts").replace(/\/\*\*.*?\*\//s, "").split(";").map((statement) => statement.trim()).filter(Boolean);
  assert.ok(statements.length > 10);
  for (const statement of statements) assert.match(statement, /^export (?:type )?\{[^{}]*\} from "\.\/src\/[\w/]+\.ts"$/);
});

test(`no file of src has more than about 300 lines (${maxLines})`, () => {
  const long = files.map((file) => [file, readText(file).trimEnd().split("\n").length] as const).filter(([, lines]) => lines > maxLines);
  assert.deepEqual(long, []);
});

test("mod.ts loads no literal of a regular expression with \\p{…}, which takes an engine as long to read as many functions", () => {
  const literal = /(?<!\\)\\p\{/;
  assert.match("/\\p{L}/u", literal);
  const withoutComments = (file: string): string => readText(file).replace(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
  assert.deepEqual([...reachedFrom(loaded, "mod.ts")].filter((file) => literal.test(withoutComments(file))), []);
});

// ---- the manifests ----

test("package.json and deno.json name the same thing and entries, and need nothing at run time", () => {
  const [npm, jsr] = ["package.json", "deno.json"].map((file) => JSON.parse(readText(file)));
  const face = ({ name, license, exports }: Record<string, unknown>) => ({ name, license, exports });
  assert.deepEqual(face(npm), face(jsr));
  const lasting = ["dependencies", "peerDependencies", "optionalDependencies", "bundledDependencies"].filter((key) => key in npm);
  assert.deepEqual(lasting, []);
  assert.deepEqual(jsr.imports, { "@std/yaml": "jsr:@std/yaml@^1" }, "read only by the entry ./yaml, when it is asked to read YAML");
});

test("the version is in deno.json, and no other is named anywhere", () => {
  assert.deepEqual(versionProblems(), []);
  assert.match(versionProblems("0.0.0").join(), /the tag is 0\.0\.0/);
  const { version } = JSON.parse(readText("deno.json"));
  const pages = allPages().map((page) => ({ ...page, text: page.text.replaceAll(version, "0.0.0") }));
  const named = new Set(versionProblems(undefined, pages).map((problem) => problem.split(" ")[0]));
  assert.deepEqual([...named], ["README.md", "src/yaml/README.md"]);
});

for (const program of ["tests/check.ts", "tests/run.ts", "tests/build.ts"]) {
  test(`${program}, which installs packages, loads none before`, () => {
    const reached = [...reachedFrom(graphOf([program, ...filesBelow("tests/support"), ...files], false), program)];
    const packages = reached.flatMap((file) =>
      importsOf(readText(file)).filter(({ specifier, isType }) => !isType && /^(?!\.|node:)/.test(specifier))
    );
    assert.ok(reached.length > 3);
    assert.deepEqual(packages.filter(({ specifier }) => specifier !== "@std/yaml"), []);
  });
}

test("mod.ts carries nothing of the entry ./yaml", () => {
  const reached = reachedFrom(loaded, "mod.ts");
  assert.deepEqual([...reached].filter((file) => /^src\/(?:yaml|python|file|durable|collector)\//.test(file)), []);
  assert.ok(reached.size > 30);
});

// ---- the entries ----

test("every entry begins with a comment about the module, with an example, as JSR shows it", () => {
  const { exports } = JSON.parse(readText("deno.json"));
  for (const file of Object.values(exports as Record<string, string>)) {
    const comment = firstComment(readText(file));
    assert.match(comment, /^\/\*\*\n \* [A-Z].*\n \* @example\n \* ```ts\n.*\n \* @module\n \*\/$/s, file);
  }
});

// ---- the examples ----

test("each program of examples/ says in its first comment which packages of others it takes, and how to install them", () => {
  const programs = filesBelow("examples");
  const present = /^(?:\.|node:|cloudflare:|@x\/seqlog|@std\/yaml$)/; // the last is in every clone
  for (const file of programs) {
    const source = readText(file);
    const first = firstComment(source).replace(/\s*\n \* ?/g, " ");
    const [, installed = ""] = /`npm install --no-save ([^`]*)`/.exec(first) ?? [];
    const imported = importsOf(source).map(({ specifier }) => specifier).filter((specifier) => !present.test(specifier));
    assert.deepEqual(installed.split(" ").filter((name) => name !== "").sort(), [...new Set(imported)].sort(), file);
  }
  assert.ok(programs.length > 10);
});

// ---- the tests ----

/** Whether a file defines something that is there at run time: types alone, or re-exported names, leave nothing to test. */
function hasValues(file: string): boolean {
  return parse(readText(file)).statements.some((statement) => {
    if (ts.isExportDeclaration(statement)) return !statement.isTypeOnly && statement.moduleSpecifier === undefined;
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return false;
    return ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
  });
}

test("the test of src/room/name.ts is tests/room/name_test.ts", () => {
  assert.ok(hasValues("src/seq/seq_handler.ts"));
  const missing = filesBelow("src").filter((file) => hasValues(file))
    .filter((file) => !existsSync(join(repository, file.replace(/^src/, "tests").replace(/\.ts$/, "_test.ts"))))
    .map((file) => file.replace("src/", ""));
  assert.deepEqual(missing, []);
});

test("every test file declares a test, or loads a file that does", () => {
  const tests = filesBelow("tests").filter((file) => file.endsWith("_test.ts"));
  assert.deepEqual(tests.filter((file) => !/\btest\w*\(|_test\.ts"/.test(readText(file))), []);
  assert.ok(tests.length > 300);
});

/** The tests that patch a global, because no option replaces what they show: a default of the runtime, or what another library patches. */
const patching: Readonly<Record<string, string>> = {
  "tests/process/console_capture_test.ts": "another library patches the console before and after the capture does",
  "tests/logger_test.ts": "a console whose method throws",
  "tests/diagnostic_test.ts": "a console whose method throws",
  "tests/http/log_requests_test.ts": "the console of a program that is not configured",
  "tests/support/seq.ts": "the console, which is the program's",
  "tests/seq/http_post_test.ts": "the runtime's fetch is the default",
  "tests/filters/rate_limit_filter_test.ts": "the runtime's clock is the default",
  "tests/filters/sample_filter_test.ts": "the runtime's chance is the default",
  "tests/event/clef_test.ts": "the time of a log call",
  "tests/event/event_clock_test.ts": "the time of day and the monotonic clock of a log call",
  "tests/event/trace_context_test.ts": "a runtime that gives no random values",
  "tests/support/files.ts": "the time of a log call",
  "tests/adapters/winston_transport_test.ts": "winston ends the process",
};

test("no test patches a global that an option can replace", () => {
  const patch =
    /(?<!typeof )\bglobalThis\.\w+ = [^=]|\bconsole(?:\.\w+|\[\w+\]) = |\bDate\.now = |\bMath\.random = |\bmock\.method\(|\bprocess\.exit = /;
  const tests = filesBelow("tests").filter((file) => !/^tests\/(?:bench|runtimes)\//.test(file) && file !== "tests/house_test.ts");
  const found = tests.filter((file) => patch.test(readText(file).replace(/`[^`]*`/g, "")));
  assert.deepEqual(found.filter((file) => !(file in patching)), []);
});
