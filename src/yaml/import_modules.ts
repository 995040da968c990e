/** Loads classes that a configuration file names as ES modules: `class: ./slack.js#SlackHandler`. */

import { reasonOf } from "../event/exception.ts";
import { builtin, workOutlivesCall } from "../runtime/detect.ts";
import { missingFilePermission } from "../runtime/permissions.ts";
import { below, isObject, type Issue, mapValues } from "../option_schema.ts";
import type { Maker } from "../config/logging_config.ts";
import { NullHandler } from "../handlers/null_handler.ts";
import type { Layer } from "./overlay.ts";
import { locate } from "./text_file.ts";

/** A module, and the name of one of its exports. */
const reference = /^((?:\.{1,2}|file:\/)?\/[^#]*)#([\w$]+)$/;
/** Options that may name an export, by kind of object. */
const places: Readonly<Record<string, readonly string[]>> = {
  handlers: ["class", "()", "encoder", "json_encoder_class", "jsonEncoderClass"],
  filters: ["class", "()"],
  formatters: ["class", "()"],
};

export interface ModuleRequest {
  readonly layerOf: (path: string) => Layer;
  readonly issues: Issue[];
  /** The reason, if no code may be loaded. */
  readonly refusal?: string | undefined;
}

/** Replaces names of exports by the exports themselves, which runs the modules' code. A failure becomes an issue. */
export async function loadModules(config: unknown, request: ModuleRequest): Promise<unknown> {
  if (!isObject(config)) return config;
  const loaded: Record<string, unknown> = { ...config };
  for (const [kind, options] of Object.entries(places)) {
    const things = config[kind];
    if (isObject(things)) loaded[kind] = await loadKind(things, kind, options, request);
  }
  return loaded;
}

/** Stand-ins for classes while the rest of the configuration is checked. */
const standIns: Readonly<Record<string, Maker<unknown>>> = {
  handlers: () => Object.assign(new NullHandler(), { fallback: undefined }),
  filters: () => () => true,
  formatters: () => () => "",
};

/** Returns the configuration with a stand-in for each class to be loaded; `undefined` if no class has to be loaded. */
export function withoutModules(config: unknown): unknown {
  let isAny = false;
  if (!isObject(config)) return undefined;
  const stubbed: Record<string, unknown> = { ...config };
  for (const [kind, options] of Object.entries(places)) {
    const things = config[kind];
    if (!isObject(things)) continue;
    stubbed[kind] = mapValues(things, (thing) => {
      if (!isObject(thing)) return thing;
      const found = options.filter((option) => reference.test(String(thing[option])));
      isAny ||= found.length > 0;
      return { ...thing, ...Object.fromEntries(found.map((option) => [option, standIns[kind]])) };
    });
  }
  return isAny ? stubbed : undefined;
}

/** Replaces the program's own makers by stand-ins, because a check must not create the program's objects. */
export function standInsFor(kind: string, makers: Readonly<Record<string, Maker<unknown>>> = {}): Record<string, Maker<unknown>> {
  return mapValues(makers, (make) => (make.about === undefined ? standIns[kind]! : make));
}

async function loadKind(
  things: Readonly<Record<string, unknown>>,
  kind: string,
  options: readonly string[],
  request: ModuleRequest,
): Promise<Record<string, unknown>> {
  const loaded: Record<string, unknown> = { ...things };
  for (const [name, thing] of Object.entries(things)) {
    for (const option of isObject(thing) ? options : []) {
      const [, file, exported] = reference.exec(String((thing as Record<string, unknown>)[option])) ?? [];
      if (file === undefined || exported === undefined) continue;
      const found = await loadExport(file, exported, below(below(kind, name), option), request);
      if (found !== undefined) loaded[name] = { ...(loaded[name] as object), [option]: found };
    }
  }
  return loaded;
}

async function loadExport(file: string, name: string, path: string, { layerOf, issues, refusal }: ModuleRequest): Promise<unknown> {
  const fail = (why: string): unknown => {
    issues.push({ path, message: `Cannot load ${name} of ${file} as an ES module: ${why}` });
    return undefined;
  };
  if (refusal !== undefined) return fail(refusal);
  if (!workOutlivesCall() || builtin("node:fs") === undefined) {
    return fail("this runtime loads no modules; register the class through the option handlers");
  }
  try {
    const at = locate(file, layerOf(path).base);
    if (at === undefined) return fail(`Deno needs the permission --allow-read=${file}`);
    const { href, pathname } = at;
    const flag = missingFilePermission("read", decodeURIComponent(pathname));
    if (flag !== undefined) return fail(`Deno needs the permission ${flag}`);
    const module = await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ href) as Record<string, unknown>;
    const found = module[name];
    if (typeof found === "function") return isClass(found) ? (...args: unknown[]) => Reflect.construct(found, args) : found;
    return fail(`it exports ${Object.keys(module).join(", ") || "nothing"}`);
  } catch (error) {
    return fail(reasonOf(error));
  }
}

/** Whether a function is a class, which needs `new`. */
// deno-lint-ignore ban-types
function isClass(found: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(found));
}
