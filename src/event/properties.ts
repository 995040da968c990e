/** Decides how a bag of properties is captured once: as values for handlers and filters, and as JSON for the server. */

import { type Shape, shapeOf, type WrittenShape } from "./bag_shape.ts";
import { type Exception, readException } from "./exception.ts";
import { frozenSize } from "./frozen_data.ts";
import { isMessage, withoutMachinery } from "./http_objects.ts";
import { jsonOf, type Name, scalarJson } from "./json_text.ts";
import { lazyValue } from "./lazy_value.ts";
import type { LineWriter } from "./line_writer.ts";
import { describeThrown, type Encoder, PlainDataWriter, redactedJson, textOf } from "./plain_data.ts";
import { cut, isBag, kindOf, markName, plainText } from "./value_kind.ts";
import { leastLayerSize, maxEntries, maxEventSize, maxUncounted, shortLength, valueSize } from "./value_limits.ts";

/** A thrown value and its text. */
export interface Thrown {
  readonly thrown: unknown;
  readonly exception: Exception;
}

/** Number of writes after which the bytes of properties are cached. A call's properties are written only once per handler. */
const fewWrites = 2;

/** The properties of a call, a logger, a context or a handler, captured so that nothing changes them later. */
export class Captured {
  declare readonly infos: readonly Name[];
  declare readonly names: readonly string[];
  /** The Bloom filter of all names. */
  declare readonly bits: number;
  /** Whether one of the names is special, so that CLEF writes that name differently. */
  declare readonly special: boolean;
  /** The first error among the values. */
  declare readonly error: Thrown | undefined;
  /** What an encoder caches for these properties. */
  declare cache: unknown;
  /** The values of {@linkcode kept}. A value that is not parsed yet is a {@linkcode lazyValue}. */
  declare readonly lazy: readonly unknown[];
  #values: Record<string, unknown> | undefined;
  #size: number | undefined;
  #writes = 0;
  #bytes: Uint8Array | undefined;

  constructor({ infos, names, bits, special }: WrittenShape, lazy: readonly unknown[], error?: Thrown) {
    this.infos = infos;
    this.names = names;
    this.lazy = lazy;
    this.bits = bits;
    this.special = special;
    this.error = error;
    this.cache = undefined;
  }

