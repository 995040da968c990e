/** The formatter of Python's logging: its fields, its three styles, its values, and values that do not fit. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, type LogEvent } from "../../mod.ts";
import { pythonFormatter, type PythonFormatterOptions } from "../../src/python/python_formatter.ts";
import { harmlessLines } from "../../src/harmless_text.ts";
import { strftime } from "../../src/python/strftime.ts";
import { currentThread, processId } from "../../src/runtime/host_properties.ts";
import { hearDiagnostics } from "../support/seq.ts";
import { nasty } from "../support/values.ts";

type Cases = Readonly<Record<string, string>>;

const timestampMs = Date.UTC(2026, 2, 1, 10, 15, 7, 42);

function makeEvent(changes: Partial<LogEvent> = {}): LogEvent {
  const message = "Page 7 printed";
  return {
    timestampMs,
    ticks: 5000,
    level: "warn",
    loggerName: "shop.orders",
    messageTemplate: "Page {Page} printed",
    message,
    properties: {},
    ...changes,
  };
}

/** The text of an event by a format; a diagnostic fails the test unless it listens. */
function show(format: string | undefined, changes?: Partial<LogEvent>, options?: PythonFormatterOptions): string {
  using hearing = hearDiagnostics();
  const shown = pythonFormatter({ ...(format !== undefined && { format }), ...options })(makeEvent(changes));
  assert.deepEqual(hearing.heard.map(({ message }) => message), []);
  return shown;
}

function checkAll(cases: Cases, style: "%" | "{" | "$", properties: Readonly<Record<string, unknown>> = {}): void {
  for (const [format, text] of Object.entries(cases)) assert.equal(show(format, { properties }, { style, validate: false }), text, format);
}

test("pythonFormatter() shows the message alone where no format is given", () => {
  for (const style of ["%", "{", "$"] as const) {
    assert.equal(show(undefined, {}, { style }), "Page 7 printed");
    assert.equal(show("", {}, { style }), "Page 7 printed");
    assert.equal(show(null as never, {}, { style, datefmt: null as never }), "Page 7 printed");
  }
});

test("pythonFormatter() has the attributes of a LogRecord", () => {
  const { id, name } = currentThread();
  const cases: Cases = {
    "%(name)s %(levelname)s %(levelno)s": "shop.orders WARNING 30",
    "%(msg)s|%(message)s|%(args)s": "Page {Page} printed|Page 7 printed|()",
    "%(created)s|%(created)f|%(msecs)s|%(msecs)d|%(msecs)03d": "1772360107.0425|1772360107.042500|42.0|42|042",
    "%(process)d %(processName)s": `${processId()} MainProcess`,
    "%(thread)d %(threadName)s %(taskName)s": `${id} ${name} None`,
    "%(exc_info)s %(exc_text)s %(stack_info)s": "None None None",
    "%(pathname)s %(filename)s %(module)s:%(lineno)d %(funcName)s": "(unknown file) (unknown file) (unknown file):0 (unknown function)",
  };
  checkAll(cases, "%");
  const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
  const shown = levels.map((level) => show("{levelname}={levelno}", { level }, { style: "{" }));
  assert.deepEqual(shown, ["TRACE=5", "DEBUG=10", "INFO=20", "WARNING=30", "ERROR=40", "CRITICAL=50"]);
  assert.equal(show("%(name)s", { loggerName: "" }), "root");
  assert.equal(show("%(exc_text)s", { exception: "Error: x" }), "Error: x\nError: x");
});

test("pythonFormatter() counts relativeCreated from when the module was loaded", () => {
  const before = Number(show("%(relativeCreated)f", { timestampMs: Date.now(), ticks: 0 }));
  assert.ok(before >= 0 && before < 100_000, `${before} ms`);
  assert.equal(show("%(relativeCreated)d", { timestampMs: timestampMs + 1500 }), String(Number(show("%(relativeCreated)d")) + 1500));
});

