/** redactFilter(): a secret is in nothing that a handler sees, wherever it stood; all else, and the caller's object, is unchanged. */

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, encodeClef, getLogger, type LogEvent, parseTemplate, renderMessage, withContext } from "../../mod.ts";
import { readRedactOptions, redactFilter, type RedactFilterOptions } from "../../src/filters/redact_filter.ts";
import { toPlainData } from "../../src/event/plain_data.ts";
import { toRecord } from "../../src/event/log_event.ts";
import type { Issue } from "../../src/option_schema.ts";
import { assertLinear } from "../support/growth.ts";
import { type Clef, hearDiagnostics, observe, propertiesOf, type Recollection, remember } from "../support/seq.ts";
import { nasty } from "../support/values.ts";
import { rounds } from "../support/effort.ts";

const log = getLogger("redact_filter");
const redacted = "[Redacted]";

/** A MemoryHandler, and a logger at its lowest level, because the end of a configuration has reset the level. */
function recall(): Recollection {
  log.level = "trace";
  return remember(log);
}

/** What is logged, with the filter and without it. */
function both(options: RedactFilterOptions, act: () => void): { events: readonly LogEvent[]; untouched: readonly LogEvent[] } {
  using seen = recall();
  using all = recall();
  seen.memory.filters = [redactFilter(options)];
  act();
  assert.equal(seen.events.length, all.events.length, "each event passes");
  return { events: seen.events, untouched: all.events };
}

/** The only event behind the filter. */
function only(options: RedactFilterOptions, act: () => void): LogEvent {
  const { events } = both(options, act);
  assert.equal(events.length, 1);
  return events[0]!;
}

const clefOf = (event: LogEvent): Clef => JSON.parse(encodeClef(event));

/** Everything that a handler can show of an event. */
function told(event: LogEvent): string {
  return [picture(event), encodeClef(event), event.message].join("\n");
}

/** Any value as it is. */
const picture = (value: unknown): string => JSON.stringify(toPlainData(value));

const issuesOf = (given: unknown): Issue[] => {
  const issues: Issue[] = [];
  readRedactOptions(given, "filters.some", issues);
  return issues;
};

// ---- keys ----

test("redactFilter() redacts the value of a key at any depth", () => {
  const event = only({ keys: ["password"] }, () =>
    log.info("{User}", {
      password: "x",
      User: { name: "Ada", password: { old: "x", new: ["x"] } },
      List: [{ password: 1 }, [{ password: null }]],
      Map: new Map([["password", "x"]]),
    }));
  assert.deepEqual(event.properties, {
    password: redacted,
    User: { name: "Ada", password: redacted },
    List: [{ password: redacted }, [{ password: redacted }]],
    Map: { password: redacted },
  });
  assert.equal(event.message, '{"name":"Ada","password":"[Redacted]"}');
  assert.deepEqual(propertiesOf(clefOf(event)).User, { name: "Ada", password: redacted });
});

test("redactFilter() compares keys without case, _ and -, and * matches any characters", () => {
  const names = [
    "apiKey",
    "api_key",
    "API-Key",
    "__APIKEY--",
    "apiKeys",
    "myApiKey",
    "api.key",
    "AccessToken",
    "token",
    "tokens_left",
    "tok",
    "a.b",
  ];
  const secretsOf = (...keys: string[]): string[] => {
    const { properties } = only({ keys }, () => log.info("x", Object.fromEntries(names.map((name) => [name, 1]))));
    assert.deepEqual(Object.keys(properties), names);
    return names.filter((name) => properties[name] === redacted);
  };
  assert.deepEqual(secretsOf("apiKey"), names.slice(0, 4));
  assert.deepEqual(secretsOf("API_KEY"), names.slice(0, 4));
  assert.deepEqual(secretsOf("*token*"), ["AccessToken", "token", "tokens_left"]);
  assert.deepEqual(secretsOf("*token"), ["AccessToken", "token"]);
  assert.deepEqual(secretsOf("a*s"), ["apiKeys"]);
  assert.deepEqual(secretsOf("**"), names);
  assert.deepEqual(secretsOf("t.k", "a.*"), ["a.b"]);
});

test("redactFilter() reads every other character of a key as itself", () => {
  const names = ["a+b", "a(b", "a[b]", "a$", "^a", "a|b", "a\\b", "a?", "a{2}", "/a/", "a\nb", "😀", "ÄÖ", "a b"];
  for (const key of names) {
    const { properties } = only(
      { keys: [key] },
      () => log.info("x", { ...Object.fromEntries(names.map((name) => [name, 1])), aa: 1, b: 1 }),
    );
    assert.deepEqual(Object.keys(properties).filter((name) => properties[name] === redacted), [key]);
  }
});

