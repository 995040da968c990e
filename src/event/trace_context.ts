/** The ids of traces and spans, and how W3C Trace Context hands them on from process to process. */

/** A place in a trace, as one process hands it to the next. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** Whether the trace's spans are recorded. */
  readonly isSampled: boolean;
  /** What others have to say of the trace, handed on as it came. */
  readonly traceState?: string | undefined;
}

/** Whether it is the id of a trace. */
export function isTraceId(value: unknown): value is string {
  return typeof value === "string" && value.length === 32 && hexadecimal.test(value);
}

/** Whether it is the id of a span. */
export function isSpanId(value: unknown): value is string {
  return typeof value === "string" && value.length === 16 && hexadecimal.test(value);
}

const hexadecimal = /^(?!0+$)[0-9a-f]+$/;
const longestName = 8;

/** Whether a property of that name may be a trace's or span's id: `traceId` in any spelling, OpenTelemetry's `trace_id` among them. */
export function isTraceName(name: string): boolean {
  return name.length <= longestName && /^(?:trace|span)[_-]?id$/i.test(name);
}

/** The field of CLEF for a property that is a valid id under its name: lower-case hexadecimal digits, not all zero. Any other stays a property. */
export function traceFieldOf(name: string, value: unknown): "@tr" | "@sp" | undefined {
  if (!isTraceName(name)) return undefined;
  if (/^t/i.test(name)) return isTraceId(value) ? "@tr" : undefined;
  return isSpanId(value) ? "@sp" : undefined;
}

/** The valid ids among properties: the first of each. */
export function traceOf(properties: Readonly<Record<string, unknown>>): { traceId?: string; spanId?: string } {
  const found: { traceId?: string; spanId?: string } = {};
  for (const name of Object.keys(properties)) {
    const field = traceFieldOf(name, properties[name]);
    if (field !== undefined) found[field === "@tr" ? "traceId" : "spanId"] ??= properties[name] as string;
  }
  return found;
}

/** What a {@linkcode Trace} is made of. */
export type TraceParts = { readonly [Part in "traceId" | "spanId" | "isSampled" | "traceState" | "local"]?: Trace[Part] | undefined };

/** The trace that events are logged in: the place of the nearest span. Ids that nobody asks for are never made. */
export class Trace implements TraceContext {
  #traceId: string | undefined;
  #spanId: string | undefined;
  /** Its ids as CLEF writes them, each preceded by a comma. */
  #json = "";
  readonly isSampled: boolean;
  readonly traceState: string | undefined;
  /** What the spans of one trace in this process have in common; the room of spans knows what that is. */
  readonly local: object | undefined;

  /** An id that is not given is made when somebody asks for it; a span's id that is `""` stays out. */
  constructor({ traceId, spanId, isSampled = true, traceState, local }: TraceParts) {
    this.#traceId = traceId;
    this.#spanId = spanId;
    this.isSampled = isSampled;
    this.traceState = traceState;
    this.local = local;
  }

  /** `""` where none can be made: at a Worker's module scope. */
  get traceId(): string {
    return (this.#traceId ||= makeTraceId());
  }

  get spanId(): string {
    return (this.#spanId ??= makeSpanId() || undefined) ?? "";
  }

  /** Whether its ids are valid, wherever they come from. */
  get isValid(): boolean {
    return isTraceId(this.traceId) && isSpanId(this.spanId);
  }

  get json(): string {
    if (this.#json === "" && this.traceId !== "") this.#json = `,"@tr":"${this.traceId}"${this.spanId && `,"@sp":"${this.spanId}"`}`;
    return this.#json;
  }
}

// ---- making ids ----

/** How many bytes are drawn at once: one draw costs as much as many bytes. */
const poolBytes = 4096;
const digits = new Uint8Array(poolBytes * 2);
let pool = "";
let used = 0;

/** So many random hexadecimal digits, not all zero; `""` where the runtime gives no random values, as at a Worker's module scope. */
function makeId(length: number): string {
  if (used + length > pool.length) {
    try {
      const bytes = crypto.getRandomValues(digits.subarray(poolBytes));
      for (let i = 0; i < poolBytes; i++) {
        const byte = bytes[i]!;
        digits[i * 2] = code(byte >> 4);
        digits[i * 2 + 1] = code(byte & 15); // the bytes stand in the upper half, which is overwritten behind where it is read
      }
      pool = new TextDecoder().decode(digits);
      used = 0;
    } catch {
      return "";
    }
  }
  const id = pool.slice(used, used += length);
  return /[^0]/.test(id) ? id : makeId(length);
}

/** The character code of a hexadecimal digit. */
const code = (digit: number): number => digit + (digit < 10 ? 48 : 87);

/** A new id of a trace; `""` where none can be made. */
export const makeTraceId = (): string => makeId(32);
/** A new id of a span; `""` where none can be made. */
export const makeSpanId = (): string => makeId(16);

// ---- W3C Trace Context ----

const traceparent = /^(?!ff)([0-9a-f]{2})-((?!0+-)[0-9a-f]{32})-((?!0+-)[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const key = /^(?:[a-z][\w*/-]{0,255}|[a-z\d][\w*/-]{0,240}@[a-z][\w*/-]{0,13})$/;
const value = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const maxMembers = 32;

/**
 * Reads the headers `traceparent` and `tracestate` by the rules of W3C Trace Context; of a later version, what this one knows.
 *
 * @param parent The header `traceparent`.
 * @param state The header `tracestate`; several of them joined by commas.
 * @returns The place in the trace; `undefined` where `traceparent` is missing or malformed. A malformed `tracestate` is left out.
 */
export function parseTraceContext(parent: string | null | undefined, state?: string | null): TraceContext | undefined {
  const [, version, traceId, spanId, flags = "", rest] = traceparent.exec(parent?.trim() ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || (version === "00" && rest !== undefined)) return undefined;
  const traceState = readTraceState(state ?? "");
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & 1) === 1, ...(traceState && { traceState }) };
}

/** The members of a `tracestate`, without the space around them; `""` where the whole is malformed. */
function readTraceState(text: string): string {
  const members = text.split(",").map((member) => member.replace(/^[ \t]+|[ \t]+$/g, "")).filter(Boolean);
  const keys = new Set<string>();
  const isWhole = members.length <= maxMembers && members.every((member) => {
    const at = member.indexOf("=");
    const name = member.slice(0, Math.max(at, 0));
    if (keys.has(name) || /[A-Z]/.test(name) || !key.test(name) || !value.test(member.slice(at + 1))) return false;
    return keys.add(name);
  });
  return isWhole ? members.join(",") : "";
}

/** The header `traceparent` for the next process; `undefined` where there is no trace. */
export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string | undefined {
  const parent = spanId || makeSpanId();
  return traceId && parent && `00-${traceId}-${parent}-${isSampled ? "01" : "00"}`;
}
