/** Which class a name means, and what a description may have in addition: attributes, "()" and objects of Python's kind. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, getLogger, Handler, type LogEvent, type LoggingConfig, MemoryHandler, shutdown } from "../../mod.ts";
import { registry } from "../../src/config/built_in_classes.ts";
import { pythonParts } from "../../src/yaml/yaml.ts";
import { issuesOf } from "../support/issues.ts";

/** The paths of what is wrong. */
async function paths(config: unknown): Promise<string[]> {
  return (await issuesOf(() => configure(config as LoggingConfig, pythonParts))).map(({ path }) => path);
}

class Attentive extends Handler {
  terminator = "\n";
  own: unknown;
  emit(_event: LogEvent): void {}
}

test("registry() knows the built-in classes, and those that are passed", () => {
  const { handlers, filters, formatters, standardFormatter } = registry({ handlers: { list: () => new MemoryHandler() } });
  assert.deepEqual(Object.keys(handlers.known), ["seq", "console", "memory", "list"]);
  assert.deepEqual(Object.keys(filters.known), ["name", "level", "property", "template"]);
  assert.deepEqual([Object.keys(formatters.known), standardFormatter], [["text"], "text"]);
  assert.equal(registry(pythonParts).standardFormatter, "logging.Formatter");
});

test("attributes under . take effect on a class of one's own, and of a built-in one all but the level are refused", async () => {
  const own = { "()": () => new Attentive(), ".": { terminator: "", own: 5 } };
  const logging = configure({
    root: { handlers: ["own", "level"] },
    handlers: { own, level: { class: "memory", ".": { level: "ERROR" } } },
  });
  const { own: made, level } = logging.handlers as Record<string, Attentive>;
  assert.deepEqual([made!.terminator, made!.own, level!.level], ["", 5, "error"]);
  await shutdown();
  const python = { class: "logging.StreamHandler", ".": { terminator: "", level: "loud" } };
  const formatter = { format: "%(message)s", ".": { default_msec_format: null } };
  assert.deepEqual(await paths({ handlers: { python }, formatters: { formatter } }), [
    'formatters.formatter["."].default_msec_format',
    'handlers.python["."].terminator',
    'handlers.python["."].level',
  ]);
});

test("class together with () is refused, unless it is empty", async () => {
  const make = (): Handler => new MemoryHandler();
  assert.deepEqual(await paths({ handlers: { a: { "()": make, class: "memory" } } }), ["handlers.a.class"]);
  assert.deepEqual(await paths({ filters: { a: { "()": () => () => true, class: "name" } } }), ["filters.a.class"]);
  configure({ root: { handlers: ["a"] }, handlers: { a: { "()": make, class: null as never } } });
  await shutdown();
});

test("a filter may be an object with a method filter, and a formatter one with a method format", async () => {
  class Odd {
    readonly word = "odd";
    filter({ message }: LogEvent): boolean {
      return message.includes(this.word);
    }
  }
  const memory = new MemoryHandler();
  const handlers = { memory, other: { class: "memory", filters: [new Odd()] }, third: { class: "memory", filters: ["odd"] } };
  const logging = configure({
    root: { handlers: ["memory", "other", "third"], filters: [new Odd()] },
    handlers,
    filters: { odd: new Odd() },
    formatters: { shout: { format: ({ message }: LogEvent) => message.toUpperCase() } },
  } as LoggingConfig);
  getLogger().error("an odd one");
  getLogger().error("one");
  getLogger("below").error("one of below");
  const { other, third } = logging.handlers as Record<string, MemoryHandler>;
  assert.deepEqual(memory.events.map(({ message }) => message), ["an odd one", "one of below"]);
  for (const { events } of [other!, third!]) assert.deepEqual(events.map(({ message }) => message), ["an odd one"]);
  await shutdown();
  for (const wrong of [[], {}, 5]) {
    assert.equal((await paths({ root: { filters: [wrong] } })).length, 1);
  }
});
