/** A chunk: a piece of the queue on disk. */

/** What ends each line. */
export const lineBreak = 10;

/** The file of a chunk. */
export interface ChunkFile {
  readonly folder: string;
  /** Its place among the files of the folder. */
  readonly number: number;
  readonly path: string;
}

/** Lines one behind the other, each with its line break: in a file or, while that fails, in memory. */
export interface Chunk {
  file: ChunkFile | undefined;
  /** The lines in memory, with room behind them. */
  bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Where the first line begins that is not settled. */
  settled: number;
  /** Where the first line begins that is not lent out. */
  from: number;
  /** Where the last line ends. */
  end: number;
  /** The number of the first line that is not lent out, and how many such lines there are. */
  first: number;
  count: number;
}

/** The name of the file of that number. */
export function chunkName(number: number): string {
  return `${String(number).padStart(12, "0")}.clef`;
}

/** The file of that number in a folder. */
export function chunkFile(folder: string, number: number): ChunkFile {
  return { folder, number, path: `${folder}/${chunkName(number)}` };
}

/** The numbers of the chunks among the files of a folder, in order. */
export function chunkNumbers(names: readonly string[]): number[] {
  return names.filter((name) => /^\d{12}\.clef$/.test(name)).map((name) => Number.parseInt(name)).sort((a, b) => a - b);
}

/** A chunk without lines. */
export function newChunk(file: ChunkFile | undefined, first: number): Chunk {
  return { file, bytes: undefined, settled: 0, from: 0, end: 0, first, count: 0 };
}

/** Whether lines of it are lent out. */
export function isLent({ settled, from }: Chunk): boolean {
  return settled < from;
}

/** Whether it is neither in a file nor in memory any more: only what is lent out of it is left. */
export function isGone({ file, bytes }: Chunk): boolean {
  return file === undefined && bytes === undefined;
}

/** Takes lines behind those that it has in memory. */
export function addBytes(chunk: Chunk, block: Uint8Array, count: number): void {
  const { bytes, end } = chunk;
  if (bytes === undefined || end + block.length > bytes.length) {
    const larger = new Uint8Array(Math.max(end + block.length, 2 * end));
    if (bytes !== undefined) larger.set(bytes.subarray(0, end));
    chunk.bytes = larger;
  }
  chunk.bytes!.set(block, end);
  chunk.end += block.length;
  chunk.count += count;
}
