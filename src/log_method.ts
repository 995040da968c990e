/**
 * Declares the argument types of a log call, checked against the holes of a literal template. These types have no code at run time.
 *
 * Every log call costs compile time, so a usual call evaluates only two types. {@linkcode Known} walks over the holes, and the compiler
 * evaluates the other types only if a hole has no property of its name. `NoInfer` keeps the compiler from inferring types from the checks,
 * which would double their cost. The forms of {@linkcode LogMethod} differ in the number of arguments. If two forms could match, an error
 * would begin with "No overload matches this call" instead of naming the hole.
 */

import type { Level } from "./event/level.ts";

/**
 * Settings for all log calls of a project, which it adds to this interface.
 *
 * `templates: "loose"` turns off the check of templates. `properties` names the properties of every event, which `configure` or
 * `withContext` adds.
 *
 * @example
 * ```ts ignore
 * import type {} from "@x/seqlog";
 *
 * declare module "@x/seqlog" {
 *   interface LogTypes {
 *     properties: { RequestId: string };
 *   }
 * }
 * ```
 */
// deno-lint-ignore no-empty-interface -- a project adds to it
export interface LogTypes {}

/** The type of an error argument: anything but a string, because a string is a template. Allows `any` and `unknown`, as in `catch`. */
export type NonText<E> = 0 extends 1 & E ? E : [E] extends [string] ? never : E;

/** Any value, written so that the compiler keeps the literal type of a text and the tuple type of a list. */
export type LogArgument = string | [] | {} | null | undefined;

/** Shown in compile errors: the call lacks a property for each of these holes. */
export type MissingProperty<Hole extends string> = { readonly [Name in Hole]: unknown };

/** Logs an event of one level. Never throws, never waits, and drops no argument. */
export interface LogMethod<Bound = {}> {
  /**
   * @param template The message template (messagetemplates.org), such as `"Order {OrderId} shipped"`; or an error; or an object of
   * properties that is the whole event.
   */
  <T extends LogArgument>(template: T & NoInfer<CheckAlone<T, Bound>>): void;
  /**
   * @param template The message template. An error or properties may come first; then the template comes second.
   * @param properties The properties by name. A list or a value fills the holes from left to right; a function is called only if the level
   * is enabled.
   */
  <T extends LogArgument, P extends LogArgument>(template: T, properties: P & NoInfer<CheckSecond<T, P, Bound>>): void;
  /**
   * @param error The thrown value, which becomes the event's exception; or a template, followed by its values.
   * @param template The message template.
   * @param properties The properties of the template.
   */
  <E extends LogArgument, T extends LogArgument, P, V extends readonly unknown[]>(
    error: E,
    template: T & NoInfer<CheckSecondOfThree<E, T, P, Bound>>,
    properties: P & NoInfer<CheckThird<E, T, P, V[0], Bound>>,
    ...values: V
  ): void;
  /**
   * @param args Arguments collected in a list.
   */
  <R extends readonly unknown[]>(...args: CollectedArguments<R>): void;
}

/** Logs an event of the level given as the first argument; otherwise like {@linkcode LogMethod}. */
export interface LevelMethod<Bound = {}, Result = void> {
  /**
   * @param level The level.
   * @param template The message template; or an error; or an object of properties that is the whole event.
   */
  <T extends LogArgument>(level: Level, template: T & NoInfer<CheckAlone<T, Bound>>): Result;
  /**
   * @param level The level.
   * @param template The message template. An error or properties may come first; then the template comes second.
   * @param properties The properties by name. A list or a value fills the holes from left to right; a function is called only if the level
   * is enabled.
   */
  <T extends LogArgument, P extends LogArgument>(level: Level, template: T, properties: P & NoInfer<CheckSecond<T, P, Bound>>): Result;
  /**
   * @param level The level.
   * @param error The thrown value, which becomes the event's exception; or a template, followed by its values.
   * @param template The message template.
   * @param properties The properties of the template.
   */
  <E extends LogArgument, T extends LogArgument, P, V extends readonly unknown[]>(
    level: Level,
    error: E,
    template: T & NoInfer<CheckSecondOfThree<E, T, P, Bound>>,
    properties: P & NoInfer<CheckThird<E, T, P, V[0], Bound>>,
    ...values: V
  ): Result;
  /**
   * @param level The level.
   * @param args Arguments collected in a list.
   */
  <R extends readonly unknown[]>(level: Level, ...args: CollectedArguments<R>): Result;
}

