/** The examples in the comments of the sources as tests, so that one process runs them all: `deno test --doc` starts a worker for each. */

/** An example, and where it stands. */
export interface DocExample {
  /** The number of its first line in the file. */
  readonly line: number;
  readonly source: string;
}

/** The examples in the comments of a source. */
export function docExamplesIn(source: string): DocExample[] {
  return [...source.matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms)].map(({ index, 1: block = "" }) => ({
    line: source.slice(0, index).split("\n").length + 1,
    source: block.replace(/^ *\* ?/gm, ""),
  }));
}

/** The module that declares an example as a test, as Deno does: the imports stand outside, and all else runs in the test. */
export function asDenoTest(name: string, { line, source }: DocExample): string {
  const imports = /^import [^;]*;$/gm;
  const body = source.replace(imports, "");
  return `${(source.match(imports) ?? []).join("\n")}\nDeno.test(${
    JSON.stringify(`${name}:${line}`)
  }, async () => {\n${body}\n});\nexport {};`;
}
