/**
 * What a log call takes: the types of its arguments, checked against the holes of a literal template. Nothing of this is there at run time.
 *
 * The compiler pays for each call, so the usual one is decided by two types: {@linkcode Known} walks over the holes, and everything else is
 * looked at only where a hole bears the name of no property. `NoInfer` keeps the compiler from reading the checks for candidates, which
 * would double their price. Each form of {@linkcode LogMethod} has its own number of arguments: where two could be meant, an error would
 * begin with "No overload matches this call", and not with the hole.
 */

import type { Level } from "./event/level.ts";

/**
 * What a project says of all its log calls, by adding to this interface.
 *
 * `templates: "loose"` switches the check of templates off. `properties` names what is on every event, because `configure` or
 * `withContext` adds it.
 *
 * @example
 * ```ts ignore
 * declare module "@x/seqlog" {
 *   interface LogTypes {
 *     properties: { RequestId: string };
 *   }
 * }
 * ```
 */
// deno-lint-ignore no-empty-interface -- a project adds to it
export interface LogTypes {}

/** What an error may be: anything but a text, which is a template (`any` and `unknown`, as of `catch`, pass). */
export type NonText<E> = 0 extends 1 & E ? E : [E] extends [string] ? never : E;

/** Any value; in these words the compiler keeps a text literal, and a list as a tuple. */
export type LogArgument = string | [] | {} | null | undefined;

/** What a call lacks: a property for each of these holes of its template. */
export type MissingProperty<Hole extends string> = { readonly [Name in Hole]: unknown };

/** Logs an event of one level; never throws, never waits, drops nothing that it is handed. */
export interface LogMethod<Bound = {}> {
  /**
   * @param template The message template (messagetemplates.org), such as `"Order {OrderId} shipped"`; or an error; or properties, which are then the event.
   */
  <T extends LogArgument>(template: T & NoInfer<Alone<T, Bound>>): void;
  /**
   * @param template The message template; or an error, or properties, the template being second.
   * @param properties Its properties by name; a list or a value fills the holes from left to right; a function is called only if the level is enabled.
   */
  <T extends LogArgument, P extends LogArgument>(template: T, properties: P & NoInfer<Second<T, P, Bound>>): void;
  /**
   * @param error What was thrown: fills the event's exception. Or a template, and what follows is its values.
   * @param template The message template.
   * @param properties Its properties.
   */
  <E extends LogArgument, T extends LogArgument, P, V extends readonly unknown[]>(
    error: E,
    template: T & NoInfer<SecondOfThree<E, T, P, Bound>>,
    properties: P & NoInfer<Third<E, T, P, V[0], Bound>>,
    ...values: V
  ): void;
  /**
   * @param args Arguments that were collected in a list.
   */
  <R extends readonly unknown[]>(...args: Collected<R>): void;
}

/** Logs an event of a level that is an argument; otherwise as {@linkcode LogMethod}. */
export interface LevelMethod<Bound = {}, Result = void> {
  /**
   * @param level The level.
   * @param template The message template; or an error; or properties, which are then the event.
   */
  <T extends LogArgument>(level: Level, template: T & NoInfer<Alone<T, Bound>>): Result;
  /**
   * @param level The level.
   * @param template The message template; or an error, or properties, the template being the argument behind it.
   * @param properties Its properties by name; a list or a value fills the holes from left to right; a function is called only if the level is enabled.
   */
  <T extends LogArgument, P extends LogArgument>(level: Level, template: T, properties: P & NoInfer<Second<T, P, Bound>>): Result;
  /**
   * @param level The level.
   * @param error What was thrown: fills the event's exception. Or a template, and what follows is its values.
   * @param template The message template.
   * @param properties Its properties.
   */
  <E extends LogArgument, T extends LogArgument, P, V extends readonly unknown[]>(
    level: Level,
    error: E,
    template: T & NoInfer<SecondOfThree<E, T, P, Bound>>,
    properties: P & NoInfer<Third<E, T, P, V[0], Bound>>,
    ...values: V
  ): Result;
  /**
   * @param level The level.
   * @param args Arguments that were collected in a list.
   */
  <R extends readonly unknown[]>(level: Level, ...args: Collected<R>): Result;
}

