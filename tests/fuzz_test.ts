/** More than 100 000 random events: each call returns, and each becomes one line that Seq would take. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configure,
  encodeClef,
  flush,
  getLogger,
  type Level,
  type LogEventInit,
  parseTemplate,
  shutdown,
  stats,
  withContext,
} from "../mod.ts";
import { createCollector } from "../src/collector/collector.ts";
import { type Clef, hearDiagnostics, namesIn } from "./support/seq.ts";
import { nasty } from "./support/values.ts";
import { rounds } from "./support/effort.ts";

type AnyMethod = (...args: unknown[]) => void;

/** A call that was made: what has to be on its line, and how it looks. */
interface Call {
  /** `undefined` where it is the constant template of an error. */
  readonly template: string | undefined;
  readonly shown: () => string;
}

const log = getLogger("fuzz");
/** How many events the values themselves have logged. */
let inner = 0;
const levels: readonly Level[] = ["trace", "debug", "info", "warn", "error", "fatal"];
const eventsAtOnce = 1000;

// ---- what is logged ----

/** Without those that make long lines, which cost time here and are another test's. */
const things = nasty().filter((V) => {
  const event = { timestampMs: 0, level: "info", loggerName: "", messageTemplate: "", message: "", properties: { V } } as const;
  return encodeClef(event).length < 5000;
});

class Point {
  readonly x: unknown;
  readonly y = 1;
  constructor(x: unknown) {
    this.x = x;
  }
}

const anything = fc.anything({
  ...{
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withNullPrototype: true,
    withSparseArray: true,
  },
  ...{ withBoxedValues: true, withObjectString: true, maxDepth: 3, maxKeys: 4 },
});
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
  fc.constantFrom("", "{", "}", "@t", "a.b", "\ud800", "\0", "\\ud800", '"', "x".repeat(5000)),
);

/** Values are made by a function, because fast-check itself reads the values that it passes. */
const value: fc.Arbitrary<() => unknown> = fc.oneof(
  { weight: 6, arbitrary: anything.map((made) => () => made) },
  {
    weight: 3,
    arbitrary: fc.oneof(text, fc.double(), fc.integer(), fc.bigInt(), fc.date({ noInvalidDate: false })).map((made) => () => made),
  },
  { weight: 1, arbitrary: fc.nat(things.length - 1).map((i) => () => things[i]) },
  { weight: 1, arbitrary: fc.tuple(text, anything).map(([message, cause]) => () => new Error(message, { cause })) },
  { weight: 1, arbitrary: anything.map((made) => () => new Point(made)) },
);

const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "A",
      "B",
      "C",
      "a.b",
      "a.b.c",
      "a",
      "@t",
      "@@x",
      "_",
      "0",
      "1",
      "SourceContext",
      "__proto__",
      "trace_id",
      "Größe",
      "…",
      "\udc00",
    ),
  },
  { weight: 1, arbitrary: text },
);

const hole = fc.record({
  hint: fc.constantFrom("", "", "@", "$", "@@"),
  name,
  alignment: fc.constantFrom("", "", "", ",5", ",-12", ",0", ",x", ",99999"),
  format: fc.constantFrom("", "", ":0.00", ":000", ":N2", ":X4", ":yyyy-MM-dd", ":l", ":", ":{", ":P1", ":#,##0.0;(0)", ":HH:mm:ss.fff"),
}).map(({ hint, name, alignment, format }) => `{${hint}${name}${alignment}${format}}`);
const template = fc.array(fc.oneof(fc.string({ maxLength: 8 }), hole, hole, fc.constantFrom("{{", "}}", "{", "}", "\n", "\ud800")), {
  maxLength: 6,
})
  .map((parts) => parts.join(""));

const bag: fc.Arbitrary<() => object> = fc.array(fc.tuple(name, value), { maxLength: 5 }).map((entries) => () => {
  const made = {};
  for (const [name, make] of entries) {
    Object.defineProperty(made, name, { value: make(), enumerable: true, configurable: true, writable: true });
  }
  return made;
});

