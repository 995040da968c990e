/** The declarations of the package: what the compiler says of the sources, without what no entry leads to. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import process from "node:process";
import { repository } from "../install.ts";
import { addGlobals } from "./declared_globals.ts";

/** A declaration with the comment before it. */
interface Statement {
  readonly name: string;
  readonly text: string;
  isNeeded: boolean;
  /** Whether an entry exports it: what nobody can name needs no comment. */
  isPublic: boolean;
}

/** Where a name that a file imports or hands on comes from. */
interface Link {
  readonly file: string;
  readonly name: string;
  readonly isType: boolean;
}

/** A file of declarations, read. */
interface Declarations {
  /** The comment that says what the file is about. */
  readonly head: string;
  readonly statements: readonly Statement[];
  readonly imports: ReadonlyMap<string, Link>;
  /** What it exports of other files, by the exported name. */
  readonly handedOn: ReadonlyMap<string, Link>;
  readonly usedImports: Set<string>;
  readonly usedExports: Set<string>;
}

/** Returns the declarations that the compiler makes of these files and all that they import, by the path of the source without `.ts`. */
function compile(files: readonly string[]): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "seqlog-types-"));
  try {
    const tsc = join(repository, "tests/runtimes/node_modules/typescript/bin/tsc");
    const strict = ["--strict", "--isolatedDeclarations", "--declaration", "--emitDeclarationOnly", "--verbatimModuleSyntax"];
    const modules = ["--module", "nodenext", "--target", "es2022", "--lib", "es2022,esnext.disposable,dom", "--types", "node"];
    const places = ["--allowImportingTsExtensions", "--rootDir", ".", "--outDir", folder];
    const { status, stdout, error } = spawnSync(process.execPath, [tsc, ...strict, ...modules, ...places, ...files], {
      cwd: repository,
      encoding: "utf8",
    });
    if (error || status !== 0) throw error ?? new Error(stdout);
    const made = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".d.ts"));
    return new Map(made.map((name) => [name.replaceAll("\\", "/").replace(/\.d\.ts$/, ""), readFileSync(join(folder, name), "utf8")]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const declared = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function|const) ([\w$]+)/;
const linked = /^(import|export) (type )?\{([^}]*)\}(?: from "(\.[^"]+)\.ts")?;$/;

/** Reads a file: the compiler begins each statement, and each comment before one, at the start of a line. */
function parse(path: string, text: string): Declarations {
  const [statements, imports, handedOn] = [[] as Statement[], new Map<string, Link>(), new Map<string, Link>()];
  let comment = "";
  let head = "";
  for (const part of text.split(/\n(?=[^\s}\]])/)) {
    if (part === "" || part === "export {};" || part.startsWith("export {};\n")) continue;
    if (part.startsWith("/**")) {
      if (comment !== "") head ||= comment; // of two comments in a row, the first is the file's
      comment = part;
      continue;
    }
    const link = linked.exec(part.trim());
    const name = declared.exec(part)?.[1];
    if (link !== null) {
      const [, kind, type, names = "", file] = link;
      for (const [, one, found = "", given = found] of names.matchAll(/(type )?([\w$]+)(?: as ([\w$]+))?/g)) {
        const target = file === undefined
          ? imports.get(found)
          : { file: posix.join(posix.dirname(path), file), name: found, isType: (type ?? one) !== undefined };
        if (target === undefined) throw new Error(`Cannot export ${found} of ${path} beside its declaration`);
        (kind === "import" ? imports : handedOn).set(given, target);
      }
      head ||= comment;
    } else if (name !== undefined) {
      statements.push({ name, text: `${comment}${comment && "\n"}${part.trimEnd()}`, isNeeded: false, isPublic: false });
    } else throw new Error(`Cannot read a declaration in ${path}: current value is ${JSON.stringify(part.slice(0, 80))}`);
    comment = "";
  }
  return { head, statements, imports, handedOn, usedImports: new Set(), usedExports: new Set() };
}

