/** Decides how a bag of properties is captured once: as values for handlers and filters, and as JSON for the wire. */

import { type Exception, readException } from "./exception.ts";
import { frozenSize } from "./frozen_data.ts";
import { isMessage, withoutMachinery } from "./http_objects.ts";
import { bitsOf, jsonOf, type Name, nameInfo, quoteText, scalarJson, shortLength } from "./json_text.ts";
import { describeThrown, type Encoder, PlainDataWriter, redactedJson, textOf } from "./plain_data.ts";
import { cut, define, isBag, kindOf, plainText, WrittenNames } from "./value_kind.ts";
import { leastLayerSize, maxEntries, maxEventSize, maxUncounted, valueSize } from "./value_limits.ts";

/** A thrown value and its text. */
export interface Thrown {
  readonly thrown: unknown;
  readonly exception: Exception;
}

/** A value as JSON that is parsed on first access. It is a function, so that another copy of this module recognizes it. */
type LazyValue = (asJson?: boolean) => unknown;

function lazyValue(json: string): LazyValue {
  let value: unknown;
  return (asJson) => (asJson ? json : (value ??= JSON.parse(json)));
}

/** The properties of a call, a logger, a context or a handler, captured so that nothing changes them later. */
export class Captured {
  declare readonly names: readonly string[];
  /** All properties as the inside of a JSON object, each preceded by a comma; special names are unchanged. */
  declare readonly json: string;
  /** The Bloom filter of all names. */
  declare readonly bits: number;
  /** Whether one of the names is special, so that CLEF writes it differently. */
  declare readonly special: boolean;
  /** The first error among the values. */
  declare readonly error: Thrown | undefined;
  /** What an encoder caches for these properties and the tail that follows them. */
  declare cache: unknown;
  /** The values that {@linkcode kept} returns, or a {@linkcode LazyValue} in place of one not yet parsed. */
  declare readonly lazy: readonly unknown[];
  #values: Record<string, unknown> | undefined;

  constructor(names: readonly string[], lazy: readonly unknown[], json: string, bits: number, special: boolean, error?: Thrown) {
    this.names = names;
    this.lazy = lazy;
    this.json = json;
    this.bits = bits;
    this.special = special;
    this.error = error;
    this.cache = undefined;
  }

  /** The values as plain data. Dates, bigints and non-finite numbers stay themselves, so that a format can read them. */
  get kept(): readonly unknown[] {
    return this.lazy.map((value) => (typeof value === "function" ? value() : value));
  }

  /** Returns one value as JSON. */
  jsonAt(index: number): string {
    const value = this.lazy[index];
    return typeof value === "function" ? value(true) : jsonOf(value);
  }

  /** The properties as an object. */
  get values(): Readonly<Record<string, unknown>> {
    if (this.#values === undefined) {
      const { names, kept } = this;
      this.#values = {};
      for (let i = 0; i < names.length; i++) define(this.#values, names[i]!, kept[i]);
    }
    return this.#values;
  }

  /** Returns whether both have a name in common. */
  overlaps({ bits, names }: Captured): boolean {
    return (this.bits & bits) !== 0 && names.some((name) => Object.hasOwn(this.values, name));
  }

  /** Returns these properties over the lower ones, which they hide. Lower properties beyond the size limit of one event are dropped. */
  over(lower: Captured | undefined): Captured {
    if (lower === undefined || (lower.names.length === 0 && lower.error === undefined)) return this;
    let rest = lower.overlaps(this) ? lower.without(this) : lower;
    const room = Math.max(maxEventSize - this.json.length, leastLayerSize);
    if (rest.json.length > room) rest = rest.#within(room);
    return new Captured(
      [...this.names, ...rest.names],
      [...this.lazy, ...rest.lazy],
      this.json + rest.json,
      this.bits | rest.bits,
      this.special || rest.special,
      this.error ?? rest.error,
    );
  }

  /** Returns the properties whose names the other does not have. */
  without({ values }: Captured): Captured {
    return this.#only((name) => !Object.hasOwn(values, name));
  }

  /** Returns the properties that fit into the given number of characters, and a mark for the others. */
  #within(room: number): Captured {
    let left = room;
    const fitting = this.#only((name, json) => {
      const size = name.length + json.length + valueSize;
      const fits = size <= left;
      if (fits) left -= size;
      return fits;
    });
    return fitting.over(capture({ "…": cut(`${this.names.length - fitting.names.length} more`) }));
  }

  #only(isKept: (name: string, json: string) => boolean): Captured {
    const names: string[] = [];
    const lazy: unknown[] = [];
    let all = "";
    this.names.forEach((name, i) => {
      const json = this.jsonAt(i);
      if (!isKept(name, json)) return;
      names.push(name);
      lazy.push(this.lazy[i]);
      all += nameInfo(name).json + json;
    });
    return new Captured(names, lazy, all, this.bits, this.special, this.error);
  }
}

