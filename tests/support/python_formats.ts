/** Random formats in the three styles of Python's logging, and random events for them. */

import fc from "fast-check";
import type { LogEvent } from "../../mod.ts";

const oddities = Array.from("\t\n\x00\x7f\xa0\xadé\u2028\u3042\ud800'😀\u{10ffff}\"\\{$");

/** Texts that are hard to quote or to count. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: fc.oneof(fc.constantFrom(...oddities), fc.constantFrom("a", "B", " ")), maxLength: 8 }),
  fc.constantFrom("", "A", "é", "😀", "12", "it's"),
);
const number: fc.Arbitrary<number | bigint> = fc.oneof(
  fc.oneof(fc.integer({ min: -200, max: 70_000 }), fc.integer(), fc.maxSafeInteger(), fc.double()),
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  fc.tuple(fc.integer({ min: -4000, max: 4000 }), fc.integer({ min: 1, max: 9 })).map(([top, power]) => top / 2 ** power), // many a tie
  fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -25, max: 25 })).map(([digits, power]) => Number(`${digits}e${power}`)),
  fc.constantFrom(
    ...[0, -0, 0.5, 1.5, 2.5, 1e16, 1e20, 1e21, 1e22, 1e23, 1.7976931348623157e308, 5e-324],
    NaN,
    Infinity,
    -Infinity,
    10n ** 400n,
  ),
);

/** A value that is neither a list nor an object. */
export const scalar: fc.Arbitrary<unknown> = fc.oneof(text, number, fc.boolean(), fc.constant(null));

/** Any value that a property may have. */
export const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: fc.date({ min: new Date("1000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }) },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom("a", "b", "it's"), tie("value"), { maxKeys: 3, noNullPrototype: true }) },
  ),
})).value;

const names =
  "name msg message args levelname levelno created msecs process processName thread threadName pathname filename module lineno " +
  "funcName exc_info exc_text stack_info asctime";
const name = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(..."xyzwpd") }, {
  weight: 1,
  arbitrary: fc.constantFrom(...names.split(" "), "nope", "Name"),
});

/** Any event; the message is the template. */
export const event: fc.Arbitrary<LogEvent> = fc.record({
  timestampMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  ticks: fc.integer({ min: 0, max: 9999 }),
  level: fc.constantFrom("trace", "debug", "info", "warn", "error", "fatal"),
  loggerName: fc.constantFrom("", "shop", "shop.orders"),
  message: text,
  properties: fc.record({ x: value, y: scalar, z: number, w: fc.integer({ min: 0, max: 12 }), p: fc.nat(9), levelname: text }),
  exception: fc.option(fc.constantFrom("Error: no paper\n    at print", "", "x\n"), { nil: undefined, freq: 4 }),
}).map((fields): LogEvent => ({ ...fields, messageTemplate: fields.message } as LogEvent));

const width = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 3, arbitrary: fc.nat(25).map(String) },
  fc.constantFrom("0", "007"),
);

/** A placeholder of the style `%`, right or wrong. */
export const percent: fc.Arbitrary<string> = fc.record({
  key: fc.oneof({ weight: 20, arbitrary: name }, fc.constantFrom("a b", "a(b)c", "", "é")),
  flags: fc.string({ unit: fc.constantFrom(..."#0- +"), maxLength: 3 }),
  width,
  precision: fc.oneof(
    { weight: 2, arbitrary: fc.constant("") },
    fc.nat(20).map((digits) => `.${digits}`),
    fc.constantFrom(".", ".*", ".0"),
  ),
  size: fc.oneof({ weight: 9, arbitrary: fc.constant("") }, fc.constantFrom(..."hlL")),
  letter: fc.oneof({ weight: 30, arbitrary: fc.constantFrom(..."diouxXeEfFgGcrsa") }, fc.constantFrom("y", "z", "*", "b", "é", "n", ")")),
}).map(({ key, flags, width, precision, size, letter }) => `%(${key})${flags}${width}${precision}${size}${letter}`);

const option = (...words: string[]) => fc.oneof({ weight: 2, arbitrary: fc.constant("") }, fc.constantFrom(...words));
/** A format specification, right or wrong; it may hold fields. */
export const spec: fc.Arbitrary<string> = fc.record({
  align: option("<", ">", "^", "=", "*<", "0>", "é^", "😀=", "0=", "<<", "-^"),
  sign: option("+", "-", " "),
  z: fc.oneof({ weight: 6, arbitrary: fc.constant("") }, fc.constant("z")),
  sharp: option("#"),
  width: fc.oneof({ weight: 6, arbitrary: width }, { weight: 2, arbitrary: fc.nat(25).map((width) => `0${width}`) }, fc.constant("{w}")),
  group: fc.oneof({ weight: 3, arbitrary: fc.constant("") }, fc.constantFrom(",", "_", ",", "_", ",_")),
  precision: fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    fc.nat(20).map((digits) => `.${digits}`),
    fc.constantFrom(".", ".{p}", ".0"),
  ),
  type: fc.oneof(
    { weight: 15, arbitrary: fc.constantFrom(..."bcdeEfFgGnosxX%", "", "", "") },
    fc.constantFrom("r", "y", "5x", "é", "{w}", "{nope}"),
  ),
}).map((parts) => Object.values(parts).join(""));

/** A replacement field of the style `{`, right or wrong. */
export const brace: fc.Arbitrary<string> = fc.record({
  name,
  steps: fc.oneof(
    { weight: 5, arbitrary: fc.constant("") },
    fc.constantFrom("[0]", "[1]", "[99]", "[a]", ".a", ".b", "[it's]", ".a[0]", "[-1]"),
  ),
  conversion: fc.oneof({ weight: 5, arbitrary: fc.constant("") }, fc.constantFrom("!r", "!s", "!a", "!a", "!x")),
  spec: fc.oneof(fc.constant(""), { weight: 2, arbitrary: spec.map((spec) => `:${spec}`) }),
}).map((parts) => `{${Object.values(parts).join("")}}`);

/** A placeholder of the style `$`. */
export const dollar: fc.Arbitrary<string> = fc.tuple(name, fc.boolean()).map(([name, isBraced]) => (isBraced ? `\${${name}}` : `$${name}`));