const show = (values: unknown): string => {
  try {
    return fc.stringify(values).slice(0, 2000);
  } catch {
    return "(values that cannot be shown)";
  }
};

// ---- what has to come of it ----

/** A text as it can stand on the wire. */
const wellFormed = (text: string): string => new TextDecoder().decode(new TextEncoder().encode(text));

/** What is wrong with the line of a call. */
function complain(line: string, { template }: Call): string | undefined {
  if (/(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(line)) return "it has a lone surrogate";
  if (new TextEncoder().encode(line).length > 200_000) return "it is too long";
  const clef: Clef = JSON.parse(line);
  if (Object.getPrototypeOf(clef) !== Object.prototype || Array.isArray(clef)) return "it is no object";
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/.test(String(clef["@t"]))) return "@t is no time";
  const names = namesIn(line);
  if (new Set(names).size !== names.length) return `a name stands twice: ${names}`;
  if (/exceeds the limit/.test(String(clef["@mt"])) && clef["@mt"] !== template) return undefined; // the placeholder of a large event
  const isPrintf = template !== undefined && /%[sdifjoO]/.test(template); // becomes a template with holes
  if (template !== undefined && !isPrintf && clef["@mt"] !== wellFormed(template)) return "@mt is not the template";
  const formatted = parseTemplate(String(clef["@mt"])).formatted.length;
  const renderings = clef["@r"] as unknown[] | undefined;
  if ((renderings?.length ?? 0) !== formatted) return `@r has ${renderings?.length} texts for ${formatted} holes`;
  if (renderings?.some((rendering) => typeof rendering !== "string")) return "@r has something that is no text";
  return undefined;
}

/** Logs so many calls that are made of random parts, and looks at every line, which Seq's reader has to take. */
async function fuzz<T>(parts: fc.Arbitrary<T>, count: number, seed: number, call: (parts: T) => Call): Promise<void> {
  using _ = hearDiagnostics();
  const collector = createCollector({ keepEvents: eventsAtOnce });
  const lines: string[] = [];
  const fetch = (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    lines.push(...new TextDecoder("utf-8", { fatal: true }).decode(init!.body as Uint8Array).split("\n"));
    return collector.fetch(new Request(url, init));
  };
  configure({ serverUrl: "http://seq.test", fetch, level: "trace", properties: { "g.lobal": 1, A: "global", Asked: () => "asked" } });
  try {
    for (let done = 0; done < count; done += eventsAtOnce) {
      lines.length = inner = 0;
      collector.clear();
      const calls = fc.sample(parts, { numRuns: Math.min(eventsAtOnce, count - done), seed: seed + done }).map(call);
      const { delivered, pending, lost } = await flush();
      assert.deepEqual(
        [delivered, pending, lost, stats().seq!.lost],
        [calls.length + inner, 0, 0, {}],
        `of ${calls.length}; ${stats().seq!.lastError}`,
      );
      assert.equal(collector.received, calls.length + inner);
      assert.equal(lines.length, calls.length + inner);
      const expected = inner === 0 ? calls : lines.map((line): Call => ({ template: undefined, shown: () => line.slice(0, 200) }));
      for (const [i, call] of expected.entries()) {
        const complaint = complain(lines[i]!, call);
        if (complaint !== undefined) assert.fail(`${complaint}: ${call.shown()} became ${lines[i]!.slice(0, 2000)}`);
      }
    }
  } finally {
    await shutdown();
  }
}

const options = { timeout: 300_000 };
const level = fc.constantFrom(...levels);

test(`info() makes valid CLEF of ${rounds(36_000)} random templates and bags of values (seed 20261001)`, options, async () => {
  await fuzz(fc.tuple(level, template, bag), rounds(36_000), 20261001, ([level, template, make]) => {
    const properties = make();
    log[level](template, properties);
    return { template, shown: () => show([template, properties]) };
  });
});

