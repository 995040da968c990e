/** What the types of log calls accept and refuse, for those who have installed the package: on the oldest TypeScript and the newest. */

import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { before, test } from "node:test";
import { repository } from "../../support/install.ts";
import { makeProject, packageTool, unpackInto } from "../../support/package/project.ts";
import { findRuntime, startCommand } from "../../support/runtimes.ts";

const timeout = 300_000;

const head = `import { getLogger, type Logger, type LogMethod } from "@x/seqlog";
const log = getLogger();
interface Order { OrderId: number; City?: string }
class Parcel { Weight = 3; get secret() { return 1; } }
class PaperError extends Error { page = 1 }
enum Kind { A }
declare const order: Order, maybeOrder: Order | undefined, text: string, any: any, unknown: unknown, object: object, list: number[], is: boolean,
  record: Record<string, unknown>, maybe: Error | undefined, request: Request, level: "info" | "error", two: "A {X}" | "B {X}";
`;

/** Calls that ordinary programs hold. */
const accepted: readonly string[] = [
  // properties by name, and more of them than holes
  'log.info("x");',
  'log.info("x", undefined);',
  'log.info("Order {OrderId} to {City}", { OrderId: 1, City: "Oslo", Extra: 2 });',
  'log.info("{OrderId} {City}", order);',
  'log.info("{OrderId} {B}", { ...order, B: 1 });',
  'log.info("{OrderId}", maybeOrder);',
  'log.info("{A}", { A: undefined });',
  'log.info("{A}", { get A() { return 1; } });',
  'log.info("{A}", { A: 1 } as const);',
  'log.info("{A}", {} as { A?: number });',
  'log.info("{A}", {} as { A: number } | null);',
  'log.info("{A}", {} as { A: number } & { B: string });',
  'log.info("{Weight} {secret}", new Parcel());',
  'log.info("{method} {url}", request);',
  'log.info("{Kind} {Länge} {_x1}", { Kind: Kind.A, Länge: 1, _x1: 2 });',
  'log.debug("{A}", () => ({ A: 1 }));',
  'log.debug("{A}", (): never => { throw new Error("no paper"); });',
  // what cannot be known
  "log.info(text);",
  "log.info(text, 1);",
  "log.info(`Order ${text} {A}`);",
  'log.info("{A}" as string);',
  "log.info(any);",
  'log.info(any, "{A}");',
  'log.info("{A}", any);',
  'log.info("{A}", unknown);',
  'log.info("{A}", object);',
  'log.info("{A}", record);',
  'log.info("{A}", { ...record });',
  'log.info("{A}", Object.fromEntries([["A", 1]]));',
  'log.info("{A}", ...list);',
  'log.info(...(["x", {}] as [string, object]));',
  'log.info("{A} {B}", list);',
  // unions
  'log.info(is ? "A {A}" : "B {B}", is ? { A: 1 } : { B: 1 });',
  'log.info(two, { X: 1 }), log[level]("{A}", { A: 1 });',
  // holes of every kind
  'log.info("{{not}} {A} {{ {B} }}", { A: 1, B: 2 });',
  'log.info("{@A} {$B,10:0.00} {C:HH:mm} {D,-5}", { A: 1, B: 2, C: new Date(), D: 3 });',
  `log.info('{"a": 1} { x } {} {a b} {…} {1a} {a..b} {A,x} {open');`,
  'log.info("{User.Name}", { User: { Name: "ada" } });',
  'log.info("{User.Name}", { "User.Name": "ada" });',
  'log.info("{a.b.c}", { a: record }), log.info("{a.b}", { a: undefined as { b: number } | undefined });',
  // lists and values
  'log.info("{0} to {1}", [1, "Oslo"]), log.info("{1} {0}", { 0: 1, 1: 2 });',
  'log.info("Order {OrderId} to {City}", [1, "Oslo"]), log.info("{A}", [1] as const);',
  'log.info("Order {OrderId} to {City}", 1, "Oslo"), log.info("{A} {B} {C}", 1, 2, 3);',
  'log.info("At {When}", new Date()), log.info("Order {OrderId}", null);',
  'log.info("User %s has %d", "ada", 3), log.info("Items", 1, 2), log.info("User", order, "logged in");',
  'log.info({ a: 1 }, "%s has %d items", "ada", 3), log.error(unknown, "Print of %s failed", "a.pdf");',
  // errors
  "log.error(unknown), log.error(maybe), log.error(new PaperError()), log.error(42);",
  'log.error(unknown, "x"), log.error(unknown, "{A}", { A: 1 }), log.error(null, "x");',
  'log.error(maybe, "{A} of {B}", "a", 2);',
  'log.error("Failed {Id}", { Id: 1 }, new Error()), log.error("Failed {Id}", new Error(), { Id: 1 });',
  'log.error("Failed: {Error}", new Error()), log.error(new Error(), { a: 1 });',
  "Promise.reject(1).catch(log.error);",
  'try { list.at(0); } catch (error) { log.error(error, "{A}", { A: 1 }); }',
  // pino's and winston's forms
  'log.info({ a: 1 }), log.info({ a: 1 }, "msg {a} {b}", { b: 1 }), log.info(order, "{OrderId}");',
  'log.info({ a: 1 }, new Error()), log.error({ err: new Error(), a: 1 }, "x {a}");',
  'log.log({ level: "info", message: "x", left: 3 }), log.log("info", "{A}", { A: 1 }), log.log("warn", unknown, "{A}", { A: 1 });',
  'log.audit("info", "{A}", { A: 1 }).then(() => {});',
  // bound properties
  'log.with({ City: "Oslo" }).info("Order {OrderId} to {City}", { OrderId: 1 });',
  'log.with({ A: 1 }).getChild("b").with({ B: 1 }).info("{A} {B}");',
  'log.with(object).info("{A}"), log.with(record).info("{A}"), log.with(any).info("{A}");',
  'const known: Logger<{ RequestId: string }> = log; known.info("{RequestId}");',
  'const plain: Logger = log.with({ A: 1 }); ((given: Logger) => given.info("x"))(log.with({ A: 1 }));',
  "let other = log.with({ A: 1 }); other = other.with({ B: 1 }); let root = log; root = root.with({ A: 1 });",
  'class Shop { readonly #log = log.with({ Shop: 1 }); run() { this.#log.info("{Shop} {Id}", { Id: 1 }); } }',
  // functions of a type of their own
  "const take: (template: string, properties?: object) => void = log.info; const hear: (error: Error) => void = log.error;",
  'const methods: LogMethod[] = [log.info, log.with({ A: 1 }).error]; for (const one of methods) one("{A}", { A: 1 });',
  'function constrained<T extends { A: number }>(t: T) { log.info("{A}", t), log.info("{A} {B}", { ...t, B: 1 }); }',
  'function free<T>(t: T) { log.info("{V}", { V: t }), log.info("x", t); }',
  'list.forEach((n) => log.info("{n}", { n }));',
];

