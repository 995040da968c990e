/** Levels: every word the world has for them, Python's numbers, and thresholds that change at run time. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, type Level, parseLevel, type Threshold } from "../../mod.ts";
import { hearConsole, observe, remember } from "../support/seq.ts";

const levels: readonly Level[] = ["trace", "debug", "info", "warn", "error", "fatal"];

/** The words by their source; what LevelMapping.cs of seqcli knows is Seq's. */
const words: Readonly<
  Record<string, Readonly<Partial<Record<Level, string>>>>
> = {
  "its own names": { trace: "trace", debug: "debug", info: "info", warn: "warn", error: "error", fatal: "fatal" },
  "Serilog": { trace: "Verbose", debug: "Debug", info: "Information", warn: "Warning", error: "Error", fatal: "Fatal" },
  "Python": { trace: "NOTSET", debug: "DEBUG", info: "INFO", warn: "WARNING WARN", error: "ERROR", fatal: "CRITICAL FATAL" },
  "syslog": {
    debug: "debug",
    info: "info informational notice",
    warn: "warning warn",
    error: "err error",
    fatal: "crit critical alert emerg emergency panic",
  },
  "Seq": {
    trace: "t tr trc trce trace v ver vrb verb verbose",
    debug: "d de dbg deb dbug debu debug",
    info: "i in inf info information notice",
    warn: "w wa war wrn warn warning",
    error: "e er err erro eror error",
    fatal: "f fa ftl fat fatl fatal c cr crt cri crit critical emerg alert panic",
  },
};

for (const [source, table] of Object.entries(words)) {
  test(`parseLevel() reads the words of ${source} in any case`, () => {
    for (const [level, text] of Object.entries(table)) {
      for (const word of text.split(" ")) {
        const capital = word[0]!.toUpperCase() + word.slice(1).toLowerCase();
        for (const written of [word, word.toLowerCase(), word.toUpperCase(), capital]) assert.equal(parseLevel(written), level, written);
      }
    }
  });
}

test("parseLevel() reads a number as Python's, as the least severe level that is not below it", () => {
  const named: Readonly<Record<number, Level>> = { 0: "trace", 10: "debug", 20: "info", 30: "warn", 40: "error", 50: "fatal" };
  for (const [number, level] of Object.entries(named)) {
    assert.equal(parseLevel(Number(number)), level, number);
  }
  for (let number = 11; number <= 50; number++) {
    assert.equal(parseLevel(number), named[Math.ceil(number / 10) * 10], String(number));
  }
  for (let number = 1; number < 10; number++) {
    assert.ok(["trace", "debug"].includes(parseLevel(number)), String(number));
  }
  for (let number = 1; number <= 50; number++) {
    assert.ok(levels.indexOf(parseLevel(number)) >= levels.indexOf(parseLevel(number - 1)), String(number));
  }
});

test("parseLevel() throws a TypeError for a word or number that is no level, and names it with the six levels", () => {
  const wrong: readonly unknown[] = [
    ...["", " ", "warnn", "debug23", "infos", "loud", "constructor", "__proto__", "toString", "info\0", "ınfo"],
    ...[50.5, 51, 100, NaN, Infinity, 1e300],
    ...[null, undefined, true, false, 10n, {}, [], ["info"], new String("info"), () => "info", Symbol("info")],
  ];
  for (const value of wrong) {
    assert.throws(() => parseLevel(value as string), (error: unknown) => {
      assert.ok(error instanceof TypeError, String(value));
      for (const level of levels) {
        assert.ok(error.message.includes(level), error.message);
      }
      return true;
    });
  }
  assert.throws(() => parseLevel("debug23"), { name: "TypeError", message: /debug23/ });
  const hostile = { toString: () => assert.fail("it was asked"), [Symbol.toPrimitive]: () => assert.fail("it was asked") };
  assert.throws(() => parseLevel(hostile as never), { name: "TypeError" });
});

test('parseLevel() throws a TypeError for "off", which is a threshold and not the level of an event', () => {
  for (const word of ["off", "OFF", "Off"]) {
    assert.throws(() => parseLevel(word), { name: "TypeError", message: /off/i });
  }
});