test("pythonFormatter() shows the local time, by default with milliseconds", () => {
  const date = new Date(timestampMs);
  assert.equal(show("%(asctime)s"), `${strftime("%Y-%m-%d %H:%M:%S", date)},042`);
  assert.equal(show("{asctime:>25}", {}, { style: "{" }), `  ${strftime("%Y-%m-%d %H:%M:%S", date)},042`);
  assert.equal(show("$asctime", {}, { style: "$", datefmt: "" }), `${strftime("%Y-%m-%d %H:%M:%S", date)},042`);
  assert.equal(show("%(asctime)s %(msecs)03d", {}, { datefmt: "%d.%m. %H:%M" }), `${strftime("%d.%m. %H:%M", date)} 042`);
});

test("pythonFormatter() shows each event's own time, within a second and beyond", () => {
  const format = pythonFormatter({ format: "%(asctime)s" });
  const shown = [0, 1, 958, 0, -43].map((ms) => format(makeEvent({ timestampMs: timestampMs + ms })).slice(-6));
  assert.deepEqual(shown, ["07,042", "07,043", "08,000", "07,042", "06,999"]);
});

test("pythonFormatter() finds a field in the record, then the properties, then the defaults", () => {
  const defaults = { user: "nobody", host: "here", levelname: "never" };
  const properties = { user: "ada", name: "never", message: "never", asctime: "never" };
  const format = "%(levelname)s %(name)s %(user)s@%(host)s: %(message)s";
  assert.equal(show(format, { properties }, { defaults }), "WARNING shop.orders ada@here: Page 7 printed");
  assert.equal(show("{user} {host}", { properties }, { defaults, style: "{" }), "ada here");
  assert.equal(show("$user $host", {}, { defaults, style: "$" }), "nobody here");
  assert.equal(show("%(user)s", { properties: { user: undefined } }, { defaults }), "None");
});

test("pythonFormatter() writes the exception below the message, on a line of its own", () => {
  const exception = "Error: no paper\n    at print";
  assert.equal(show("%(message)s", { exception }), `Page 7 printed\n${exception}`);
  assert.equal(show("%(message)s\n", { exception }), `Page 7 printed\n${exception}`);
  assert.equal(show("%(message)s", { message: "", exception }), `\n${exception}`);
  assert.equal(show("%(message)s", { exception: "" }), "Page 7 printed");
});

test("pythonFormatter() formats by the operator %", () => {
  const properties = { n: 42, f: 2.5, t: "tea", o: true, z: null, big: 2n ** 70n };
  const cases: Cases = {
    "[%(t)s|%(t)5s|%(t)-5s|%(t).2s|%(t)r|%(t)a]": "[tea|  tea|tea  |te|'tea'|'tea']",
    "%(n)d|%(n)5d|%(n)-5d|%(n)05d|%(n)+d|%(n) d|%(n).4d|%(n)i|%(n)u": "42|   42|42   |00042|+42| 42|0042|42|42",
    "%(n)x|%(n)X|%(n)#x|%(n)#X|%(n)o|%(n)#o|%(n)#08x|%(n)c": "2a|2A|0x2a|0X2A|52|0o52|0x00002a|*",
    "%(f)f|%(f).0f|%(f)8.3f|%(f)-8.1f|%(f)+.1f|%(f)08.2f|%(f)#.0f": "2.500000|2|   2.500|2.5     |+2.5|00002.50|2.",
    "%(f)e|%(f).2E|%(f)g|%(f)G|%(f)#g|%(n)g|%(n).1g": "2.500000e+00|2.50E+00|2.5|2.5|2.50000|42|4e+01",
    "%(f)d|%(o)d|%(o)s|%(z)s|%(big)d|%(big)x|%(n)ld": "2|1|True|None|1180591620717411303424|400000000000000000|42",
    "100%|100%% %(n)d%%|5% off": "100%|100% 42%|5% off",
  };
  checkAll(cases, "%", properties);
});