test("redactFilter() reads a dotted name by its last segment, and by those before it, as the nested object that it becomes", () => {
  const event = only(
    { keys: ["password"] },
    () => log.info("x", { "user.password": "x", "password.hash": "x", "user.passwords": 1, user: { "old.password": "x" } }),
  );
  assert.deepEqual(event.properties, {
    "user.password": redacted,
    "password.hash": redacted,
    "user.passwords": 1,
    user: { "old.password": redacted },
  });
});

test("redactFilter() reads a key with dots as the end of a path, in nested objects and dotted names", () => {
  const event = only({ keys: ["user.pass_word"] }, () =>
    log.info("x", {
      password: 1,
      user: { password: "x", other: { password: 1 }, name: "Ada" },
      "user.password": "x",
      "a.user.password": "x",
      "other.password": 1,
      "superuser.password": 1,
      deep: { list: [{ User: [{ Password: "x" }] }], "b.user": { "password.hash": "x" } },
    }));
  assert.deepEqual(event.properties, {
    password: 1,
    user: { password: redacted, other: { password: 1 }, name: "Ada" },
    "user.password": redacted,
    "a.user.password": redacted,
    "other.password": 1,
    "superuser.password": 1,
    deep: { list: [{ User: [{ Password: redacted }] }], "b.user": { "password.hash": redacted } },
  });
});

test("redactFilter() reads a pair in a list as an entry: of Object.entries, or of a Map with other keys than text", () => {
  const event = only({ keys: ["password", "user.pin"] }, () =>
    log.info("x", {
      Entries: Object.entries({ password: "x", name: "Ada" }),
      Map: new Map<unknown, unknown>([[1, 2], ["password", { a: "x" }]]),
      user: [["pin", "x"]],
      pair: ["password", "name"],
    }));
  assert.deepEqual(event.properties, {
    Entries: [["password", redacted], ["name", "Ada"]],
    Map: [[1, 2], ["password", redacted]],
    user: [["pin", redacted]],
    pair: ["password", "name"],
  });
});

test("redactFilter() reads JSON in a text as data, and what only looks like it by its fields", () => {
  const { properties } = only({ keys: ["password", "user.pin"] }, () =>
    log.info("x", {
      Whole: '{"password":"x","n":1}',
      Listed: 'Body: [{"password":{"a":"x"}}]',
      Pretty: JSON.stringify({ a: 1, password: ["x", "y"], b: { password: "x" } }, null, 2),
      PrettyCut: `${JSON.stringify({ a: 1, password: ["x", "y"], b: { password: "x" } }, null, 2)},`,
      Cut: '{"a":{"password":"x\\"x","b":1,"password" : "x',
      Broken: 'a "quote and {"password":"x\\\\","b":[1],"password":{"c":"}"},"d":tru',
      Bare: '{"password": 12345 , "a": nope}',
      Within: JSON.stringify({ text: JSON.stringify({ password: 'x"x', b: 1 }) }),
      WithinCut: `${JSON.stringify({ text: JSON.stringify({ password: 'x"x\\', b: 1 }) })},`,
      Twice: '{"password":"x","a":{"password":"x"},"a":1}',
      Path: '{"user":{"pin":"x"},"other":{"pin":1}}',
      Nothing: '{"password":,"password" : ',
      Other: '{"user":"Ada",  "n":12345678901234567890}',
    }));
  assert.deepEqual(properties, {
    Whole: '{"password":"[Redacted]","n":1}',
    Listed: 'Body: [{"password":"[Redacted]"}]',
    Pretty: '{"a":1,"password":"[Redacted]","b":{"password":"[Redacted]"}}',
    PrettyCut: `${JSON.stringify({ a: 1, password: redacted, b: { password: redacted } }, null, 2)},`,
    Cut: '{"a":{"password":"[Redacted]","b":1,"password" : "[Redacted]"',
    Broken: 'a "quote and {"password":"[Redacted]","b":[1],"password":"[Redacted]","d":tru',
    Bare: '{"password": "[Redacted]", "a": nope}',
    Within: JSON.stringify({ text: JSON.stringify({ password: redacted, b: 1 }) }),
    WithinCut: `${JSON.stringify({ text: JSON.stringify({ password: redacted, b: 1 }) })},`,
    Twice: '{"password":"[Redacted]","a":1}',
    Path: '{"user":{"pin":"[Redacted]"},"other":{"pin":1}}',
    Nothing: '{"password":,"password" : ',
    Other: '{"user":"Ada",  "n":12345678901234567890}',
  });
});

test("redactFilter() redacts what a hole has made text", () => {
  const event = only({ keys: ["password"] }, () =>
    log.info("{$User} {$Error}", {
      User: { password: "s3cr3t" },
      Error: Object.assign(new Error("no paper"), { password: "s3cr3t" }),
    }));
  assert.doesNotMatch(told(event), /s3cr3t/);
  assert.equal(event.properties.User, '{"password":"[Redacted]"}');
  assert.match(event.message, /^\{"password":"\[Redacted\]"\} Error: no paper/);
});

// ---- patterns ----