/** Also accepts winston's form, in which the level is a field of the event; otherwise like {@linkcode LevelMethod}. */
export interface LogAtLevel<Bound = {}> extends LevelMethod<Bound> {
  /**
   * @param event The level, the message and the properties as fields of one object.
   */
  <E extends { readonly level: Level; readonly message: string }>(event: E): void;
}

// ---- the forms of a call ----

/**
 * The check of an argument that stands alone.
 *
 * @internal
 */
export type CheckAlone<T, Bound> = T extends string ? Fits<T, {}, undefined, Bound> : unknown;

/**
 * The check of the second of two arguments.
 *
 * @internal
 */
export type CheckSecond<T, P, Bound> = T extends string ? Fits<T, P, undefined, Bound>
  : P extends string ? Fits<P, {}, undefined, Bound & FieldsOf<T>>
  : unknown;

/**
 * The check of the second of three or more arguments.
 *
 * @internal
 */
export type CheckSecondOfThree<E, T, P, Bound> = E extends string ? Fits<E, T, P, Bound> : unknown;

/**
 * The check of the third argument.
 *
 * @internal
 */
export type CheckThird<E, T, P, Next, Bound> = E extends string ? unknown
  : T extends string ? Fits<T, P, Next, Bound & FieldsOf<E>>
  : unknown;

/**
 * A list of unknown length. Calls with a known number of arguments match the other forms.
 *
 * @internal
 */
export type CollectedArguments<R extends readonly unknown[]> = number extends R["length"] ? R
  : R extends readonly [] ? [template: LogArgument]
  : [never, never, never, never, never, never, never, never, never, never];

/** The property names of an object that comes first; none for an error or a value of unknown type. */
type FieldsOf<E> = unknown extends E ? {}
  : E extends Primitive | null | undefined ? {}
  : E extends Error ? "stack" extends keyof E ? {} : E
  : E;

// ---- whether every hole is filled ----

/** `unknown`, which accepts every value, if all holes have properties; `Next` is the argument after the properties. */
type Fits<T extends string, P, Next, Bound> = Known<T, keyof P | keyof Bound> extends true ? unknown : Lacks<Unfilled<T, P, Next, Bound>>;

/** Whether every hole has one of the names. It ignores escaped braces, which {@linkcode Holes} handles. */
type Known<T extends string, Names> = T extends `${infer _Text}{${infer Hole}}${infer More}`
  ? Hole extends Names ? Known<More, Names> : NameOf<Hole> extends Names ? Known<More, Names> : false
  : true;

type Lacks<Hole extends string> = [Hole] extends [never] ? unknown : MissingProperty<Hole>;

/** The holes that no property fills; none if the template is not a literal. */
type Unfilled<T extends string, P, Next, Bound> = 0 extends 1 & T ? never
  : LogTypes extends { readonly templates: "loose" } ? never
  : {} extends Record<T, 1> ? never
  : Unnamed<Holes<T>, Filled<T, P, Next> | Names<Bound> | Everywhere, P & Bound>;

type Everywhere = LogTypes extends { readonly properties: infer P } ? Names<P> : never;

/** The holes without a property: `{a.b}` means the property `a.b` or, if that is absent, `b` within `a`. */
type Unnamed<Hole extends string, Filled, Values> = Hole extends Filled ? never
  : Hole extends `${infer Head}.${infer Tail}`
    ? Head extends Filled ? Head extends keyof Values ? Within<Hole, Tail, Values[Head]> : never : Hole
  : Hole;

type Within<Hole, Path extends string, Value> = Path extends Names<Value> ? never
  : Path extends `${infer Head}.${infer Tail}` ? Head extends keyof Value ? Within<Hole, Tail, Value[Head]> : Hole
  : Value extends null | undefined ? never
  : Hole;