test("pythonFormatter() formats by str.format", () => {
  const properties = { n: 42, f: 1234.5, t: "tea", o: true, big: 12345678901234567890n, w: 6, user: { name: "Ada", tags: ["x", "y"] } };
  const cases: Cases = {
    "[{t:>5}|{t:<5}|{t:^5}|{t:*^6}|{t:.2}|{t!r}|{t!r:>7}]": "[  tea|tea  | tea |*tea**|te|'tea'|  'tea']",
    "{n:5}|{n:<5}|{n:05}|{n:+}|{n:=+6}|{n:#x}|{n:#010b}|{n:o}|{n:X}|{n:c}": "   42|42   |00042|+42|+   42|0x2a|0b00101010|52|2A|*",
    "{f}|{f:.2f}|{f:,}|{f:,.2f}|{f:012,.1f}|{f:e}|{f:.3g}|{f:%}|{f:.1%}":
      "1234.5|1234.50|1,234.5|1,234.50|00,001,234.5|1.234500e+03|1.23e+03|123450.000000%|123450.0%",
    "{big:,}|{big:_}|{big:_x}|{n:.1f}|{n:.3}|{o}|{o:d}|{o:>5}":
      "12,345,678,901,234,567,890|12_345_678_901_234_567_890|ab54_a98c_eb1f_0ad2|42.0|42.0|True|1|    1",
    "{levelname[0]}|{levelname:<8}|{msecs:03.0f}|{created:.2f}|{t:{w}}|{f:>{w}.1e}": "W|WARNING |042|1772360107.04|tea   |1.2e+03",
    "{user.name}|{user[name]}|{user[tags][1]}|{user.tags[0]}|{user}": "Ada|Ada|y|x|{'name': 'Ada', 'tags': ['x', 'y']}",
    "{{}}|{{n}}|{n}}}": "{}|{n}|42}",
  };
  checkAll(cases, "{", properties);
});

test("pythonFormatter() formats by string.Template", () => {
  checkAll({ "$levelname:${name}: $message.": "WARNING:shop.orders: Page 7 printed.", "$$n is $n, ${n}th": "$n is 42, 42th" }, "$", {
    n: 42,
  });
  checkAll({ "5 $ and $5, ${a b} ${n": "5 $ and $5, ${a b} ${n", "$né": "42é" }, "$", { n: 42 });
});

test("pythonFormatter() keeps the line breaks of values, as Python does, unless indentLines is set; a terminal obeys no value either way", () => {
  const event = { properties: { x: "a\nb\r\u2028\x1b[2J" }, exception: "Error: c\n at d\x1b" };
  assert.equal(show("\x1b[1m%(x)s", event), "\x1b[1ma\nb\\r\\u{2028}\\x1b[2J\nError: c\n at d\\x1b");
  assert.equal(show("%(x)s", event, { indentLines: true }), "a\n    b\\r\\u{2028}\\x1b[2J\n    Error: c\n     at d\\x1b");
  assert.throws(() => pythonFormatter({ indentLines: "loud" as never }), ConfigError);
});

test("pythonFormatter() writes values as Python does", () => {
  const cases: readonly (readonly [unknown, str: string, repr?: string])[] = [
    ...[["it's", "it's", `"it's"`], [`'"`, `'"`, `'\\'"'`], [
      "a\\b\n\t\x00\x7f\xa0",
      "a\\b\n\t\x00\x7f\xa0",
      "'a\\\\b\\n\\t\\x00\\x7f\\xa0'",
    ]] as const,
    ...[["é😀\u2028\ud800", "é😀\u2028\ud800", "'é😀\\u2028\\ud800'"], [true, "True"], [null, "None"], [undefined, "None"]] as const,
    ...[[1, "1"], [-0, "0"], [1.5, "1.5"], [0.1, "0.1"], [1e-5, "1e-05"], [1e-4, "0.0001"], [1e20, "100000000000000000000"], [
      1e22,
      "1e+22",
    ]] as const,
    ...[[NaN, "nan"], [-Infinity, "-inf"], [10n ** 25n, "10000000000000000000000000"], [2 ** 60, "1152921504606847000"]] as const,
    ...[[[], "[]"], [[1, "a", [true, null]], "[1, 'a', [True, None]]"], [{}, "{}"], [
      { a: 1, "b'": { c: [] } },
      `{'a': 1, "b'": {'c': []}}`,
    ]] as const,
    [
      new Date(timestampMs),
      "2026-03-01 10:15:07.042000+00:00",
      "datetime.datetime(2026, 3, 1, 10, 15, 7, 42000, tzinfo=datetime.timezone.utc)",
    ],
    [new Date(Date.UTC(2026, 0, 1)), "2026-01-01 00:00:00+00:00", "datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)"],
  ];
  for (const [x, str, repr = str] of cases) {
    assert.equal(show("%(x)s|%(x)r", { properties: { x } }), harmlessLines(`${str}|${repr}`));
    assert.equal(show("{x}|{x!r}", { properties: { x } }, { style: "{" }), harmlessLines(`${str}|${repr}`));
    assert.equal(show("$x", { properties: { x } }, { style: "$" }), harmlessLines(str));
  }
  assert.equal(show("%(x)a {x}", { properties: { x: "é😀" } }), "'\\xe9\\U0001f600' {x}");
  const round: Record<string, unknown> = { list: [] };
  (round.list as unknown[]).push(round, round.list);
  assert.equal(show("%(x)s", { properties: { x: round } }), "{'list': [{...}, [...]]}");
});

