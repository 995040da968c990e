/** Decides what a valid id of a trace or a span is, and how W3C Trace Context carries such ids between processes. */

/** A place in a trace, as one process passes it to the next. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** Whether the trace's spans are recorded. */
  readonly isSampled: boolean;
  /** The `tracestate` of other vendors, passed on unchanged. */
  readonly traceState?: string | undefined;
}

/** Returns whether the value is a valid trace id. */
export function isTraceId(value: unknown): value is string {
  return typeof value === "string" && value.length === 32 && hexadecimal.test(value);
}

/** Returns whether the value is a valid span id. */
export function isSpanId(value: unknown): value is string {
  return typeof value === "string" && value.length === 16 && hexadecimal.test(value);
}

const hexadecimal = /^(?!0+$)[0-9a-f]+$/;
const longestName = 8;

/** Returns whether a property of this name may hold a trace or span id: `traceId` in any spelling, including OpenTelemetry's `trace_id`. */
export function isTraceName(name: string): boolean {
  return name.length <= longestName && /^(?:trace|span)[_-]?id$/i.test(name);
}

/** Returns the CLEF field for a property that has the name and the value of an id; `undefined` for any other property. */
export function traceFieldOf(name: string, value: unknown): "@tr" | "@sp" | undefined {
  if (!isTraceName(name)) return undefined;
  if (/^t/i.test(name)) return isTraceId(value) ? "@tr" : undefined;
  return isSpanId(value) ? "@sp" : undefined;
}

/** Returns the valid ids among properties: the first of each kind. */
export function traceOf(properties: Readonly<Record<string, unknown>>): { traceId?: string; spanId?: string } {
  const found: { traceId?: string; spanId?: string } = {};
  for (const name of Object.keys(properties)) {
    const field = traceFieldOf(name, properties[name]);
    if (field !== undefined) found[field === "@tr" ? "traceId" : "spanId"] ??= properties[name] as string;
  }
  return found;
}

/** The ids of the nearest span. Each event of that span carries them. */
export class Trace implements TraceContext {
  #traceId: string | undefined;
  #spanId: string | undefined;
  /** The ids as CLEF fields, each preceded by a comma. */
  #json = "";
  declare isSampled: boolean;
  declare readonly traceState: string | undefined;
  /** For a span that began in this process: the first span here of the same trace. src/span.ts owns the type. */
  local: object | undefined = undefined;

  /** A missing id is made on first access; a span id of `""` stays empty. */
  constructor({ traceId, spanId, isSampled = true, traceState }: Partial<TraceContext>) {
    this.#traceId = traceId;
    this.#spanId = spanId;
    this.isSampled = isSampled;
    this.traceState = traceState;
  }

  /** Makes an id of the given number of digits; `""` if it cannot. This class makes none: its ids come from elsewhere. */
  makeId(_length: number): string {
    return "";
  }

  /** The trace id; `""` where the runtime cannot make one: at a Worker's module scope. */
  get traceId(): string {
    return (this.#traceId ||= this.makeId(32));
  }

  get spanId(): string {
    return (this.#spanId ??= this.makeId(16) || undefined) ?? "";
  }

  /** Whether both ids are valid. */
  get isValid(): boolean {
    return isTraceId(this.traceId) && isSpanId(this.spanId);
  }

  get json(): string {
    if (this.#json !== "") return this.#json;
    const { traceId, spanId } = this;
    if (traceId !== "") this.#json = ',"@tr":"' + traceId + (spanId === "" ? '"' : '","@sp":"' + spanId + '"');
    return this.#json;
  }
}

/** Returns a place in a trace in the form that events carry. */
export function toTrace(place: TraceContext): Trace {
  return place instanceof Trace ? place : new Trace(place);
}

// ---- W3C Trace Context ----

const traceparent = /^(?!ff)([0-9a-f]{2})-((?!0+-)[0-9a-f]{32})-((?!0+-)[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const member = /^(?:[a-z][\da-z_*/-]{0,255}|[\da-z][\da-z_*/-]{0,240}@[a-z][\da-z_*/-]{0,13})=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const maxMembers = 32;

/**
 * Parses the headers `traceparent` and `tracestate` by the rules of W3C Trace Context. Of a header of a later version, it reads the fields
 * that version 00 defines.
 *
 * @param parent The header `traceparent`.
 * @param state The header `tracestate`; several such headers are joined by commas.
 * @returns The place in the trace; `undefined` if `traceparent` is missing or malformed. A malformed `tracestate` is ignored.
 */
export function parseTraceContext(parent: string | null | undefined, state?: string | null): TraceContext | undefined {
  const [, version, traceId, spanId, flags = "", rest] = traceparent.exec(parent?.trim() ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || (version === "00" && rest !== undefined)) return undefined;
  const traceState = state && readTraceState(state);
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & 1) === 1, ...(traceState && { traceState }) };
}

/** Returns the members of a `tracestate` without surrounding spaces; `""` if any member is malformed. */
function readTraceState(text: string): string {
  const members = text.split(",").map((member) => member.replace(/^[ \t]+|[ \t]+$/g, "")).filter(Boolean);
  const keys = new Set(members.map((one) => one.split("=", 1)[0]));
  const isWhole = members.length <= maxMembers && keys.size === members.length && members.every((one) => member.test(one));
  return isWhole ? members.join(",") : "";
}