/** {@linkcode LevelMethod}, and winston's form: the level is a field of the event. */
export interface LogAtLevel<Bound = {}> extends LevelMethod<Bound> {
  /**
   * @param event Its level, its message, and its properties beside them.
   */
  <E extends { readonly level: Level; readonly message: string }>(event: E): void;
}

// ---- the forms of a call ----

type Alone<T, Bound> = T extends string ? Fits<T, {}, undefined, Bound> : unknown;

type Second<T, P, Bound> = T extends string ? Fits<T, P, undefined, Bound>
  : P extends string ? Fits<P, {}, undefined, Bound & FieldsOf<T>>
  : unknown;

type SecondOfThree<E, T, P, Bound> = E extends string ? Fits<E, T, P, Bound> : unknown;

type Third<E, T, P, Next, Bound> = E extends string ? unknown : T extends string ? Fits<T, P, Next, Bound & FieldsOf<E>> : unknown;

/** A list whose length is not known; any other number of arguments is left to the other forms, none of which takes this many. */
type Collected<R extends readonly unknown[]> = number extends R["length"] ? R
  : R extends readonly [] ? [template: LogArgument]
  : [never, never, never, never, never, never, never, never, never, never];

/** The properties that an object brings which stands first: an error, or a value of an unknown type, brings none. */
type FieldsOf<E> = unknown extends E ? {}
  : E extends Primitive | null | undefined ? {}
  : E extends Error ? "stack" extends keyof E ? {} : E
  : E;

// ---- whether every hole is filled ----

/** `unknown`, which all values are, where the holes of the template have properties; `Next` is the argument behind those. */
type Fits<T extends string, P, Next, Bound> = Known<T, keyof P | keyof Bound> extends true ? unknown : Lacks<Unfilled<T, P, Next, Bound>>;

/** Whether each hole bears one of the names. An escaped brace is no hole, and is looked at again by {@linkcode Holes}. */
type Known<T extends string, Names> = T extends `${infer _Text}{${infer Hole}}${infer More}`
  ? Hole extends Names ? Known<More, Names> : NameOf<Hole> extends Names ? Known<More, Names> : false
  : true;

type Lacks<Hole extends string> = [Hole] extends [never] ? unknown : MissingProperty<Hole>;

/** The holes that no property fills, as far as that can be known: not of a text that is no literal. */
type Unfilled<T extends string, P, Next, Bound> = 0 extends 1 & T ? never
  : LogTypes extends { readonly templates: "loose" } ? never
  : {} extends Record<T, 1> ? never
  : Unnamed<Holes<T>, Filled<T, P, Next> | Names<Bound> | Everywhere, P & Bound>;

type Everywhere = LogTypes extends { readonly properties: infer P } ? Names<P> : never;

/** Those of the holes without a property: `{a.b}` is the property `a.b`, or else `b` of `a`. */
type Unnamed<Hole extends string, Filled, Values> = Hole extends Filled ? never
  : Hole extends `${infer Head}.${infer Tail}`
    ? Head extends Filled ? Head extends keyof Values ? Within<Hole, Tail, Values[Head]> : never : Hole
  : Hole;

type Within<Hole, Path extends string, Value> = Path extends Names<Value> ? never
  : Path extends `${infer Head}.${infer Tail}` ? Head extends keyof Value ? Within<Hole, Tail, Value[Head]> : Hole
  : Value extends null | undefined ? never
  : Hole;

// ---- templates, by the rules of message_template.ts ----

