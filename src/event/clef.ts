/** Decides how an event becomes a line of CLEF (clef-json.org), the only format that is sent. */

import { requireArgument } from "../diagnostic.ts";
import { type EventRecord, type LogEvent, toRecord } from "./log_event.ts";
import { type Hole, type MessageTemplate, Rendering } from "./message_template.ts";
import { isHolePath } from "./hole_name.ts";
import { withoutFields } from "./exception.ts";
import { LineHead, startField, timeEnd } from "./clef_time.ts";
import { bitsOf, jsonOf, quoteJson } from "./json_text.ts";
import { LineWriter } from "./line_writer.ts";
import { capture, type Captured, type Thrown } from "./properties.ts";
import { cutFields } from "./size_limit.ts";
import type { SpanFields } from "./span_fields.ts";
import { traceFieldOf } from "./trace_context.ts";
import { maxEventSize } from "./value_limits.ts";
import { utf8Text } from "../runtime/utf8.ts";

/** How events become lines. Handlers with the same shape object share what an encoder caches for it. */
export interface ClefShape {
  /** Most bytes of one line. In a longer line the largest values are cut, and each cut is marked. Default: 200 000. */
  readonly eventBodyLimitBytes?: number | undefined;
  /** The property, or properties, that hold the logger's name; null for none. Default: `"SourceContext"`. */
  readonly loggerNameProperty?: string | readonly string[] | null | undefined;
  /** Whether the name `a.b` stays unchanged. If not, it becomes `{"a":{"b":…}}`, as in serilog-sinks-seq 9. Default: false. */
  readonly preserveDottedPropertyNames?: boolean | undefined;
  /** Properties added to every event. The event's own properties hide those with equal names. */
  readonly properties?: object | undefined;
}

/** The part of a line that all events of one logger name share: the logger's name, the handler's properties and the global ones. */
interface Tail {
  readonly globals: Captured | undefined;
  readonly captured: Captured;
  /** The property names in `json`, and their 32-bit Bloom filter. */
  readonly names: ReadonlySet<string>;
  readonly bits: number;
  /** The properties as JSON, each preceded by a comma. */
  readonly json: string;
}

/**
 * Writes an event as one line of CLEF, without the line break.
 *
 * @param event The event.
 * @param shape How the line is written.
 * @returns Valid JSON of at most `eventBodyLimitBytes` bytes in UTF-8.
 * @throws {TypeError} If `event` is not a LogEvent.
 * @example
 * ```ts
 * import { encodeClef, MemoryHandler, getLogger } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("shop").addHandler(memory);
 * getLogger("shop").warn("{Left} items left", { Left: 3 });
 * const line = JSON.parse(encodeClef(memory.events[0]!));
 * assert.equal(line["@mt"], "{Left} items left");
 * assert.equal(line["@l"], "Warning");
 * assert.equal(line.Left, 3);
 * assert.equal(line.SourceContext, "shop");
 * added.dispose();
 * ```
 */
export function encodeClef(event: LogEvent, shape: ClefShape = {}): string {
  requireArgument("properties" in Object(event), "encodeClef", "event", "a LogEvent");
  const out = new LineWriter();
  writeRecord(out, toRecord(event), shape);
  return utf8Text(out.line);
}

/**
 * Writes a record as one line, which replaces an unfinished line. Once the line is begun, no code of the program may run, because that code
 * may log to the same bytes.
 */
export function writeRecord(out: LineWriter, record: EventRecord, shape: ClefShape): void {
  const limit = shape.eventBodyLimitBytes ?? 200_000;
  const tail = tailOf(record, shape); // first, because this may run code of the program, and that code may log
  if (isDisjoint(record, tail)) writeLayers(out, record, tail);
  else writeMerged(out, record, shape, tail);
  if (out.length > maxEventSize) writeMerged(out, record, shape, tail);
  if (out.length > limit) cutToFit(out, limit);
}

const closingBrace = 125;
const levelFields = [',"@l":"Verbose"', ',"@l":"Debug"', "", ',"@l":"Warning"', ',"@l":"Error"', ',"@l":"Fatal"'];

/** The beginning that all lines of one template, level and logger name share. */
class SharedHead extends LineHead {
  declare readonly tail: Tail;
  declare readonly rank: number;
  /** The head that was cached before this one, and how many heads are linked from this one on. */
  declare readonly next: SharedHead | undefined;
  declare readonly count: number;

  constructor({ template, rank }: EventRecord, tail: Tail) {
    super(templateFields(template, rank) + tail.json);
    const next = (template.head ?? undefined) as SharedHead | undefined;
    this.tail = tail;
    this.rank = rank;
    this.count = (next?.count ?? 0) % maxHeads + 1;
    this.next = this.count > 1 ? next : undefined;
  }
}

/** Most heads cached per template. Few levels and logger names share a template. */
const maxHeads = 4;
/** A longer tail is encoded for each line, because thousands of cached templates would each hold a copy of it. */
const maxCachedTail = 1024;

