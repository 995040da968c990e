/** Source maps that know what stack traces show: lines, and only of code that can throw. With each token they would be five times as large. */

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

/** Calls, and what throws by itself: a stack trace names hardly any other place. */
const canThrow = /[(`]|\b(?:throw|new|await|yield|of|in|instanceof)\b/;

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

/** Reads the mappings of all lines; at the start of a line, only the column is reset. */
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
 * @param text The text without its beginning.
 * @param begin Where in the text its second line begins now.
 * @param root The address of the folder that all sources are in.
 */
export function lineMap(map: SourceMap, text: string, begin: Place, root: string): string {
  let before: Mapping = { column: 0, source: 0, line: 0 };
  const texts = text.split("\n");
  const lines = readMappings(map.mappings.split(";")).slice(begin.line).map((mappings, index) => {
    const moved = mappings.map((one) => ({ ...one, column: one.column - (index === 0 ? begin.column : 0) }));
    const changes = moved.filter(({ column, source, line }, at) => {
      return column >= 0 && !(moved[at - 1]?.source === source && moved[at - 1]?.line === line);
    });
    const needed = changes.filter(({ column }, at) => canThrow.test(texts[index]!.slice(column, changes[at + 1]?.column)));
    let lastColumn = 0;
    return needed.map((mapping) => {
      const { column, source, line } = mapping;
      const segment = encode([column - lastColumn, source - before.source, line - before.line, 0]); // each line's first column
      [before, lastColumn] = [mapping, column];
      return segment;
    }).join(",");
  });
  const sources = map.sources.map((source) => source.replace(/^(\.\.\/)+/, ""));
  return JSON.stringify({ version: 3, sourceRoot: root, sources, names: [], mappings: `;${lines.join(";")}` });
}
