/** Which properties are the ids of a trace: by any of their spellings, and only where they are valid. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeClef, getLogger } from "../../mod.ts";
import { formatTraceparent, makeId } from "../../src/event/new_trace.ts";
import { isTraceName, parseTraceContext, Trace, traceFieldOf, traceOf } from "../../src/event/trace_context.ts";
import { remember } from "../support/seq.ts";

const trace = "5b8aa5a2d2c872e8321cf37308d69df2";
const span = "5b8aa5a2d2c872e8";

for (
  const [traceName, spanName] of [["traceId", "spanId"], ["trace_id", "span_id"], ["TraceId", "SpanId"], ["traceID", "spanID"], [
    "TraceID",
    "SpanID",
  ], ["trace-id", "span-id"]] as const
) {
  test(`properties ${traceName} and ${spanName} are the ids of the event and of its line`, () => {
    using heard = remember();
    getLogger().warn("x", { [traceName]: trace, [spanName]: span });
    const { event } = heard;
    assert.deepEqual([event.traceId, event.spanId], [trace, span]);
    const line = JSON.parse(encodeClef(event));
    assert.deepEqual([line["@tr"], line["@sp"], traceName in line, spanName in line], [trace, span, false, false]);
  });
}

test("an id that is not valid stays a property", () => {
  const wrong = [trace.toUpperCase(), trace.slice(1), `${trace}0`, "0".repeat(32), "g".repeat(32), 7, null];
  for (const value of wrong) assert.equal(traceFieldOf("traceId", value), undefined, String(value));
  assert.deepEqual([traceFieldOf("traceId", span), traceFieldOf("spanId", trace)], [undefined, undefined]);
  assert.deepEqual([traceFieldOf("traceId", trace), traceFieldOf("spanId", span)], ["@tr", "@sp"]);
  using heard = remember();
  getLogger().warn("x", { TraceId: "order-7" });
  const line = JSON.parse(encodeClef(heard.event));
  assert.deepEqual([line.TraceId, "@tr" in line], ["order-7", false]);
});

test("no other name is an id, not even one that every object has", () => {
  assert.deepEqual(["trace", "traceids", "parentId", "constructor", "__proto__"].map(isTraceName), [false, false, false, false, false]);
  assert.deepEqual(traceOf({ trace, id: span }), {});
});

test("traceOf() uses the first property that holds a valid id, as the line does", () => {
  assert.deepEqual(traceOf({ TraceId: trace, traceId: "none", span_id: span }), { traceId: trace, spanId: span });
  const other = "a".repeat(32);
  assert.deepEqual(traceOf({ TraceId: other, traceId: trace }), { traceId: other });
});

// ---- W3C Trace Context: the cases of its own test suite ----

const parent = `00-${trace}-${span}-01`;
const place = { traceId: trace, spanId: span, isSampled: true };

test("parseTraceContext() reads what is valid, and of a later version what it knows", () => {
  assert.deepEqual(parseTraceContext(parent), place);
  assert.deepEqual(parseTraceContext(` ${parent}\t`), place);
  assert.deepEqual(parseTraceContext(parent.replace(/1$/, "0")), { ...place, isSampled: false });
  assert.deepEqual(parseTraceContext(parent.replace(/01$/, "ff")), place);
  assert.deepEqual(parseTraceContext(parent.replace(/^00/, "cc")), place);
  assert.deepEqual(parseTraceContext(`${parent.replace(/^00/, "cc")}-what-the-future-will-be-like`), place);
});

for (
  const [what, wrong] of [
    ["nothing", undefined],
    ["null", null],
    ["an empty header", ""],
    ["version ff", parent.replace(/^00/, "ff")],
    ["a version of one digit", parent.slice(1)],
    ["a version of three digits", `0${parent}`],
    ["a version that is no number", parent.replace(/^00/, ".0")],
    ["upper case", parent.toUpperCase()],
    ["one letter in upper case", parent.replace("5b", "5B")],
    ["extra fields in version 00", `${parent}-what`],
    ["a dash at the end in version 00", `${parent}-`],
    ["a later version with another separator", `${parent.replace(/^00/, "cc")}.what`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${span}-01`],
    ["a span id of zeros", `00-${trace}-${"0".repeat(16)}-01`],
    ["a trace id that is too short", `00-${trace.slice(1)}-${span}-01`],
    ["a trace id that is too long", `00-${trace}0-${span}-01`],
    ["a span id that is too short", `00-${trace}-${span.slice(1)}-01`],
    ["a span id that is too long", `00-${trace}-${span}0-01`],
    ["a trace id that is not hexadecimal", `00-${trace.replace("5", ".")}-${span}-01`],
    ["a span id that is not hexadecimal", `00-${trace}-${span.replace("5", "g")}-01`],
    ["flags of one digit", parent.slice(0, -1)],
    ["flags of three digits", `${parent}0`],
    ["flags that are not hexadecimal", parent.replace(/01$/, ".0")],
    ["no flags", parent.slice(0, -3)],
    ["another separator", parent.replaceAll("-", "_")],
    ["several headers", `${parent}, ${parent}`],
    ["a line break", `${parent}\n${parent}`],
  ] as const
) {
  test(`parseTraceContext() takes no traceparent with ${what}`, () => assert.equal(parseTraceContext(wrong, "a=1"), undefined));
}

const stateOf = (state: string): string | undefined => parseTraceContext(parent, state)?.traceState;
const z = "z".repeat(256);

for (
  const [what, state, kept = state] of [
    ["one member", "foo=1"],
    ["members of several headers", "foo=1, bar=2 \t,\tbaz=3", "foo=1,bar=2,baz=3"],
    ["empty members", "foo=1,,bar=2,", "foo=1,bar=2"],
    ["every character of a key", "foo-_*/bar=1"],
    ["a tenant", `${"t".repeat(241)}@${"v".repeat(14)}=1`],
    ["a tenant that begins with a digit", "0t@v=1"],
    ["the longest key", `${z}=1`],
    ["the longest value", `foo=${z}`],
    ["every character of a value", "foo=!\"#$%&'()*+-./0123456789:;<>?@[]^_`{|}~ a"],
    ["32 members", Array.from({ length: 32 }, (_, i) => `k${i}=1`).join()],
    ["more than 512 characters", `foo=${z},bar=${z},baz=${z}`],
  ] as const
) {
  test(`parseTraceContext() hands on a tracestate with ${what}`, () => assert.equal(stateOf(state), kept));
}

