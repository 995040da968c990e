/** Chunks of the durable queue, each in a file or (while the disk fails) in memory, and their list in order of delivery. */

export const lineBreak = 10;

/** The file of a chunk. */
export interface ChunkPath {
  readonly folder: string;
  /** Position among the files of its folder. */
  readonly number: number;
  readonly path: string;
  /** Whether the chunk was once unreadable, and its file was renamed. Later chunks are delivered before it, and no bookmark counts it. */
  readonly isPassedBy?: boolean;
}

/** Consecutive lines, each with its line break: in a file or, while the disk fails, in memory. */
export interface FileChunk {
  file: ChunkPath | undefined;
  /** The lines in memory, with spare room at the end. */
  bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Where the first unsettled line begins. */
  settled: number;
  /** Where the first unleased line begins. */
  from: number;
  /** Where the last line ends. */
  end: number;
  /** Number of the first unleased line, and the count of unleased lines. */
  first: number;
  count: number;
  /** How often in a row the file could not be read. */
  failures?: number;
}

/** Returns the file name of the chunk with this number. */
export function chunkName(number: number): string {
  return `${String(number).padStart(12, "0")}.clef`;
}

/** Returns the file of the chunk with this number. */
export function chunkPath(folder: string, number: number): ChunkPath {
  return { folder, number, path: `${folder}/${chunkName(number)}` };
}

/** Returns the numbers of the chunks among the files of a folder, in order. */
export function chunkNumbers(names: readonly string[]): number[] {
  return names.filter((name) => /^\d{12}\.clef$/.test(name)).map((name) => Number.parseInt(name)).sort((a, b) => a - b);
}

/** Returns the path of a skipped chunk; its name holds the offset of the first unsettled line. */
export function passedByPath({ folder, number }: ChunkPath, offset: number): ChunkPath {
  return { folder, number, path: `${folder}/passed-${String(number).padStart(12, "0")}-${offset}.clef`, isPassedBy: true };
}

/** Returns the skipped chunks among the files of a folder, and their offsets. */
export function passedByChunks(folder: string, names: readonly string[]): { readonly file: ChunkPath; readonly offset: number }[] {
  const found = names.map((name) => /^passed-(\d{12})-(\d{1,15})\.clef$/.exec(name)).filter((match) => match !== null);
  return found.map(([, number, offset]) => ({
    file: passedByPath({ ...chunkPath(folder, Number(number)) }, Number(offset)),
    offset: Number(offset),
  }));
}

/** Returns a chunk without lines. */
export function newChunk(file: ChunkPath | undefined, first: number): FileChunk {
  return { file, bytes: undefined, settled: 0, from: 0, end: 0, first, count: 0 };
}

/** Whether some lines of the chunk are leased. */
export function isLeasedOut({ settled, from }: FileChunk): boolean {
  return settled < from;
}

/** Whether the chunk has no file and no bytes in memory. It may still have leased lines. */
export function isGone({ file, bytes }: FileChunk): boolean {
  return file === undefined && bytes === undefined;
}

/** Appends lines to the lines in memory. */
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

/** Lines to be kept, as bytes, each with its line break. */
export interface Block {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
  /** Number of the first line. */
  readonly first: number;
}

/** Returns the first lines of a block, as many as fit into `maxBytes`. */
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
  /** The lowest number of any line so far. */
  #lowest = 0;
  /** Count and bytes of the unleased lines. */
  count = 0;
  bytes = 0;
  /** Bytes in memory, including those of leased lines. */
  memoryBytes = 0;

  /** Every chunk, oldest first. */
  get all(): readonly FileChunk[] {
    return this.#chunks;
  }

  countBefore(number: number): number {
    let sum = 0;
    for (const { first, count } of this.#chunks) sum += Math.min(count, Math.max(0, number - first));
    return sum;
  }

  /** Returns the oldest chunk without leased lines, on disk or in memory. */
  oldest(isOnDisk: boolean): FileChunk | undefined {
    return this.#chunks.find((chunk) => (chunk.file !== undefined) === isOnDisk && chunk.count > 0 && !isLeasedOut(chunk));
  }

  /** Records that lines were added to the last chunk, which may be a new chunk. */
  noteAdded(chunk: FileChunk, { count, bytes }: Block): void {
    if (this.#chunks.at(-1) !== chunk) this.#chunks.push(chunk);
    this.count += count;
    this.bytes += bytes.length;
  }

  /** Keeps lines in memory, in chunks of about `pieceBytes`. */
  hold(block: Block, pieceBytes: number): void {
    const { bytes, count, first } = block;
    const last = this.#chunks.at(-1);
    const fits = last?.bytes !== undefined && last.first + last.count === first && last.end + bytes.length <= pieceBytes;
    const chunk = fits ? last : newChunk(undefined, first);
    addBytes(chunk, bytes, count);
    this.memoryBytes += bytes.length;
    this.noteAdded(chunk, block);
  }

  /** Inserts older chunks before all others. Their lines get lower numbers, so that a flush of later lines also waits for them. */
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

  /** Records that the next lines of a chunk were leased. With negative numbers, records that the last leased lines were returned. */
  leaseChunks(chunk: FileChunk, count: number, bytes: number): void {
    chunk.first += count;
    chunk.count -= count;
    chunk.from += bytes;
    this.count -= count;
    this.bytes -= bytes;
  }

  /** Records settled bytes of a chunk, and removes the chunk if nothing is left. */
  settle(chunk: FileChunk, bytes: number): void {
    chunk.settled += bytes;
    if (chunk.settled === chunk.end) this.remove(chunk);
  }

  /** Forgets the unleased lines of a chunk, and removes the chunk if nothing is left. */
  forget(chunk: FileChunk): void {
    this.count -= chunk.count;
    this.bytes -= chunk.end - chunk.from;
    if (chunk.bytes !== undefined) this.memoryBytes -= chunk.end - chunk.from;
    chunk.count = 0;
    chunk.end = chunk.from;
    if (!isLeasedOut(chunk)) this.remove(chunk);
  }

  remove(chunk: FileChunk): void {
    const at = this.#chunks.indexOf(chunk);
    if (at < 0) return;
    this.#chunks.splice(at, 1);
    if (chunk.bytes !== undefined) this.memoryBytes -= chunk.end;
  }
}
