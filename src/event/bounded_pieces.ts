/** Decides how long the texts of one event may be, and how a cut is marked. */

import { redactHeaderText, redactUrl } from "./http_text.ts";
import type { Pieces } from "./json_pieces.ts";
import { cut } from "./value_kind.ts";
import { maxTextLength, shortLength } from "./value_limits.ts";

/** The end of the mark that follows a cut text, and the mark's greatest length. */
const markEnd = " characters]";
const maxMark = 50;

/** Pieces of JSON within a size limit. */
export class BoundedPieces {
  protected left: number;
  /** Whether the mark for everything beyond the limit was written. */
  protected isMarked = false;
  /** Whether the values belong to an HTTP message, in which more names denote credentials. */
  isHttp = false;
  protected pieces: Pieces = [];

  constructor(size: number) {
    this.left = size;
  }

  /** Deducts the size of something written elsewhere; returns false once the limit is used up. */
  pay(size: number): boolean {
    return (this.left -= size) + size > 0;
  }

  protected quote(text: string): void {
    this.pieces.push(null, text);
  }

  protected writeText(text: string): void {
    const { length } = text;
    if (length <= shortLength && length <= this.left && !this.isHttp) {
      this.left -= length;
      return this.quote(text);
    }
    const room = Math.min(maxTextLength, Math.max(0, this.left));
    this.left -= Math.min(length, room);
    if (length > room) {
      if (length < room + maxMark && text.endsWith(markEnd)) return this.quote(text); // already cut
      if (room < maxTextLength) this.isMarked = true;
      text = `${text.slice(0, room)}… [Cut: ${length}${markEnd}`;
    }
    if (this.isHttp && (text.includes("://") || text.includes("?"))) text = redactUrl(text);
    this.quote(text.length > 40 && text.includes("\r\n") ? redactHeaderText(text) : text);
  }

  protected markMore(count: number, isSpent: boolean): void {
    if (isSpent) this.isMarked = true;
    this.quote(cut(`${count} more`));
  }
}
