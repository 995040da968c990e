/** Splits text or bytes that arrive in pieces into lines. */

/** The longest unfinished line that is buffered, in characters; a longer line counts as finished. */
const maxPartLength = 1_048_576;

/** The lines of one source. */
export class TextLines {
  readonly #decoder = new TextDecoder();
  #part = "";

  /** Whether a line is unfinished. */
  get isUnfinished(): boolean {
    return this.#part !== "";
  }

  /** Returns the lines that a piece finishes. The cost depends only on the piece, not on the buffered text. */
  add(piece: string | ArrayBufferView): string[] {
    const text = typeof piece === "string" ? piece : this.#decoder.decode(piece as Uint8Array<ArrayBuffer>, { stream: true });
    const lines = text.split("\n");
    lines[0] = this.#part + lines[0];
    this.#part = lines.pop()!;
    if (this.#part.length > maxPartLength) {
      lines.push(this.#part);
      this.#part = "";
    }
    return lines;
  }
}
