/** Decides how a collected event is written back as its line of CLEF. */

import type { CollectedEvent } from "./collected_event.ts";

/** Writes an event as one line of CLEF, without a line end. A whole number keeps all its digits. */
export function writeClef({ clef }: Pick<CollectedEvent, "clef">): string {
  try {
    return JSON.stringify(clef);
  } catch { // JSON cannot express a bigint
    const mark = `${Math.random()}:`; // no text from outside can begin with this mark
    const text = JSON.stringify(clef, (_name, value: unknown) => (typeof value === "bigint" ? `${mark}${value}` : value));
    return text.replaceAll(new RegExp(`"${mark.replace(".", "\\.")}(-?\\d+)"`, "g"), "$1");
  }
}
