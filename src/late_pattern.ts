/** Regular expressions that are made at first use, and the test of a text that does without them. */

const printable = /^[\x20-\x7e]*$/;

/** Returns whether a text is plain ASCII without control characters, as most are. */
export function isPlainAscii(text: string): boolean {
  return printable.test(text);
}

/**
 * Returns a function that returns the regular expression.
 *
 * An engine reads each literal while it loads a module, and builds the whole set of characters of each `\\p{…}`: a few of them take as long
 * as hundreds of functions.
 */
// @__NO_SIDE_EFFECTS__
export function latePattern(source: string, flags: string): () => RegExp {
  let made: RegExp | undefined;
  return () => made ??= new RegExp(source, flags);
}
