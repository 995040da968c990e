/** The declarations of the package: what the compiler says of the sources, without what no entry leads to. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import process from "node:process";
import { repository } from "../install.ts";
import { addGlobals } from "./declared_globals.ts";

/** The folder whose packages hold the compiler, and nothing else: a build for npm needs no other runtime. */
export const compilerFolder = "tests/compiler";

/** A declaration with the comment before it. */
interface Statement {
  readonly name: string;
  readonly file: Declarations;
  readonly text: string;
}

/** The origin of a name that a file imports or exports again. */
interface Link {
  readonly path: string;
  readonly name: string;
}

/** A file of declarations, read. */
interface Declarations {
  /** The comment that says what the file is about. */
  head: string;
  readonly statements: Statement[];
  readonly imports: Map<string, Link>;
  /** What it exports of other files, by the exported name. */
  readonly handedOn: Map<string, Link>;
}

/** Returns the declarations that the compiler makes of these files and all that they import, by the path of the source without `.ts`. */
function compile(files: readonly string[]): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "seqlog-types-"));
  try {
    const tsc = join(repository, compilerFolder, "node_modules/typescript/bin/tsc");
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
const linked = /^(import|export) (?:type )?\{([^}]*)\}(?: from "(\.[^"]+)\.ts")?;$/;

/** Reads a file: the compiler begins each statement, and each comment before one, at the start of a line. */
function parse(path: string, text: string): Declarations {
  const file: Declarations = { head: "", statements: [], imports: new Map(), handedOn: new Map() };
  let comment = "";
  for (const part of text.split(/\n(?=[a-z/])/)) {
    if (part === "" || part.startsWith("export {};")) continue;
    if (part.startsWith("/**")) {
      file.head ||= comment; // of two comments in a row, the first is the file's
      comment = part;
      continue;
    }
    const [, kind, names = "", from] = linked.exec(part.trim()) ?? [];
    const name = declared.exec(part)?.[1];
    if (kind !== undefined) {
      file.head ||= comment;
      for (const [, found = "", given = found] of names.matchAll(/(?:type )?([\w$]+)(?: as ([\w$]+))?/g)) {
        const link = from === undefined ? file.imports.get(found) : { path: posix.join(posix.dirname(path), from), name: found };
        if (link === undefined) throw new Error(`Cannot export ${found} of ${path} beside its declaration`);
        (kind === "import" ? file.imports : file.handedOn).set(given, link);
      }
    } else if (name !== undefined) {
      file.statements.push({ name, file, text: `${comment}${comment && "\n"}${part.trimEnd()}` });
    } else throw new Error(`Cannot read a declaration in ${path}: current value is ${JSON.stringify(part.slice(0, 80))}`);
    comment = "";
  }
  return file;
}

const withoutComments = (text: string): string => text.replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, "");

/** An example is the last in a comment. */
const withoutExamples = (text: string): string => text.replace(/\n *\* @example\n[\s\S]*?(?=\n *\*\/)/g, "");

/** What the entries lead to, each with the name that it has among all others. */
class Collection {
  readonly #files: ReadonlyMap<string, Declarations>;
  readonly #names = new Map<Statement, string>();
  readonly #public = new Set<Statement>();

  constructor(files: ReadonlyMap<string, Declarations>) {
    this.#files = files;
  }

  /** Collects what an entry exports. Returns the names, each with the one that it has in the collection. */
  addEntry(path: string): (readonly [given: string, own: string])[] {
    const { statements, handedOn } = this.#files.get(path)!;
    const names = new Set([...handedOn.keys(), ...statements.filter(({ text }) => /^export /m.test(text)).map(({ name }) => name)]);
    return [...names].map((name) => {
      const found = this.#find(this.#files.get(path)!, name);
      for (const statement of found) this.#public.add(statement);
      return [name, this.#add(found)];
    });
  }

  /** Returns the declarations of a name as a file knows it; several where a function has overloads. */
  #find(file: Declarations, name: string): readonly Statement[] {
    const link = file.handedOn.get(name) ?? file.imports.get(name);
    if (link === undefined) return file.statements.filter((statement) => statement.name === name);
    const target = this.#files.get(link.path);
    if (target === undefined) throw new Error(`There are no declarations of ${link.path}`);
    return this.#find(target, link.name);
  }

  /** Collects the declarations of one name, and all that they name. Returns the name in the collection. */
  #add(statements: readonly Statement[]): string {
    const [first] = statements;
    const known = this.#names.get(first!);
    if (known !== undefined) return known;
    const taken = new Set(this.#names.values());
    let name = first!.name;
    while (taken.has(name)) name += "_";
    for (const statement of statements) this.#names.set(statement, name);
    for (const { text, file } of statements) {
      for (const [word] of withoutComments(text).matchAll(/[\w$]+/g)) {
        const found = this.#find(file, word);
        if (found.length > 0) this.#add(found);
      }
    }
    return name;
  }

  /** Returns the text of one file with all of them; names that users cannot use have no comment, and examples are left to the guides. */
  print(): string {
    const texts = [...this.#names.keys()].map((statement) => {
      const isPublic = this.#public.has(statement);
      const isExplained = isPublic && !/^ \* @internal$/m.test(statement.text);
      const text = isExplained ? withoutExamples(statement.text) : withoutComments(statement.text).replace(isPublic ? "" : /^export /, "");
      return this.#rename(text, statement.file).replace(/^(?: {4})+/gm, (spaces) => "\t".repeat(spaces.length / 4));
    });
    return `${texts.join("\n")}\nexport {};\n`;
  }

  #rename(text: string, file: Declarations): string {
    return text.replace(/(?<![.\w$"'`])[A-Z][\w$]*(?![\w$"'`]|\??:)/g, (word) => {
      const [found] = this.#find(file, word);
      return found === undefined ? word : this.#names.get(found) ?? word;
    });
  }
}

/**
 * Makes the declarations of all entries. They are written once, as those of CommonJS: a module of either kind may import them, and that of
 * the other kind hands them on.
 *
 * @param entries The files of the entries, by the names that they have in the package.
 * @returns The text of each file, by its path in the package.
 */
export function makeDeclarations(entries: Readonly<Record<string, string>>): Map<string, string> {
  const sources = compile(Object.values(entries));
  const files = new Map([...sources].map(([path, text]) => [path, parse(path, text)]));
  const collection = new Collection(files);
  const made = new Map<string, string>();
  for (const [name, file] of Object.entries(entries)) {
    const path = file.replace(/\.ts$/, "");
    const words = collection.addEntry(path).map(([given, own]) => given === own ? given : `${own} as ${given}`);
    made.set(`${name}.d.cts`, `export { ${words.join(", ")} } from "./types.cjs";\n`);
    made.set(`${name}.d.ts`, `${withoutExamples(files.get(path)!.head)}\nexport * from "./${name}.cjs";\n`);
  }
  return made.set("types.d.cts", addGlobals(collection.print()));
}
