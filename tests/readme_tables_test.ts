/** The tables of the guides: calls, levels and options are those of the code, with their defaults. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeClef, getLogger, type Level, MemoryHandler, parseLevel } from "../mod.ts";
import { allPages, pageText, readText, tableBelow } from "./support/readme.ts";

/** The first code of a cell. */
const code = (cell = ""): string => /`([^`]+)`/.exec(cell)?.[1] ?? "";

for (const [call, message, properties = ""] of tableBelow(pageText("src/event"), "The log call")) {
  test(`src/event, the log call: ${code(call)}`, () => {
    const memory = new MemoryHandler();
    const log = getLogger("readme");
    const added = log.addHandler(memory);
    log.level = "trace";
    new Function("log", code(call))(log);
    log.level = undefined;
    added[Symbol.dispose]();
    const [event] = memory.events;
    assert.equal(event?.message, message);
    assert.deepEqual(event?.properties, new Function(`return (${code(properties)})`)());
    assert.equal(event?.exception !== undefined, properties.includes("exception"));
  });
}

for (const [level, clef, numbers = "", words = ""] of tableBelow(pageText("src/event"), "Levels")) {
  test(`src/event, levels: ${code(level)} has its words, numbers and name in Seq`, () => {
    const logger = getLogger("readme.levels");
    for (const [, word] of words.matchAll(/`([^`]+)`/g)) {
      logger.level = word!.toUpperCase() as Level;
      assert.equal(logger.level, code(level), word);
    }
    logger.level = undefined;
    if (numbers === "") return;
    const own = parseLevel(code(level));
    assert.deepEqual(numbers.split("–").map((text) => parseLevel(Number(text))), [own, own]);
    const event = { timestampMs: 0, level: own, loggerName: "", messageTemplate: "", properties: {}, message: "" };
    assert.equal(JSON.parse(encodeClef(event))["@l"] ?? "Information", clef);
  });
}

/** The options of an interface, and what their comments say of the defaults. */
function optionsOf(path: string, name: string): Map<string, string> {
  const [, body = ""] = new RegExp(`interface ${name}\\b[^{]*{(.*?)\n}`, "s").exec(readText(path)) ?? [];
  const options = [...body.matchAll(/\/\*\* (.*?) \*\/\s*readonly (\w+)\??:/gs)];
  return new Map(
    options.map(([, comment = "", option = ""]) => [option, /Default: (.*)\.$/.exec(comment)?.[1]?.replaceAll("`", "") ?? ""]),
  );
}

for (
  const { folder, heading, path, name, more } of [
    { folder: "src/seq", heading: "The options of the Seq handler", path: "src/seq/seq_options.ts", name: "SeqHandlerOptions", more: [] },
    { folder: "src/config", heading: "The shorthand", path: "src/config/logging_config.ts", name: "SeqOptions", more: ["properties"] },
  ]
) {
  test(`${folder}, ${heading}: the table has exactly the options of ${name}, with their defaults`, () => {
    const rows = tableBelow(pageText(folder), heading);
    const options = optionsOf(path, name);
    assert.deepEqual(rows.map(([option]) => code(option)).sort(), [...options.keys(), ...more].sort());
    for (const [option, shown = ""] of rows) {
      const told = options.get(code(option)) || "none";
      const [short] = told.split(", "); // the rest is the reason
      assert.ok(
        [told, short].includes(shown.replaceAll("`", "").replace("–", "none")),
        `${option}: ${shown}, but its comment says ${told}`,
      );
    }
  });
}

for (
  const [folder, heading, path, name] of [
    ["src/tracing", "Sampling", "src/tracing/sampling.ts", "TracingOptions"],
    ["src/http", "The options of a request log", "src/http/request_options.ts", "RequestLogOptions"],
    ["src/relay", "The options of a relay", "src/relay/relay_options.ts", "RelayOptions"],
    ["src/durable", "The options of the queue on disk", "src/durable/durable_options.ts", "DurableOptions"],
  ] as const
) {
  test(`${folder}, ${heading}: the table has exactly the options of ${name}`, () => {
    const [, body = ""] = new RegExp(`interface ${name}\\b[^{]*{(.*?)\n}`, "s").exec(readText(path)) ?? [];
    const options = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option]) => option);
    assert.ok(options.length > 3);
    assert.deepEqual(tableBelow(pageText(folder), heading).map(([option]) => code(option)).sort(), options.sort());
  });
}

for (
  const [folder, path, ...names] of [
    ["src/config", "src/config/logging_config.ts", "LoggingConfig<P = NoParts>", "LoggerConfig"],
    ["src/yaml", "src/yaml/yaml.ts", "YamlOptions"],
    ["src/handlers", "src/config/logging_config.ts", "HandlerCommon"],
    ["src/handlers", "src/file/file_options.ts", "FileOptions"],
    ["src/handlers", "src/file/rollover_time.ts", "RolloverOptions"],
    ["src/handlers", "src/python/python_formatter.ts", "PythonFormatterOptions"],
    ["src/filters", "src/filters/level_filter.ts", "LevelFilterOptions"],
    ["src/filters", "src/filters/property_filter.ts", "PropertyFilterOptions"],
    ["src/filters", "src/filters/template_filter.ts", "TemplateFilterOptions"],
    ["src/filters", "src/filters/sample_filter.ts", "SampleFilterOptions"],
    ["src/filters", "src/filters/rate_limit_filter.ts", "RateLimitFilterOptions"],
    ["src/filters", "src/filters/redact_filter.ts", "RedactFilterOptions"],
    ["src/adapters", "src/adapters/adapter.ts", "AdapterOptions", "TextAdapterOptions"],
    ["src/adapters", "src/adapters/pino_stream.ts", "PinoOptions"],
    ["src/adapters", "src/adapters/winston_transport.ts", "WinstonOptions"],
    ["src/adapters", "src/adapters/bunyan_stream.ts", "BunyanOptions"],
    ["src/adapters", "src/adapters/loglayer_transport.ts", "LogLayerOptions"],
    ["src/adapters", "src/adapters/debug_log.ts", "DebugOptions"],
    ["src/testing", "src/testing/record_events.ts", "RecordOptions extends MemoryOptions"],
    ["src/handlers", "src/handlers/memory_handler.ts", "MemoryOptions"],
    ["src/collector", "src/collector/collector_options.ts", "CollectorOptions"],
    ["src/collector", "src/collector/http_server.ts", "ServeOptions"],
    ["examples", "src/http/flush_after.ts", "FlushAfterOptions"],
  ] as const
) {
  for (const name of names) {
    test(`${folder}: the page names every option of ${name}`, () => {
      const start = readText(path).split(`interface ${name}`)[1] ?? "";
      const options = [...(/{(.*?)\n}/s.exec(start)?.[1] ?? "").matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option = ""]) => option);
      assert.ok(options.length > 0);
      const text = pageText(folder);
      assert.deepEqual(options.filter((option) => !new RegExp(`\\b${option}\\b`).test(text)), []);
    });
  }
}

test("every table of options has a default, a unit and a meaning in each row", () => {
  for (const { path, text } of allPages()) {
    for (const [table] of text.matchAll(/^\|[^\n]*option[^\n]*\| default[^\n]*\n(?:\|.*\n)+/gm)) {
      const [head = [], , ...rows] = table.trimEnd().split("\n").map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
      for (const name of ["option", "default", "unit", "meaning"]) {
        const column = head.indexOf(name);
        assert.ok(column >= 0 && rows.every((row) => row[column] !== ""), `${path}: ${name}\n${table}`);
      }
    }
  }
});
