/** Finds the YAML parser (the program's, or the parser of `@std/yaml`), and parses a layer. */

import { readException, reasonOf } from "../event/exception.ts";
import { builtin } from "../runtime/detect.ts";
import { missingFilePermission } from "../runtime/permissions.ts";
import { quoteForeign } from "../harmless_text.ts";
import { ConfigError, isObject, type Issue, wrong } from "../option_schema.ts";
import type { Layer } from "./overlay.ts";

/** Parses YAML; throws if the text is not YAML. */
export type ParseYaml = (text: string) => unknown;

/** Most characters of a parser's message that are read. */
const maxSaid = 2000;

interface Modules {
  createRequire(from: string): (name: string) => unknown;
}

/** Returns the program's parser, or the parser of `@std/yaml`. If there is none, throws a ConfigError that says what to install or pass. */
export async function findParser(given: ParseYaml | undefined): Promise<ParseYaml> {
  if (given !== undefined) return given;
  const reasons: string[] = [];
  const note = (error: unknown): undefined => void reasons.push(reasonOf(error));
  // bundlers accept a missing module behind catch
  const imported: unknown = await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ "@std/yaml").catch(note);
  const { parse } = (imported ?? requireStandard(note) ?? {}) as { parse?: ParseYaml };
  if (parse !== undefined) return parse;
  const install = "npx jsr add @std/yaml, deno add jsr:@std/yaml or bunx jsr add @std/yaml";
  const message = `Cannot read YAML without a parser: install one (${install}), or pass the option parseYaml (${reasons[0]})`;
  throw new ConfigError([{ path: "parseYaml", message }]);
}

/** Returns `@std/yaml` as installed in the working directory, because an import from this module's folder may not find it. */
function requireStandard(note: (error: unknown) => undefined): unknown {
  try {
    if (missingFilePermission("read", ".") !== undefined) return undefined; // Deno would prompt for access to its working directory
    const here = builtin<{ resolve(): string }>("node:path")?.resolve();
    return builtin<Modules>("node:module")?.createRequire(`${here}/_.js`)("@std/yaml");
  } catch (error) {
    return note(error);
  }
}

/** Parses a text. A text that is not YAML, or not a map, is an issue. */
export function parseLayer(parse: ParseYaml, text: string, name: string, base: string | undefined, issues: Issue[]): Layer {
  let value: unknown = {};
  try {
    value = parse(text);
    const isText = typeof value === "string"; // such as "api_key:…", without the space
    const rule = `a configuration, which is a map of names${isText ? ", each with a colon and a space" : ""}`;
    if (!isObject(value)) issues.push(wrong(name, rule, value, undefined, isText));
  } catch (error) {
    const { message } = readException(error);
    const { line, col } = placeOf(error, message);
    const [said = ""] = message.slice(0, maxSaid).split("\n");
    const place = line === undefined ? name : name === "" ? `line ${line}, column ${col}` : `${name}:${line}:${col}`;
    issues.push({
      path: place,
      message: `Cannot read this as YAML: ${quoteForeign(withoutQuotes(said.replace(/ at line \d+, column \d+:?$/, ""), text))}`,
    });
  }
  return { name, base, value: isObject(value) ? value : {}, isText: true };
}

/** Removes words of the text from a parser's message: an API key that begins with `*` or `|` would appear as an alias or a block. */
function withoutQuotes(message: string, text: string): string {
  return message.replace(/[^\s"'`(),;]{4,}/g, (word) => (text.includes(word.replace(/[:.]+$/, "")) ? "…" : word));
}

/** Returns the line and the column of a parser's error, from 1. Parsers put them into fields or into the message. */
function placeOf(error: unknown, message: string): { line?: string | number; col?: string | number } {
  const { linePos } = (error ?? {}) as { linePos?: readonly { readonly line: number; readonly col: number }[] };
  const [, line, col] = /line (\d+),? column (\d+)/i.exec(message) ?? [];
  return linePos?.[0] ?? { line, col };
}
