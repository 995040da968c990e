/** Decides how ids of traces and spans are made, and how a trace is passed to the next process. */

import type { TraceContext } from "./trace_context.ts";

/** How many digits are made at once, because each call for random bytes is expensive, however few it returns. */
const poolDigits = 8192;
let pool = "";
let used = 0;

/** Returns random hexadecimal digits, not all zero; `""` where the runtime has no random values, as at a Worker's module scope. */
export function makeId(length: number): string {
  if (used + length > pool.length && !fillPool()) return "";
  const id = pool.slice(used, used += length);
  return id.charCodeAt(0) !== 48 || /[^0]/.test(id) ? id : makeId(length);
}

function fillPool(): boolean {
  try {
    const digits = crypto.getRandomValues(new Uint8Array(poolDigits));
    for (let i = 0; i < poolDigits; i++) digits[i] = "0123456789abcdef".charCodeAt(digits[i]! & 15);
    pool = new TextDecoder().decode(digits);
    used = 0;
    return true;
  } catch {
    return false;
  }
}

/** Returns the header `traceparent` for the next process; `undefined` if there is no trace. */
export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string | undefined {
  const parent = spanId || makeId(16);
  return traceId && parent && `00-${traceId}-${parent}-${isSampled ? "01" : "00"}`;
}
