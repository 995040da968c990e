/** Source maps that know lines only: a stack trace needs no more, and each token of a bundle would take four times the bytes. */

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** What a bundler says of where its text comes from. */
export interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/** A place in a text, counted from 0. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** From a column of a line on, the text comes from here. */
interface Mapping {
  readonly column: number;
  readonly source: number;
  readonly line: number;
}

/** Reads a segment: numbers of base 64, the sign in the lowest bit. */
function decode(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const character of segment) {
    const digit = digits.indexOf(character);
    value |= (digit & 31) << shift;
    if (digit & 32) shift += 5;
    else {
      numbers.push(value & 1 ? -(value >> 1) : value >> 1);
      [value, shift] = [0, 0];
    }
  }
  return numbers;
}

function encode(numbers: readonly number[]): string {
  let text = "";
  for (const number of numbers) {
    let rest = number < 0 ? (-number << 1) | 1 : number << 1;
    do {
      text += digits[(rest & 31) | (rest > 31 ? 32 : 0)];
      rest >>= 5;
    } while (rest > 0);
  }
  return text;
}

/** Reads the mappings of all lines; where a line begins, only the column starts anew. */
function readMappings(lines: readonly string[]): Mapping[][] {
  let [source, sourceLine] = [0, 0];
  return lines.map((line) => {
    let column = 0;
    return line.split(",").filter(Boolean).map(decode).flatMap(([columns = 0, sources, lines = 0]) => {
      column += columns;
      if (sources === undefined) return [];
      source += sources;
      sourceLine += lines;
      return [{ column, source, line: sourceLine }];
    });
  });
}

/**
 * Returns the map of a text whose beginning went to one line of its own: only where the line of the source changes.
 *
 * @param map The map of the text.
 * @param begin Where in the text its second line begins now.
 * @param root The address of the folder that all sources are in.
 */
export function lineMap(map: SourceMap, begin: Place, root: string): string {
  let before: Mapping = { column: 0, source: 0, line: 0 };
  const lines = readMappings(map.mappings.split(";")).slice(begin.line).map((mappings, index) => {
    const moved = index === 0 ? begin.column : 0;
    const segments: string[] = [];
    let lastColumn = 0;
    for (const mapping of mappings) {
      const { source, line } = mapping;
      const column = mapping.column - moved;
      if (column < 0 || (segments.length > 0 && source === before.source && line === before.line)) continue;
      segments.push(encode([column - lastColumn, source - before.source, line - before.line, 0])); // each line's first column
      [before, lastColumn] = [mapping, column];
    }
    return segments.join(",");
  });
  const sources = map.sources.map((source) => source.replace(/^(\.\.\/)+/, ""));
  return JSON.stringify({ version: 3, sourceRoot: root, sources, names: [], mappings: `;${lines.join(";")}` });
}