test("pythonFormatter() takes the specification of a date as strftime's", () => {
  const properties = { x: new Date(timestampMs) };
  checkAll({ "{x:%d.%m.%Y %H:%M:%S.%f %z %Z %%f}": "01.03.2026 10:15:07.042000 +0000 UTC %f" }, "{", properties);
});

// ---- what does not fit ----

test("pythonFormatter() leaves a placeholder that cannot be shown, and says so once", () => {
  const properties = { t: "tea", n: 42, f: 2.5, list: [1] };
  const wrong = {
    "%": "%(nope)s %(t)d %(t)f %(f)x %(list)d %(t)c %(n)y %(n)*d %(n).*f %(n)",
    "{":
      "{nope} {t:d} {t:=5} {f:x} {list:5} {t:+} {n:.2d} {t.length} {t[9]} {list[x]} {list.length} {n!x} {} {0} {n[0} {n:{nope}} {n:{n:{n}}}",
    "$": "$nope ${nope}",
  };
  for (const [style, format] of Object.entries(wrong) as ["%" | "{" | "$", string][]) {
    using hearing = hearDiagnostics();
    const made = pythonFormatter({ format, style, validate: false });
    assert.equal(made(makeEvent({ properties })), format);
    assert.equal(made(makeEvent({ properties })), format);
    assert.deepEqual(hearing.heard.map(({ code }) => code), ["format-failed"]);
    assert.match(hearing.heard[0]!.message, /"nope".*nope.*there is no such field/);
  }
});

test("pythonFormatter() shows all the rest of a format with a mistake", () => {
  using hearing = hearDiagnostics();
  const shown = (format: string, style: "%" | "{" | "$") => pythonFormatter({ format, style, validate: false })(makeEvent());
  assert.equal(shown("%(levelname) %(message)s", "%"), "%(levelname) Page 7 printed");
  assert.equal(shown("%(levelname %s 50% %(message)s", "%"), "%(levelname %s 50% Page 7 printed");
  assert.equal(shown("{ {levelname} } {message", "{"), "{ WARNING } {message");
  assert.equal(shown("{levelname!} {message:{", "{"), "{levelname!} {message:{");
  assert.deepEqual(hearing.heard.map(({ message }) => message.replace(/:[^:]*$/, "")), [
    'Cannot show the field "levelname" of the format "%(levelname) %(message)s", so %(levelname)  remains',
  ]);
});

test("pythonFormatter() reaches nothing but a value's own properties", () => {
  using hearing = hearDiagnostics();
  const properties = { x: { a: 1 }, list: [1], f: () => 1 };
  for (
    const format of [
      "{x.constructor}",
      "{x.__proto__}",
      "{x[toString]}",
      "{list.length}",
      "{list[-1]}",
      "{f.name}",
      "{__proto__}",
      "{constructor}",
    ]
  ) {
    assert.equal(pythonFormatter({ format, style: "{" })(makeEvent({ properties })), format);
  }
  assert.equal(hearing.heard.length, 8);
});