  /** Writes all properties as the inside of a JSON object, each preceded by a comma; special names are unchanged. */
  writeTo(out: LineWriter): void {
    if (this.#bytes !== undefined) return out.put(this.#bytes);
    const { infos, lazy } = this;
    const before = out.length;
    for (let i = 0; i < infos.length; i++) {
      const value = lazy[i];
      out.put(infos[i]!.bytes);
      if (typeof value === "string") out.quoted(value);
      else if (typeof value === "number" || typeof value === "boolean") out.scalar(value);
      else if (typeof value === "function") value(out);
      else out.text(this.jsonAt(i));
    }
    if (++this.#writes > fewWrites) this.#bytes = out.line.slice(before);
  }

  /** The values as plain data. Dates, bigints and non-finite numbers stay unchanged, so that a format can read them. */
  get kept(): readonly unknown[] {
    return this.lazy.map((_, i) => this.valueAt(i));
  }

  /** Returns one value. */
  valueAt(index: number): unknown {
    const value = this.lazy[index];
    return typeof value === "function" ? value() : value;
  }

  /** Returns one value as JSON. */
  jsonAt(index: number): string {
    const value = this.lazy[index];
    return typeof value === "function" ? value("json") : typeof value === "number" ? scalarJson(value) : jsonOf(value);
  }

  /** The properties as an object. */
  get values(): Readonly<Record<string, unknown>> {
    return (this.#values ??= Object.fromEntries(this.names.map((name, i) => [name, this.valueAt(i)])));
  }

  /** What the properties count in the size of an event. */
  get size(): number {
    return (this.#size ??= this.names.reduce((sum, _, i) => sum + this.#sizeAt(i), 0));
  }

  #sizeAt(index: number): number {
    const value = this.lazy[index];
    return this.names[index]!.length + valueSize + (typeof value === "string" ? value : this.jsonAt(index)).length;
  }

  /** Returns whether these properties and the other ones have a name in common. */
  overlaps({ bits, names }: Captured): boolean {
    if ((this.bits & bits) === 0) return false;
    const own = new Set(this.names);
    return names.some((name) => own.has(name));
  }

  /** Returns these properties merged with lower ones, which they hide. Lower properties beyond the size limit of one event are dropped. */
  over(lower: Captured | undefined): Captured {
    if (lower === undefined || (lower.names.length === 0 && lower.error === undefined)) return this;
    if (this === nothing) return lower;
    let rest = lower.overlaps(this) ? lower.without(this) : lower;
    const room = Math.max(maxEventSize - this.size, leastLayerSize);
    if (rest.size > room) rest = rest.within(room, this);
    const shape = {
      infos: [...this.infos, ...rest.infos],
      names: [...this.names, ...rest.names],
      bits: this.bits | rest.bits,
      special: this.special || rest.special,
    };
    return new Captured(shape, [...this.lazy, ...rest.lazy], this.error ?? rest.error);
  }

  /** Returns the properties whose names the other bag lacks. */
  without({ names }: Captured): Captured {
    const hidden = new Set(names);
    return this.#only((name) => !hidden.has(name));
  }

  /** Returns the properties that fit into a part of an event's size below `upper`, and a mark. Another copy of the module may call it. */
  within(room: number, upper: Captured): Captured {
    let left = room;
    const fitting = this.#only((_, i) => {
      const size = this.#sizeAt(i);
      return size <= left && (left -= size) >= 0;
    });
    const mark = markName([...upper.names, ...fitting.names]);
    return fitting.over(capture({ [mark]: cut(`${this.names.length - fitting.names.length} more`) }));
  }

  #only(isKept: (name: string, index: number) => boolean): Captured {
    const { bits, special, error } = this;
    const infos: Name[] = [];
    const lazy: unknown[] = [];
    this.infos.forEach((info, i) => {
      if (!isKept(info.text, i)) return;
      infos.push(info);
      lazy.push(this.lazy[i]);
    });
    return new Captured({ infos, names: infos.map(({ text }) => text), bits, special }, lazy, error);
  }
}

/** No properties. */
export const nothing: Captured = new Captured({ infos: [], names: [], bits: 0, special: false }, []);

/** How values are captured. */
export interface CaptureOptions {
  /** The encoder that the program configured. */
  readonly encoder?: Encoder | undefined;
  /** The names whose values become text: the holes `{$name}`. */
  readonly stringified?: ReadonlySet<string> | undefined;
  /** Whether the first error becomes the event's exception; the property then omits the error's stack. */
  readonly fillsException?: boolean | undefined;
  /** The error that is already the event's exception. */
  readonly error?: Thrown | undefined;
  /** The writer that several bags of one event share, so that one size limit covers them all. */
  readonly writer?: PlainDataWriter | undefined;
}

/** Texts up to this length are never cut. */
const longLength = 4096;

/**
 * Captures a bag of properties: own enumerable properties in their order, each read once.
 *
 * @param bag Any object. If its names cannot be listed, one property describes the failure.
 * @param options How values are captured.
 * @param site Caches the names of the last bag from the same call site.
 */
export function capture(bag: object, options?: CaptureOptions, site?: { shape?: Shape }): Captured {
  let source = bag as Record<string, unknown>;
  let given: string[];
  try {
    given = Object.keys(source);
    if (Object.getPrototypeOf(source) !== Object.prototype) given = Object.keys(source = plainOf(source));
  } catch (error) {
    return capture({ __properties: describeThrown(error) });
  }
  given = withoutMachinery(given);
  const count = given.at(maxEntries) === "…" ? given.length : Math.min(given.length, maxEntries); // the bag was cut before
  const total = given.length;
  if (total > count) given.length = count;
  const shape = shapeOf(given, site);
  if (shape.guarded && source === bag && given.includes("toJSON")) {
    const plain = plainOf(source);
    if (plain !== source) return capture(plain, options, site);
  }
  const kept: unknown[] = new Array(count);
  const isSlow = options?.stringified !== undefined || shape.guarded;
  const isMany = count > maxUncounted;
  let careful: Careful | undefined;
  let i = 0;
  for (; i < count; i++) {
    const name = shape.infos[i]!;
    const value = read(source, given[i]!);
    const isWritten = isSlow || !isSimple(value);
    if (isWritten || isMany) careful ??= new Careful(options, shape.guarded && isMessage(given));
    if (isMany && !careful!.pay(name.text.length + (typeof value === "string" && !isWritten ? value.length : 0))) break;
    kept[i] = isWritten ? careful!.keep(value, name) : value;
  }
  const written = i < count ? { ...shape, infos: shape.infos.slice(0, i), names: shape.names.slice(0, kept.length = i) } : shape;
  const all = new Captured(written, kept, careful?.error ?? options?.error);
  return i < total ? all.over(capture({ [markName(all.names)]: cut(`${total - i} more`) })) : all;
}

