/** Characters for random texts: fast-check's own of all Unicode takes seconds to make, in each process. */

import fc from "fast-check";

const surrogates = { from: 0xd800, count: 0x800 };

/** Any code point of Unicode but the surrogates, as a text. */
export const codePoint: fc.Arbitrary<string> = fc.integer({ min: 0, max: 0x10ffff - surrogates.count }).map((n) =>
  String.fromCodePoint(n < surrogates.from ? n : n + surrogates.count)
);