test("redactFilter() redacts every match of a pattern in texts at any depth, and not the names", () => {
  const event = only({ patterns: [/\b\d{16}\b/, "Bearer \\S+"] }, () =>
    log.info("{Text}", {
      Text: "4111111111111111 and 4222222222222222",
      "4111111111111111": { "4111111111111111": ["Authorization: Bearer abc def"] },
    }));
  assert.deepEqual(event.properties, {
    "4111111111111111": { "4111111111111111": [`Authorization: ${redacted} def`] },
    Text: `${redacted} and ${redacted}`,
  });
  assert.equal(event.message, `${redacted} and ${redacted}`);
});

test("redactFilter() redacts numbers, bigints and dates as the texts that they are", () => {
  const event = only({ patterns: ["^4\\d{15}$", /^1970/] }, () =>
    log.info("{N:0} {Day:yyyy}", {
      ...{
        N: 4111111111111111,
        M: 5,
        Big: 4111111111111111n,
        Small: 5n,
        Day: new Date(0),
        Other: new Date(1e12),
        Not: NaN,
        Yes: true,
        None: null,
      },
      In: [4111111111111111, 5, true, null, new Date(0)],
    }));
  assert.deepEqual(event.properties, {
    ...{
      N: redacted,
      M: 5,
      Big: redacted,
      Small: 5n,
      Day: `${redacted}-01-01T00:00:00.000Z`,
      Other: new Date(1e12),
      Not: NaN,
      Yes: true,
      None: null,
    },
    In: [redacted, 5, true, null, `${redacted}-01-01T00:00:00.000Z`],
  });
  assert.deepEqual(clefOf(event)["@r"], [redacted, `${redacted}-01-01T00:00:00.000Z`]);
});

test("redactFilter() keeps the flags of a regular expression and none of its state", () => {
  const pattern = /SECRET/gi;
  pattern.lastIndex = 3;
  const options = { patterns: [pattern, /^sticky/y] };
  const filter = redactFilter(options);
  using seen = recall();
  seen.memory.filters = [filter];
  for (let i = 0; i < 3; i++) log.info("x", { A: "secret Secret", B: "sticky sticky" });
  for (const { properties } of seen.events) assert.deepEqual(properties, { A: `${redacted} ${redacted}`, B: `${redacted} sticky` });
  assert.equal(pattern.lastIndex, 3);
  pattern.lastIndex = 0;
  assert.ok(pattern.test("secret"));
});

test("redactFilter() ignores an empty match of a pattern", () => {
  assert.deepEqual(only({ patterns: [/x*/] }, () => log.info("a{A}b", { A: "axxb" })).properties, { A: `a${redacted}b` });
});

test("redactFilter() has the replacement that it is given, whatever is in it", () => {
  for (const replacement of ["", "***", "$&$1$$", 'a"b\\', "{Hole}", "é\n"]) {
    const event = only(
      { keys: ["password"], patterns: ["s3cr3t"], replacement },
      () => log.info("A s3cr3t {A}", { A: "the s3cr3t", password: 1, Json: '{"password":"x"}', Cut: '{"password":"x' }),
    );
    assert.deepEqual(event.properties, {
      A: `the ${replacement}`,
      password: replacement,
      Json: JSON.stringify({ password: replacement }),
      Cut: JSON.stringify({ password: replacement }).slice(0, -1),
    });
    assert.equal(event.message, `A ${replacement} the ${replacement}`);
  }
});

// ---- the template ----

test("redactFilter() redacts the literal text of the template and leaves its holes", () => {
  const options = { patterns: [/s3cr3t\w*/g] };
  const { events: [event] } = both(options, () => log.info("The s3cr3ts {{of}} {@s3cr3t:s3cr3t} are {A,5}", { s3cr3t: 1, A: 2 }));
  assert.equal(event!.messageTemplate, `The ${redacted} {{of}} {@s3cr3t:s3cr3t} are {A,5}`);
  assert.equal(event!.message, `The ${redacted} {of} 1 are     2`);
  assert.equal(clefOf(event!)["@mt"], event!.messageTemplate);
});

test("redactFilter() sees through the escapes of a template, and what is no hole", () => {
  const event = only({ patterns: [/a\{b\}c/, /\{ s3cr3t \}/] }, () => log.info("a{{b}}c { s3cr3t } {{d}} {A}", { A: 1 }));
  assert.equal(event.message, `${redacted} ${redacted} {d} 1`);
});

test("redactFilter() leaves a template the identical text where there is nothing to redact", () => {
  const template = "{ no hole } {{A}} }} {A} {";
  assert.equal(only({ patterns: ["s3cr3t"] }, () => log.info(template, { A: "s3cr3t" })).messageTemplate, template);
});

