/** The ids of a trace, as W3C Trace Context writes them. */

/** By its names here and in the world (OpenTelemetry's log instrumentations say `trace_id`): the field of CLEF and the number of its hexadecimal digits. */
const ids: Readonly<Record<string, readonly ["@tr" | "@sp", number]>> = {
  traceId: ["@tr", 32],
  trace_id: ["@tr", 32],
  TraceId: ["@tr", 32],
  spanId: ["@sp", 16],
  span_id: ["@sp", 16],
  SpanId: ["@sp", 16],
};

/** Whether a property of that name may be a trace's or span's id. */
export function isTraceName(name: string): boolean {
  return Object.hasOwn(ids, name);
}

/** The field of CLEF for a property that is a valid id under its name: lower-case hexadecimal digits, not all zero. Any other stays a property. */
export function traceFieldOf(name: string, value: unknown): "@tr" | "@sp" | undefined {
  const [field, length] = isTraceName(name) ? ids[name]! : [];
  return typeof value === "string" && value.length === length && /^(?!0+$)[0-9a-f]+$/.test(value) ? field : undefined;
}

/** The valid ids among properties. */
export function traceOf(properties: Readonly<Record<string, unknown>>): { traceId?: string; spanId?: string } {
  const found: { traceId?: string; spanId?: string } = {};
  for (const name of Object.keys(ids)) {
    const field = traceFieldOf(name, properties[name]);
    if (field !== undefined) found[field === "@tr" ? "traceId" : "spanId"] ??= properties[name] as string;
  }
  return found;
}
