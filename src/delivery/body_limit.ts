/** Decides how large the next request body may be. Pure arithmetic: it shrinks after a failure and grows again after successes. */

/** The next body is 8 times smaller after a time-out, because a slow server may store every copy that timed out. */
const shrinkFactor = 8;
const growFactor = 4;
/** After 32 bodies that fitted, a larger one is tried again. Each try that times out may leave a duplicate of its events. */
const patience = 32;

export interface AcceptedBody {
  readonly bytes: number;
  readonly elapsedMs: number;
  readonly timeoutMs: number;
}

/** How large a body one server accepts. */
export class BodyLimit {
  /** Most bytes of the next body. */
  bytes: number = Infinity;
  /** Sizes of the last body that the server refused as too large, and of the last body that timed out. */
  #refusedBytes: number = Infinity;
  #slowBytes: number = Infinity;
  /** Number of bodies in a row that fitted since the limit was last reached. */
  #fitted = 0;

  /** Records that the server refused a body as too large. */
  noteTooLarge(bytes: number): void {
    this.#refusedBytes = bytes;
    this.bytes = Math.floor(bytes / 2);
  }

  /** Records that the size was not the reason of an earlier refusal. */
  forgetTooLarge(): void {
    this.#refusedBytes = this.bytes = Infinity;
  }

  /** Records that a body timed out. */
  noteTimeout(bytes: number): void {
    this.#slowBytes = bytes;
    this.#fitted = 0;
    this.bytes = Math.max(1, Math.floor(bytes / shrinkFactor));
  }

  /** Records an accepted body. The limit grows if a larger body would still finish in ample time. */
  noteAccepted({ bytes, elapsedMs, timeoutMs }: AcceptedBody): void {
    if (this.bytes === Infinity || bytes * growFactor < this.bytes) return; // a body far below the limit proves nothing about the limit
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
