/** Chunks: pieces of the queue, each in a file or, while the disk fails, in memory; and the list of them in the order of delivery. */

/** What ends each line. */
export const lineBreak = 10;

/** The file of a chunk. */
export interface ChunkPath {
  readonly folder: string;
  /** Its place among the files of the folder. */
  readonly number: number;
  readonly path: string;
  /** Whether it could not be read once, and was renamed: what is behind it is delivered before it, and no bookmark counts it. */
  readonly isPassedBy?: boolean;
}

/** Lines one behind the other, each with its line break: in a file or, while that fails, in memory. */
export interface FileChunk {
  file: ChunkPath | undefined;
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
  /** How often in a row its file could not be read. */
  failures?: number;
}

/** The name of the file of that number. */
export function chunkName(number: number): string {
  return `${String(number).padStart(12, "0")}.clef`;
}

/** The file of that number in a folder. */
export function chunkPath(folder: string, number: number): ChunkPath {
  return { folder, number, path: `${folder}/${chunkName(number)}` };
}

/** The numbers of the chunks among the files of a folder, in order. */
export function chunkNumbers(names: readonly string[]): number[] {
  return names.filter((name) => /^\d{12}\.clef$/.test(name)).map((name) => Number.parseInt(name)).sort((a, b) => a - b);
}

/** The file of a chunk that is passed by; its name has the offset of the first line that is not settled. */
export function passedByPath({ folder, number }: ChunkPath, offset: number): ChunkPath {
  return { folder, number, path: `${folder}/passed-${String(number).padStart(12, "0")}-${offset}.clef`, isPassedBy: true };
}

/** The chunks among the files of a folder that were passed by, and their offsets. */
export function passedByChunks(folder: string, names: readonly string[]): { readonly file: ChunkPath; readonly offset: number }[] {
  const found = names.map((name) => /^passed-(\d{12})-(\d{1,15})\.clef$/.exec(name)).filter((match) => match !== null);
  return found.map(([, number, offset]) => ({
    file: passedByPath({ ...chunkPath(folder, Number(number)) }, Number(offset)),
    offset: Number(offset),
  }));
}

/** A chunk without lines. */
export function newChunk(file: ChunkPath | undefined, first: number): FileChunk {
  return { file, bytes: undefined, settled: 0, from: 0, end: 0, first, count: 0 };
}

/** Whether lines of it are lent out. */
export function isLeasedOut({ settled, from }: FileChunk): boolean {
  return settled < from;
}

/** Whether it is neither in a file nor in memory any more: only what is lent out of it is left. */
export function isGone({ file, bytes }: FileChunk): boolean {
  return file === undefined && bytes === undefined;
}

/** Takes lines behind those that it has in memory. */
export function addBytes(chunk: FileChunk, block: Uint8Array, count: number): void {
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

/** Lines that are to be kept: as bytes, each with its line break. */
export interface Block {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
  /** The number of the first. */
  readonly first: number;
}

/** The first lines of a block, as many as fit into the bytes. */
export function firstLines(block: Block, maxBytes: number): Block {
  const { bytes, first } = block;
  let { count } = block;
  let { length } = bytes;
  for (; length > maxBytes && count > 0; count--) length = count === 1 ? 0 : bytes.lastIndexOf(lineBreak, length - 2) + 1;
  return count === block.count ? block : { bytes: bytes.subarray(0, length), count, first };
}

/** Chunks, oldest first. */
export class ChunkList {
  #chunks: FileChunk[] = [];
  /** The lowest number that a line ever had. */
  #lowest = 0;
  /** How many lines are not lent out, and their bytes. */
  count = 0;
  bytes = 0;
  /** How many bytes are in memory, those that are lent out among them. */
  memoryBytes = 0;

  /** All of them, as they are now. */
  get all(): readonly FileChunk[] {
    return this.#chunks;
  }

  countBefore(number: number): number {
    let sum = 0;
    for (const { first, count } of this.#chunks) sum += Math.min(count, Math.max(0, number - first));
    return sum;
  }

  /** The oldest of which nothing is lent out: on disk, or in memory. */
  oldest(isOnDisk: boolean): FileChunk | undefined {
    return this.#chunks.find((chunk) => (chunk.file !== undefined) === isOnDisk && chunk.count > 0 && !isLeasedOut(chunk));
  }

  /** Notes that lines were added to the last chunk, which may be new. */
  noteAdded(chunk: FileChunk, { count, bytes }: Block): void {
    if (this.#chunks.at(-1) !== chunk) this.#chunks.push(chunk);
    this.count += count;
    this.bytes += bytes.length;
  }

  /** Keeps lines in memory, in pieces of about so many bytes. */
  hold(block: Block, pieceBytes: number): void {
    const { bytes, count, first } = block;
    const last = this.#chunks.at(-1);
    const fits = last?.bytes !== undefined && last.first + last.count === first && last.end + bytes.length <= pieceBytes;
    const chunk = fits ? last : newChunk(undefined, first);
    addBytes(chunk, bytes, count);
    this.memoryBytes += bytes.length;
    this.noteAdded(chunk, block);
  }

  /** Puts older chunks before the others; their lines have the numbers below all others, so that whoever waits for those waits for them as well. */
  prepend(chunks: readonly FileChunk[]): void {
    this.#lowest -= chunks.reduce((sum, { count }) => sum + count, 0);
    let first = this.#lowest;
    for (const chunk of chunks) {
      chunk.first = first;
      first += chunk.count;
      this.count += chunk.count;
      this.bytes += chunk.end - chunk.from;
    }
    this.#chunks = [...chunks, ...this.#chunks];
  }

  /** Notes that the next lines of a chunk are lent out; or, with negative numbers, that the last are given back. */
  leaseChunks(chunk: FileChunk, count: number, bytes: number): void {
    chunk.first += count;
    chunk.count -= count;
    chunk.from += bytes;
    this.count -= count;
    this.bytes -= bytes;
  }

  /** Notes that so many bytes of a chunk are settled; one that has no others goes. */
  settle(chunk: FileChunk, bytes: number): void {
    chunk.settled += bytes;
    if (chunk.settled === chunk.end) this.remove(chunk);
  }

  /** Forgets the lines of a chunk that are not lent out; one that has no others goes. */
  forget(chunk: FileChunk): void {
    this.count -= chunk.count;
    this.bytes -= chunk.end - chunk.from;
    if (chunk.bytes !== undefined) this.memoryBytes -= chunk.end - chunk.from;
    chunk.count = 0;
    chunk.end = chunk.from;
    if (!isLeasedOut(chunk)) this.remove(chunk);
  }

  /** Takes out a chunk. */
  remove(chunk: FileChunk): void {
    const at = this.#chunks.indexOf(chunk);
    if (at < 0) return;
    this.#chunks.splice(at, 1);
    if (chunk.bytes !== undefined) this.memoryBytes -= chunk.end;
  }
}
