/**
 * Every regular expression of src, as TypeScript's parser finds it: none may take more time than its text is long, for most of them run on text from
 * outside. Each is tried on hostile texts that are made of its own pieces; a pattern whose time grows faster than its text fails here.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import ts from "typescript";
import { isFull } from "./support/effort.ts";
import { filesBelow, parse, readText, walk } from "./support/source.ts";

interface Pattern {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** All literals, and where patterns are made of texts. */
function patternsOf(file: string): { literals: Pattern[]; made: string[] } {
  const literals: Pattern[] = [];
  const made: string[] = [];
  walk(parse(readText(file)), (node) => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      literals.push({ file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    } else if (ts.isNewExpression(node) && node.expression.getText() === "RegExp") made.push(`${file}: ${node.getText()}`);
    else if (ts.isCallExpression(node) && node.expression.getText() === "lazyPattern") {
      const [source, flags] = node.arguments;
      if (source !== undefined && flags !== undefined && ts.isStringLiteralLike(source) && ts.isStringLiteralLike(flags)) {
        literals.push({ file, source: source.text, flags: flags.text });
      } else made.push(`${file}: ${node.getText()}`);
    }
  });
  return { literals, made };
}

const found = filesBelow("src").map(patternsOf);
const literals = found.flatMap((one) => one.literals);

/** Characters that most classes hold. */
const common: readonly string[] = ["a", "1", " ", ".", "\\", '"', "\n", "=", "-", "_"];

/** Characters that a pattern names, and some that most classes hold. */
function lettersOf(source: string): string[] {
  const escapes: Record<string, string> = { d: "1", w: "a", s: " ", n: "\n", r: "\r", t: "\t", D: "a", S: "a", W: " ", 0: "\0" };
  const letters = new Set(common);
  const text = source.replace(/\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\u[\da-f]{4}|\\x[\da-f]{2}|\(\?(?:<?[=!]|:)/gi, "");
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") letters.add(escapes[text[++i]!] ?? text[i]!);
    else letters.add(text[i]!);
  }
  return [...letters].slice(0, 30);
}

/** The literal words of a pattern: some begin only behind one. */
const wordsOf = (source: string): string[] => [...new Set(source.replace(/\\(.)/g, "$1").match(/[\w/:"%{[<.-]{2,}/g) ?? [])].slice(0, 6);

/** What is repeated in hostile texts: a letter, a word, two letters. */
function pumpsOf(source: string): string[] {
  const letters = lettersOf(source);
  const own = letters.slice(common.length);
  const pairs = own.flatMap((a) => [...common.slice(0, 3), ...own].map((b) => a + b));
  return [...letters, ...wordsOf(source), ...pairs.slice(0, isFull ? 60 : 6)];
}

/** A text that may begin a match everywhere, and lets it fail at the very end. */
const hostile = (start: string, pump: string, length: number): string => `${start}${pump.repeat(length / pump.length)}\u0001`;

const micros = (work: () => unknown): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

/** Quadratic time takes 8 million steps here, which is some ten milliseconds; linear time takes a hundredth of one. */
const length = 4000;
const suspectMicros = 2000;

/** A pump at which a pattern takes more than four times as long for twice the text, nearly: quadratic is 4, linear 2. */
function slowPump(pattern: RegExp): string | undefined {
  const starts = ["", ...wordsOf(pattern.source).slice(0, 1)];
  return pumpsOf(pattern.source).find((pump) =>
    starts.some((start) => {
      const cost = (size: number, times: number): number => {
        const text = hostile(start, pump, size);
        return Math.min(...Array.from({ length: times }, () => micros(() => text.replace(pattern, ""))));
      };
      if (cost(length, 1) <= suspectMicros) return false;
      return cost(length, 3) > suspectMicros && cost(4 * length, 3) > 8 * cost(length, 3);
    })
  );
}

/** Patterns that are not linear, and why no text from outside can be long where they run. */
const bounded: Readonly<Record<string, string>> = {
  "src/adapters/logtape_sink.ts: \\{\\{|\\}\\}|\\{([^}]*)\\}": "searched up to the last closing brace, and so no opening one is without it",
  "src/event/dotnet_format.ts: \\d+$": "digits of one number",
  "src/event/dotnet_format.ts: 0+$": "digits of one number",
  "src/python/python_value.ts: 0+$": "digits of one number",
  "src/python/brace_format.ts: \\.([^.[]+)|\\[([^\\]]+)\\]": "a format of the configuration",
  "src/seq/seq_options.ts: \\/*$": "a URL of the configuration",
  "src/seq/server_check.ts: \\/*$": "a URL of the configuration",
  "src/seq/seq_handler.ts: \\/*$": "a URL of the configuration",
  "src/yaml/file_wording.ts: [a-z]+[A-Z]\\w*$": "the path of an option of the configuration",
  'src/yaml/file_wording.ts: "(?:[^"\\\\]|\\\\.)*"|[a-z]+[A-Z]\\w*': "the library's own message on the configuration",
  "src/yaml/yaml_parser.ts: [:.]+$": "a line of the parser's message",
};

test("the reader finds the patterns of src", () => {
  assert.ok(literals.length > 100, `${literals.length}`);
  assert.deepEqual(lettersOf("[&]x\\s\\)"), [...common, "[", "&", "]", "x", ")"]);
});

test("the measure distinguishes a pattern that is quadratic or worse from one that is linear", () => {
  assert.equal(slowPump(/([?&;]([^=&;]*)=)[^&;]*/g), "?", "the query's redaction of the first edition");
  assert.equal(slowPump(/[?&]/g), undefined);
});

test("no pattern takes time that grows faster than its text", () => {
  const slow = literals.flatMap(({ file, source, flags }) => {
    if (`${file}: ${source}` in bounded) return [];
    const pump = slowPump(new RegExp(source, flags));
    return pump === undefined ? [] : [`${file}: /${source}/${flags} of ${JSON.stringify(pump)}`];
  });
  assert.deepEqual(slow, []);
});

test("patterns that are made of texts are those of the program, of the configuration, or of a fixed form", () => {
  const known = [
    /^src\/collector\/clef_text\.ts: new RegExp\(`"\$\{mark\.replace/, // a random number
    /^src\/durable\/orphan_watch\.ts: new RegExp\(`\^\$\{settings\.prefix\}-/, // a name of a folder, from its beginning
    /^src\/file\/rollover_time\.ts: new RegExp\(`\^/, // a date of fixed length
    /^src\/event\/message_template\.ts: new RegExp\(\s+`\^\\\\\{/, // of the parser of templates, whose own test grows them
    /^src\/lazy_pattern\.ts: new RegExp\(source, flags\)$/, // what lazyPattern() is given, which is read here
    /^src\/filters\/filter_options\.ts: new RegExp\(given\)$/, // the program's own
    /^src\/filters\/redactor\.ts: new RegExp\(pattern, /, // the same
    /^src\/yaml\/yaml\.ts: new RegExp\(longFirst\.join\("\|"\), "g"\)$/, // keys of a file, each escaped
  ];
  const others = found.flatMap(({ made }) => made).filter((one) => !known.some((form) => form.test(one)));
  assert.deepEqual(others, []);
});
