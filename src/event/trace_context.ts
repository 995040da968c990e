/** The ids of a trace, as W3C Trace Context writes them. */

/** What CLEF knows of a trace: the field, the number of its hexadecimal digits, and its names here and elsewhere (OpenTelemetry's log instrumentations: `trace_id`). */
const fields = [
  ["@tr", 32, "traceId trace_id TraceId traceID TraceID trace-id"],
  ["@sp", 16, "spanId span_id SpanId spanID SpanID span-id"],
] as const;
const ids: Readonly<Record<string, readonly ["@tr" | "@sp", number]>> = Object.fromEntries(
  fields.flatMap(([field, length, names]) => names.split(" ").map((name) => [name, [field, length]] as const)),
);

/** The names of properties that may be ids of a trace or a span. */
export const traceNames: readonly string[] = Object.keys(ids);

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
  for (const name of traceNames) {
    const field = traceFieldOf(name, properties[name]);
    if (field !== undefined) found[field === "@tr" ? "traceId" : "spanId"] ??= properties[name] as string;
  }
  return found;
}