test("redactFilter() keeps all holes of any template, but for those that carry a secret and no property fills", () => {
  const part = fc.constantFrom(
    "{A}",
    "{@B:000}",
    "{$C,-5}",
    "{{",
    "}}",
    "{",
    "}",
    "s3cr3t",
    "s3c",
    "r3t",
    "{ s3cr3t }",
    " ",
    "{s3cr3t}",
    "{0}",
  );
  fc.assert(fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
    const template = parts.join("");
    const { events: [event], untouched: [before] } = both({ patterns: ["s3cr3t"] }, () => log.info(template));
    const after = parseTemplate(event!.messageTemplate);
    assert.deepEqual(after.holes, parseTemplate(template).holes.filter(({ name }) => !name.includes("s3cr3t")));
    const literal = (template: string) =>
      parseTemplate(template).tokens.map((token) => token.kind === "text" ? token.text : token.name.includes("s3cr3t") ? token.raw : "\0")
        .join(
          "",
        );
    assert.equal(literal(after.text), literal(template).replaceAll("s3cr3t", redacted));
    if (!literal(template).includes("s3cr3t")) assert.equal(event, before);
  }));
});

// ---- errors ----

test("redactFilter() redacts an error: its message, fields, causes and inner errors, in the text and the property", () => {
  const error = Object.assign(
    new Error('Cannot send {"password":"s3cr3t", and 4111111111111111', {
      cause: Object.assign(
        new AggregateError([
          Object.assign(new Error("one"), { password: "s3cr3t" }),
          { password: "s3cr3t" },
          "4111111111111111",
        ], "inner"),
        { request: { headers: { password: ["s3cr3t"] } } },
      ),
    }),
    { password: "s3cr3t", code: 5 },
  );
  const options = { keys: ["password"], patterns: [/\d{16}/] };
  for (const act of [() => log.error(error, "x"), () => log.error("x", { Why: error }), () => log.error(error)]) {
    const event = only(options, act);
    assert.doesNotMatch(told(event), /s3cr3t|4111/);
    assert.match(event.exception!, /^Error: Cannot send \{"password":"\[Redacted\]", and \[Redacted\]\n/);
    assert.match(event.exception!, /\n {4}\{"password":"\[Redacted\]","code":5\}\nCaused by: AggregateError: inner\n/);
    assert.match(event.exception!, /\n {4}\{"request":\{"headers":\{"password":"\[Redacted\]"\}\}\}\nInner error 1 of 3: Error: one\n/);
    assert.match(
      event.exception!,
      /\n {4}\{"password":"\[Redacted\]"\}\nInner error 2 of 3: \{"password":"\[Redacted\]"\}\nInner error 3 of 3: \[Redacted\]$/,
    );
    assert.equal(event.error, event.exception);
    const ownFields = /\n {4}\{".*\}(?=\n|$)/g; // which stand in the property, where it has the error
    assert.equal(clefOf(event)["@x"], "Why" in event.properties ? event.exception!.replace(ownFields, "") : event.exception);
  }
  const { ErrorType, ErrorMessage } = only(options, () => log.error(error)).properties;
  assert.deepEqual([ErrorType, ErrorMessage], ["Error", 'Cannot send {"password":"[Redacted]", and [Redacted]']);
});

test("redactFilter() leaves the error itself where there is nothing to redact in it", () => {
  const error = Object.assign(new Error("no paper"), { code: 5 });
  const event = only({ keys: ["password"], patterns: ["s3cr3t"] }, () => log.error(error, "x", { password: "s3cr3t" }));
  assert.equal(event.error, error);
});

test("redactFilter() reads a dotted key in the text of an error by its end, because its path is not known there", () => {
  const error = Object.assign(new Error("no paper"), { pin: "s3cr3t", user: { pin: "s3cr3t" }, order: { pin: 1 } });
  for (const key of ["why.pin", "user.pin"]) {
    const event = only({ keys: [key, "user.pin"] }, () => log.error("x", { why: error }));
    assert.doesNotMatch(event.exception!, /s3cr3t/);
    assert.match(event.exception!, /"order":\{"pin":1\}/);
  }
});

test("redactFilter() rebuilds the text of an error where its message, name or cause is a secret", () => {
  const make = () => Object.assign(new Error("s3cr3t", { cause: new Error("the cause") }), { code: 5 });
  const event = only({ keys: ["message"] }, () => log.error("x", { Why: make() }));
  assert.doesNotMatch(told(event), /s3cr3t/);
  assert.equal(event.exception, 'Error: [Redacted]\n    {"code":5}\nCaused by: Error: [Redacted]');
  const caused = only({ keys: ["cause"] }, () => log.error(new Error("no paper", { cause: new Error("s3cr3t") }), "x"));
  assert.doesNotMatch(told(caused), /s3cr3t/);
  assert.equal(caused.exception, "Error: no paper\nCaused by: [Redacted]");
  const stackless = only({ keys: ["stack"] }, () => log.error(new Error("no paper"), "x"));
  assert.equal(stackless.exception, "Error: no paper");
});

test("redactFilter() redacts the whole error where the property that holds it is a secret", () => {
  const event = only({ keys: ["why"] }, () => log.error("x", { Why: new Error("s3cr3t") }));
  assert.doesNotMatch(told(event), /s3cr3t/);
  assert.deepEqual([event.exception, event.error, event.properties], [redacted, redacted, { Why: redacted }]);
});

test("redactFilter() redacts what is thrown and is no error", () => {
  const options = { keys: ["password"], patterns: ["s3cr3t"] };
  const acts: (() => void)[] = [
    () => log.error({ password: "s3cr3t" } as object, "x"),
    () => log.error([{ password: "s3cr3t" }], "x"),
    () => log.write({ message: "x", error: "The s3cr3t" }),
    () => log.write({ message: "x", error: '{"password":"s3cr3t' }),
    () => log.write({ message: "x", error: { name: "E", message: "m", password: "s3cr3t" } }),
  ];
  for (const act of acts) assert.doesNotMatch(told(only(options, act)), /s3cr3t/);
});

// ---- where properties come from ----

test("redactFilter() redacts what is bound, the context's, the global properties and those that are called for each event", async () => {
  const secret = { password: "s3cr3t" };
  const filters = [redactFilter({ keys: ["password"], patterns: [/s3cr3t\d/] })];
  await using observed = observe({
    filters,
    properties: { Global: secret, Text: "s3cr3t1", Live: () => secret, LiveText: () => "s3cr3t2" },
  });
  const bound = log.with({ Bound: secret, BoundText: "s3cr3t3" });
  for (let i = 0; i < 3; i++) {
    withContext({ Context: secret, ContextText: "s3cr3t4" }, () => bound.info("x", { Own: secret, OwnText: "s3cr3t5" }));
  }
  const lines = await observed.lines();
  assert.equal(lines.length, 3);
  for (const line of lines) {
    const want = Object.fromEntries(
      ["Own", "Bound", "Context", "Global", "Live"].map((name) => [name, { password: redacted }]),
    );
    for (const name of ["OwnText", "BoundText", "ContextText", "Text", "LiveText"]) Object.assign(want, { [name]: redacted });
    assert.deepEqual(propertiesOf(JSON.parse(line)), want);
  }
});

test("redactFilter() writes the same line as if the redacted values had been logged", async () => {
  const filters = [redactFilter({ keys: ["password", "@password"] })];
  const properties = (value: string) => ({
    "a.password": value,
    "@password": value,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    __proto__: null,
    n: 1n,
  });
  const lines = async (value: string, options: object): Promise<string[]> => {
    await using observed = observe({ ...options, properties: { "g.password": value, "b.c": 1 } });
    const bound = log.with({ "h.password": value, z: 1 });
    for (let i = 0; i < 3; i++) {
      bound.write({
        timestampMs: 5.5,
        level: "warn",
        messageTemplate: "{n:000} {a.password}",
        properties: properties(value),
        eventType: 7,
      });
    }
    return await observed.lines();
  };
  assert.deepEqual(await lines("s3cr3t", { filters }), await lines(redacted, {}));
});

test("redactFilter() may come before itself", () => {
  using seen = recall();
  const filter = redactFilter({ keys: ["password"] });
  seen.memory.filters = [filter, filter];
  log.info("x", { password: 1, In: { password: 2 } });
  assert.deepEqual(seen.event.properties, { password: redacted, In: { password: redacted } });
});

test("redactFilter() redacts what filters before it have made", () => {
  using seen = recall();
  seen.memory.filters = [
    (event) => ({
      ...event,
      properties: { ...event.properties, password: "s3cr3t" },
      messageTemplate: "{password}",
      error: new Error("s3cr3t"),
    }),
    redactFilter({ keys: ["password"], patterns: ["s3cr3t"] }),
    (event) => ({ ...event, properties: { ...event.properties, Later: event.error } }),
  ];
  log.info("x");
  assert.doesNotMatch(told(seen.event), /s3cr3t/);
  assert.equal(seen.event.message, redacted);
});

test("redactFilter() works for an event by itself", () => {
  const filter = redactFilter({ keys: ["password"], patterns: ["s3cr3t"] });
  const event: LogEvent = {
    ...{
      timestampMs: 5,
      level: "warn",
      loggerName: "a",
      messageTemplate: "A s3cr3t {B}",
      message: "",
      properties: { password: 1, B: "s3cr3t" },
    },
    ...{ error: new Error("s3cr3t"), traceId: "0af7651916cd43dd8448eb211c80319c" },
  };
  const answer = filter(event) as LogEvent;
  assert.deepEqual({ ...answer, error: 0, exception: 0 }, {
    ...{
      timestampMs: 5,
      ticks: 0,
      level: "warn",
      loggerName: "a",
      messageTemplate: `A ${redacted} {B}`,
      message: `A ${redacted} ${redacted}`,
    },
    ...{ properties: { password: redacted, B: redacted, traceId: event.traceId }, traceId: event.traceId, error: 0, exception: 0 },
  });
  assert.doesNotMatch(told(answer), /s3cr3t/);
  assert.deepEqual(event.properties, { password: 1, B: "s3cr3t" });
});

test("redactFilter() lets the same event pass where there is nothing to redact, and copies nothing", () => {
  const filter = redactFilter({ keys: ["password"], patterns: ["s3cr3t"] });
  const { events, untouched } = both({ keys: ["password"], patterns: ["s3cr3t"] }, () => {
    log.with({ A: 1 }).info(new Error("no paper"), "{A} {B}", { B: { c: ["d", 1n, new Date(0), NaN] } });
  });
  assert.equal(events[0], untouched[0]);
  assert.equal(filter(untouched[0]!), untouched[0]);
  const record = toRecord(untouched[0]!);
  assert.equal(filter.ofRecord!(record), record);
  const once = filter(
    only({ keys: ["other"] }, () => log.info("s3cr3t", { password: 1, E: [["password", "x"]], J: '{"password":1}' })),
  ) as LogEvent;
  assert.equal(filter(once), once, "what is redacted is not redacted again");
});

test("redactFilter() keeps time, level, logger, event type and the type of what was thrown", () => {
  const { events: [event], untouched: [before] } = both(
    { keys: ["password"] },
    () =>
      log.write({
        timestampMs: 1234.5678,
        level: "fatal",
        loggerName: "other",
        properties: { password: 1 },
        eventType: 7,
        error: new RangeError("x"),
      }),
  );
  const { properties: _, ...rest } = event!;
  const { properties: __, ...restBefore } = before!;
  assert.deepEqual(rest, restBefore);
  const type = only({ patterns: ["s3cr3t"] }, () => log.error(new RangeError("s3cr3t")));
  assert.equal(type.properties.ErrorType, "RangeError");
  assert.equal(toRecord(type).error!.exception.type, "RangeError");
});

// ---- failing closed ----

/** Makes redaction fail for the pattern `boom`. */
function breaking(): Disposable {
  const prototype = RegExp.prototype as unknown as Record<symbol, (...args: unknown[]) => unknown>;
  const original = prototype[Symbol.replace]!;
  prototype[Symbol.replace] = function (this: RegExp, ...args: unknown[]): unknown {
    if (this.source === "boom") throw new Error(`cannot redact ${args[0]}`);
    return original.apply(this, args);
  };
  return { [Symbol.dispose]: () => void (prototype[Symbol.replace] = original) };
}

test("redactFilter() lets an event pass without its content where redaction fails, and says so", () => {
  using diagnostics = hearDiagnostics();
  const { events: [event], untouched: [before] } = both({ patterns: ["boom"] }, () => {
    using _ = breaking();
    log.with({ Bound: "s3cr3t" }).error(new Error("s3cr3t"), "s3cr3t {A}", { A: "s3cr3t" });
  });
  assert.doesNotMatch(told(event!), /s3cr3t/);
  const { timestampMs, ticks } = before!;
  const messageTemplate = "[Redacted: redaction failed]";
  assert.deepEqual({ ...event }, {
    ...{ timestampMs, ticks, level: "error", loggerName: "redact_filter", messageTemplate, message: messageTemplate, properties: {} },
  });
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["redaction-failed"]);
  assert.doesNotMatch(JSON.stringify(diagnostics.heard), /s3cr3t/);
});

test("redactFilter() that fails reveals nothing on the wire", async () => {
  using diagnostics = hearDiagnostics();
  await using observed = observe({ filters: [redactFilter({ patterns: ["boom"] })], properties: { Global: "s3cr3t" } });
  {
    using _ = breaking();
    log.error(new Error("s3cr3t"), "s3cr3t {A}", { A: "s3cr3t" });
  }
  log.info("x");
  const [failed, next] = await observed.events();
  assert.deepEqual(propertiesOf(failed!), {});
  assert.deepEqual(Object.keys(failed!).sort(), ["@l", "@mt", "@t", "SourceContext"]);
  assert.equal(next!.Global, "s3cr3t");
  assert.equal(diagnostics.heard.length, 1);
});

test("redactFilter() accepts any value", () => {
  using diagnostics = hearDiagnostics();
  for (const value of nasty()) {
    const event = only(
      { keys: ["password"], patterns: ["s3cr3t"] },
      () => log.error("x {A}", { A: value, B: { value, password: value }, password: "s3cr3t" }),
    );
    assert.equal(event.properties.password, redacted);
    JSON.parse(encodeClef(event));
  }
  assert.deepEqual(diagnostics.heard, []);
});

test("redactFilter() is not slowed down by a text that was made to do so", () => {
  const parts = ["\\", '"', '\\"', '"password":', '{"a":', "[", '"password":[', '\\"password\\":\\"', "{", '"a" :'];
  const run = (Text: string): void => void only({ keys: ["password", "*token*"] }, () => log.info("x", { Text, Json: `{${Text}` }));
  for (const part of parts) assertLinear(part, (size) => part.repeat(size / part.length), run, { from: 4000, to: 64_000 });
});

// ---- a secret planted anywhere ----

const core = fc.integer({ min: 0x100000, max: 0xffffff }).map((number) => `s3cr3t${number.toString(16)}`);
const hard = fc.constantFrom("", '"', "\\", "\n", '\\"', "{", "}", "]", "é😀", "\u2028", " ", ",", ":", '":"', "\ud800", "'");
const secretText = fc.tuple(hard, core, hard).map((parts) => parts.join(""));
const secretName = fc.constantFrom(
  ...[
    "password",
    "PASSWORD",
    "pass_word",
    "Pass-Word",
    "api_key",
    "API-Key",
    "accessToken",
    "x-token-y",
    "TOKEN",
    "user.password",
    "password.hash",
  ],
);
const keys = ["password", "apiKey", "*token*", "owner.pin"];
const plainName = fc.constantFrom("A", "Label", "b.c", "Ä", "with space", "@at", "0", "user");

type Make<T = unknown> = () => T;

/** Any value in which the text stands. */
function holding(text: string): Make[] {
  return [
    () => text,
    () => [text],
    () => ({ In: { deep: [text] } }),
    () => new Map([["a", text]]),
    () => new Map<unknown, unknown>([[1, text], [text, 2]]),
    () => new Set([text]),
    () => ({ toJSON: () => text }),
    () => new Error(text),
    () => new String(text),
    () => new URLSearchParams({ text }),
  ];
}

/** An object in some other thing. */
function around(make: Make<Record<string, unknown>>, name: string): Make<Record<string, unknown>>[] {
  const json = (space?: number): string => JSON.stringify(make(), null, space);
  const error = (text: string, cause?: unknown): Error => Object.assign(new Error(text, { cause }), make());
  return [
    () => ({ [name]: make() }),
    () => ({ [name]: [1, make()] }),
    () => ({ [name]: new Map([["a", make()]]) }),
    () => ({ [name]: new Map<unknown, unknown>([[1, make()], [2, "x"]]) }),
    () => ({ [name]: new Map<unknown, unknown>([[1, 2], ...Object.entries(make())]) }),
    () => ({ [name]: Object.entries(make()) }),
    () => ({ [name]: new Set([make()]) }),
    () => ({ [name]: Object.freeze(Object.assign(Object.create(null), make())) }),
    () => {
      const thing = make();
      return { [name]: { toJSON: () => thing } };
    },
    () => ({ [name]: error("no paper") }),
    () => ({ [name]: error("no paper", make()) }),
    () => ({ [name]: error("no paper", error("deeper")) }),
    () => ({ [name]: new AggregateError([error("one"), make(), "x"], "several") }),
    () => ({ [name]: new Error(`Cannot send ${json()}`) }),
    () => ({ [name]: json() }),
    () => ({ [name]: json(2) }),
    // in a text that is no JSON a pair is a list like any other
    ...(/\[(?:\s|\\+n)*\\*"/.test(json()) ? [] : [
      () => ({ [name]: `Body: ${json()} was refused` }),
      () => ({ [name]: new Error(`Cannot send ${json()}, for there is no paper`) }),
      () => ({ [name]: `${json(2)},` }),
      () => ({ [name]: json().slice(0, -1) }),
      () => ({ [name]: JSON.stringify(json()) }),
      () => ({ [name]: `Cut: ${JSON.stringify({ json: json() }).slice(0, -1)}` }),
    ]),
  ];
}

/** A value that holds the secret under one of the keys, and a decoy under another name. */
const planted: fc.Arbitrary<Make<Record<string, unknown>>> = fc
  .tuple(secretText, secretName, fc.nat(), fc.boolean(), fc.array(fc.tuple(fc.nat(), plainName), { maxLength: 3 }))
  .map(([text, name, kind, isPin, layers]) => {
    const values = holding(text);
    const value = values[kind % values.length]!;
    let make: Make<Record<string, unknown>> = () =>
      isPin ? { Owner: { Pin: value(), Decoy: "d3c0y" } } : { [name]: value(), Decoy: "d3c0y" };
    for (const [layer, name] of layers) {
      const things = around(make, name);
      make = things[layer % things.length]!;
    }
    return make;
  });

/** The ways in which a thing comes to be logged. */
const ways: ((thing: Record<string, unknown>) => void)[] = [
  (thing) => log.info("x {A} {b.c} {Label}", thing),
  (thing) => log.info("x {$A} {$Label}", thing),
  (thing) => log.info("{A} {B}", [thing, thing]),
  (thing) => log.info("x", { It: thing }),
  (thing) => log.error(new Error("no paper", { cause: thing }), "x {A}", { A: 1 }),
  (thing) => log.error(Object.assign(new Error("no paper"), thing)),
  (thing) => log.error(thing, "x"),
  (thing) => log.error(thing),
  (thing) => log.error([thing], "x"),
  (thing) => log.with(thing).info("x {A} {It}", { It: 1 }),
  (thing) => withContext(thing, () => log.info("x {A} {It}" as string, { It: 1 })),
  (thing) => log.write({ messageTemplate: "x {A}", properties: thing, error: thing }),
  (thing) => (log.info as (...args: unknown[]) => void)("x", 1, thing, thing),
];

test("redactFilter() lets no secret under a key out, wherever it occurs", () => {
  fc.assert(
    fc.property(planted, fc.nat(ways.length - 1), (make, way) => {
      const thing = make();
      const before = picture(thing);
      const { events: [event], untouched: [all] } = both({ keys }, () => ways[way]!(thing));
      assert.ok(!told(event!).includes("s3cr3t"), told(event!));
      assert.equal(picture(thing), before, "what the caller handed over is unchanged");
      for (const text of ["message", "exception"] as const) {
        assert.equal(event![text]?.includes("d3c0y"), all![text]?.includes("d3c0y"), `${all![text]}\n---\n${event![text]}`);
      }
      assert.equal(encodeClef(event!).split("d3c0y").length, encodeClef(all!).split("d3c0y").length);
    }),
    { numRuns: rounds(3000), includeErrorInReport: true },
  );
});

test("redactFilter() lets no secret that a pattern matches out, wherever it occurs", () => {
  fc.assert(
    fc.property(planted, fc.nat(ways.length - 1), (make, way) => {
      const thing = make();
      const before = picture(thing);
      const { events: [event] } = both({ patterns: [/s3cr3t[0-9a-f]+/] }, () => ways[way]!(thing));
      assert.ok(!/s3cr3t/.test(told(event!).replaceAll(/"s3cr3t\w+":/g, "")), told(event!));
      assert.equal(picture(thing), before);
    }),
    { numRuns: rounds(2000), includeErrorInReport: true },
  );
});

test("redactFilter() lets no secret of a template, a message or a number out", () => {
  const options = { patterns: [/s3cr3t[0-9a-f]+/, /9\d{9}9/] };
  fc.assert(fc.property(secretText, fc.nat(999_999_999), (text, number) => {
    const digits = Number(`9${String(number).padStart(9, "0")}9`);
    const acts: (() => void)[] = [
      () => log.info(`The ${text.replace(/[{}]/g, "$&$&")} of {A}`, { A: digits }),
      () => log.info(`${digits}`, { A: { b: [digits, BigInt(digits)] }, B: BigInt(digits), C: `${digits}` }),
      () => log.write({ message: `${text}{${digits}}`, properties: { A: text } }),
      () => log.error(new Error(`${text} ${digits}`)),
    ];
    for (const act of acts) {
      const text = told(only(options, act));
      assert.ok(!text.includes("s3cr3t") && !text.includes(`${digits}`), text);
    }
  }));
});

test("redactFilter() changes the values of its keys and nothing else", () => {
  const name = fc.constantFrom("password", "Pass_Word", "name", "apikey", "tokens", "a", "b", "__proto__");
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>("text", "", 1, -0.5, true, null),
      fc.array(tie("value"), { maxLength: 3 }).filter((list) => list.length !== 2),
      fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  const isSecret = (name: string): boolean => ["password", "apikey", "tokens"].includes(name.toLowerCase().replace("_", ""));
  const want = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(want);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, value]) => [name, isSecret(name) ? redacted : want(value)]));
  };
  fc.assert(fc.property(value, value, (A, B) => {
    const { events: [event], untouched: [before] } = both({ keys }, () => log.with({ B }).info("{A} {B}", { A }));
    const { properties, message, ...rest } = event!;
    const { properties: all, message: _, ...restBefore } = before!;
    assert.deepEqual(properties, want(all));
    assert.deepEqual(rest, restBefore);
    assert.equal(message, renderMessage("{A} {B}", want(all) as Record<string, unknown>));
  }));
});

// ---- options ----

test("redactFilter() reports every mistake with its path", () => {
  const wanted = [{
    path: "filters.some.keys",
    message: "Missing: a list of names (or give patterns)",
  }];
  assert.deepEqual(issuesOf({}), wanted);
  assert.deepEqual(issuesOf({ keys: [], patterns: [] }).map(({ path }) => path), ["filters.some.keys"]);
  assert.deepEqual(issuesOf({ keys: [], patterns: ["x"] }), []);
  assert.deepEqual(issuesOf({ keys: "password", patterns: ["(", 5, /x/], replacement: 7, kays: [] }).map(({ path }) => path), [
    "filters.some.keys",
    "filters.some.patterns.0",
    "filters.some.patterns.1",
    "filters.some.replacement",
    "filters.some.kays",
  ]);
  assert.throws(() => redactFilter({}), ConfigError);
  assert.throws(() => redactFilter({ patterns: ["["] }), /patterns\.0: Cannot use this as a regular expression, or its source as text/);
});