/** Calls that leave a hole empty, and the hole. */
const refused: readonly (readonly [call: string, hole: string])[] = [
  ['log.info("Order {OrderId} to {City}", { OrderId: 1 });', "City"],
  ['log.info("Order {OrderId}", { OrderID: 1 });', "OrderId"],
  ['log.info("Order {OrderId}");', "OrderId"],
  ['log.info("Order {OrderId}", {});', "OrderId"],
  ['log.info("{A}", order);', "A"],
  ['log.info("{{A}} {@B,5:0}", { A: 1 });', "B"],
  ['log.info("{A}", () => ({ B: 1 }));', "A"],
  ['log.info("{A}", { B: unknown });', "A"],
  ['log.info("{User.Nam}", { User: { Name: "ada" } });', "User.Nam"],
  ['log.info("Order {OrderId} to {City}", 1);', "City"],
  ['log.info("Order {OrderId} to {City}", [1]);', "City"],
  ['log.info("Order {0} to {1}", [1]);', "1"],
  ['log.error(unknown, "Order {OrderId}");', "OrderId"],
  ['log.error(new Error(), "Order {OrderId}", { Id: 1 });', "OrderId"],
  ['log.error(new PaperError(), "{page}");', "page"],
  ['log.error("{A}", new Error(), { B: 1 });', "A"],
  ['log.info({ a: 1 }, "msg {b}");', "b"],
  ['log.info({ a: 1 }, "msg {b}", { c: 1 });', "b"],
  ['log.with({ A: 1 }).info("{A} {B}");', "B"],
  ['log.log("info", "{A}", { B: 1 });', "A"],
  ['log.audit("info", "{A}", { B: 1 });', "A"],
  ['function free<T>(t: T) { log.info("{V} {W}", { V: t }); }', "W"],
];

const calls = `${head}${[...accepted, ...refused.map(([call]) => call)].map((call) => `{ ${call} }`).join("\n")}\n`;
const firstCall = head.split("\n").length;