const withoutComments = (text: string): string => text.replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, "");

/** Marks what is needed for these names of a file. */
function need(files: ReadonlyMap<string, Declarations>, path: string, names: Iterable<string>, isPublic = false): void {
  const file = files.get(path);
  if (file === undefined) throw new Error(`There are no declarations of ${path}`);
  for (const name of names) {
    const link = file.handedOn.get(name);
    if (link !== undefined) {
      file.usedExports.add(name);
      need(files, link.file, [link.name], isPublic);
      continue;
    }
    const named = file.statements.filter((statement) => statement.name === name);
    for (const statement of named) statement.isPublic ||= isPublic;
    const own = named.filter((statement) => !statement.isNeeded);
    for (const statement of own) statement.isNeeded = true;
    for (const statement of own) {
      for (const [word] of withoutComments(statement.text).matchAll(/[\w$]+/g)) {
        const target = file.imports.get(word);
        if (target !== undefined && !file.usedImports.has(word)) {
          file.usedImports.add(word);
          need(files, target.file, [target.name]);
        } else if (target === undefined) need(files, path, [word]);
      }
    }
  }
}

/** Returns the lines that link a file with others, one for each. */
function linksOf(kind: "import" | "export", path: string, links: ReadonlyMap<string, Link>, used: ReadonlySet<string>): string[] {
  const byFile = new Map<string, string[]>();
  for (const [given, { file, name, isType }] of links) {
    if (!used.has(given)) continue;
    const word = `${isType ? "type " : ""}${name === given ? name : `${name} as ${given}`}`;
    byFile.set(file, [...byFile.get(file) ?? [], word]);
  }
  return [...byFile].map(([file, words]) => {
    const way = posix.relative(posix.dirname(path), file);
    return `${kind} { ${words.join(", ")} } from "${way.startsWith(".") ? way : `./${way}`}.cjs";`;
  });
}

/** Writes what is needed of a file, for both kinds of modules: without a value of its own it is the same in either. */
function print(path: string, file: Declarations, isEntry: boolean): string | undefined {
  const statements = file.statements.filter(({ isNeeded }) => isNeeded).map(({ text, isPublic }) => {
    return (isPublic ? text : withoutComments(text)).replace(/^(?: {4})+/gm, (spaces) => "\t".repeat(spaces.length / 4));
  });
  const links = [
    ...linksOf("import", path, file.imports, file.usedImports),
    ...linksOf("export", path, file.handedOn, file.usedExports),
  ];
  if (statements.length + file.usedExports.size === 0) return undefined;
  return `${[...(isEntry && file.head !== "" ? [file.head] : []), ...links, ...statements].join("\n")}\n`;
}

/**
 * Makes the declarations of all entries. They are written once, as those of CommonJS: a module of either kind may import them.
 *
 * @param entries The files of the entries, by the names that they have in the package.
 * @returns The text of each file, by its path in the package.
 */
export function makeDeclarations(entries: Readonly<Record<string, string>>): Map<string, string> {
  const sources = compile(Object.values(entries));
  const files = new Map([...sources].map(([path, text]) => [path, parse(path, text)]));
  const paths = new Map(Object.entries(entries).map(([name, file]) => [file.replace(/\.ts$/, ""), name]));
  for (const path of paths.keys()) {
    const { statements, handedOn } = files.get(path)!;
    need(files, path, [...handedOn.keys(), ...statements.filter(({ text }) => /^export /m.test(text)).map(({ name }) => name)], true);
  }
  const made = new Map<string, string>();
  for (const [path, file] of files) {
    const text = print(path, file, paths.has(path));
    if (text !== undefined) made.set(`types/${path}.d.cts`, text);
  }
  for (const [path, name] of paths) {
    made.set(`${name}.d.ts`, `export * from "./types/${path}.cjs";\n`);
    made.set(`${name}.d.cts`, `export * from "./types/${path}.cjs";\n`);
  }
  return addGlobals(made);
}
