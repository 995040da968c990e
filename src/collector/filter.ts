/** Decides how a filter in a subset of Seq's language is parsed, for the terminal, the page and tests. */

import { requireOptions, text } from "../option_schema.ts";
import type { CollectedEvent } from "./collected_event.ts";
import { findFunction, functionNames } from "./filter_functions.ts";
import {
  calculationReader,
  comparisonReader,
  comparisonSigns,
  junctionReader,
  likeReader,
  membershipReader,
  negationReader,
  type Operand,
  oppositeReader,
} from "./filter_operators.ts";
import { FilterSyntaxError, readTokens, type Token } from "./filter_tokens.ts";
import { eventFields, type Read, readPath, searchFor, shortFields } from "./filter_values.ts";

/** Returns whether an event passes a filter; `nowMs` is the value of `Now()`, by default the time of the call. */
export type EventFilter = (event: CollectedEvent, nowMs?: number) => boolean;

/** How deeply parentheses, calls and `not` may be nested. */
const maxDepth = 64;
const reserved = new Set(["and", "or", "not", "like", "in", "is", "ci"]);
const constants = new Map<string, unknown>([["true", true], ["false", false], ["null", null]]);
const kinds: Readonly<Record<string, Operand["kind"]>> = { "@Level": "level", "@Timestamp": "time", "@Start": "time" };

