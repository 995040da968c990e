/** The house: arrows run down, one file knows the runtimes, mod.ts only exports, and the README's picture of it is true. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Every TypeScript file below src, as a path from the repository, and mod.ts. */
const files: readonly string[] = [
  "mod.ts",
  ...readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .map((name) => `src/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts"))
    .sort(),
];

/** The most lines of a file: about 300. */
const maxLines = 320;

// ---- a reader of TypeScript that knows what is code ----

type Kind = "code" | "comment" | "text";
interface Piece {
  readonly kind: Kind;
  readonly text: string;
}

/** Words after which a slash begins a regular expression; after any other word it divides. */
const beforeRegex = /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|instanceof|yield|await)\s*$/;

/** Whether a slash begins a regular expression, by the code before it. */
function beginsRegex(code: string): boolean {
  const last = code.trimEnd().at(-1);
  return last === undefined || "(,=:[!&|?{};+-*%<>~^".includes(last) || beforeRegex.test(code);
}

const patterns: readonly (readonly [Kind, RegExp])[] = [
  ["comment", /\/\/[^\n]*|\/\*[\s\S]*?\*\//y],
  ["text", /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y],
];
const regex = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/** Parts a source into code, comments and texts (regular expressions among them); what stands in a template's `${}` is code. */
function split(source: string): Piece[] {
  const pieces: Piece[] = [];
  let code = "";
  let seen = "";
  const push = (kind: Kind, text: string): void => {
    if (code !== "") pieces.push({ kind: "code", text: code });
    code = "";
    pieces.push({ kind, text });
    if (kind === "text") seen += '""';
  };
  /** For each open template: how many braces are open in its `${}`. */
  const templates: number[] = [];
  for (let at = 0; at < source.length;) {
    const found = patterns.map(([kind, pattern]) => [kind, matchAt(pattern, source, at)] as const).find(([, text]) => text !== undefined);
    const text = found?.[1] ?? (source[at] === "/" && beginsRegex(seen.slice(-40)) ? matchAt(regex, source, at) : undefined);
    const char = source[at]!;
    if (text !== undefined) {
      push(found?.[0] ?? "text", text);
      at += text.length;
    } else if (char === "`" || (char === "}" && templates.at(-1) === 0)) {
      if (char === "}") templates.pop();
      const part = matchAt(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y, source, at + 1) ?? "";
      push("text", char + part);
      if (part.endsWith("${")) templates.push(0);
      at += 1 + part.length;
    } else {
      if (templates.length > 0 && char === "{") templates[templates.length - 1]!++;
      if (templates.length > 0 && char === "}") templates[templates.length - 1]!--;
      code += char;
      seen += char;
      at++;
    }
  }
  if (code !== "") pieces.push({ kind: "code", text: code });
  return pieces;
}

const without = (source: string, ...kinds: Kind[]): string =>
  split(source).map(({ kind, text }) => kinds.includes(kind) ? (kind === "text" ? '""' : " ") : text).join("");

/** One import (or export from) of a file. */
interface Import {
  readonly specifier: string;
  readonly isType: boolean;
}

