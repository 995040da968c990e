/** The sources as data, read by TypeScript's own parser: what each file imports, which names its code uses, and what it exports. */

import { readdirSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { repository } from "./install.ts";
import { readText } from "./readme.ts";

export { readText };

/** One import, or `export … from`, of a file. */
export interface Import {
  readonly specifier: string;
  /** Whether it is gone once the types are stripped. */
  readonly isType: boolean;
  /** The names that are imported; empty for a whole module. */
  readonly names: readonly string[];
}

/** The TypeScript files below a folder, as paths from the repository. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules/"))
    .sort();
}

/** The syntax tree of a source. */
export const parse = (source: string): ts.SourceFile => ts.createSourceFile("x.ts", source, ts.ScriptTarget.Latest, true);

/** Calls `visit` with every node below one. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** All that a source imports: statically, as types, dynamically. */
export function importsOf(source: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, isType: boolean, names: readonly string[] = []): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.push({ specifier: specifier.text, isType, names });
  };
  walk(parse(source), (node) => {
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings;
      const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : undefined;
      const isType = node.importClause?.isTypeOnly === true ||
        (named !== undefined && named.length > 0 && named.every((one) => one.isTypeOnly));
      add(node.moduleSpecifier, isType, named?.map(({ name, propertyName }) => (propertyName ?? name).text));
    } else if (ts.isExportDeclaration(node)) {
      const named = node.exportClause !== undefined && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : undefined;
      const isType = node.isTypeOnly || (named !== undefined && named.length > 0 && named.every((one) => one.isTypeOnly));
      add(node.moduleSpecifier, isType, named?.map(({ name, propertyName }) => (propertyName ?? name).text));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    }
  });
  return found;
}

/** The identifiers that the code of a source uses; comments and texts do not count. */
export function identifiersOf(source: string): Set<string> {
  const found = new Set<string>();
  walk(parse(source), (node) => void (ts.isIdentifier(node) && found.add(node.text)));
  return found;
}

/** The first comment of a source. */
export function firstComment(source: string): string {
  const [range] = ts.getLeadingCommentRanges(source, 0) ?? [];
  return range === undefined ? "" : source.slice(range.pos, range.end);
}

/** Which files of the project each file imports. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** The import graph of some files; without the types it is what a program loads. */
export function graphOf(files: readonly string[], withTypes = true): Graph {
  return new Map(files.map((file) => {
    const relative = importsOf(readText(file)).filter(({ specifier, isType }) => specifier.startsWith(".") && (withTypes || !isType));
    return [file, [...new Set(relative.map(({ specifier }) => posix.join(posix.dirname(file), specifier)))]];
  }));
}

/** Every file that one reaches, itself included. */
export function reachedFrom(graph: Graph, ...starts: string[]): Set<string> {
  const reached = new Set<string>();
  const open = [...starts];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    open.push(...graph.get(file) ?? []);
  }
  return reached;
}

/** A circle in a graph, as the path around it. */
export function circleIn(graph: Graph): readonly string[] | undefined {
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
