/** Regular expressions that are compiled at first use, and a test for plain text that needs no regular expression. */

const printable = /^[\x20-\x7e]*$/;

/** Returns whether a text is plain ASCII without control characters, as most texts are. */
export function isPlainAscii(text: string): boolean {
  return printable.test(text);
}

/**
 * Returns a function that returns the regular expression.
 *
 * An engine compiles each literal while it loads the module, and builds the whole character set of each `\\p{…}`. A few such literals take
 * as long to load as hundreds of functions.
 */
// @__NO_SIDE_EFFECTS__
export function lazyPattern(source: string, flags: string): () => RegExp {
  let made: RegExp | undefined;
  return () => made ??= new RegExp(source, flags);
}
