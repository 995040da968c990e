/** Reads README.md and the guides: their programs, tables and links. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./install.ts";

/** A page that GitHub shows: README.md, or a guide. */
export interface Page {
  /** Its path in the repository. */
  readonly path: string;
  /** The folder it describes; `""` for README.md. */
  readonly folder: string;
  readonly text: string;
}

/** A program on a page. */
export interface Block {
  /** The folder of its page. */
  readonly folder: string;
  /** The heading above it; `""` for the part before the first one. */
  readonly heading: string;
  /** Its number among the programs of its page, from 1. */
  readonly number: number;
  readonly source: string;
  /** The YAML file that stands right before it. */
  readonly yaml: string | undefined;
  /** The block of text that follows it at once: what the program prints. */
  readonly output: string | undefined;
  /** Whether it ends its process by itself. */
  readonly endsProcess: boolean;
}

/** The text of a file of the repository. */
export const readText = (path: string): string => readFileSync(join(repository, path), "utf8").replaceAll("\r\n", "\n");

/** Returns README.md and all guides. */
export function allPages(): Page[] {
  const rooms = readdirSync(join(repository, "src"), { withFileTypes: true }).filter((one) => one.isDirectory()).map(({ name }) =>
    `src/${name}`
  );
  const folders = ["", "examples", "src", ...rooms.sort()].filter((folder) => existsSync(join(repository, folder, "README.md")));
  return folders.map((folder) => {
    const path = folder === "" ? "README.md" : `${folder}/README.md`;
    return { path, folder, text: readText(path) };
  });
}

/** Returns the text of the page of a folder. */
export function pageText(folder: string): string {
  const page = allPages().find((one) => one.folder === folder);
  if (page === undefined) throw new Error(`No README.md in "${folder}"`);
  return page.text;
}

/** The blocks of TypeScript on a page. */
export function blocksOf({ folder, text }: Page): Block[] {
  const blocks = [...text.matchAll(/(?:^```yaml\n([^`]*)^```\n\n)?^```ts\n(.*?)^```\n(?:\n```text\n(.*?)^```)?/gms)];
  return blocks.map(({ index, 1: yaml, 2: source = "", 3: output }, i) => {
    return {
      folder,
      heading: headingsOf(text.slice(0, index)).at(-1) ?? "",
      number: i + 1,
      source,
      yaml,
      output,
      endsProcess: /^process\.exit\(/m.test(source),
    };
  });
}

/** The headings of a page, below its title. */
export function headingsOf(text: string): string[] {
  return [...text.matchAll(/^```.*?^```|^##+ ([^\n]*)$/gms)].flatMap(([, heading]) => heading ?? []);
}

/** A program with other modules in place of those it imports. */
export function withImports(source: string, modules: Readonly<Record<string, string>>): string {
  return source.replace(
    / from "(?:jsr:)?([^"]+)";/g,
    (line, name: string) => modules[name] === undefined ? line : ` from "${modules[name]}";`,
  );
}

/** The rows of the first table below a heading, without its head; cells as they are written. */
export function tableBelow(markdown: string, heading: string): string[][] {
  const [, rest = ""] = markdown.split(`# ${heading}\n`);
  const [table = ""] = /(?:^\|.*\n)+/m.exec(rest) ?? [];
  const rows = table.trimEnd().split("\n").map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
  return rows.slice(2);
}

/** The links of a page to other pages and files, outside of code. */
export function linksOf(text: string): string[] {
  const prose = text.replace(/^```.*?^```/gms, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target).filter((target) => !/^https?:/.test(target));
}

/** The anchor that GitHub gives a heading. */
export const anchorOf = (heading: string): string => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
