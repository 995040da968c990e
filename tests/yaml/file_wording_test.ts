import assert from "node:assert/strict";
import { test } from "node:test";
import { configureFromYaml } from "../../src/yaml/yaml.ts";
import { adviseOnPlace, spellingOf } from "../../src/yaml/file_wording.ts";
import { issuesOf } from "../support/issues.ts";

const messagesOf = async (yaml: string): Promise<string[]> =>
  (await issuesOf(() => configureFromYaml(yaml, { env: {} }))).map(({ path, message }) => `${path}: ${message}`);

test("spellingOf() leaves words as they are where a file says camelCase, or only names of its own in snake_case", () => {
  const issue = { path: "handlers.seq.serverUrl", message: 'Missing: text, beside apiKey and "batchSize"' };
  for (const config of [{}, { serverUrl: "x" }, { loggers: { my_logger: "info" }, properties: { a_b: 1 } }, null, "text"]) {
    assert.equal(spellingOf(config)(issue), issue);
  }
  const snake = spellingOf({ handlers: { seq: { api_key: "x" } } });
  assert.deepEqual(snake(issue), { path: "handlers.seq.server_url", message: 'Missing: text, beside api_key and "batchSize"' });
  const value = { path: "filters.f.class", message: "Missing: a class; known are rateLimit" };
  assert.deepEqual(snake(value), value);
});

test("suggestions keep the spelling of the file, wherever it says snake_case, and show a bounded number of words", async () => {
  const seqlog = "seqlog.structured_logging.SeqLogHandler";
  const cases: readonly (readonly [string, RegExp])[] = [
    ["server_url: http://a\nbatchsize: 5", /did you mean batch_size\?$/],
    ["serverUrl: http://a\nbatchsize: 5", /did you mean batchSize\?$/],
    ["server_url: http://a\nperiod: 5", /did you mean period_ms\?$/],
    ["override_root_loger: true\nversion: 1", /known are version, disable_existing_loggers, incremental, /],
    ["disable_existing_logger: true", /did you mean disable_existing_loggers\?/],
    [
      `version: 1\nhandlers: { s: { class: ${seqlog}, server_url: http://a, batch_sise: 5 } }`,
      /s\.batch_sise: .*"batch_sise"; did you mean batch_size\?$/,
    ],
    ["disable_existing_loggers: true\nhandlers: { s: { class: seq, batchsize: 5 } }", /did you mean batch_size\?/],
    ["disable_existing_loggers: true\nhandlers: { s: { class: seq } }", /^handlers\.s\.server_url: Missing: .* api_key and endpoint$/],
    ["server_url: http://a\nhandle_signals: SIGTERM", /^handle_signals: .*\{ timeout_ms \}: current value is "SIGTERM"$/],
    ["server_url: http://a\nunheard: 5", /known are (?:[a-z_]+, ){16}…$/],
  ];
  for (const [yaml, says] of cases) assert.match((await messagesOf(yaml))[0]!, says, yaml);
});

test("a description with a class that is too high or too deep is reported with its right place", async () => {
  const advice = "options with a class belong under handlers, filters or formatters, at the top";
  for (const yaml of ["handlers:\nseq: { class: seq }", "root: { level: info, seq: { class: seq } }"]) {
    assert.ok((await messagesOf(yaml))[0]!.endsWith(advice));
  }
  assert.equal(adviseOnPlace({ a: 5 }, "a", 'Unknown option "a"'), "");
  assert.equal(adviseOnPlace({ a: { class: "x" } }, "a", "Missing: text"), "");
});
