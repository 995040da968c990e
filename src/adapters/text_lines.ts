/** Splits text or bytes that arrive in pieces into lines. */

/** The longest unfinished line that is buffered, in characters; a longer one counts as finished. */
const maxPartLength = 1_048_576;

/** The lines of one source. */
export class TextLines {
  readonly #decoder = new TextDecoder();
  #part = "";

  /** Whether a line is unfinished. */
  get isUnfinished(): boolean {
    return this.#part !== "";
  }

  /** Returns the lines that a piece finishes. Its cost depends on the piece alone, not on what is buffered. */
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
