/** The real dictConfig compared with the library's: which handler gets which event, how often, in which order, and as what text. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, getLogger, Handler, type Level, type LogEvent, type LoggingConfig } from "../../mod.ts";
import { pythonParts } from "../../src/yaml/yaml.ts";
import { askPython, withoutPython } from "../support/python.ts";
import { type ConsoleCall, hearConsole, hearDiagnostics } from "../support/seq.ts";
import { after, before, incremental, type Play, smaller, type Step, tell, whole } from "../config/play.ts";

/** What an event made a handler write, or the last resort, which has no label, and the console's method in place of a name. */
type Note = readonly [label: string, name: string, text: string];

/** The notes of each step of a play. */
type Outcome = readonly (readonly Note[])[];

// ---- what Python does ----

const script = `
import logging, logging.config

logging.addLevelName(5, "TRACE")
logging._srcfile = None # nobody asks for the caller
notes = []
time_ms = None
made = [] # Python knows a handler by its name only while somebody holds it

class Record(logging.LogRecord):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if time_ms is not None:
            self.created = time_ms / 1000
            self.msecs = float(time_ms % 1000)

logging.setLogRecordFactory(Record)

class ListHandler(logging.Handler):
    def __init__(self, label):
        super().__init__()
        self.label = label
        made.append(self)

    def emit(self, record):
        notes.append([self.label, self.name, self.format(record)])

class LastResort(logging.Handler):
    def emit(self, record):
        notes.append(["", "error" if record.levelno >= logging.ERROR else "warn", self.format(record)])

logging.lastResort = LastResort(logging.WARNING)

def take(step):
    global notes, time_ms
    notes = []
    if "get" in step:
        logging.getLogger(step["get"])
    elif "set" in step:
        logging.getLogger(step["set"]).setLevel(step["level"])
    elif "config" in step:
        logging.config.dictConfig(step["config"])
    else:
        time_ms = step.get("timeMs")
        logging.getLogger(step["log"]).log(step["level"], step["text"])
    return notes

def act(play):
    logging.root = logging.Logger.root = logging.RootLogger(logging.WARNING)
    logging.Logger.manager = logging.Manager(logging.root)
    logging._handlers.clear()
    logging._handlerList.clear()
    made.clear()
    try:
        return [take(step) for step in play]
    except Exception as error:
        return repr(error.__cause__ or error)

answer = [act(play) for play in given]
`;
import { rounds } from "../support/effort.ts";

// ---- what we do ----

const levels: Readonly<Record<number, Level>> = { 5: "trace", 10: "debug", 20: "info", 30: "warn", 40: "error", 50: "fatal" };

class ListHandler extends Handler {
  readonly #label: string;
  readonly #notes: Note[];

  constructor(label: string, notes: Note[]) {
    super();
    this.#label = label;
    this.#notes = notes;
  }

  emit(event: LogEvent): void {
    this.#notes.push([this.#label, this.name, this.formatter === undefined ? event.message : this.formatter(event)]);
  }
}

/** Lets no logger be left: a process keeps each for ever, and every play would drag along those of all before it. */
function forgetAll(): void {
  const kept = (globalThis as { [key: symbol]: Record<string, unknown> | undefined })[Symbol.for("@x/seqlog/1")];
  for (const name of ["hierarchy", "inForce"]) delete kept?.[name];
}

function act(play: Play, onConsole: ConsoleCall[]): Outcome | string {
  try {
    forgetAll();
    return take(play, onConsole);
  } catch (error) {
    return String(error);
  }
}

function take(play: Play, onConsole: ConsoleCall[]): Outcome {
  const notes: Note[] = [];
  const make = ({ label }: Readonly<Record<string, unknown>>): Handler => new ListHandler(String(label), notes);
  const parts = { ...pythonParts, handlers: { ...pythonParts.handlers, "__main__.ListHandler": make } };
  return play.map((step) => {
    if ("get" in step) getLogger(step.get);
    else if ("set" in step) getLogger(step.set).level = step.level === 0 ? undefined : levels[step.level];
    else if ("config" in step) configure(step.config as LoggingConfig, parts);
    else {
      log(step);
      for (const { method, text } of onConsole.splice(0)) notes.push(["", method, text.endsWith(` ${step.text}`) ? step.text! : text]);
    }
    return notes.splice(0);
  });
}

function log({ log: name, level: number, text = "", timeMs }: Extract<Step, { log: string }>): void {
  const level = levels[number]!;
  if (timeMs === undefined) getLogger(name)[level](text);
  else getLogger(name).write({ level, message: text, timestampMs: timeMs });
}

// ---- both ----

/** A play, and what came of it on either side: a text where it failed. */
interface Performance {
  readonly play: Play;
  readonly ours: Outcome | string;
  readonly theirs: Outcome | string;
}

const differs = ({ ours, theirs }: Performance): boolean => JSON.stringify(ours) !== JSON.stringify(theirs);
const size = ({ play }: Performance): number => JSON.stringify(play).length;