/** All that a source imports: statically, as types, dynamically. Imports in comments' examples do not count. */
function importsOf(source: string): Import[] {
  const text = without(source, "comment");
  const declared = Array.from(
    text.matchAll(/\b(?:import|export)\b([^;"'`()]*?)\bfrom\s*(["'])(.*?)\2/g),
    ([, clause = "", , specifier = ""]) => {
      return { specifier, isType: /^\s*type\b/.test(clause) };
    },
  );
  const bare = Array.from(text.matchAll(/\bimport\s*(["'])(.*?)\1/g), ([, , specifier = ""]) => ({ specifier, isType: false }));
  const called = Array.from(text.matchAll(/(\btypeof\s+)?\bimport\s*\(\s*(["'])(.*?)\2/g), ([, type, , specifier = ""]) => {
    return { specifier, isType: type !== undefined };
  });
  return [...declared, ...bare, ...called];
}

test("the reader of this file tells code from comments and texts", () => {
  const source = [
    'import { a, type B } from "./b.ts"; // Deno',
    "/** process */ const x = 'Bun' + `navigator ${Deno.x + `${{ y: process }}`} Bun`;",
    'const r = /Deno[/`"]/g.test(x) ? a / b / c : [/process/];',
    'export type * from "./c.ts"; const d = await import("./d.ts"); import "./e.ts"; type F = typeof import("./f.ts");',
    '/* import "./no.ts" */',
  ].join("\n");
  const code = without(source, "comment", "text");
  assert.deepEqual(code.match(/\b(?:Deno|process|Bun|navigator)\b/g), ["Deno", "process"]);
  assert.match(code, /a \/ b \/ c/);
  assert.deepEqual(importsOf(source), [
    { specifier: "./b.ts", isType: false },
    { specifier: "./c.ts", isType: true },
    { specifier: "./e.ts", isType: false },
    { specifier: "./d.ts", isType: false },
    { specifier: "./f.ts", isType: true },
  ]);
});

// ---- arrows run down ----

const graph: ReadonlyMap<string, readonly string[]> = new Map(
  files.map((file) => [
    file,
    importsOf(read(file)).filter(({ specifier }) => specifier.startsWith(".")).map(({ specifier }) =>
      posix.join(posix.dirname(file), specifier)
    ),
  ]),
);

/** A circle in a graph, as the path around it. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test("no import circle, types included", () => {
  assert.deepEqual(circleIn(new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", []], ["d", ["b"]]])), ["b", "d", "b"]);
  assert.equal(circleIn(graph), undefined);
});

test("every import names a file of the house", () => {
  assert.ok(graph.size > 30);
  for (const [file, imports] of graph) for (const one of imports) assert.ok(files.includes(one), `${file} imports ${one}`);
});

test("every file is reached from an entry point", () => {
  const { exports } = JSON.parse(read("deno.json"));
  const reached = new Set<string>();
  const walk = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const next of graph.get(file) ?? []) walk(next);
  };
  for (const entry of Object.values(exports as Record<string, string>)) walk(entry.replace("./", ""));
  assert.deepEqual(files.filter((file) => !reached.has(file)), []);
});

test("nothing in the library imports the collector", () => {
  for (const [file, imports] of graph) {
    if (file.startsWith("src/collector/")) continue;
    assert.deepEqual(imports.filter((one) => one.startsWith("src/collector/")), [], file);
  }
});

// ---- one file knows the runtimes ----

test("nothing but src/runtime.ts names Deno, process, Bun or navigator", () => {
  const named = files.filter((file) => /\b(?:Deno|process|Bun|navigator)\b/.test(without(read(file), "comment", "text")));
  assert.deepEqual(named, ["src/runtime.ts"]);
});

test("no file imports anything but files; the collector may import types of node:, and one file the YAML parser when it is needed", () => {
  for (const file of files) {
    for (const { specifier, isType } of importsOf(read(file))) {
      const isAllowed = specifier.startsWith("./") || specifier.startsWith("../") ||
        (isType && specifier.startsWith("node:") && file.startsWith("src/collector/")) ||
        (specifier === "@std/yaml" && file === "src/config/yaml_parser.ts" && read(file).includes('import("@std/yaml")'));
      assert.ok(isAllowed, `${file} imports ${specifier}`);
    }
  }
});

// ---- rooms ----

test("mod.ts only exports", () => {
  const statements = without(read("mod.ts"), "comment").split(";").map((statement) => statement.trim()).filter(Boolean);
  assert.ok(statements.length > 10);
  for (const statement of statements) assert.match(statement, /^export (?:type )?\{[^{}]*\} from "\.\/src\/[\w/]+\.ts"$/);
});

test(`no file of src has more than about 300 lines (${maxLines})`, () => {
  const long = files.map((file) => [file, read(file).trimEnd().split("\n").length] as const).filter(([, lines]) => lines > maxLines);
  assert.deepEqual(long, []);
});

// ---- the manifests ----

test("package.json and deno.json name the same thing, version and entries, and need nothing at run time", () => {
  const [npm, jsr] = ["package.json", "deno.json"].map((file) => JSON.parse(read(file)));
  const face = ({ name, version, license, exports }: Record<string, unknown>) => ({ name, version, license, exports });
  assert.deepEqual(face(npm), face(jsr));
  const lasting = ["dependencies", "peerDependencies", "optionalDependencies", "bundledDependencies"].filter((key) => key in npm);
  assert.deepEqual(lasting, []);
  assert.deepEqual(jsr.imports, { "@std/yaml": "jsr:@std/yaml@^1" }, "read only by the entry ./yaml, when it is asked to read YAML");
});

test("mod.ts carries nothing of the entry ./yaml", () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const next of graph.get(file) ?? []) visit(next);
  };
  visit("mod.ts");
  const heavy =
    /^src\/(?:formatters\/|handlers\/(?:file|stream|null|rolling)|config\/(?:yaml|python|modules|watch|overlay|interpolate|json_schema))/;
  assert.deepEqual([...reached].filter((file) => heavy.test(file)), []);
  assert.ok(reached.size > 30);
});

// ---- the examples ----

test("each program of examples/ says in its first comment which packages of others it takes, and how to install them", () => {
  const programs = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
    .map((name) => `examples/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules/"));
  const present = /^(?:\.|node:|cloudflare:|@x\/seqlog|@std\/yaml$)/; // the last is in every clone
  for (const file of programs) {
    const source = read(file);
    const first = split(source).find(({ kind }) => kind === "comment")!.text.replace(/\s*\n \* ?/g, " ");
    const [, installed = ""] = /`npm install --no-save ([^`]*)`/.exec(first) ?? [];
    const imported = importsOf(source).map(({ specifier }) => specifier).filter((specifier) => !present.test(specifier));
    assert.deepEqual(installed.split(" ").filter((name) => name !== "").sort(), [...new Set(imported)].sort(), file);
  }
  assert.ok(programs.length > 10);
});

// ---- the picture ----

/** The files that a picture of the house shows below `src/`, each with its folder. A folder holds what stands behind and further in than it. */
function filesInPicture(picture: string): string[] {
  const shown: string[] = [];
  const open: { column: number; path: string }[] = [];
  for (const line of picture.split("\n")) {
    const words = Array.from(line.replace(/[│├└─┬]/g, " ").matchAll(/(?<![\w/])[\w.-]+(?:\/|\.ts(?![\w.]))/g));
    const first = words[0]?.index ?? Infinity;
    while (first !== Infinity && open.length > 0 && open.at(-1)!.column >= first) open.pop();
    for (const { 0: word, index } of words) {
      const path = `${open.at(-1)?.path ?? ""}${word}`;
      if (word.endsWith("/")) open.push({ column: index, path });
      else shown.push(path);
    }
  }
  return shown.filter((path) => path.startsWith("src/"));
}

/** The fenced block of a text that has the picture. */
const pictureIn = (markdown: string): string | undefined =>
  Array.from(markdown.matchAll(/^(`{3,})[^\n]*\n([\s\S]*?)^\1\s*$/gm), ([, , block = ""]) => block)
    .find((block) => /^\W*src\/(?:\s|$)/m.test(block) && /\w\.ts\b/.test(block));

test("a picture of the house is read as people read it", () => {
  const flat = [
    "mod.ts",
    "src/",
    "  level.ts  json.ts     what happened",
    "  handlers/   console.ts  seq.ts     where it goes",
    "              memory.ts",
    "  config/     configure.ts",
    "tests/  house_test.ts",
  ];
  const tree = [
    "├── mod.ts",
    "├── src/",
    "│   ├── level.ts",
    "│   ├── json.ts   # JSON",
    "│   ├── handlers/",
    "│   │   ├── console.ts",
    "│   │   ├── seq.ts",
    "│   │   └── memory.ts",
    "│   └── config/",
    "│       └── configure.ts",
    "└── tests/",
  ];
  const wanted = [
    "src/level.ts",
    "src/json.ts",
    "src/handlers/console.ts",
    "src/handlers/seq.ts",
    "src/handlers/memory.ts",
    "src/config/configure.ts",
  ];
  for (const lines of [flat, tree]) {
    assert.deepEqual(
      filesInPicture(pictureIn(["# House", "```ts", 'import "./src/x.ts";', "```", "```text", ...lines, "```", ""].join("\n"))!),
      wanted,
    );
  }
});

/** The files of src in the README's picture, from above to below. */
function readmePicture(): string[] {
  const picture = pictureIn(read("README.md"));
  assert.ok(picture !== undefined, "README.md has no picture of the house");
  return filesInPicture(picture);
}

test("the README's picture of the house shows every file of src, and no other", () => {
  const shown = readmePicture();
  assert.deepEqual(shown.toSorted(), files.filter((file) => file.startsWith("src/")).toSorted());
});

test("each file imports only files that stand below it in the README's picture", () => {
  const shown = readmePicture();
  const upwards = shown.flatMap((file, i) =>
    (graph.get(file) ?? []).filter((one) => shown.indexOf(one) <= i).map((one) => `${file} imports ${one}`)
  );
  assert.deepEqual(upwards, []);
});
