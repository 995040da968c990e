/** A lease: the oldest lines of a queue in the hands of one drain. */

/** The queue behind a lease. */
export interface LeaseHolder {
  /** Whether the lease is in force: it has not expired into other hands, and its lines have not been given up. */
  holds(lease: Lease): boolean;
  /** Forgets lines that the lease has just passed over. */
  settled(lease: Lease, count: number, bytes: number): void;
  /** Counts lines lost that the lease has just passed over. */
  discarded(lines: Uint8Array<ArrayBuffer>, loss: { readonly count: number; readonly first: number; readonly reason: string }): void;
  /** Lets what is left of the lease be leased again. */
  released(lease: Lease): void;
}

/** The lines of a lease. */
export interface LeasedLines {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each line ends, its line break included. */
  readonly ends: readonly number[];
  /** The number of the first line in the queue. */
  readonly number: number;
}

/** Lines that one drain holds, oldest first. */
export class Lease {
  readonly #holder: LeaseHolder;
  readonly #lines: LeasedLines;
  #from: number;
  /** How many of the first lines are known to hold a poison event; kept when the lease is released, so that halving goes on where it stood. */
  suspect = 0;

  constructor(holder: LeaseHolder, lines: LeasedLines, from: number = 0) {
    this.#holder = holder;
    this.#lines = lines;
    this.#from = from;
  }

  /** The number of the first of its lines that is not settled. */
  get first(): number {
    return this.#lines.number + this.#from;
  }

  /** How many of its lines are not settled. */
  get count(): number {
    return this.#lines.ends.length - this.#from;
  }

  /** The bytes of those. */
  get bytes(): number {
    return this.#lines.bytes.length - this.#start(this.#from);
  }

  /** Whether it is in force. */
  get isHeld(): boolean {
    return this.#holder.holds(this);
  }

  #start(line: number): number {
    return line === 0 ? 0 : this.#lines.ends[line - 1]!;
  }

  /** The first lines that are not settled, parted by line breaks. */
  body(count: number = this.count): Uint8Array<ArrayBuffer> {
    const end = this.#start(this.#from + count);
    return this.#lines.bytes.subarray(this.#start(this.#from), Math.max(0, end - 1));
  }

  /** How many of the first lines fit into the bytes; at least one. */
  within(bytes: number): number {
    const start = this.#start(this.#from);
    let count = 1;
    while (count < this.count && this.#lines.ends[this.#from + count]! - start <= bytes) count++;
    return count;
  }

  /** Forgets the first lines, which were delivered; does nothing once the lease is not in force. */
  settle(count: number): void {
    if (this.isHeld) this.#holder.settled(this, count, this.skip(count));
  }

  /** Gives up the first lines, which count as lost for the reason; does nothing once the lease is not in force. */
  discard(count: number, reason: string): void {
    if (!this.isHeld) return;
    const { first } = this;
    const lines = this.body(count);
    this.settle(count);
    this.#holder.discarded(lines, { count, first, reason });
  }

  /** Gives back what is left, to be leased again. */
  release(): void {
    this.#holder.released(this);
  }

  /** Passes over the first lines, for the queue; returns how many bytes they were. */
  skip(count: number): number {
    const before = this.bytes;
    this.#from += count;
    this.suspect = Math.max(0, this.suspect - count);
    return before - this.bytes;
  }

  /** The same lines for another drain: whoever held them before can settle them no longer. */
  renew(): Lease {
    const renewed = new Lease(this.#holder, this.#lines, this.#from);
    renewed.suspect = this.suspect;
    return renewed;
  }
}