class FilterParser {
  readonly #filter: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(filter: string) {
    this.#filter = filter;
    this.#tokens = readTokens(filter);
  }

  parse(): Read {
    const [first, second] = this.#tokens;
    if (first!.kind === "end") return () => true;
    const isWord = first!.kind === "name" && second?.kind === "end" && /^[^@$]/.test(this.#lower) && !this.#isReserved;
    if (isWord) return searchFor(`${first!.value}`);
    const { read } = this.#disjunction();
    if (this.#token.kind !== "end") this.#fail("an operator or the end of the filter is expected");
    return read;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  /** Returns the next name in lower case; `""` if no name follows. */
  get #lower(): string {
    const { kind, value } = this.#token;
    return kind === "name" ? `${value}`.toLowerCase() : "";
  }

  get #isReserved(): boolean {
    return reserved.has(this.#lower) || constants.has(this.#lower);
  }

  readonly #fail: (rule: string, position?: number) => never = (rule, position = this.#token.position) => {
    throw new FilterSyntaxError(this.#filter, position, rule);
  };

  /** Consumes one of the signs if it is the next token. */
  #sign(...signs: readonly string[]): string | undefined {
    const { kind, value } = this.#token;
    if (kind !== "sign" || !signs.includes(`${value}`)) return undefined;
    this.#at++;
    return `${value}`;
  }

  /** Consumes a keyword if it is the next token. */
  #word(word: string): boolean {
    const isNext = this.#lower === word;
    if (isNext) this.#at++;
    return isNext;
  }

  #expect(sign: string): void {
    if (this.#sign(sign) === undefined) this.#fail(`${sign} is expected`);
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > maxDepth) this.#fail(`a filter may be nested at most ${maxDepth} levels deep`);
    const parsed = parse();
    this.#depth--;
    return parsed;
  }

  #disjunction(): Operand {
    return this.#junction("or", () => this.#junction("and", () => this.#negation()));
  }

  #junction(word: "and" | "or", parse: () => Operand): Operand {
    const first = parse();
    const terms = [first.read];
    while (this.#word(word)) terms.push(parse().read);
    return terms.length === 1 ? first : { read: junctionReader(word, terms), position: first.position };
  }

  #negation(): Operand {
    const { position } = this.#token;
    if (!this.#word("not")) return this.#comparison();
    return { read: negationReader(this.#nested(() => this.#negation()).read), position };
  }

  #comparison(): Operand {
    const left = this.#sum();
    const { position } = left;
    const sign = this.#sign(...comparisonSigns);
    if (sign !== undefined) return { read: this.#compared(left, sign), position };
    const isNegated = this.#word("not");
    const read = this.#word("like") ? this.#like(left) : this.#word("in") ? this.#in(left) : undefined;
    if (read !== undefined) return { read: isNegated ? oppositeReader(read) : read, position };
    if (isNegated) this.#fail("like or in is expected after not");
    return this.#word("is") ? { read: this.#isNull(left), position } : left;
  }

  /** Rejects a text in double quotes in place of a value, because double quotes mean a search. */
  #value(operand: Operand): Operand {
    if (operand.kind === "search") this.#fail("a text that is compared stands in single quotes", operand.position);
    return operand;
  }

  #compared(left: Operand, sign: string): Read {
    const right = this.#value(this.#sum());
    if (this.#sign(...comparisonSigns) !== undefined) this.#fail("comparisons are joined by and", this.#tokens[this.#at - 1]!.position);
    return comparisonReader({ left: this.#value(left), sign, right, ignoresCase: this.#word("ci"), fail: this.#fail });
  }

  #like(left: Operand): Read {
    const { kind, value } = this.#token;
    if (kind !== "text") this.#fail("a pattern in single quotes, such as 'GET %', is expected after like");
    this.#at++;
    return likeReader(this.#value(left), `${value}`, this.#word("ci"));
  }

  #in(left: Operand): Read {
    const right = this.#value(this.#sum());
    return membershipReader({ left: this.#value(left), right, ignoresCase: this.#word("ci"), fail: this.#fail });
  }

  #isNull(left: Operand): Read {
    const { read } = this.#value(left);
    const isNegated = this.#word("not");
    if (!this.#word("null")) this.#fail("null or not null is expected after is");
    return (event, nowMs) => ((read(event, nowMs) ?? null) === null) !== isNegated;
  }

  /** Parses operands up to a closing sign. */
  #list(end: string): Operand[] {
    const items: Operand[] = [];
    if (this.#sign(end) !== undefined) return items;
    do items.push(this.#value(this.#nested(() => this.#sum()))); while (this.#sign(",") !== undefined);
    this.#expect(end);
    return items;
  }

  #sum(): Operand {
    return this.#calculation(["+", "-"], () => this.#calculation(["*", "/", "%"], () => this.#operand()));
  }

  #calculation(signs: readonly string[], parse: () => Operand): Operand {
    let left = parse();
    for (let sign = this.#sign(...signs); sign !== undefined; sign = this.#sign(...signs)) {
      const right = this.#value(parse());
      const kind = left.kind === "time" ? "time" : undefined;
      left = { read: calculationReader(this.#value(left).read, sign, right.read), position: left.position, kind };
    }
    return left;
  }

  #operand(): Operand {
    const { kind, value, position } = this.#token;
    if (kind === "name") return this.#named();
    if (kind === "end") return this.#fail("a value is expected");
    this.#at++;
    if (kind === "search") return { read: searchFor(`${value}`), position, kind };
    if (kind !== "sign") return { read: () => value, position, literal: value };
    if (value === "-") {
      const { read } = this.#value(this.#nested(() => this.#operand()));
      return { read: calculationReader(() => 0, "-", read), position };
    }
    if (value === "(") {
      const inner = this.#nested(() => this.#disjunction());
      this.#expect(")");
      return inner;
    }
    if (value === "[") {
      const items = this.#list("]");
      return { read: (event, nowMs) => items.map(({ read }) => read(event, nowMs)), position, items };
    }
    if (value === "/") this.#fail("regular expressions are not supported; like has % and _", position);
    return this.#fail("a value is expected", position);
  }

  #named(): Operand {
    const { position } = this.#token;
    const name = `${this.#token.value}`;
    if (reserved.has(this.#lower)) this.#fail("a value is expected");
    const constant = constants.get(this.#lower);
    this.#at++;
    if (constant !== undefined) return { read: () => constant, position, literal: constant };
    if (this.#sign("(") !== undefined) return this.#call(name, position);
    return this.#path(name, position);
  }

  #call(name: string, position: number): Operand {
    const found = findFunction(name) ?? this.#fail(`the functions are ${functionNames}`, position);
    const given = this.#list(")");
    const { least, most } = found;
    if (given.length < least || given.length > most) {
      this.#fail(`${name} takes ${least === most ? least : `${least} to ${most}`} argument${most === 1 ? "" : "s"}`, position);
    }
    const ignoresCase = found.isText === true && this.#word("ci");
    return { read: found.make(given.map(({ read }) => read), ignoresCase), position, kind: found.isTime ? "time" : undefined };
  }

  #path(name: string, position: number): Operand {
    const full = Object.hasOwn(shortFields, name) ? shortFields[name]! : name;
    const isField = Object.hasOwn(eventFields, full);
    if (/^[@$]/.test(name) && !isField) {
      this.#fail(
        `the fields of an event are ${Object.keys(eventFields).join(", ")}; other names are written @Properties['name']`,
        position,
      );
    }
    const steps = this.#steps();
    if (isField) return { read: readPath(eventFields[full]!, steps), position, kind: steps.length === 0 ? kinds[full] : undefined };
    return { read: readPath(({ properties }) => properties, [name, ...steps]), position };
  }

  /** Parses what follows a name: `.name`, `['name']` and `[0]`. */
  #steps(): (string | number)[] {
    const steps: (string | number)[] = [];
    for (;;) {
      if (this.#sign(".") !== undefined) {
        if (this.#token.kind !== "name") this.#fail("a name is expected after the dot; other names are written ['name']");
        steps.push(`${this.#token.value}`);
        this.#at++;
      } else if (this.#sign("[") !== undefined) steps.push(this.#index());
      else return steps;
    }
  }

  #index(): string | number {
    const isNegative = this.#sign("-") !== undefined;
    const { kind, value, position } = this.#token;
    const isWhole = kind === "number" && Number.isInteger(value);
    if (!isWhole && (isNegative || kind !== "text")) {
      this.#fail("a name in single quotes or a whole number is expected in brackets; [?] and [*] are not supported", position);
    }
    this.#at++;
    this.#expect("]");
    return isWhole ? Number(value) * (isNegative ? -1 : 1) : `${value}`;
  }
}

/**
 * Reads a filter in a subset of the language of Seq's filters.
 *
 * Supported are comparisons (`=`, `<>`, `<`, `<=`, `>`, `>=`), `and`, `or`, `not`, `like`, `in`, `is null`, `ci`, arithmetic, durations
 * such as `500ms`, paths (`User.Name`, `Tags[0]`, `Headers['x-id']`), Seq's fields (`@Level`, `@Message`, `@Exception`, …), and the
 * functions Has, Contains, StartsWith, EndsWith, IndexOf, Length, ToLower, ToUpper, Coalesce, Now and DateTime. A single word or a text in
 * double quotes is searched in message and exception. Levels are compared by rank, under any of their names. The empty filter passes every
 * event.
 *
 * @param filter The filter, at most 4000 characters.
 * @returns The function that decides whether an event passes.
 * @throws {ConfigError} If the filter is no text.
 * @throws {FilterSyntaxError} If the filter is invalid; the message names the position and what is expected there.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createCollector, parseFilter } from "@x/seqlog/collector";
 *
 * const collector = createCollector();
 * const body = '{"@t":"2026-03-01T10:15:00Z","@mt":"GET {Path} failed","@l":"Error","Path":"/orders","StatusCode":503,"Elapsed":120}';
 * await collector.fetch(new Request("http://seq/ingest/clef", { method: "POST", body }));
 * const isSlowFailure = parseFilter("StatusCode >= 500 and Elapsed > 100 and @Level >= 'Warning'");
 * assert.equal(collector.events.filter((event) => isSlowFailure(event)).length, 1);
 * assert.throws(() => parseFilter("StatusCode == 500"), /at character 12: equality is written =/);
 * ```
 */
export function parseFilter(filter: string): EventFilter {
  const read = new FilterParser(requireOptions(text, filter, "parseFilter", "filter")).parse();
  return (event, nowMs = Date.now()) => read(event, nowMs) === true;
}