/** Returns the result of the bag's `toJSON`, or the bag itself if it has none. */
function plainOf(bag: Record<string, unknown>): Record<string, unknown> {
  try {
    const { toJSON } = bag;
    if (typeof toJSON !== "function") return bag;
    const result: unknown = toJSON.call(bag, "");
    return isBag(result) ? result as Record<string, unknown> : { __properties: result };
  } catch (error) {
    return { __properties: describeThrown(error) };
  }
}

function read(source: Record<string, unknown>, name: string): unknown {
  try {
    return source[name];
  } catch (error) {
    return describeThrown(error);
  }
}

/** Returns whether the value needs no conversion. */
function isSimple(value: unknown): boolean {
  const type = typeof value;
  if (type === "string") {
    return (value as string).length <= shortLength || ((value as string).length <= longLength && !(value as string).includes("\r\n"));
  }
  return type === "number" || type === "boolean" || value === null;
}

/** Writes the values of one bag that are not simple. */
class Careful {
  readonly #options: CaptureOptions;
  readonly #writer: PlainDataWriter;
  error: Thrown | undefined;

  constructor(options: CaptureOptions = {}, isHttp = false) {
    this.#options = options;
    this.#writer = options.writer ?? new PlainDataWriter(options.encoder);
    this.#writer.isHttp = isHttp;
    this.error = options.error;
  }

  /** Returns whether the size limit leaves room for a property of so many characters. */
  pay(size: number): boolean {
    return this.#writer.pay(size + valueSize);
  }

  /** Deducts the size of an error from the limit. The error's text and its property are about equally long. */
  #pays(error: Thrown): Thrown {
    this.#writer.pay(error.exception.text.length);
    return error;
  }

  /** Returns what is kept of a value: its JSON, or plain data. Dates, bigints and numbers stay unchanged. */
  keep(value: unknown, info: Name): unknown {
    const { stringified, fillsException = true, encoder } = this.#options;
    const { text: name } = info;
    const kind = kindOf(value);
    if (stringified?.has(name)) return lazyValue(this.#writer.write(stringify(value, kind), name));
    if (fillsException && kind === "Error") this.error ??= this.#pays({ thrown: value, exception: readException(value) });
    if (this.error !== undefined && value === this.error.thrown) return this.#pays(this.error).exception.property;
    const pieces = this.#writer.writeNamed(value, name, name, kind, info);
    if (pieces[0] === redactedJson || encoder !== undefined) return lazyValue(pieces);
    if (frozenSize(value) !== undefined) return value; // an event that a filter changed keeps the error's frozen property
    if (typeof value === "bigint" || typeof value === "number") return value;
    const isDate = kind === "Date" && !isNaN(Date.parse(pieces[1] as string));
    return lazyValue(pieces, isDate ? new Date(pieces[1] as string) : undefined);
  }
}

/** Returns the text for a hole `{$name}`: `String(value)`, or JSON if that says too little or could be endless (a list). */
function stringify(value: unknown, kind: string): string {
  if (kind === "Error") return readException(value).text;
  try {
    const say: unknown = kind === "Object" ? (value as object).toString : undefined; // an object may define its own text
    return kind !== "" && (say === plainText || typeof say !== "function") ? textOf(value, kind) : String(value);
  } catch (error) {
    return describeThrown(error);
  }
}