function headOf(record: EventRecord, tail: Tail): LineHead {
  const { template, rank, scope } = record;
  let known = template.head as SharedHead | null | undefined;
  while (known && (known.tail !== tail || known.rank !== rank)) known = known.next;
  if (known) return known;
  const made = new SharedHead(record, tail);
  if (scope.cache !== undefined && tail.json.length <= maxCachedTail) {
    template.head = template.head === undefined ? null : made; // a text that a program generates is used once
  }
  return made;
}

function templateFields({ text }: MessageTemplate, rank: number): string {
  return `,"@mt":${quoteJson(text)}${levelFields[rank]}`;
}

/** Writes the fields that few events have. */
function writeRareFields(out: LineWriter, record: EventRecord): void {
  const { template, error, eventType } = record;
  if (template.formatted.length > 0) out.text(`,"@r":${jsonOf(renderings(template, record))}`);
  if (error !== undefined) {
    out.text(',"@x":');
    out.quoted(exceptionText(error, record.own));
  }
  if (eventType !== undefined) out.text(`,"@i":${jsonOf(eventType)}`);
}

/** Returns the exception's text. If a property holds the same error, the text omits the error's own fields. */
function exceptionText({ exception }: Thrown, { lazy }: Captured): string {
  return lazy.includes(exception.property) ? withoutFields(exception) : exception.text;
}

function renderings({ formatted }: MessageTemplate, record: EventRecord): string[] {
  const rendering = new Rendering(valuesOf(formatted, record) ?? record.properties.values);
  const texts: string[] = [];
  for (const hole of formatted) {
    if (rendering.isSpent) return [...texts, rendering.mark]; // Seq accepts fewer texts than holes
    texts.push(rendering.hole(hole));
  }
  return texts;
}

/** Returns the values of holes by their names; `undefined` if a hole has no property of its own name. */
function valuesOf(holes: readonly Hole[], { own, bound, context }: EventRecord): Record<string, unknown> | undefined {
  const found = holes.map(({ name }) => {
    const layer = [own, bound, context].find((layer) => layer?.names.includes(name));
    return layer && [name, layer.valueAt(layer.names.indexOf(name))] as const;
  });
  return found.every((entry) => entry !== undefined) ? Object.fromEntries(found) : undefined;
}

/** Returns the fields that make the event a span, each preceded by a comma, as serilog-sinks-seq writes them. */
function spanFields({ spanStart, spanStartTicks, parentId, spanKind = "Internal", resource, scope }: SpanFields): string {
  let fields = startField(spanStart, spanStartTicks);
  if (parentId !== undefined) fields += ',"@ps":"' + parentId + '"';
  if (spanKind !== "Internal") fields += `,"@sk":"${spanKind}"`;
  if (resource !== undefined) fields += attributes("@ra", resource);
  if (scope !== undefined) fields += attributes("@sa", scope);
  return fields;
}

/** Returns the attributes of a service or an instrumentation as a field. Seq expects dotted names as nested objects. */
function attributes(field: string, captured: Captured): string {
  captured.cache ??= `{${write(unflatten(fieldsOf(captured), 0)).slice(1)}}`;
  return `,"${field}":${captured.cache}`;
}

/** Returns whether no name is in two layers of properties, so that the layers can be written one after another unchanged. */
function isDisjoint({ own, bound, context, live, trace }: EventRecord, tail: Tail): boolean {
  return live === undefined && (trace === undefined || !tail.names.has("@tr")) && fits(own, tail) &&
    (bound === undefined || fitsBelow(bound, { tail, own })) && (context === undefined || fitsBelow(context, { tail, own, bound }));
}

/** Writes a line of layers that share no name. The head includes the tail; properties of the call, context and logger follow. */
function writeLayers(out: LineWriter, record: EventRecord, tail: Tail): void {
  const { own, bound, context, trace } = record;
  out.begin();
  out.put(headOf(record, tail).stamp(record));
  writeRareFields(out, record);
  if (trace !== undefined) out.text(idFields(record));
  own.writeTo(out);
  context?.writeTo(out);
  bound?.writeTo(out);
  out.byte(closingBrace);
}

/** Writes a line from merged properties. Merging resolves duplicate names and keeps the size limit of one event. */
function writeMerged(out: LineWriter, record: EventRecord, shape: ClefShape, { captured }: Tail): void {
  const { properties, live, trace, span, template, rank } = record;
  const fields = onTheWire(properties.over(captured).over(live), shape, span !== undefined);
  out.begin();
  out.put(new LineHead(templateFields(template, rank)).stamp(record));
  writeRareFields(out, record);
  if (trace !== undefined && !fields.has("@tr")) { // otherwise the event's properties name another trace
    out.text(fields.has("@sp") && trace.traceId !== "" ? `,"@tr":"${trace.traceId}"` : idFields(record));
  }
  out.text(`${write(fields)}}`);
}

