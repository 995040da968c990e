/** The real logging.Formatter compared with the library's, for thousands of formats and events. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, type LogEvent } from "../../mod.ts";
import { pythonFormatter, type PythonFormatterOptions } from "../../src/python/python_formatter.ts";
import { currentThread, processId } from "../../src/runtime/host_properties.ts";
import { harmlessLines } from "../../src/harmless_text.ts";
import { askPython, withoutPython } from "../support/python.ts";
import { brace, dollar, event, percent, scalar, spec, text, value } from "../support/python_formats.ts";
import { hearDiagnostics } from "../support/seq.ts";

type Style = NonNullable<PythonFormatterOptions["style"]>;

/** A format in its parts, each literal text or one placeholder, and an event for it. */
interface Case {
  readonly style: Style;
  readonly parts: readonly string[];
  readonly datefmt: string;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly event: LogEvent;
}

const cases = (style: Style, placeholder: fc.Arbitrary<string>, ...literals: string[]): fc.Arbitrary<Case> =>
  fc.record({
    style: fc.constant(style),
    parts: fc.array(fc.oneof({ weight: 2, arbitrary: placeholder }, fc.constantFrom(" ", "-é😀", "\n", ...literals)), {
      minLength: 1,
      maxLength: 5,
    }),
    datefmt: fc.constantFrom("", "", "%H:%M:%S", "%c", "%Y %j %q"),
    defaults: fc.record({ x: scalar, d: value, name: text }, { requiredKeys: [] }),
    event,
  });

// ---- what Python says ----

const script = `
import datetime, logging

class Bag(dict):
    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(name)

# JavaScript has one type of numbers: what Python lets only a float have, a whole one may have as well
class Number(int):
    def __format__(self, spec):
        try:
            return int.__format__(self, spec)
        except ValueError:
            return float(self).__format__(spec)

def decode(value):
    if isinstance(value, list):
        return [decode(one) for one in value]
    if isinstance(value, dict):
        if "$float" in value:
            return float(value["$float"])
        if "$int" in value:
            return int(value["$int"])
        if "$date" in value:
            return datetime.datetime.fromtimestamp(0, datetime.timezone.utc) + datetime.timedelta(milliseconds=value["$date"])
        return Bag({name: decode(one) for name, one in value.items()})
    return Number(value) if type(value) is int else value

def show(format, case):
    record = logging.makeLogRecord(decode(case["extra"]))
    record.__dict__.update(decode(case["record"]))
    record.args = ()
    made = logging.Formatter(format, case["datefmt"], case["style"], validate=False, defaults=decode(case["defaults"]))
    made.formatException = made.formatStack = None
    if made.usesTime():
        record.asctime = made.formatTime(record, made.datefmt)
    return made.formatMessage(record)

def show_part(part, case):
    try:
        return show(part, case), False
    except Exception:
        return part, True

def append(text, exception):
    record = logging.makeLogRecord({"msg": text, "exc_text": exception})
    return logging.Formatter().format(record)

def compare(case):
    shown = [show_part(part, case) for part in case["parts"]]
    text = "".join(part for part, _ in shown)
    try:
        whole = show("".join(case["parts"]), case)
        assert text == whole, (text, whole)
    except AssertionError:
        raise
    except Exception:
        pass
    return [append(text, case["record"]["exc_text"]), any(failed for _, failed in shown)]

answer = [compare(case) for case in given]
`;

/** A value as JSON that the script reads as what it is to us. */
function encode(value: unknown): unknown {
  if (typeof value === "bigint") return { $int: String(value) };
  if (value instanceof Date) return { $date: Number(value) };
  if (typeof value === "number" && (!Number.isFinite(value) || Math.abs(value) >= 1e21)) return { $float: String(value) };
  if (Array.isArray(value)) return value.map(encode);
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, encode(one)]))
    : value;
}

const levels = {
  trace: [5, "TRACE"],
  debug: [10, "DEBUG"],
  info: [20, "INFO"],
  warn: [30, "WARNING"],
  error: [40, "ERROR"],
  fatal: [50, "CRITICAL"],
};

/** A case as the script reads it: the record that Python would have made of the event. */
function question({ event, defaults, ...rest }: Case): unknown {
  const { timestampMs, ticks = 0, level, loggerName, message, exception = null } = event;
  const [levelno, levelname] = levels[level];
  const { id, name } = currentThread();
  const [pathname, filename, module, funcName] = ["(unknown file)", "(unknown file)", "(unknown file)", "(unknown function)"];
  const record = {
    ...{ name: loggerName || "root", msg: message, message, levelno, levelname, pathname, filename, module, funcName, lineno: 0 },
    ...{ created: { $float: String((timestampMs + ticks / 10_000) / 1000) }, msecs: { $float: String(timestampMs % 1000) } },
    ...{ process: processId(), processName: "MainProcess", thread: id, threadName: name },
    ...{ exc_info: exception, exc_text: exception, stack_info: null },
  };
  return { ...rest, record, extra: encode(event.properties), defaults: encode(defaults) };
}