test(`info() makes valid CLEF of ${rounds(34_000)} random lists of arguments (seed 20262001)`, options, async () => {
  const argument = fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: bag }, {
    weight: 1,
    arbitrary: template.map((text) => () => text),
  });
  await fuzz(fc.tuple(level, fc.array(argument, { maxLength: 4 })), rounds(34_000), 20262001, ([level, makers]) => {
    const args = makers.map((make) => make());
    (log[level] as AnyMethod)(...args);
    const template = args.find((arg, i): arg is string => i < 2 && typeof arg === "string");
    return { template, shown: () => show(args) };
  });
});

test(`with() and withContext() make valid CLEF of ${rounds(15_000)} random layers (seed 20263001)`, options, async () => {
  await fuzz(fc.tuple(template, bag, bag, bag, value), rounds(15_000), 20263001, ([template, bound, ambient, own, error]) => {
    const layers = [bound(), ambient(), own()] as const;
    const thrown = error();
    withContext(layers[1], () => {
      const logger = log.with(layers[0]);
      if (typeof thrown === "string") logger.warn(template, layers[2]);
      else (logger.error as AnyMethod)(new Error("x", { cause: thrown }), template, layers[2]);
    });
    return { template, shown: () => show([template, layers, thrown]) };
  });
});

test(`write() makes valid CLEF of ${rounds(16_000)} random events (seed 20264001)`, options, async () => {
  const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
  const init = fc.record({
    timestampMs: sometimes(fc.oneof(fc.double(), fc.integer({ min: 0, max: 4e12 }))),
    ticks: sometimes(fc.oneof(fc.double(), fc.nat(9999))),
    level: sometimes(fc.oneof(level, text as fc.Arbitrary<Level>)),
    loggerName: sometimes(text),
    error: sometimes(value),
    traceId: sometimes(fc.oneof(text, fc.constant("0af7651916cd43dd8448eb211c80319c"))),
    spanId: sometimes(fc.oneof(text, fc.constant("b7ad6b7169203331"))),
    eventType: sometimes(fc.oneof(text, fc.double(), fc.nat())),
    properties: sometimes(bag),
  });
  await fuzz(fc.tuple(template, init), rounds(16_000), 20264001, ([messageTemplate, { error, properties, ...rest }]) => {
    const init: LogEventInit = { messageTemplate, ...rest, properties: properties?.(), error: error?.() };
    log.write(init);
    return { template: messageTemplate, shown: () => show(init) };
  });
});

test(`calls of which ${rounds(4_000)} random values log themselves leave each line whole (seed 20265001)`, options, async () => {
  const speak = (): string => {
    inner++;
    log.with({ Bound: inner }).warn("Inner {N:000} {Text}", { N: inner, Text: "é\n".repeat(inner % 300), Data: { list: [inner] } });
    return `text ${inner}`;
  };
  const speaker = fc.constantFrom<() => unknown>(
    () => ({
      get Said(): string {
        return speak();
      },
    }),
    () => ({ toJSON: () => ({ said: speak() }) }),
    () => ({ toString: speak }),
    () => new Proxy({ said: 1 }, { get: (target, name) => (name === "said" ? speak() : Reflect.get(target, name)) }),
    () =>
      Object.defineProperty(new Error("x"), "said", {
        enumerable: true,
        get: speak,
      }),
    () => [{ toJSON: speak }, "é".repeat(100)],
  );
  const parts = fc.tuple(fc.nat(4), template, bag, speaker, speaker);
  await fuzz(parts, rounds(4_000), 20265001, ([kind, template, make, one, other]) => {
    const properties = { ...make(), One: one() };
    if (kind === 0) log.info(template, properties);
    else if (kind === 1) (log.error as AnyMethod)(other(), template, properties);
    else if (kind === 2) log.with({ Other: other() }).warn(template, properties);
    else if (kind === 3) log.write({ messageTemplate: template, properties, eventType: other() as string });
    else (log.debug as AnyMethod)(template, () => properties);
    return { template: undefined, shown: () => template };
  });
});