for (
  const [what, state] of [
    ["nothing", ""],
    ["no value", "foo"],
    ["an empty value", "foo="],
    ["an empty key", "=1"],
    ["space in a key", "foo @=1"],
    ["upper case in a key", "FOO=1"],
    ["a key that begins with a digit", "0foo=1"],
    ["a key that is too long", `${z}z=1`],
    ["a tenant that is too long", `${"t".repeat(242)}@v=1`],
    ["a system that is too long", `t@${"v".repeat(15)}=1`],
    ["two systems", "t@v@w=1"],
    ["no system", "t@=1"],
    ["another character in a key", "foo.bar=1"],
    ["a value that is too long", `foo=${z}z`],
    ["an equals sign in a value", "foo=bar=baz"],
    ["another character in a value", "foo=\u00e9"],
    ["a control character in a value", "foo=a\u0000b"],
    ["a key twice", "foo=1,bar=2,foo=3"],
    ["33 members", Array.from({ length: 33 }, (_, i) => `k${i}=1`).join()],
  ] as const
) {
  test(`parseTraceContext() leaves out a tracestate with ${what}, and keeps the trace`, () => {
    assert.deepEqual(parseTraceContext(parent, state), place);
  });
}

test("formatTraceparent() writes what parseTraceContext() reads", () => {
  assert.equal(formatTraceparent(place), parent);
  assert.equal(formatTraceparent({ ...place, isSampled: false }), parent.replace(/1$/, "0"));
  assert.notEqual(parseTraceContext(formatTraceparent({ ...place, spanId: "" })), undefined);
  assert.equal(formatTraceparent({ ...place, traceId: "" }), "");
});

// ---- the place of a span ----

class NewTrace extends Trace {
  override makeId(length: number): string {
    return makeId(length);
  }
}

test("a Trace makes its ids when they are first read, and keeps them", () => {
  const made = new NewTrace({});
  assert.deepEqual([made.traceId, made.spanId], [made.traceId, made.spanId]);
  assert.equal(made.json, `,"@tr":"${made.traceId}","@sp":"${made.spanId}"`);
  assert.equal(made.isValid, true);
  assert.equal(new Trace({ traceId: trace, spanId: "" }).json, `,"@tr":"${trace}"`);
});

test("where no random values can be drawn, as at a Worker's module scope, a Trace has no ids until they can", (t) => {
  const without = t.mock.method(crypto, "getRandomValues", () => {
    throw new Error("Disallowed operation called within global scope");
  });
  const waiting = new NewTrace({});
  while (makeId(32) !== ""); // what was drawn before is used up
  assert.deepEqual([waiting.traceId, waiting.json, formatTraceparent(waiting)], ["", "", ""]);
  without.mock.restore();
  assert.equal(waiting.isValid, true);
});
