/** A bag of properties, taken once: as values for handlers and filters, and as JSON text for the wire. */

import { type Exception, readException } from "./exception.ts";
import { credentialField, headers, isMessage, rulesOf, withoutMachinery } from "./http_objects.ts";
import { redacted } from "./http_text.ts";
import { jsonOf, quoteJson } from "./json_text.ts";
import { describeThrown, type Encoder, PlainDataBuilder, textOf } from "./plain_data.ts";
import { cut, define, isBag, kindOf, plainText, toPlainNumber, WrittenNames } from "./value_kind.ts";
import { isTraceName } from "./trace_context.ts";
import { leastLayerSize, maxEntries, maxEventSize, maxUncounted, valueSize } from "./value_limits.ts";

/** A property's name, with what the wire wants to know of it; made once per name. */
export interface Name {
  readonly text: string;
  /** `,"name":` */
  readonly json: string;
  /** Whether it begins with `@`, has a dot, or is that of a trace's or span's id, so that CLEF writes it differently. */
  readonly special: boolean;
  /** Whether a value of that name may be a credential, a set of headers or the object's own `toJSON`, and is looked at. */
  readonly guarded: boolean;
  /** One of 32 bits: two bags whose bits have none in common have no name in common. */
  readonly bit: number;
}

const names = new Map<string, Name>();
const maxNames = 5000;

/** What there is to know of a name as it is written. */
function lookUp(text: string): Name {
  const known = names.get(text);
  if (known !== undefined) return known;
  const special = text.startsWith("@") || text.includes(".") || isTraceName(text);
  const hash = text.length * 7 + text.charCodeAt(0) + text.charCodeAt(text.length - 1) * 31;
  const guarded = text === "toJSON" || (rulesOf(text) & (credentialField | headers)) !== 0;
  const made = { text, json: `,${quoteJson(text)}:`, special, guarded, bit: 1 << (hash & 31) };
  if (names.size >= maxNames) names.clear();
  names.set(text, made);
  return made;
}

/** The bits of names. */
export function bitsOf(names: Iterable<string>): number {
  let bits = 0;
  for (const name of names) bits |= lookUp(name).bit;
  return bits;
}

/** An error and what it says. */
export interface Thrown {
  readonly thrown: unknown;
  readonly exception: Exception;
}

/** The properties of a call, a logger, a context or a handler, taken so that nothing can change them later. */
export class Captured {
  readonly names: readonly string[];
  /** Plain data, except that dates, bigints and non-finite numbers are still themselves, so that a format can read them. */
  readonly kept: readonly unknown[];
  /** All of them as the inside of a JSON object, each preceded by a comma; special names as they are. */
  readonly json: string;
  /** The bits of all names. */
  readonly bits: number;
  /** Whether one of the names is special. */
  readonly special: boolean;
  /** The first error among them. */
  readonly error: Thrown | undefined;
  /** Where an encoder keeps what it made of them and what stands behind them. */
  cache: unknown;
  #values: Record<string, unknown> | undefined;

  constructor(names: readonly string[], kept: readonly unknown[], json: string, bits: number, special: boolean, error?: Thrown) {
    this.names = names;
    this.kept = kept;
    this.json = json;
    this.bits = bits;
    this.special = special;
    this.error = error;
    this.cache = undefined;
  }

  /** The properties as an object. */
  get values(): Readonly<Record<string, unknown>> {
    if (this.#values === undefined) {
      this.#values = {};
      for (let i = 0; i < this.names.length; i++) define(this.#values, this.names[i]!, this.kept[i]);
    }
    return this.#values;
  }

  /** Whether one of the names is in both. */
  overlaps({ bits, names }: Captured): boolean {
    return (this.bits & bits) !== 0 && names.some((name) => Object.hasOwn(this.values, name));
  }

  /** Laid over others, whose properties it hides; of these no more remain than the budget of one event has room for. */
  over(lower: Captured | undefined): Captured {
    if (lower === undefined || (lower.names.length === 0 && lower.error === undefined)) return this;
    let rest = lower.overlaps(this) ? lower.without(this) : lower;
    const room = Math.max(maxEventSize - this.json.length, leastLayerSize);
    if (rest.json.length > room) rest = rest.#within(room);
    return new Captured(
      [...this.names, ...rest.names],
      [...this.kept, ...rest.kept],
      this.json + rest.json,
      this.bits | rest.bits,
      this.special || rest.special,
      this.error ?? rest.error,
    );
  }

  /** Those whose names the other does not have. */
  without({ values }: Captured): Captured {
    return this.#only(this.names.filter((name) => !Object.hasOwn(values, name)));
  }

  /** Those that so many characters have room for; a mark stands for the rest. */
  #within(room: number): Captured {
    let left = room;
    const fitting = this.names.filter((name, i) => {
      const size = name.length + jsonOf(this.kept[i]).length + valueSize;
      const fits = size <= left;
      if (fits) left -= size;
      return fits;
    });
    return this.#only(fitting).over(capture({ "…": cut(`${this.names.length - fitting.length} more`) }));
  }

  #only(names: readonly string[]): Captured {
    const kept = names.map((name) => this.values[name]);
    const json = names.map((name, i) => lookUp(name).json + jsonOf(kept[i])).join("");
    return new Captured(names, kept, json, this.bits, this.special, this.error);
  }
}

/** No properties. */
export const nothing: Captured = new Captured([], [], "", 0, false);

