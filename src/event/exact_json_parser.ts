/**
 * Decides how JSON is parsed so that whole numbers keep all their digits.
 *
 * `JSON.parse` rounds numbers beyond 2^53, such as 64-bit ids. This parser makes them bigints. A text without such numbers costs only a
 * search.
 */

/** More digits than any id has. Longer numbers stay rounded, because a bigint of many digits is slow to parse. */
const maxDigits = 40;
const longNumber = /\d{16}/;

/**
 * Parses JSON as `JSON.parse` does, but a whole number that would be rounded becomes a bigint.
 *
 * @throws {SyntaxError} If the text is not JSON.
 */
export function parseExactJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!longNumber.test(text)) return value;
  try {
    const mark = `${Math.random()}:`; // no text from outside can begin with this mark
    const marked = markLongNumbers(text, mark);
    if (marked === undefined) return value;
    return JSON.parse(marked, (_name, one) => (typeof one === "string" && one.startsWith(mark) ? BigInt(one.slice(mark.length)) : one));
  } catch {
    return value; // nested too deeply for a reviver
  }
}

/** Returns the JSON with each number that would be rounded written as a string; `undefined` if it has no such number. */
function markLongNumbers(json: string, mark: string): string | undefined {
  let marked = "";
  let written = 0;
  for (let at = 0; at < json.length;) {
    const code = json.charCodeAt(at);
    if (code === 34) at = endOfString(json, at + 1);
    else if (code !== 45 && !isDigit(code)) at++;
    else {
      let end = at + 1;
      while (isDigit(json.charCodeAt(end))) end++;
      const isWhole = !".eE".includes(json[end] ?? " ");
      if (isWhole && end - at > 15 && end - at <= maxDigits && `${Number(json.slice(at, end))}` !== json.slice(at, end)) {
        marked += `${json.slice(written, at)}"${mark}${json.slice(at, end)}"`;
        written = end;
      }
      if (!isWhole) { while (/[\d.eE+-]/.test(json[end] ?? " ")) end++; }
      at = end;
    }
  }
  return written === 0 ? undefined : marked + json.slice(written);
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

function endOfString(json: string, start: number): number {
  for (let at = start; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === 92) at++;
    else if (code === 34) return at + 1;
  }
  return json.length;
}