function perform(plays: readonly Play[]): Performance[] {
  const theirs = askPython<(Outcome | string)[]>(script, plays);
  using said = hearDiagnostics();
  using onConsole = hearConsole();
  const performances = plays.map((play, i) => ({ play, ours: act(play, onConsole.heard), theirs: theirs[i]! }));
  forgetAll();
  assert.deepEqual(said.heard.filter(({ code }) => !/^(disabled-loggers?|reaches-nothing)$/.test(code)), []);
  return performances;
}

/** Takes from a play whatever the difference does not need. */
function shrink(found: Performance): Performance {
  const plays = smaller(found.play);
  const next = perform(plays).find((one) =>
    differs(one) && typeof one.ours === typeof found.ours && typeof one.theirs === typeof found.theirs
  );
  return next === undefined ? found : shrink(next);
}

/** Performs as many plays as there are to be on both sides; reports the smallest of those that differ, reduced to what matters. */
function compare(arbitrary: fc.Arbitrary<Play>, options: { readonly seed: number; readonly numRuns: number }): void {
  const performances = perform(fc.sample(arbitrary, options));
  const [smallest, ...others] = performances.filter(differs).sort((a, b) => size(a) - size(b));
  if (smallest !== undefined) {
    const { play, ours, theirs } = shrink(smallest);
    assert.deepEqual(ours, theirs, `${JSON.stringify(play)} and ${others.length} others`);
  }
  const notes = performances.flatMap(({ theirs }) => (theirs as Outcome).flat());
  assert.ok(notes.length > 2 * performances.length && notes.some(([label]) => label === ""), "the plays show too little");
}

test("configure() sends each event where Python sends it", { skip: withoutPython }, () => {
  const play = fc.tuple(before, whole("1"), after).map(([first, config, last]) => tell([...first, { config }, ...last]));
  compare(play, { seed: 1, numRuns: rounds(2000) });
});

test("configure() changes by an incremental configuration what Python changes", { skip: withoutPython }, () => {
  const play = fc.tuple(before, whole("1"), before, incremental, after)
    .map(([first, config, middle, change, last]) => tell([...first, { config }, ...middle, { config: change }, ...last]));
  compare(play, { seed: 2, numRuns: rounds(1500) });
});

test("configure() replaces a configuration as Python does where all of it is said again", { skip: withoutPython }, () => {
  const play = fc.tuple(before, whole("1"), before, fc.option(incremental), whole("2"), after)
    .map(([first, config, middle, change, second, last]) =>
      tell([...first, { config }, ...middle, ...(change === null ? [] : [{ config: change }]), { config: second }, ...last])
    );
  compare(play, { seed: 3, numRuns: rounds(1500) });
});

test("configure() makes formatters that write the times of events as Python's do", { skip: withoutPython }, () => {
  const timesMs = fc.array(fc.integer({ min: 0, max: 4_000_000_000_000 }), { minLength: 1, maxLength: 5 });
  const play = fc.tuple(before, whole("1", true), after, timesMs)
    .map(([first, config, last, timesMs]) => tell([...first, { config }, ...last], timesMs));
  compare(play, { seed: 4, numRuns: rounds(1000) });
});

/** CPython's own cases of dictConfig that can be said in JSON, and whether it accepts each. */
const ownCases = `
import copy, io, logging.config
answer = []
try:
    from test.test_logging import ConfigDictTest as cases
except ImportError:
    cases = object
for name in sorted(one for one in dir(cases) if one.startswith("config")):
    try:
        config = json.loads(json.dumps(getattr(cases, name)))
    except TypeError:
        continue
    stdout, sys.stdout = sys.stdout, io.StringIO()
    try:
        logging.config.dictConfig(copy.deepcopy(getattr(cases, name)))
        answer.append([name, config, True])
    except Exception:
        answer.append([name, config, False])
    finally:
        sys.stdout = stdout
`;

test("configure() accepts and refuses CPython's own cases of dictConfig as CPython does", { skip: withoutPython }, (context) => {
  const cases = askPython<[name: string, config: LoggingConfig, isAccepted: boolean][]>(ownCases, null);
  if (cases.length === 0) return context.skip("this Python came without its tests");
  class CustomHandler extends Handler {
    emit(): void {}
  }
  /** Takes what Python's StreamHandler takes, and nothing else. */
  const custom = ({ stream: _, ...others }: Readonly<Record<string, unknown>>): Handler => {
    if (Object.keys(others).length > 0) throw new TypeError("It has no such option");
    return new CustomHandler();
  };
  const parts = {
    ...pythonParts,
    handlers: { ...pythonParts.handlers, "test.test_logging.CustomHandler": custom },
    formatters: { ...pythonParts.formatters, "test.test_logging.ExceptionFormatter": () => ({ message }: LogEvent) => message },
  };
  const accepts = (config: LoggingConfig): boolean => {
    try {
      configure(config, parts);
      return true;
    } catch {
      return false;
    }
  };
  using _diagnostics = hearDiagnostics();
  const different = cases.filter(([, config, isAccepted]) => accepts(config) !== isAccepted).map(([name]) => name);
  forgetAll();
  // 12: a version need not be given; 14: attributes that would change nothing here are refused
  assert.deepEqual(different, ["config12", "config14"]);
  assert.equal(cases.length, 21);
});
