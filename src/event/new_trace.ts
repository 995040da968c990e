/** Decides how ids of traces and spans are made, and how a trace is handed on. */

import { Trace, type TraceContext } from "./trace_context.ts";

/** How many random bytes are drawn at once, because one draw costs as much as many bytes. */
const poolBytes = 8192;

/** What fills the pool; made when it is needed, since many programs make no ids. */
interface Filling {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly digits: Uint16Array;
  /** The two digits of each byte as one number. */
  readonly pairs: Uint16Array;
  readonly decoder: TextDecoder;
}

let filling: Filling | undefined;
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
    filling ??= {
      bytes: new Uint8Array(poolBytes),
      digits: new Uint16Array(poolBytes),
      pairs: new Uint16Array(
        Uint8Array.from({ length: 512 }, (_, i) => "0123456789abcdef".charCodeAt(i % 2 ? (i >> 1) & 15 : i >> 5)).buffer,
      ),
      decoder: new TextDecoder(),
    };
    const { bytes, digits, pairs, decoder } = filling;
    crypto.getRandomValues(bytes);
    for (let i = 0; i < poolBytes; i++) digits[i] = pairs[bytes[i]!]!;
    pool = decoder.decode(digits);
    used = 0;
    return true;
  } catch {
    return false;
  }
}

/** A place in a trace that begins here, or whose span does. */
export class NewTrace extends Trace {
  override makeId(length: number): string {
    return makeId(length);
  }
}

/** Returns the header `traceparent` for the next process; `undefined` if there is no trace. */
export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string | undefined {
  const parent = spanId || makeId(16);
  return traceId && parent && `00-${traceId}-${parent}-${isSampled ? "01" : "00"}`;
}