/** Compares all of the cases; each that Python cannot show has to be reported. */
function compare(all: readonly Case[]): void {
  const answers = askPython<[text: string, failed: boolean][]>(script, all.map(question));
  all.forEach((one, i) => {
    const { style, parts, datefmt, defaults, event } = one;
    const [text, failed] = answers[i]!;
    using hearing = hearDiagnostics();
    const shown = pythonFormatter({ format: parts.join(""), style, datefmt, defaults, validate: false })(event);
    assert.equal(harmlessLines(shown), harmlessLines(text), fc.stringify(one)); // control characters of values are escaped, which Python does not
    assert.deepEqual(hearing.heard.map(({ code }) => code), failed ? ["format-failed"] : [], fc.stringify(one));
  });
}

test("pythonFormatter() writes what Python writes in the style %", { skip: withoutPython }, () => {
  compare(fc.sample(cases("%", percent, "%%", "{} $", "50%%"), { seed: 1, numRuns: rounds(4000) }));
});

test("pythonFormatter() writes what Python writes in the style {", { skip: withoutPython }, () => {
  compare(fc.sample(cases("{", brace, "{{", "}}", "%d $"), { seed: 2, numRuns: rounds(6000) }));
});

test("pythonFormatter() writes what Python writes in the style $", { skip: withoutPython }, () => {
  compare(fc.sample(cases("$", dollar, " $$ ", "-{} %s"), { seed: 3, numRuns: 1000 }));
});

// ---- what Python refuses ----

const scripted = `
import logging

def accepts(style, format):
    try:
        logging.Formatter(format, style=style)
        return True
    except ValueError:
        return False

answer = [accepts(*one) for one in given]
`;
import { rounds } from "../support/effort.ts";

const jumble = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 9 });
/** A format, and one with a character more, less or other. */
const near = (format: fc.Arbitrary<string>, alphabet: string) =>
  fc.tuple(format, fc.nat(), fc.constantFrom("", ...alphabet), fc.nat(1)).map(([format, at, other, removed]) => {
    const place = at % (format.length + 1);
    return format.slice(0, place) + other + format.slice(place + removed);
  });
const handmade = [
  ...[
    "",
    " ",
    "message",
    "%",
    "%%",
    "%s",
    "%d",
    "%(message)s",
    "%(message)",
    "%(message)S",
    "%( message)s",
    "%()s",
    "%(a.b)s",
    "%(é)s",
    "%(a)ı",
  ],
  ...[
    "%(a)ſ",
    "%(a)*d",
    "%(a).*d",
    "%(a)-5.3f",
    "%(a)5.y",
    "x%(a)#0+ -5%",
    "%%(a)s",
    "%(a)٣d",
    "%(a)s\n",
    "%(a)\n",
    "{message}",
    "{}",
    "{0}",
  ],
  ...[
    "{message!x}",
    "{message!r}",
    "{a.b}",
    "{a[0]}",
    "{a[]}",
    "{a.}",
    "{.a}",
    "{a-b}",
    "{a b}",
    "{a:z}",
    "{a:>5}",
    "{a:{w}}",
    "{a:{w}.{p}f}",
  ],
  ...[
    "{a:{{w}}}",
    "{a:%H}",
    "{a:\n}",
    "{a:5\n}",
    "{a\n}",
    "{a!}",
    "{a!r",
    "{a!r:",
    "{a",
    "{",
    "}",
    "{{}}",
    "{{a}}",
    "{a}}",
    "{{a}",
    "{a:ſ}",
  ],
  ...[
    "{a:,_}",
    "{a:.f}",
    "{a[b]c}",
    "{a[b}",
    "{a{b}}",
    "{a:}}",
    "{a!rs}",
    "$",
    "$$",
    "$message",
    "${message}",
    "${}",
    "${a b}",
    "$5",
    "$a$",
    "$$a",
  ],
  ...["$é", "${é}", "$ſ", "$aé", "${a", "$_", "$A1"],
];

test("pythonFormatter() refuses what Python refuses, and nothing else", { skip: withoutPython }, () => {
  const random: readonly (readonly [Style, fc.Arbitrary<string>])[] = [
    ["%", fc.oneof(jumble("%()ad5.*#- x\né"), near(percent, "%()ad5.*\n"))],
    [
      "{",
      fc.oneof(
        jumble("{}!:[].ar<05,_d\né "),
        near(brace, "{}!:[].<,_\né "),
        fc.tuple(spec, text).map(([spec, text]) => `${text}{a:${spec}}`),
      ),
    ],
    ["$", fc.oneof(jumble("${}a_5é "), near(dollar, "${}a5 "))],
  ];
  const formats = random.flatMap(([style, format], i) =>
    [...handmade, ...fc.sample(format, { seed: 10 + i, numRuns: rounds(4000) })].map((format) => [style, format] as const)
  );
  const answers = askPython<boolean[]>(scripted, formats);
  const accepts = (style: Style, format: string): boolean => {
    try {
      pythonFormatter({ style, format });
      return true;
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return false;
    }
  };
  formats.forEach(([style, format], i) => assert.equal(accepts(style, format), answers[i], JSON.stringify([style, format])));
  assert.ok(answers.filter((accepted) => accepted).length > rounds(1000) && answers.filter((accepted) => !accepted).length > rounds(1000));
});