test("pythonFormatter() makes nothing of a giant width", () => {
  using hearing = hearDiagnostics();
  for (const [style, format] of [["%", "%(n)99999999999d"], ["%", "%(n).20000f"], ["{", "{n:10001}"], ["{", "{n:{n}}"]] as const) {
    assert.equal(pythonFormatter({ format, style })(makeEvent({ properties: { n: 1e9 } })), format);
  }
  assert.equal(hearing.heard.length, 4);
  assert.equal(show("%(message)10000s").length, 10_000);
});

test("pythonFormatter() never throws, whatever the values are", () => {
  using _ = hearDiagnostics();
  const formats: readonly (readonly ["%" | "{" | "$", string])[] = [
    ...[["%", "%(x)s %(x)r %(x)a %(x)5.2s"], ["%", "%(x)d %(x)x %(x)c %(x)f %(x)g"], ["{", "{x} {x!r} {x!a:>10} {x:5}"]] as const,
    ...[["{", "{x.a} {x[0]} {x[a].b} {x:d} {x:.2f} {x:%Y} {x:{x}}"], ["$", "$x ${x}"]] as const,
  ];
  for (const [style, format] of formats) {
    const made = pythonFormatter({ format: `begin ${format} end`, style, validate: false });
    for (const x of nasty()) {
      const shown = made(makeEvent({ properties: { x } }));
      assert.ok(shown.startsWith("begin ") && shown.endsWith(" end"));
    }
  }
  for (const timestampMs of [NaN, Infinity, 8.64e15, -8.64e15, -1, 0.5]) {
    assert.match(pythonFormatter({ format: "%(asctime)s %(created)s %(msecs)d|" })(makeEvent({ timestampMs })), /\|$/);
  }
});

// ---- what is refused ----

test("pythonFormatter() refuses what Python refuses, with the place and the reason", () => {
  const cases: readonly (readonly [PythonFormatterOptions | Record<string, unknown>, path: string, message: RegExp])[] = [
    [{ style: "#" }, "style", /^Cannot use this as one of these words: current value is "#".*; known are %, \{, \$$/],
    [{ format: 5 }, "format", /^Cannot use this as text: current value is 5$/],
    [{ datefmt: 5 }, "datefmt", /^Cannot use this as text/],
    [{ validate: 5 }, "validate", /^Cannot use this as true or false/],
    [{ defaults: [] }, "defaults", /^Cannot use this as an object/],
    [
      { format: "hello" },
      "format",
      /^Cannot use this as a format of style % \(it has no field such as %\(message\)s\): current value is "hello"$/,
    ],
    [{ format: "hello", style: "{" }, "format", /^Cannot use this as a format of style \{ \(it has no fields\): current value is "hello"$/],
    [{ format: "{message} {", style: "{" }, "format", /without/],
    [{ format: "{message!x}", style: "{" }, "format", /\(invalid conversion 'x'\)/],
    [{ format: "{message:zz}", style: "{" }, "format", /\(bad specifier 'zz'\)/],
    [{ format: "{a-b}", style: "{" }, "format", /\(invalid field name 'a-b'\)/],
    [{ format: "$message costs $", style: "$" }, "format", /\(a bare \$ is not allowed\)/],
    [{ format: "%(message)s", style: "$" }, "format", /\(it has no fields\)/],
  ];
  for (const [options, path, message] of cases) {
    assert.throws(() => pythonFormatter(options as PythonFormatterOptions), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.issues.map((issue) => issue.path), [path]);
      assert.match(error.issues[0]!.message, message);
      return true;
    });
  }
  assert.throws(
    () => pythonFormatter({ style: "#", format: 5, datefmt: 6 } as never),
    (error) => (error as ConfigError).issues.length === 3,
  );
});

test("pythonFormatter() takes any format where it does not validate", () => {
  for (const [style, format] of [["%", "hello"], ["{", "hello"], ["$", "hello"], ["{", "{"], ["$", "$"], ["%", "100%"]] as const) {
    assert.equal(show(format, {}, { style, validate: false }), format);
  }
});