test("level is undefined until it is set, accepts any alias, and is read back by its own name", () => {
  const logger = getLogger("levels.alias");
  assert.equal(logger.level, undefined);
  const cases: readonly (readonly [unknown, Threshold])[] = [
    ...[["WARNING", "warn"], ["Verbose", "trace"], ["crit", "fatal"], ["NOTSET", "trace"], ["dbg", "debug"]] as const,
    ...[[10, "debug"], [30, "warn"], [50, "fatal"], ["off", "off"], ["OFF", "off"]] as const,
  ];
  for (const [written, level] of cases) {
    logger.level = written as Threshold;
    assert.equal(logger.level, level, String(written));
  }
  logger.level = undefined;
  assert.equal(logger.level, undefined);
});

test("level throws a TypeError for a wrong word and stays as it was", () => {
  const logger = getLogger("levels.wrong");
  logger.level = "error";
  for (const wrong of ["warnn", "", null, NaN, {}, true]) {
    assert.throws(() => (logger.level = wrong as Threshold), { name: "TypeError", message: /off/ }, String(wrong));
    assert.equal(logger.level, "error");
  }
  assert.throws(() => (logger.level = "warnn" as Threshold), /warnn/);
  logger.level = undefined;
});

test("level lets through what is as severe or more, and isEnabled() says the same", () => {
  const logger = getLogger("levels.threshold");
  using recollection = remember(logger);
  for (const [rank, threshold] of levels.entries()) {
    logger.level = threshold;
    recollection.memory.clear();
    for (const level of levels) logger[level](level);
    assert.deepEqual(recollection.messages, levels.slice(rank));
    assert.deepEqual(levels.filter((level) => logger.isEnabled(level)), levels.slice(rank));
  }
  logger.level = undefined;
});

test('level "off" lets nothing through, not even fatal, and no last resort', () => {
  const logger = getLogger("levels.off");
  logger.level = "off";
  using recollection = remember(logger);
  using onConsole = hearConsole();
  for (const level of levels) {
    logger[level]("silence");
    logger.log(level, "silence");
    logger.write({ level, message: "silence" });
    assert.equal(logger.isEnabled(level), false);
  }
  logger.level = undefined;
  assert.deepEqual([recollection.messages, onConsole.heard], [[], []]);
});

test("log() accepts any alias for the level of an event", async () => {
  await using observed = observe();
  const logger = getLogger("levels.log");
  const aliases: readonly (readonly [unknown, string | undefined])[] = [
    ...[["VERBOSE", "Verbose"], ["dbg", "Debug"], ["notice", undefined], ["Warning", "Warning"], ["err", "Error"]] as const,
    ...[["CRITICAL", "Fatal"], [10, "Debug"], [20, undefined], [40, "Error"]] as const,
  ];
  for (const [alias] of aliases) {
    logger.log(alias as Level, "{Alias}", { Alias: alias });
  }
  assert.deepEqual((await observed.events()).map((clef) => [clef.Alias, clef["@l"]]), aliases);
});

test("parseLevel() accepts no letter that only looks like a level's first", () => {
  for (const word of ["n", "not", "a", "p"]) assert.throws(() => parseLevel(word), TypeError, word);
});

test("a wrong level is shown shortly, whatever it is", () => {
  const endless = Object.assign([], { length: 2 ** 32 - 1 }); // its text has four thousand million commas
  const own = { toString: (): never => assert.fail("code of the value ran") };
  for (
    const [wrong, shown] of [[endless, "a list"], [own, "an object"], [assert.fail, "a function"], ["x".repeat(1e6), /^"x+…$/]] as const
  ) {
    assert.throws(() => parseLevel(wrong as never), ({ message }: Error) => {
      const value = message.slice(message.indexOf("current value is ") + "current value is ".length);
      if (typeof shown === "string") assert.equal(value, shown);
      else assert.match(value, shown);
      return message.length < 250;
    });
  }
});
