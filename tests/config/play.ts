/** Random programs that configure and log, step by step, for Python and for this library. */

import fc from "fast-check";

/** A program, as JSON. */
export type Play = readonly Step[];

/** A program asks for a logger, sets its level, configures, or logs. */
export type Step =
  | { readonly get: string }
  | { readonly set: string; readonly level: number }
  | { readonly config: Config }
  | { readonly log: string; readonly level: number; readonly text?: string; readonly timeMs?: number };

/** A dictConfig. */
export interface Config {
  readonly disable_existing_loggers?: boolean;
  readonly loggers?: Readonly<Record<string, Settings>>;
  readonly root?: Settings | null;
  readonly filters?: Readonly<Record<string, { readonly name: string }>>;
  readonly [section: string]: unknown;
}

/** What it says of a logger. */
export interface Settings {
  readonly level?: string | number | null;
  readonly propagate?: boolean | null;
  readonly handlers?: readonly string[] | null;
  readonly filters?: readonly string[] | null;
}

type Style = "%" | "{" | "$";

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 5 });
const orMostlyNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(arbitrary, { weight: 2, arbitrary: fc.constant(null) });

const rootNames: readonly string[] = ["", "root"];
const name = fc.constantFrom("a", "a.b", "a.b.c", "a.b.d", "ab", "b", "b.a", "root.a", ...rootNames, ...rootNames);
const numbers = [5, 10, 20, 30, 40, 50];
const words = ["NOTSET", "NOTSET", "TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL"];
const level = orNull(fc.constantFrom(0, 0, 25, ...numbers, ...words));
const handlerName = fc.constantFrom("h1", "h2", "h3");
const filters = orMostlyNull(fc.array(fc.constantFrom("f1", "f2"), { maxLength: 3 }));

/** How Python's class is named, if it is. */
const ofClass = (name: string) => fc.constantFrom({}, { class: name }, { "()": name });

const filter = fc.tuple(ofClass("logging.Filter"), fc.constantFrom("", "a", "a", "a.b", "ab", "a.", "b", "root"))
  .map(([made, name]) => ({ ...made, name }));

const settings: fc.Arbitrary<Settings> = fc.record({
  level,
  propagate: orNull(fc.boolean()),
  handlers: orNull(fc.array(handlerName, { maxLength: 4 })),
  filters,
}, { requiredKeys: [] });
const rootSettings = orMostlyNull(fc.oneof({ weight: 4, arbitrary: settings }, fc.constant({})));

const formats: Readonly<Record<Style, readonly (string | null)[]>> = {
  "%": ["%(message)s", "%(name)-6s|%(levelname)s|%(message)s", "%(levelno)04d %(name).3s %% %(message)r", "", null],
  "{": ["{message}", "{{{name:>6}|{levelname:.4}}} {message}", "{levelno:04d} {name!r}"],
  "$": ["$message", "${name}|$levelname $$ ${message}", "$levelno$message"],
};
const timedFormats: typeof formats = {
  "%": ["%(asctime)s %(message)s", "%(created).3f %(msecs)03d %(asctime)30s"],
  "{": ["{asctime} {message}", "{created:.3f} {msecs:05.1f} {asctime:>30}"],
  "$": ["$asctime $message", "$created $msecs ${asctime}"],
};
const datefmt = fc.constantFrom(null, "", "%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%a %d. %b %y, %j", "%%");

const formatter = (style: Style, isTimed: boolean) =>
  fc.record({
    made: ofClass("logging.Formatter"),
    format: fc.constantFrom(...(isTimed ? timedFormats : formats)[style]),
    time: isTimed ? fc.record({ datefmt }, { requiredKeys: [] }) : fc.constant({}),
    style: fc.constantFrom({ style }, style === "%" ? {} : { style }),
  }).map(({ made, format, time, style }) => ({ ...made, format, ...time, ...style }));

const handler = (label: string) =>
  fc.tuple(
    fc.constantFrom("class", "()"),
    fc.record({ level, filters, formatter: orNull(fc.constantFrom("percent", "brace", "dollar")) }, { requiredKeys: [] }),
  ).map(([made, given]) => ({ [made]: "__main__.ListHandler", label, ...given }));

/** A whole configuration; its handlers bear the label, and show the time of an event if they are to. */
export const whole = (label: string, isTimed = false): fc.Arbitrary<Config> =>
  fc.record({
    version: fc.constant(1),
    disable_existing_loggers: fc.boolean(),
    formatters: fc.record({ percent: formatter("%", isTimed), brace: formatter("{", isTimed), dollar: formatter("$", isTimed) }),
    filters: fc.record({ f1: filter, f2: filter }),
    handlers: fc.record({ h2: handler(label), h3: handler(label), h1: handler(label) }),
    loggers: fc.dictionary(name, settings, { maxKeys: 5 }),
    root: rootSettings,
  }, { requiredKeys: ["version", "disable_existing_loggers", "formatters", "filters", "handlers"] });

