import assert from "node:assert/strict";
import { test } from "node:test";
import { toCollectedEvent } from "../../src/collector/collected_event.ts";
import {
  calculationReader,
  comparisonReader,
  comparisonSigns,
  junctionReader,
  likeReader,
  membershipReader,
  negationReader,
  type Operand,
  oppositeReader,
} from "../../src/collector/filter_operators.ts";
import type { Read } from "../../src/collector/filter_values.ts";

const event = toCollectedEvent({ "@t": "2026-03-01T10:15:00Z" }, 1);
const literal = (value: unknown, kind?: Operand["kind"]): Operand => ({ read: () => value, literal: value, position: 3, kind });
const ask = (read: Read): unknown => read(event, 0);
const fail = (rule: string, position: number): never => {
  throw new Error(`${position}: ${rule}`);
};
const compared = (left: Operand, sign: string, right: Operand, ignoresCase = false): unknown =>
  ask(comparisonReader({ left, sign, right, ignoresCase, fail }));

test("comparisonReader() compares values of one type; what is absent makes the result absent", () => {
  assert.deepEqual(comparisonSigns.map((sign) => compared(literal(1), sign, literal(2))), [false, true, true, true, false, false]);
  assert.deepEqual(comparisonSigns.map((sign) => compared(literal(undefined), sign, literal(2))), Array(6).fill(undefined));
  assert.deepEqual([compared(literal("a"), "=", literal("A")), compared(literal("a"), "=", literal("A"), true)], [false, true]);
});

test("comparisonReader() takes a text as a level or a time where it is compared with one", () => {
  const level: Operand = { read: () => "Warning", position: 0, kind: "level" };
  assert.deepEqual([compared(level, "=", literal("wrn")), compared(level, ">", literal("debug")), compared(literal("fatal"), ">", level)], [
    true,
    true,
    true,
  ]);
  assert.equal(compared(level, ">", literal("loud")), undefined);
  const time: Operand = { read: () => event.timestampMs, position: 0, kind: "time" };
  assert.equal(compared(time, "=", literal("2026-03-01T11:15:00+01:00")), true);
  assert.throws(() => compared(time, "=", literal("noon")), /^Error: 3: a time is an ISO 8601 timestamp/);
});

test("membershipReader() looks into a list that is written, and into one of the event", () => {
  const isIn = (right: Operand): unknown => ask(membershipReader({ left: literal("a"), right, ignoresCase: true, fail }));
  const written = (...items: Operand[]): Operand => ({ read: () => undefined, position: 0, items });
  const results = [written(literal("b"), literal("A")), literal(["a"]), written(), literal("a")].map(isIn);
  assert.deepEqual(results, [true, true, false, undefined]);
});

test("likeReader(), oppositeReader(), negationReader() and junctionReader() know what is absent", () => {
  const [yes, no, absent] = [() => true, () => false, () => undefined];
  assert.deepEqual([ask(likeReader(literal("abc"), "A%", true)), ask(likeReader(literal(1), "%", false))], [true, undefined]);
  assert.deepEqual([yes, no, absent].map((read) => ask(oppositeReader(read))), [false, true, undefined]);
  assert.deepEqual([yes, no, absent].map((read) => ask(negationReader(read))), [false, true, true]);
  assert.deepEqual([ask(junctionReader("and", [yes, absent])), ask(junctionReader("or", [absent, yes]))], [false, true]);
});

test("calculationReader() computes with numbers, and divides nothing by zero", () => {
  const compute = (left: unknown, sign: string, right: unknown): unknown => ask(calculationReader(() => left, sign, () => right));
  assert.deepEqual(["+", "-", "*", "/", "%"].map((sign) => compute(7, sign, 2n)), [9, 5, 14, 3.5, 1]);
  assert.deepEqual([compute(1, "/", 0), compute("1", "+", 1)], [undefined, undefined]);
});
