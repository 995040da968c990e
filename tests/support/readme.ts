/** Reads README.md: its programs and its tables. */

/** A program in the README. */
export interface Block {
  /** The heading that it stands below; `""` for the first page. */
  readonly heading: string;
  /** Its number among the programs, from 1. */
  readonly number: number;
  readonly source: string;
  /** The YAML file that stands right before it. */
  readonly yaml: string | undefined;
  /** What stands in the block of text that follows it at once: what the program prints. */
  readonly output: string | undefined;
  /** Whether a test may run it in its own process: it listens on no port, needs no page, and leaves the end of the process alone. */
  readonly isContained: boolean;
}

const beyondTheTest = /\.(?:listen|serve)\(|\bdocument\b|\blocation\b|\bprocess\.on\b|from "jsr:|\.yml"|\bDurableObject\b/;

/** The blocks of TypeScript. */
export function blocksOf(markdown: string): Block[] {
  const blocks = [...markdown.matchAll(/(?:^```yaml\n([^`]*)^```\n\n)?^```ts\n(.*?)^```\n(?:\n```text\n(.*?)^```)?/gms)];
  return blocks.map(({ index, 1: yaml, 2: source = "", 3: output }, i) => {
    const headings = [...markdown.slice(0, index).matchAll(/^```.*?^```|^##+ ([^\n]*)$/gms)].flatMap(([, heading]) => heading ?? []);
    return { heading: headings.at(-1) ?? "", number: i + 1, source, yaml, output, isContained: !beyondTheTest.test(source) };
  });
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
