/** The filter by the message template. */

import type { Filter } from "../filter.ts";
import { flag, list, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { needing, pattern } from "./filter_options.ts";

/** What {@linkcode templateFilter} takes: `templates`, `matches`, or both. */
export interface TemplateFilterOptions {
  /** The templates that pass, as they are written in the program. Default: none. */
  readonly templates?: readonly string[] | undefined;
  /** Matches the templates that pass beside these. Default: none. */
  readonly matches?: RegExp | string | undefined;
  /** Whether all others pass instead. Default: false. */
  readonly exclude?: boolean | undefined;
}

/** Reads the options of a template filter; that there is nothing to compare with is an issue. */
export const readTemplateOptions: Reader<TemplateFilterOptions> = needing(
  options<TemplateFilterOptions>({ templates: list(text), matches: pattern, exclude: flag }),
  "a list of templates (or give matches)",
  "templates",
  "matches",
);

/**
 * Makes a filter that lets events pass by their message template: one of some, or one that matches a regular expression.
 *
 * @param options Which templates.
 * @throws {ConfigError} If an option is wrong; it lists every mistake.
 * @example
 * ```ts
 * import { getLogger, MemoryHandler, templateFilter } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * memory.filters = [templateFilter({ templates: ["Tick {Count}"], exclude: true })];
 * const added = getLogger("clock").addHandler(memory);
 * getLogger("clock").warn("Tick {Count}", { Count: 1 });
 * getLogger("clock").warn("Clock {Name} stands still", { Name: "tower" });
 * assert.deepEqual(memory.events.map((event) => event.message), ["Clock tower stands still"]);
 * added.dispose();
 * ```
 */
export function templateFilter(options: TemplateFilterOptions): Filter {
  const { templates, matches, exclude = false } = requireOptions(readTemplateOptions, options);
  return ({ messageTemplate }) =>
    (templates?.includes(messageTemplate) || (matches !== undefined && messageTemplate.search(matches) >= 0)) !== exclude;
}