// ---- templates, by the rules of message_template.ts ----

/** The names of a template's holes; an invalid hole counts as text. */
type Holes<T extends string, Found = never> = T extends `${infer _Text}{${infer Hole}}${infer More}`
  ? Hole extends `{${infer Text}` ? Holes<`${Text}}${More}`, Found> : Holes<More, Found | Valid<NameOf<Hole>>>
  : Found;

/** The names of a template's holes as a list, without duplicates. */
type HoleList<T extends string, Found extends readonly string[] = []> = T extends `${infer _Text}{${infer Hole}}${infer More}`
  ? Hole extends `{${infer Text}` ? HoleList<`${Text}}${More}`, Found> : HoleList<More, Append<Found, Valid<NameOf<Hole>>>>
  : Found;

type Append<L extends readonly string[], N extends string> = [N] extends [never] ? L : N extends L[number] ? L : [...L, N];

/** The name in a hole, without hint, alignment and format. */
type NameOf<H extends string> = H extends `${infer N}:${infer _Format}` ? Unaligned<N> : Unaligned<H>;
type Unaligned<H extends string> = H extends `${infer N},${infer Width}` ? Width extends `${bigint}` ? Unhinted<N> : never : Unhinted<H>;
type Unhinted<H extends string> = H extends `@${infer N}` ? N : H extends `$${infer N}` ? N : H;

type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
/** The characters that end a name, limited to those that occur in practice. */
// deno-fmt-ignore -- one table
type Odd = " " | "\n" | "\t" | "\r" | "!" | '"' | "#" | "$" | "%" | "&" | "'" | "(" | ")" | "*" | "+" | "," | "-" | "/" | ":" | ";" | "<" | "=" | ">"
  | "?" | "@" | "[" | "\\" | "]" | "^" | "`" | "{" | "|" | "}" | "~" | "…" | "–" | "—" | "“" | "”" | "→" | "·" | ".." | `.${Digit}`;
type Valid<N extends string> = N extends "" | `${string}${Odd}${string}` | `.${string}` | `${string}.` ? never
  : N extends `${Digit}${string}` ? N extends `${bigint}` ? N : never
  : N;

// ---- values ----

type Primitive = string | number | bigint | boolean | symbol;

/** A single value rather than an object of properties: a date, a map, a URL, …, or an object with its own `toJSON`. */
type OneValue = { readonly [Symbol.toStringTag]: string } | Date | RegExp | { toJSON(...args: never): unknown };

/** The property names of a value; `string` if they are unknown. */
type Names<P> = 0 extends 1 & P ? string
  : [P] extends [never] ? string
  : unknown extends P ? string
  : P extends undefined | Primitive ? never
  : P extends null | OneValue ? string
  : P extends (...args: never) => infer Result ? Names<Result>
  : P extends Error ? "stack" extends keyof P ? never : `${keyof P & (string | number)}`
  : object extends P ? string extends P ? never : string
  : `${keyof P & (string | number)}`;

/** The names filled by the value after a template and by the argument after that value. */
type Filled<T extends string, P, Next> = [P] extends [Primitive | null] ? Next extends undefined ? Positional<T, [P]> : string
  : [P] extends [readonly unknown[]] ? Next extends undefined ? Positional<T, P> : string
  : [P] extends [Error]
    ? "stack" extends keyof P ? Next extends undefined ? Positional<T, [P]> : Next extends Primitive ? string : Names<Next> : Names<P>
  : Names<P>;

/** The names that a list fills: by number if all holes are numbers, otherwise from left to right. */
type Positional<T extends string, Values extends readonly unknown[]> = number extends Values["length"] ? string
  : HoleList<T> extends infer L extends readonly string[]
    ? [L[number]] extends [`${bigint}`] ? Extract<keyof Values, `${bigint}`> : LeftToRight<L, Values>
  : never;

type LeftToRight<L, Values> = Values extends readonly [unknown, ...infer V]
  ? L extends readonly [infer N, ...infer Rest] ? N | LeftToRight<Rest, V> : never
  : never;
