/**
 * Marks what bundlers may leave out: the initial values of variables that are made by calls, and are needed only if the variable is.
 *
 * A bundler drops whole files of a package without side effects, but of a file only what certainly has none. With these marks one file,
 * which loads faster than several, costs the users of bundlers no more.
 */

/**
 * What stands for the marks until the text is minified, which would drop the comments. Both have the length of their marks, so that source
 * maps hold.
 */
const placeholder = "pure_____________(";
const mark = "/*@__PURE__*/pure(";
const pureCall = /\((\n?)pure______,(\n?)([\w$]+)(\n?)\)(\n?)\(/g;
/** What calls the function that makes a value. */
const helper = "function pure(make){return make()}";

/** A variable at the start of a line, as esbuild prints it: its value ends with that line, or with the next one that is not indented. */
const variable = /^(var [\w$]+ = )([^\n]*|[^\n]*\n(?:(?: [^\n]*)?\n)*[)}\]][^\n]*);$/gm;

/** Returns the names that a statement may use of the rest of its file. */
const namesIn = (statement: string): string[] => [...new Set(statement.match(/(?<![.\w$])[A-Za-z_$][\w$]*/g))].filter(isVariable);

function isVariable(word: string): boolean {
  if (word in globalThis || word === "await") return false;
  try {
    new Function(`"use strict"; var ${word}`);
    return true;
  } catch {
    return false; // a word of the language
  }
}

/**
 * Puts placeholders before calls without an effect, and around the initial values that may have one.
 *
 * @param text A file that esbuild has printed and not minified; it has put comments before the calls of functions that have the comment
 * `@__NO_SIDE_EFFECTS__`.
 * @param isPure Whether statements certainly have no effect.
 */
export function markInitialValues(text: string, isPure: (statements: string) => boolean): string {
  return text.replace(variable, (statement, head, value) => {
    return isPure(`var ${["_", ...namesIn(statement)]};${statement}`)
      ? statement.replace(/\/\* @__PURE__ \*\/ ([\w$]+)\(/g, (_, name) => `(pure______, ${name})(`)
      : `${head}${placeholder}() => (${value}));`;
  });
}

/** Puts marks in place of the placeholders of a minified file. */
export function finishMarks(text: string): string {
  const finished = text.replaceAll(pureCall, (_, a, b, name, c, d) => `/*@__PURE__*/${a}${b}${name}${c}${d}(`);
  return text.includes(placeholder) ? helper + finished.replaceAll(placeholder, mark) : finished;
}
