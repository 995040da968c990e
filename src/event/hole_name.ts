/** Decides which names a hole of a template can have: letters, digits and underscores of any script, and dots between such names. */

import { lazyPattern } from "../lazy_pattern.ts";

const path = lazyPattern("^[\\p{L}_][\\p{L}\\p{Nd}_]*(?:\\.[\\p{L}_][\\p{L}\\p{Nd}_]*)*$", "u");

/** Returns whether the text is a name without dots. */
export function isHoleName(text: string): boolean {
  return !text.includes(".") && path().test(text);
}

/** Returns whether the text is several names with dots between them. */
export function isHolePath(text: string): boolean {
  return text.includes(".") && path().test(text);
}