/** The names of a template's holes; what is no valid hole is text. */
type Holes<T extends string, Found = never> = T extends `${infer _Text}{${infer Hole}}${infer More}`
  ? Hole extends `{${infer Text}` ? Holes<`${Text}}${More}`, Found> : Holes<More, Found | Valid<NameOf<Hole>>>
  : Found;

/** The same as a list without repetitions. */
type HoleList<T extends string, Found extends readonly string[] = []> = T extends `${infer _Text}{${infer Hole}}${infer More}`
  ? Hole extends `{${infer Text}` ? HoleList<`${Text}}${More}`, Found> : HoleList<More, Append<Found, Valid<NameOf<Hole>>>>
  : Found;

type Append<L extends readonly string[], N extends string> = [N] extends [never] ? L : N extends L[number] ? L : [...L, N];

/** The name in a hole, without hint, alignment and format. */
type NameOf<H extends string> = H extends `${infer N}:${infer _Format}` ? Unaligned<N> : Unaligned<H>;
type Unaligned<H extends string> = H extends `${infer N},${infer Width}` ? Width extends `${bigint}` ? Unhinted<N> : never : Unhinted<H>;
type Unhinted<H extends string> = H extends `@${infer N}` ? N : H extends `$${infer N}` ? N : H;

type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
/** What no name holds: of the characters that are no letters only those which are met. */
// deno-fmt-ignore -- one table
type Odd = " " | "\n" | "\t" | "\r" | "!" | '"' | "#" | "$" | "%" | "&" | "'" | "(" | ")" | "*" | "+" | "," | "-" | "/" | ":" | ";" | "<" | "=" | ">"
  | "?" | "@" | "[" | "\\" | "]" | "^" | "`" | "{" | "|" | "}" | "~" | "…" | "–" | "—" | "“" | "”" | "→" | "·" | ".." | `.${Digit}`;
type Valid<N extends string> = N extends "" | `${string}${Odd}${string}` | `.${string}` | `${string}.` ? never
  : N extends `${Digit}${string}` ? N extends `${bigint}` ? N : never
  : N;

// ---- values ----

type Primitive = string | number | bigint | boolean | symbol;

/** What is one value, and no bag of properties: a date, a map, a URL, …; or says itself what its properties are. */
type OneValue = { readonly [Symbol.toStringTag]: string } | Date | RegExp | { toJSON(...args: never): unknown };

/** The names of the properties that a value brings; `string` where they cannot be known. */
type Names<P> = 0 extends 1 & P ? string
  : [P] extends [never] ? string
  : unknown extends P ? string
  : P extends undefined | Primitive ? never
  : P extends null | OneValue ? string
  : P extends (...args: never) => infer Result ? Names<Result>
  : P extends Error ? "stack" extends keyof P ? never : `${keyof P & (string | number)}`
  : object extends P ? string extends P ? never : string
  : `${keyof P & (string | number)}`;

/** The names that are filled by the value behind a template, and the next. */
type Filled<T extends string, P, Next> = [P] extends [Primitive | null] ? Next extends undefined ? Positional<T, [P]> : string
  : [P] extends [readonly unknown[]] ? Next extends undefined ? Positional<T, P> : string
  : [P] extends [Error]
    ? "stack" extends keyof P ? Next extends undefined ? Positional<T, [P]> : Next extends Primitive ? string : Names<Next> : Names<P>
  : Names<P>;

/** The names that a list fills: by number where all holes are numbers, else from left to right. */
type Positional<T extends string, Values extends readonly unknown[]> = number extends Values["length"] ? string
  : HoleList<T> extends infer L extends readonly string[]
    ? [L[number]] extends [`${bigint}`] ? Extract<keyof Values, `${bigint}`> : LeftToRight<L, Values>
  : never;

type LeftToRight<L, Values> = Values extends readonly [unknown, ...infer V]
  ? L extends readonly [infer N, ...infer Rest] ? N | LeftToRight<Rest, V> : never
  : never;
