/** The filter that removes secrets from events. */

import { report } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import type { Filter } from "../filter.ts";
import { escapeTemplate, EventRecord, type LogEvent, toRecord } from "../event/log_event.ts";
import { type Hole, type MessageTemplate, parseTemplate } from "../event/message_template.ts";
import { Captured, nothing, type Thrown } from "../event/properties.ts";
import { list, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { needing, pattern } from "./filter_options.ts";
import { Redactor } from "./redactor.ts";

/** Options of {@linkcode redactFilter}: `keys`, `patterns`, or both. */
export interface RedactFilterOptions {
  /**
   * Names of properties with secret values, at any depth. `*` stands for any characters; case, `_` and `-` are ignored, so
   * `"apiKey"` includes `API-Key`. A name with dots is the end of a path: `"user.password"`. Default: none.
   */
  readonly keys?: readonly string[] | undefined;
  /** Patterns of secrets in texts and numbers: regular expressions or their source; the whole match is replaced. Default: none. */
  readonly patterns?: readonly (RegExp | string)[] | undefined;
  /** Replaces a secret. Default: `"[Redacted]"`. */
  readonly replacement?: string | undefined;
}

/** Reads the options of a redact filter. Options that redact nothing are an issue. */
export const readRedactOptions: Reader<RedactFilterOptions> = needing(
  options<RedactFilterOptions>(() => ({ keys: list(text), patterns: list(pattern), replacement: text })),
  "a list of names (or give patterns)",
  "keys",
  "patterns",
);

const failed = "[Redacted: redaction failed]";

/**
 * Makes a filter that removes secrets from events: values by property name, and parts of texts by pattern.
 *
 * It covers everything in an event: the properties of the call, of `with`, of the context and the global ones; errors with their fields
 * and causes; JSON, parameters (`token=…`) and header lines inside texts; header lists such as Node's `rawHeaders`; and the
 * template itself. A pattern sees one text at a time, not the rendered message. Property names stay. What the program logged is not
 * changed, but `event.error` becomes text if it contained a secret. If redaction fails, the event passes without its content.
 *
 * @param options What is secret.
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler, redactFilter } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * memory.filters = [redactFilter({ keys: ["password", "*token*"], patterns: [/\b\d{16}\b/] })];
 * const added = getLogger("shop").addHandler(memory);
 * getLogger("shop").warn("{User} pays with {Card}", { User: { name: "Ada", Password: "x" }, Card: "no. 4111111111111111" });
 * assert.equal(memory.events[0]?.message, '{"name":"Ada","Password":"[Redacted]"} pays with no. [Redacted]');
 * added.dispose();
 * ```
 */
export function redactFilter(options: RedactFilterOptions): Filter {
  const { keys = [], patterns = [], replacement = "[Redacted]" } = requireOptions(readRedactOptions, options, "redactFilter");
  const redaction = new Redaction(new Redactor(keys, patterns as readonly RegExp[], replacement));
  const ofRecord = (record: EventRecord): EventRecord => {
    try {
      return redaction.ofRecord(record);
    } catch { // the error's text may contain the secret
      report({ code: "redaction-failed", message: "An event could not be redacted, and passed without its content" });
      const { rank, scope, trace, span, timestampMs, ticks, isPrinted, acknowledgements } = record;
      const origin = { timestampMs, ticks, isPrinted, acknowledgements };
      return new EventRecord({ rank, template: parseTemplate(failed), scope, own: nothing, trace, span, origin });
    }
  };
  return Object.assign((event: LogEvent) => ofRecord(toRecord(event)).event, { ofRecord });
}

/** Redacts records part by part, and parts that many records share only once. */
class Redaction {
  readonly #redactor: Redactor;
  readonly #known = new WeakMap<Captured, Captured>();
  readonly #templates = new WeakMap<MessageTemplate, MessageTemplate>();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Returns the same record if it contains no secret. */
  ofRecord(record: EventRecord): EventRecord {
    const template = this.#ofTemplate(record);
    const own = this.#ofCaptured(record.own);
    const error = record.error && this.#ofThrown(record.error, record.own, own);
    const common = (captured: Captured | undefined): Captured | undefined =>
      captured && this.#remember(this.#known, captured, (whole) => this.#ofCaptured(whole));
    const [bound, context, globals] = [common(record.bound), common(record.context), common(record.globals)];
    const live = record.live && this.#ofCaptured(record.live);
    const isSame = template === record.template && own === record.own && error === record.error && bound === record.bound &&
      context === record.context && globals === record.globals && live === record.live;
    if (isSame) return record;
    const { rank, scope, trace, span } = record;
    return new EventRecord({ rank, template, scope, own, error, bound, context, globals, live, trace, span, origin: record });
  }

  #remember<T extends object>(known: WeakMap<T, T>, thing: T, redact: (thing: T) => T): T {
    let redacted = known.get(thing);
    if (redacted === undefined) known.set(thing, redacted = redact(thing));
    return redacted;
  }

  #ofCaptured(captured: Captured): Captured {
    const { names, kept } = captured;
    let redacted: unknown[] | undefined;
    for (let i = 0; i < names.length; i++) {
      const value = this.#redactor.redactEntry(kept[i], this.#redactor.top, names[i]!);
      if (!Object.is(value, kept[i])) (redacted ??= [...kept])[i] = value;
    }
    if (redacted === undefined) return captured;
    return new Captured(captured, redacted);
  }

  /** Redacts the literal text of a record's template, and holes without a property. */
  #ofTemplate(record: EventRecord): MessageTemplate {
    const { template } = record;
    const known = this.#templates.get(template);
    if (known !== undefined) return known;
    let isSame = true;
    let isAlways = true; // a hole's result depends on the record's properties
    let literal = "";
    let written = "";
    for (const token of [...template.tokens, undefined]) {
      if (token?.kind === "text") literal += token.text;
      else {
        const redacted = this.#redactor.redactLiteral(literal);
        isSame &&= redacted === literal;
        written += escapeTemplate(redacted);
        literal = "";
      }
      if (token?.kind !== "hole") continue;
      const redacted = this.#redactHole(token);
      isAlways &&= redacted === token.raw;
      const hole = redacted === token.raw || hasProperty(record, token.name) ? token.raw : redacted;
      isSame &&= hole === token.raw;
      written += hole;
    }
    const redacted = isSame ? template : parseTemplate(written);
    if (isAlways) this.#templates.set(template, redacted);
    return redacted;
  }

  /** Redacts a hole that no property fills: concatenated text may have produced `{4111111111111111}` or `{password:hunter2}`. */
  #redactHole({ raw, name, format }: Hole): string {
    const { replacement } = this.#redactor;
    if (format !== undefined && this.#redactor.below(this.#redactor.unknown, name).isSecret) {
      return escapeTemplate(`{${name}:${replacement}}`);
    }
    const redacted = this.#redactor.redactMatches(raw);
    return redacted === raw ? raw : escapeTemplate(redacted);
  }

  /** Redacts a thrown value: both the property and the text made from it. */
  #ofThrown(error: Thrown, own: Captured, redacted: Captured): Thrown {
    const redactor = this.#redactor;
    const { type, message, text, property } = error.exception;
    const at = typeof property === "object" ? own.kept.indexOf(property) : -1;
    const left = at < 0 ? redactor.redact(property, redactor.unknown) : redacted.kept[at];
    const isSecret = (name: string): boolean => redactor.below(redactor.unknown, name).isSecret;
    // If a part that the text is made from was redacted, the text is made again from the redacted value.
    const isAnew = isSecret("stack") || (left !== property && (typeof left === "string" || partsOfText.some(isSecret)));
    const exception = isAnew ? { ...readException(left), type } : {
      type,
      message: redactor.redactText(message, redactor.unknown),
      text: redactor.redactText(text, redactor.unknown),
      property: left,
    };
    const isSame = exception.text === text && exception.message === message && left === property;
    return isSame ? error : { thrown: exception.text, exception };
  }
}

const partsOfText = ["name", "message", "cause", "errors"];

const hasProperty = ({ own, bound, context, globals, live }: EventRecord, name: string): boolean =>
  [own, bound, context, globals, live].some((captured) => captured?.names.includes(name));
