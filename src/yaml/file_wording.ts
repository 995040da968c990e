/** Adapts messages to a configuration file: spells options as the file does, and says where a misplaced description belongs. */

import { isInGrammar } from "../config/references.ts";
import { camelCase, isObject, isPlainObject, type Issue, snakeCase } from "../option_schema.ts";

/** Matches the messages that name options. Other messages name values, classes or functions. */
const namesOptions = /^(?:Unknown option|Missing: (?!a class))|serverUrl|apiKey|timeoutMs/;

/** Returns a function that spells the options of an issue in snake_case, if the file has an option in snake_case. */
export function spellingOf(config: unknown): (issue: Issue) => Issue {
  if (!saysSnakeCase(config, 3)) return (issue) => issue;
  return ({ path, message }) => ({
    path: message.startsWith("Missing") ? path.replace(/[a-z]+[A-Z]\w*$/, snakeCase) : path,
    message: namesOptions.test(message)
      ? message.replace(/"(?:[^"\\]|\\.)*"|[a-z]+[A-Z]\w*/g, (word) => word.startsWith('"') ? word : snakeCase(word))
      : message,
  });
}

/** Whether a part of a configuration names an option in snake_case. */
function saysSnakeCase(given: unknown, depth: number): boolean {
  return depth > 0 && isPlainObject(given) &&
    Object.entries(given).some(([name, one]) => (name.includes("_") && isInGrammar(camelCase(name))) || saysSnakeCase(one, depth - 1));
}

/** Returns advice on an unknown option that has a class: a description at the wrong depth, often because of its indentation. */
export function adviseOnPlace(config: unknown, path: string, message: string): string {
  if (!message.startsWith("Unknown option")) return "";
  const given = path.split(".").reduce<unknown>((part, name) => isObject(part) ? part[name] : undefined, config);
  return isObject(given) && "class" in given ? "; options with a class belong under handlers, filters or formatters, at the top" : "";
}
