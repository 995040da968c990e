/** Decides which values of an oversized line are cut: the largest first, each with a mark. */

import { jsonOf, quoteJson } from "./json_text.ts";
import { cut, markName } from "./value_kind.ts";
import { utf8 } from "../runtime/utf8.ts";

/** The least size of a cut value: room for the mark. */
const leastBytes = 48;
const textMark = /\u2026 \[Cut: \d+ characters\]$/;

/** Returns the size of a text in UTF-8 bytes. */
export function bytesOf(text: string): number {
  return utf8().encode(text).length;
}

/** Returns the JSON of a value in at most the given number of bytes, at least {@linkcode leastBytes}. */
function cutValue(value: unknown, room: number): string {
  if (typeof value === "string") return cutText(value, room);
  const json = jsonOf(value);
  if (bytesOf(json) <= room) return json;
  return Array.isArray(value) ? `[${cutEntries(value.map((item) => ["", item]), room - 2)}]` : `{${cutFields(value as object, room - 2)}}`;
}

function cutText(text: string, room: number): string {
  if (text.length < room && bytesOf(quoteJson(text)) <= room) return quoteJson(text);
  const mark = textMark.exec(text)?.[0] ?? `… ${cut(`${text.length} characters`)}`;
  let [length, tooLong] = [0, Math.min(text.length, room)];
  while (tooLong - length > 1) {
    const middle = (length + tooLong) >> 1;
    if (bytesOf(quoteJson(text.slice(0, middle) + mark)) <= room) length = middle;
    else tooLong = middle;
  }
  return quoteJson(text.slice(0, length) + mark);
}

/** Returns the inside of an object in at most the given number of bytes. The event's own fields, which begin with `@`, come first. */
export function cutFields(fields: object, room: number): string {
  return cutEntries(
    Object.entries(fields).map(([name, value]) => [`${quoteJson(name)}:`, value]),
    room,
    `"${markName(Object.keys(fields))}":`,
  );
}

/** Cuts the entries of an object or a list so that no value exceeds an equal share. If entries must be dropped, large ones go first. */
function cutEntries(entries: readonly (readonly [key: string, value: unknown])[], room: number, markKey = ""): string {
  const all = entries.map(([key, value], i) => {
    const [keyBytes, size] = [bytesOf(key) + 1, bytesOf(jsonOf(value))];
    return { i, key, value, size, keyBytes, least: key.startsWith('"@') ? 0 : keyBytes + Math.min(size, leastBytes) };
  });
  const ordered = markKey === "" ? all : [...all].sort((a, b) => a.least - b.least);
  let left = room - leastBytes;
  let count = 0;
  for (const { keyBytes, size } of ordered) {
    left -= keyBytes + Math.min(size, leastBytes);
    if (left < 0) break;
    count++;
  }
  const kept = ordered.slice(0, count);
  left = room - leastBytes;
  for (const { keyBytes } of kept) left -= keyBytes;
  let share = Infinity;
  [...kept].sort((a, b) => a.size - b.size).forEach(({ size }, i) => {
    const equal = Math.floor(left / (count - i));
    if (size <= equal) left -= size;
    else if (share === Infinity) share = equal;
  });
  const parts = kept.sort((a, b) => a.i - b.i).map(({ key, value }) => key + cutValue(value, share));
  if (count < all.length) parts.push(markKey + quoteJson(cut(`${all.length - count} more`)));
  return parts.join(",");
}
