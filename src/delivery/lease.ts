/** A lease: the oldest lines of a queue, reserved for one drain. */

/** The queue that granted a lease. */
export interface LeaseHolder {
  /** Whether the lease is valid: it has not expired and its lines have not been given up. */
  holds(lease: Lease): boolean;
  /** Removes lines that the lease has just skipped. */
  settled(lease: Lease, count: number, bytes: number): void;
  /** Counts as lost the lines that the lease has just skipped. */
  discarded(lines: Uint8Array<ArrayBuffer>, loss: { readonly count: number; readonly first: number; readonly reason: string }): void;
  /** Makes the rest of the lease available for another lease. */
  released(lease: Lease): void;
}

export interface LeasedLines {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each line ends, including its line break. */
  readonly ends: readonly number[];
  /** Queue number of the first line. */
  readonly number: number;
}

/** Lines that one drain has reserved, oldest first. */
export class Lease {
  readonly #holder: LeaseHolder;
  readonly #lines: LeasedLines;
  #from: number;
  /** Number of leading lines known to contain a poison event. A release keeps this number, so that halving continues where it stopped. */
  suspect = 0;

  constructor(holder: LeaseHolder, lines: LeasedLines, from: number = 0) {
    this.#holder = holder;
    this.#lines = lines;
    this.#from = from;
  }

  /** Queue number of the first unsettled line. */
  get first(): number {
    return this.#lines.number + this.#from;
  }

  /** Number of unsettled lines. */
  get count(): number {
    return this.#lines.ends.length - this.#from;
  }

  /** Bytes of the unsettled lines. */
  get bytes(): number {
    return this.#lines.bytes.length - this.#start(this.#from);
  }

  /** Whether the lease is still valid. */
  get isHeld(): boolean {
    return this.#holder.holds(this);
  }

  #start(line: number): number {
    return line === 0 ? 0 : this.#lines.ends[line - 1]!;
  }

  /** Returns the first unsettled lines, separated by line breaks. */
  body(count: number = this.count): Uint8Array<ArrayBuffer> {
    const end = this.#start(this.#from + count);
    return this.#lines.bytes.subarray(this.#start(this.#from), Math.max(0, end - 1));
  }

  /** Returns how many of the first lines fit into `bytes`, at least one. */
  within(bytes: number): number {
    const start = this.#start(this.#from);
    let count = 1;
    while (count < this.count && this.#lines.ends[this.#from + count]! - start <= bytes) count++;
    return count;
  }

  /** Removes the first lines, which were delivered. Does nothing once the lease is invalid. */
  settle(count: number): void {
    if (this.isHeld) this.#holder.settled(this, count, this.skip(count));
  }

  /** Gives up the first lines and counts them as lost, with the reason. Does nothing once the lease is invalid. */
  discard(count: number, reason: string): void {
    if (!this.isHeld) return;
    const { first } = this;
    const lines = this.body(count);
    this.settle(count);
    this.#holder.discarded(lines, { count, first, reason });
  }

  /** Returns the remaining lines to the queue, to be leased again. */
  release(): void {
    this.#holder.released(this);
  }

  /** Skips the first lines without any check; only the queue calls this. Returns the number of bytes skipped. */
  skip(count: number): number {
    const before = this.bytes;
    this.#from += count;
    this.suspect = Math.max(0, this.suspect - count);
    return before - this.bytes;
  }

  /** Returns a lease of the same lines for another drain. The old lease becomes invalid. */
  renew(): Lease {
    const renewed = new Lease(this.#holder, this.#lines, this.#from);
    renewed.suspect = this.suspect;
    return renewed;
  }
}