/** Returns the ids of the trace and the span, and the span's own fields. */
function idFields({ trace, span }: EventRecord): string {
  const ids = trace!.json;
  return ids === "" || span === undefined ? ids : ids + spanFields(span);
}

/** Returns whether the properties can be written unchanged after the tail: none of their names is special or in the tail. */
function fits({ special, bits, names }: Captured, tail: Tail): boolean {
  return !special && ((bits & tail.bits) === 0 || !names.some((name) => tail.names.has(name)));
}

/** The layers above a lower layer when it was last written. */
interface Layers {
  readonly tail: Tail;
  readonly names: readonly string[];
  readonly bound: Captured | undefined;
  readonly fits: boolean;
}

/** Returns whether a lower layer shares no name with the layers above it. The result is cached: a call site mostly has the same layers. */
function fitsBelow(lower: Captured, { tail, own, bound }: { tail: Tail; own: Captured; bound?: Captured | undefined }): boolean {
  const { names } = own;
  let known = lower.cache as Layers | undefined;
  if (known === undefined || known.tail !== tail || known.names !== names || known.bound !== bound) {
    const isFree = fits(lower, tail) && !lower.overlaps(own) && bound?.overlaps(lower) !== true;
    lower.cache = known = { tail, names, bound, fits: isFree };
  }
  return known.fits;
}

/** Most tails cached per logger name, one for each shape. A configuration has few shapes, so a full cache is cleared. */
const maxTails = 8;

function tailOf({ scope, globals }: EventRecord, shape: ClefShape): Tail {
  const known = scope.cache?.get(shape) as Tail | undefined;
  if (known !== undefined && known.globals === globals) return known;
  const { loggerNameProperty = "SourceContext", properties = {} } = shape;
  const naming = scope.loggerName === "" ? [] : [loggerNameProperty ?? []].flat();
  const named = capture(Object.fromEntries(naming.map((name) => [name, scope.loggerName])));
  const captured = named.over(capture(properties, { fillsException: false })).over(globals);
  const fields = onTheWire(captured, shape);
  const names = new Set(fields.keys());
  const tail: Tail = { globals, captured, names, bits: bitsOf(names), json: write(fields) };
  if (scope.cache !== undefined && scope.cache.size >= maxTails) scope.cache.clear();
  scope.cache?.set(shape, tail);
  return tail;
}

/** Returns the properties by their wire names: trace ids in their own fields, dotted names nested, a leading `@` doubled. */
function onTheWire(captured: Captured, shape: ClefShape, hasIds = false): Map<string, string> {
  const wire = new Map<string, string>();
  const fields = new Map<string, string>();
  captured.names.forEach((name, i) => {
    const json = captured.jsonAt(i);
    const field = hasIds || !json.startsWith('"') ? undefined : traceFieldOf(name, json.slice(1, -1));
    if (field !== undefined && !wire.has(field)) wire.set(field, json);
    else fields.set(name, json);
  });
  for (const [name, json] of shape.preserveDottedPropertyNames ? fields : unflatten(fields, 0)) {
    wire.set(name.startsWith("@") ? `@${name}` : name, json);
  }
  return wire;
}

/** Returns the fields as the inside of a JSON object, each preceded by a comma. */
function write(fields: ReadonlyMap<string, string>): string {
  let json = "";
  for (const [name, value] of fields) json += `,${quoteJson(name)}:${value}`;
  return json;
}

const maxNesting = 10;

/** Nests dotted names as serilog-sinks-seq 9 does. A name stays dotted if its first part is a property. Groups are in ordinal order. */
function unflatten(fields: ReadonlyMap<string, string>, depth: number): Map<string, string> {
  const isDotted = (name: string): boolean => depth < maxNesting && isHolePath(name);
  const nested = new Map([...fields].filter(([name]) => !isDotted(name)));
  const groups = new Map<string, Map<string, string>>();
  for (const name of [...fields.keys()].filter(isDotted).sort()) {
    const [prefix = ""] = name.split(".");
    if (nested.has(prefix)) {
      nested.set(name, fields.get(name)!);
      continue;
    }
    const group = groups.get(prefix) ?? new Map<string, string>();
    groups.set(prefix, group.set(name.slice(prefix.length + 1), fields.get(name)!));
  }
  for (const [prefix, group] of groups) nested.set(prefix, `{${write(unflatten(group, depth + 1)).slice(1)}}`);
  return nested;
}

/** Cuts the largest values of the line. The time stays first and unchanged. */
function cutToFit(out: LineWriter, limit: number): void {
  const line = utf8Text(out.line);
  const time = line.slice(0, timeEnd); // up to the closing quote of the time
  if (out.start > 0) out.begin();
  else out.use(new Uint8Array(0)); // the bytes may be much larger than the line that remains
  out.text(`${time},${cutFields(JSON.parse(`{${line.slice(time.length + 1)}`), limit - time.length - 2)}}`);
}

function fieldsOf(captured: Captured): Map<string, string> {
  return new Map(captured.names.map((name, i) => [name, captured.jsonAt(i)]));
}
