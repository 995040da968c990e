/** The filter by message template. */

import type { Filter } from "../filter.ts";
import { flag, list, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { needing, pattern } from "./filter_options.ts";

/** Options of {@linkcode templateFilter}: `templates`, `matches`, or both. */
export interface TemplateFilterOptions {
  /** Templates that pass, as the program writes them. Default: none. */
  readonly templates?: readonly string[] | undefined;
  /** Pattern of further templates that pass. Default: none. */
  readonly matches?: RegExp | string | undefined;
  /** Whether the filter is inverted: all other events pass. Default: false. */
  readonly exclude?: boolean | undefined;
}

/** Reads the options of a template filter. Options without any template are an issue. */
export const readTemplateOptions: Reader<TemplateFilterOptions> = needing(
  options<TemplateFilterOptions>(() => ({ templates: list(text), matches: pattern, exclude: flag })),
  "a list of templates (or give matches)",
  "templates",
  "matches",
);

/**
 * Makes a filter that lets events pass by message template: by listed templates, or by a regular expression.
 *
 * @param options The templates.
 * @throws {ConfigError} If an option is wrong.
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
  const { templates, matches, exclude = false } = requireOptions(readTemplateOptions, options, "templateFilter");
  return ({ messageTemplate }) =>
    (templates?.includes(messageTemplate) || (matches !== undefined && messageTemplate.search(matches) >= 0)) !== exclude;
}