/** How values are taken. */
export interface CaptureOptions {
  /** The caller's encoder. */
  readonly encoder?: Encoder | undefined;
  /** Names whose value is taken as its text: the holes `{$name}`. */
  readonly stringified?: ReadonlySet<string> | undefined;
  /** Whether the first error among them is to be the event's exception, and is then written without its stack. */
  readonly fillsException?: boolean | undefined;
  /** An error that is already the event's exception. */
  readonly error?: Thrown | undefined;
  /** Takes the values of several bags of one event, so that they pay from one budget. */
  readonly taker?: PlainDataBuilder | undefined;
}

/** Longer texts may need to be cut; up to this length a text without anything to escape is quoted by hand. */
const shortLength = 40;
const longLength = 4096;

/**
 * Takes a bag of properties: own enumerable names in their order, each read once.
 *
 * @param bag Any object; one that cannot be listed becomes a property that says so.
 * @param options How values are taken.
 * @param site Keeps the names of the last bag that came from the same place.
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
  const count = given.at(maxEntries) === "…" ? given.length : Math.min(given.length, maxEntries); // cut before
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
    const isTaken = isSlow || !isSimple(value);
    if (isTaken || isMany) careful ??= new Careful(options, shape.guarded && isMessage(given));
    if (isMany && !careful!.pay(name.text.length + (typeof value === "string" && !isTaken ? value.length : 0))) break;
    if (isTaken) value = careful!.take(value, name.text);
    json += name.json + (typeof value === "string" ? quote(value) : typeof value === "object" ? jsonOf(value) : writeScalar(value));
    kept[i] = value;
  }
  const names = i < count ? shape.names.slice(0, kept.length = i) : shape.names;
  const all = new Captured(names, kept, json, shape.bits, shape.special, careful?.error ?? options?.error);
  return i < total ? all.over(capture({ "…": cut(`${total - i} more`) })) : all;
}

/** The names of a bag: a place in a program logs the same ones again and again. */
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
  const infos = given.map((name) => lookUp(written.write(name)));
  const names = infos.map(({ text }) => text);
  const special = infos.some(({ special }) => special);
  const shape = { given, infos, names, bits: bitsOf(names), special, guarded: infos.some(({ guarded }) => guarded) };
  if (site !== undefined) site.shape = shape;
  return shape;
}

/** What a bag says that it is, where it has `toJSON`. */
function plainOf(bag: Record<string, unknown>): Record<string, unknown> {
  try {
    const { toJSON } = bag;
    if (typeof toJSON !== "function") return bag;
    const said: unknown = toJSON.call(bag, "");
    return isBag(said) ? said as Record<string, unknown> : { __properties: said };
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

/** Whether the value is kept as it is. */
function isSimple(value: unknown): boolean {
  const type = typeof value;
  if (type === "string") {
    return (value as string).length <= shortLength || ((value as string).length <= longLength && !(value as string).includes("\r\n"));
  }
  return type === "number" || type === "boolean" || value === null;
}

function writeScalar(value: unknown): string {
  return typeof value === "boolean" || (typeof value === "number" && toPlainNumber(value) === value) ? `${value}` : `"${value}"`;
}

function quote(text: string): string {
  if (text.length > shortLength) return quoteJson(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 34 || code === 92 || code >= 0xd800) return quoteJson(text);
  }
  return `"${text}"`;
}

/** Takes the values of one bag that are not simple. */
class Careful {
  readonly #options: CaptureOptions;
  readonly #taker: PlainDataBuilder;
  error: Thrown | undefined;

  constructor(options: CaptureOptions = {}, isHttp = false) {
    this.#options = options;
    this.#taker = options.taker ?? new PlainDataBuilder(options.encoder);
    this.#taker.isHttp = isHttp;
    this.error = options.error;
  }

  /** Whether the budget had room for a property and so many characters. */
  pay(size: number): boolean {
    return this.#taker.pay(size + valueSize);
  }

  /** Pays for the text of an error, or for its property, which holds about as much. */
  #pays(error: Thrown): Thrown {
    this.#taker.pay(error.exception.text.length);
    return error;
  }

  /** Plain data; dates, bigints and numbers stay themselves. */
  take(value: unknown, name: string): unknown {
    const { stringified, fillsException = true, encoder } = this.#options;
    const kind = kindOf(value);
    if (stringified?.has(name)) return this.#taker.take(stringify(value, kind), name);
    if (fillsException && kind === "Error") this.error ??= this.#pays({ thrown: value, exception: readException(value) });
    if (this.error !== undefined && value === this.error.thrown) return this.#pays(this.error).exception.property;
    const taken = this.#taker.toPlainNamed(value, name, name, kind);
    if (taken === redacted) return taken;
    if (encoder !== undefined) return taken;
    if (typeof value === "bigint" || typeof value === "number") return value;
    return kind === "Date" && !isNaN(Date.parse(taken as string)) ? new Date(taken as string) : taken;
  }
}

/** What `String` says of a value, for a hole `{$name}`; where that says too little of it, or may never end (a list), its JSON. */
function stringify(value: unknown, kind: string): string {
  if (kind === "Error") return readException(value).text;
  try {
    const say: unknown = kind === "Object" ? (value as object).toString : undefined; // an object may have a text of its own
    return kind !== "" && (say === plainText || typeof say !== "function") ? textOf(value, kind) : String(value);
  } catch (error) {
    return describeThrown(error);
  }
}