/** A configuration that changes levels and `propagate` alone; whatever else it says counts for nothing. */
export const incremental: fc.Arbitrary<Config> = fc.record({
  version: fc.constant(1),
  incremental: fc.constant(true),
  disable_existing_loggers: fc.boolean(),
  handlers: fc.dictionary(handlerName, fc.record({ level }, { requiredKeys: [] })),
  loggers: fc.dictionary(name, settings, { maxKeys: 3 }),
  root: rootSettings,
}, { requiredKeys: ["version", "incremental", "disable_existing_loggers"] });

const get = name.map((name): Step => ({ get: name }));
const set = fc.tuple(name, fc.constantFrom(0, ...numbers))
  .filter(([name, level]) => level > 0 || !rootNames.includes(name)) // to have no level of its own is for our root the standard one
  .map(([name, level]): Step => ({ set: name, level }));
const log = fc.tuple(name, fc.constantFrom(...numbers)).map(([name, level]): Step => ({ log: name, level }));

/** What a program does before a configuration. */
export const before: fc.Arbitrary<Play> = fc.array(fc.oneof(get, set, log), { maxLength: 4 });
/** What it does after the last. */
export const after: fc.Arbitrary<Play> = fc.array(fc.oneof({ weight: 6, arbitrary: log }, get, set), { minLength: 3, maxLength: 12 });

/** The configuration without the filters of its loggers: Python never takes these from a logger again. */
function withoutFilters({ root, loggers = {}, ...rest }: Config): Config {
  const strip = ({ filters: _, ...settings }: Settings): Settings => settings;
  const stripped = Object.fromEntries(Object.entries(loggers).map(([name, one]) => [name, strip(one)]));
  return { ...rest, loggers: stripped, root: root && strip(root) };
}

/** A later whole configuration, which says again of each logger what Python would keep: where it is named earlier, or may be turned off. */
function restate({ root, loggers = {}, ...rest }: Config, earlierSteps: Play): Config {
  const earlier = earlierSteps.flatMap((step) => "config" in step ? [step.config] : []);
  const named = earlier.flatMap(({ loggers = {} }) => Object.keys(loggers));
  const isDisabling = earlier.some(({ disable_existing_loggers, incremental }) => disable_existing_loggers && !incremental);
  const known = isDisabling
    ? earlierSteps.flatMap((step) => "config" in step ? [] : "get" in step ? step.get : "set" in step ? step.set : step.log)
    : [];
  const restated = [...named, ...known].filter((name) => !rootNames.includes(name))
    .map((name) => [name, { ...loggers[name], level: loggers[name]?.level ?? "NOTSET", propagate: loggers[name]?.propagate ?? true }]);
  return { ...rest, loggers: { ...loggers, ...Object.fromEntries(restated) }, root: { ...root, level: root?.level ?? "WARNING" } };
}

/** Makes a play mean the same on both sides: here a configuration replaces the previous one, Python keeps what it does not mention. */
export function settle(play: Play): Play {
  const isWhole = (step: Step): boolean => "config" in step && step.config.incremental !== true;
  const [first, last] = [play.findIndex(isWhole), play.findLastIndex(isWhole)];
  const settled: Step[] = [];
  for (const [i, step] of play.entries()) {
    if (!("config" in step) || !isWhole(step)) settled.push(step);
    else {
      const config = i < last ? withoutFilters(step.config) : step.config;
      settled.push({ config: i > first ? restate(config, settled) : config });
    }
  }
  return settled;
}

/** The plays that lack one step of this one, or one thing in a configuration. */
export function smaller(play: Play): Play[] {
  const lessSteps = play.map((_, i) => play.filter((_, at) => at !== i));
  const lessConfigs = play.flatMap((step, i) =>
    "config" in step ? [...lacking(step.config)].map((config) => play.map((one, at) => (at === i ? { config } : one))) : []
  );
  const size = JSON.stringify(play).length;
  return [...lessSteps, ...lessConfigs].map(settle).filter((one) => JSON.stringify(one).length < size);
}

/** What no configuration may lack. */
const needed = ["version", "disable_existing_loggers", "label"];

/** The value without one of its parts, or with one that is lacking itself. */
function* lacking<T>(value: T): Generator<T> {
  if (typeof value !== "object" || value === null) return;
  const parts = Object.entries(value);
  const from = (kept: typeof parts): T => (Array.isArray(value) ? kept.map(([, part]) => part) : Object.fromEntries(kept)) as T;
  for (const [name] of parts) if (!needed.includes(name)) yield from(parts.filter(([own]) => own !== name));
  for (const [name, part] of parts) {
    for (const less of lacking(part)) yield from(parts.map(([own, one]) => [own, own === name ? less : one]));
  }
}

/** The play as plain JSON, settled; each event has a text of its own, and where there are times, a time and letters that formats use. */
export function tell(play: Play, timesMs: readonly number[] = []): Play {
  const text = (i: number) =>
    timesMs.length === 0 ? { text: `event ${i}` } : { text: `event {${i}} 5%s $name`, timeMs: timesMs[i % timesMs.length]! };
  const told: Play = play.map((step, i) => ("log" in step ? { ...step, ...text(i) } : step));
  return settle(JSON.parse(JSON.stringify(told)));
}