/** No properties. */
export const nothing: Captured = new Captured([], [], "", 0, false);

/** How values are captured. */
export interface CaptureOptions {
  /** The encoder that the program configured. */
  readonly encoder?: Encoder | undefined;
  /** The names whose values become text: the holes `{$name}`. */
  readonly stringified?: ReadonlySet<string> | undefined;
  /** Whether the first error becomes the event's exception; the property then omits its stack. */
  readonly fillsException?: boolean | undefined;
  /** The error that is the event's exception already. */
  readonly error?: Thrown | undefined;
  /** The writer that several bags of one event share, so that one size limit covers them all. */
  readonly writer?: PlainDataWriter | undefined;
}

/** Texts up to this length are never cut. */
const longLength = 4096;

/**
 * Captures a bag of properties: own enumerable names in their order, each read once.
 *
 * @param bag Any object; one that cannot be listed becomes a property that describes the failure.
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
  const count = given.at(maxEntries) === "…" ? given.length : Math.min(given.length, maxEntries); // cut already
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
  let json = "";
  let careful: Careful | undefined;
  let i = 0;
  for (; i < count; i++) {
    const name = shape.infos[i]!;
    let value = read(source, given[i]!);
    const isWritten = isSlow || !isSimple(value);
    if (isWritten || isMany) careful ??= new Careful(options, shape.guarded && isMessage(given));
    if (isMany && !careful!.pay(name.text.length + (typeof value === "string" && !isWritten ? value.length : 0))) break;
    if (isWritten) {
      json += name.json + careful!.write(value, name);
      value = careful!.kept;
    } else {
      json += name.json + (typeof value === "string" ? quoteText(value) : value === null ? "null" : scalarJson(value as number | boolean));
    }
    kept[i] = value;
  }
  const names = i < count ? shape.names.slice(0, kept.length = i) : shape.names;
  const all = new Captured(names, kept, json, shape.bits, shape.special, careful?.error ?? options?.error);
  return i < total ? all.over(capture({ "…": cut(`${total - i} more`) })) : all;
}

/** The names of a bag, cached because a call site logs the same ones again and again. */
export interface Shape {
  readonly given: readonly string[];
  readonly infos: readonly Name[];
  readonly names: readonly string[];
  readonly bits: number;
  readonly special: boolean;
  readonly guarded: boolean;
}

function shapeOf(given: readonly string[], site: { shape?: Shape } | undefined): Shape {
  const last = site?.shape;
  if (last !== undefined && last.given.length === given.length) {
    let i = 0;
    while (i < given.length && given[i] === last.given[i]) i++;
    if (i === given.length) return last;
  }
  const written = new WrittenNames(given);
  const infos = given.map((name) => nameInfo(written.write(name)));
  const names = infos.map(({ text }) => text);
  const special = infos.some(({ special }) => special);
  const shape = { given, infos, names, bits: bitsOf(names), special, guarded: infos.some(({ guarded }) => guarded) };
  if (site !== undefined) site.shape = shape;
  return shape;
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
  /** The captured form of the value written last. */
  kept: unknown;

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

  /** Deducts the text of an error, or of its property, which is about as long. */
  #pays(error: Thrown): Thrown {
    this.#writer.pay(error.exception.text.length);
    return error;
  }

  /** Returns the value as JSON and keeps it as plain data; dates, bigints and numbers stay themselves. */
  write(value: unknown, info: Name): string {
    const { stringified, fillsException = true, encoder } = this.#options;
    const { text: name } = info;
    const kind = kindOf(value);
    if (stringified?.has(name)) return this.#keep(this.#writer.write(stringify(value, kind), name));
    if (fillsException && kind === "Error") this.error ??= this.#pays({ thrown: value, exception: readException(value) });
    if (this.error !== undefined && value === this.error.thrown) return jsonOf(this.kept = this.#pays(this.error).exception.property);
    const json = this.#keep(this.#writer.writeNamed(value, name, name, kind, info));
    if (json === redactedJson || encoder !== undefined) return json;
    if (frozenSize(value) !== undefined) this.kept = value; // a filter's changed event still holds the error's frozen property
    if (typeof value === "bigint" || typeof value === "number") this.kept = value;
    else if (kind === "Date" && !isNaN(Date.parse(json.slice(1, -1)))) this.kept = new Date(json.slice(1, -1));
    return json;
  }

  #keep(json: string): string {
    this.kept = lazyValue(json);
    return json;
  }
}

/** Returns `String(value)` for a hole `{$name}`; returns JSON if that is too vague, or might never end (a list). */
function stringify(value: unknown, kind: string): string {
  if (kind === "Error") return readException(value).text;
  try {
    const say: unknown = kind === "Object" ? (value as object).toString : undefined; // an object may have its own text
    return kind !== "" && (say === plainText || typeof say !== "function") ? textOf(value, kind) : String(value);
  } catch (error) {
    return describeThrown(error);
  }
}