/** 2 000 calls of a program, no two with the same template. */
const many = `${head}${
  Array.from({ length: 2000 }, (_, i) => {
    const names = ["Order", "City", "Amount", "Elapsed"].slice(0, i % 5).map((name) => `${name}${i % 3 === 0 ? i : ""}`);
    const template = `Step ${i}: ${names.map((name, j) => `{${name}${i % 7 === 0 && j === 1 ? ":0.00" : ""}}`).join(" of ")}`;
    const properties = names.length > 0
      ? `, { ${names.map((name, j) => `${name}: ${[i, "text", "order", "{ a: 1 }"][j]}`).join(", ")} }`
      : "";
    return `log.info(${i % 8 === 0 ? "unknown, " : ""}"${template}"${properties});`;
  }).join("\n")
}\n`;

const requestId = 'import { getLogger } from "@x/seqlog";\ngetLogger().info("{RequestId} {A}");\n';
const says = (types: string): string =>
  `import type {} from "@x/seqlog";\ndeclare module "@x/seqlog" { interface LogTypes { ${types} } }\n`;

let project = "";
const newest = join(repository, "tests/runtimes/node_modules/typescript/bin/tsc");

before(async () => {
  project = makeProject({
    ...{ "calls.mts": calls, "many.mts": many, "a.mts": requestId, "a.cts": requestId },
    ...{ "loose.d.ts": says('templates: "loose"'), "known.d.ts": says("properties: { RequestId: string }") },
  });
  await unpackInto(project);
});

/** Runs the compiler; returns what it prints. */
async function compile(tsc: string, ...args: readonly string[]): Promise<string> {
  const lib = "es2022,esnext.disposable,dom,dom.iterable";
  const options = ["--noEmit", "--strict", "--skipDefaultLibCheck", "--module", "nodenext", "--target", "es2022", "--lib", lib];
  const { stdout } = await startCommand([process.execPath, tsc, ...options, ...args], { cwd: project }).ended;
  return stdout;
}

/** The errors of a file, each by its line and the first line of what it says. */
const errorsOf = (printed: string): readonly (readonly [line: number, text: string])[] =>
  [...printed.matchAll(/^\S+\.mts\((\d+),\d+\): error TS\d+: (.*)$/gm)].map(([, line, text = ""]) => [Number(line), text]);

const strict = ["--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noPropertyAccessFromIndexSignature"];
const compilers: readonly (readonly [name: string, tsc: () => string, options: readonly string[]])[] = [
  ["TypeScript 5.7 under exactOptionalPropertyTypes", () => packageTool("typescript-5.7", "bin/tsc"), strict],
  ["the newest TypeScript", () => newest, []],
  ["the newest TypeScript under exactOptionalPropertyTypes", () => newest, strict],
];
for (const [name, tsc, options] of compilers) {
  test(`on ${name} ordinary calls compile, and an empty hole is an error that begins with its name`, { timeout }, async () => {
    const printed = await compile(tsc(), ...options, "calls.mts");
    const errors = errorsOf(printed);
    const lineOf = (index: number): number => firstCall + index;
    assert.deepEqual(errors.filter(([line]) => line < lineOf(accepted.length)), [], printed);
    for (const [index, [call, hole]] of refused.entries()) {
      const found = errors.filter(([line]) => line === lineOf(accepted.length + index));
      assert.equal(found.length, 1, `${call}\n${printed}`);
      assert.ok(found[0]![1].includes(`"${hole}"`) || found[0]![1].includes(`'${hole}'`), `${call} ${found[0]![1]}`);
    }
  });
}

test("one line of a project switches the check off, or says what is on every event, in modules of either kind", { timeout }, async () => {
  for (const file of ["a.mts", "a.cts"]) {
    assert.equal(await compile(newest, file, "loose.d.ts"), "");
    assert.match(await compile(newest, file, "known.d.ts"), /^\S+: error TS2345: .*MissingProperty<"A">/);
  }
});

test("one line does so in Deno, too, where the sources are imported", { timeout, skip: findRuntime("deno") === undefined }, async () => {
  const folder = makeProject({
    "deno.json": JSON.stringify({ imports: { "@x/seqlog": join(repository, "mod.ts") } }),
    "known.ts": `${says("properties: { RequestId: string }")}${requestId}`,
  });
  const { stderr } = await startCommand([findRuntime("deno")!, "check", "known.ts"], { cwd: folder, env: { NO_COLOR: "1" } }).ended;
  assert.match(stderr, /MissingProperty<"A">/);
});

test("the compiler does little for each call: 2 000 of them cost it at most 110 instantiations of types each", { timeout }, async () => {
  const printed = await compile(newest, "--skipLibCheck", "--extendedDiagnostics", "many.mts");
  assert.deepEqual(errorsOf(printed), []);
  const [, count] = /^Instantiations:\s+(\d+)$/m.exec(printed) ?? [];
  assert.ok(Number(count) / 2000 <= 110, `${Number(count) / 2000}`);
});
