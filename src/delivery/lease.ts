/** A lease: a batch of the queue, in the hands of one drain. */

/** Lines that are lent out, oldest first. */
export class Lease {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Where each line ends, its line break included. */
  readonly #ends: readonly number[];
  readonly #number: number;
  #from: number;
  /** How many of the first lines are known to hold a poison event; kept when the lease is taken back, so that halving goes on where it stood. */
  suspect = 0;

  /** @param number The number of its first line in the queue. */
  constructor(bytes: Uint8Array<ArrayBuffer>, ends: readonly number[], number: number, from: number = 0) {
    this.#bytes = bytes;
    this.#ends = ends;
    this.#number = number;
    this.#from = from;
  }

  /** The number of the first of its lines that is not settled. */
  get first(): number {
    return this.#number + this.#from;
  }

  /** How many of its lines are not settled. */
  get count(): number {
    return this.#ends.length - this.#from;
  }

  /** The bytes of those. */
  get bytes(): number {
    return this.#bytes.length - this.#start(this.#from);
  }

  #start(line: number): number {
    return line === 0 ? 0 : this.#ends[line - 1]!;
  }

  /** The first lines that are not settled, parted by line breaks. */
  body(count: number = this.count): Uint8Array<ArrayBuffer> {
    const end = this.#start(this.#from + count);
    return this.#bytes.subarray(this.#start(this.#from), Math.max(0, end - 1));
  }

  /** How many of the first lines fit into the bytes; at least one. */
  within(bytes: number): number {
    const start = this.#start(this.#from);
    let count = 1;
    while (count < this.count && this.#ends[this.#from + count]! - start <= bytes) count++;
    return count;
  }

  /** Passes over the first lines; answers how many bytes they were. */
  skip(count: number): number {
    const before = this.bytes;
    this.#from += count;
    this.suspect = Math.max(0, this.suspect - count);
    return before - this.bytes;
  }

  /** The same lines for another holder. */
  renew(): Lease {
    const renewed = new Lease(this.#bytes, this.#ends, this.#number, this.#from);
    renewed.suspect = this.suspect;
    return renewed;
  }
}
