/** How large the next body may be: smaller after one that was too large or too slow, larger again as they fit. Pure arithmetic. */

/** After a time-out the next body is so many times smaller: a server that is slow is sent few copies of an event. */
const shrinkFactor = 8;
const growFactor = 4;
/** After so many bodies that fitted, one as large as the last that was too slow is tried again: each try costs a copy of what it holds. */
const patience = 32;

/** A body that was accepted. */
export interface AcceptedBody {
  readonly bytes: number;
  readonly elapsedMs: number;
  readonly timeoutMs: number;
}

/** The limit of one server. */
export class BodyLimit {
  /** The most bytes of the next body. */
  bytes: number = Infinity;
  /** Bodies of so many bytes were refused, or were not answered in time. */
  #refusedBytes: number = Infinity;
  #slowBytes: number = Infinity;
  /** How many bodies in a row have fitted since the limit was last reached. */
  #fitted = 0;

  /** Notes that the server found a body too large. */
  noteTooLarge(bytes: number): void {
    this.#refusedBytes = bytes;
    this.bytes = Math.floor(bytes / 2);
  }

  /** Notes that an earlier refusal said nothing of the size. */
  forgetTooLarge(): void {
    this.#refusedBytes = this.bytes = Infinity;
  }

  /** Notes that a body was not answered in time. */
  noteTimeout(bytes: number): void {
    this.#slowBytes = bytes;
    this.#fitted = 0;
    this.bytes = Math.max(1, Math.floor(bytes / shrinkFactor));
  }

  /** Notes that a body was accepted: the next may be larger if that, too, would have ample time. */
  noteAccepted({ bytes, elapsedMs, timeoutMs }: AcceptedBody): void {
    if (this.bytes === Infinity || bytes * growFactor < this.bytes) return; // a small body says nothing of the limit
    if (elapsedMs * growFactor > timeoutMs / 2) return;
    if (++this.#fitted >= patience) {
      this.#slowBytes *= growFactor;
      this.#fitted = 0;
    }
    const most = Math.floor(Math.min(this.#refusedBytes, this.#slowBytes) / 2);
    this.bytes = Math.max(this.bytes, Math.min(most, Math.max(this.bytes, bytes) * growFactor));
    if (this.bytes > 2 ** 30) this.forgetTooLarge();
  }
}
