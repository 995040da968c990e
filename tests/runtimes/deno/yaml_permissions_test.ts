/** Configuration files on Deno: what they need is granted, or is an issue that names the flag; Deno is never made to ask. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { serveCollector } from "../../support/collector.ts";
import { oneOfThree } from "../../support/effort.ts";
import { Folder } from "../../support/folder.ts";
import { hasTerminal, type ProgramOptions, type ProgramResult, runProgram } from "../../support/runtimes.ts";

const timeout = 600_000;
const skip = hasTerminal ? false : "there is no pseudo-terminal here";
/** What Deno shows when it asks. */
const prompt = /\[y\/n|Allow\?/;
const done = "The last line\r\n";

type Issues = readonly { readonly path: string; readonly message: string }[];

/** Configures at a terminal at which nobody types; a text follows `text:`. */
function configures(
  runtime: "deno" | "deno2.1",
  source: string,
  flags: readonly string[],
  more: ProgramOptions & { parser?: string; options?: object } = {},
) {
  const { parser = "json", options = {}, ...others } = more;
  const args = [source, parser, JSON.stringify(options)];
  return runProgram(runtime, "tests/runtimes/programs/configures.ts", {
    args,
    denoFlags: flags,
    terminal: true,
    timeoutMs: 300_000,
    ...others,
  });
}

/** The issues that it was refused for; it has ended by itself, and Deno has asked nothing. */
function issuesIn({ code, timedOut, stdout }: ProgramResult): Issues {
  assert.doesNotMatch(stdout, prompt);
  assert.deepEqual({ code, timedOut }, { code: 0, timedOut: false }, stdout);
  const line = stdout.split("\r\n").find((one) => one.startsWith("["));
  assert.ok(line !== undefined, `it was not refused: ${stdout}`);
  return JSON.parse(line);
}

/** It was taken, and Deno has asked nothing. */
function assertTaken({ code, timedOut, stdout }: ProgramResult): void {
  assert.doesNotMatch(stdout, prompt);
  assert.deepEqual({ code, timedOut }, { code: 0, timedOut: false }, stdout);
  assert.ok(stdout.endsWith(done), stdout);
}

const memory = (level: string): string =>
  JSON.stringify({ root: { level, handlers: ["memory"] }, handlers: { memory: { class: "memory" } } });

for (const runtime of ["deno", "deno2.1"] as const) {
  const skipNext = oneOfThree(runtime);
  test(
    `a configuration file on ${runtime} needs to be granted alone, and Deno asks for nothing`,
    { timeout, skip: skip || skipNext() },
    async () => {
      using folder = new Folder();
      const path = folder.at("log.json");
      writeFileSync(path, memory("info"));
      for (const source of [path, pathToFileURL(path).href]) assertTaken(await configures(runtime, source, [`--allow-read=${path}`]));
    },
  );

  test(
    `a configuration file on ${runtime} without permission is an issue with the flag, and Deno asks for nothing`,
    { timeout, skip: skip || skipNext() },
    async () => {
      using folder = new Folder();
      const path = folder.at("log.json");
      writeFileSync(path, memory("info"));
      for (const flags of [[], ["--deny-read", "--deny-env"], [`--allow-read=${folder.at("other")}`]]) {
        assert.deepEqual(issuesIn(await configures(runtime, path, flags)), [
          { path, message: `Cannot read this as a configuration file: Deno needs the permission --allow-read=${path}` },
        ]);
      }
    },
  );

  test(
    `a relative configuration file on ${runtime} makes Deno ask for nothing, granted or not`,
    { timeout, skip: skip || skipNext() },
    async () => {
      using folder = new Folder();
      writeFileSync(folder.at("log.json"), memory("info"));
      const more = { cwd: folder.path };
      assertTaken(await configures(runtime, "log.json", ["--allow-read=log.json"], more));
      const [issue] = issuesIn(await configures(runtime, "log.json", [], more));
      assert.equal(issue!.path, "log.json");
      assert.match(issue!.message, /Deno needs the permission --allow-read=\S*log\.json$/);
    },
  );

  test(`\${NAME} on ${runtime} needs the permission for that name alone, and says so`, { timeout, skip: skip || skipNext() }, async () => {
    const text = `text:${memory("${SEQLOG_LEVEL}")}`;
    const env = { SEQLOG_LEVEL: "info", OTHER: "never" };
    assertTaken(await configures(runtime, text, ["--allow-env=SEQLOG_LEVEL"], { env }));
    for (const flags of [[], ["--deny-env"], ["--allow-env=OTHER"]]) {
      assert.deepEqual(issuesIn(await configures(runtime, text, flags, { env })), [{
        path: "root.level",
        message: "Cannot use ${SEQLOG_LEVEL} as an environment variable: Deno needs the permission --allow-env=SEQLOG_LEVEL",
      }]);
    }
    assertTaken(await configures(runtime, text, [], { options: { env: { SEQLOG_LEVEL: "info" } } }));
  });

  test(
    `\${NAME:-default} on ${runtime} is not taken for unset where Deno may not look`,
    { timeout, skip: skip || skipNext() },
    async () => {
      const text = `text:${memory("${SEQLOG_LEVEL:-info}")}`;
      assert.match(issuesIn(await configures(runtime, text, []))[0]!.message, /Deno needs the permission --allow-env=SEQLOG_LEVEL$/);
      assertTaken(await configures(runtime, text, ["--allow-env=SEQLOG_LEVEL"]));
    },
  );

  test(
    `\${file:path} on ${runtime} needs the permission for that file alone, and says so`,
    { timeout, skip: skip || skipNext() },
    async () => {
      using folder = new Folder();
      const secret = folder.at("secret");
      writeFileSync(secret, "info\n");
      const text = `text:${memory(`\${file:${secret}}`)}`;
      assertTaken(await configures(runtime, text, [`--allow-read=${secret}`]));
      assert.deepEqual(issuesIn(await configures(runtime, text, [])), [{
        path: "root.level",
        message: `Cannot use \${file:${secret}} as the text of a file: Deno needs the permission --allow-read=${secret}`,
      }]);
      writeFileSync(folder.at("log.json"), memory("${file:secret}"));
      const [issue] = issuesIn(await configures(runtime, folder.at("log.json"), [`--allow-read=${folder.at("log.json")}`]));
      assert.deepEqual([issue!.path, issue!.message.split(" ").at(-1)], [`${folder.at("log.json")}: root.level`, `--allow-read=${secret}`]);
    },
  );

  test(`a relative \${file:path} of a text on ${runtime} makes Deno ask for nothing`, { timeout, skip: skip || skipNext() }, async () => {
    const [issue] = issuesIn(await configures(runtime, `text:${memory("${file:secret}")}`, []));
    assert.match(issue!.message, /Deno needs the permission --allow-read=\S*secret$/);
  });

  test(
    `an ES module on ${runtime} without permission is an issue with the flag, and does not run`,
    { timeout, skip: skip || skipNext() },
    async () => {
      using folder = new Folder();
      const path = folder.at("own.js");
      writeFileSync(path, 'console.log("it runs"); export const Own = () => undefined;');
      const result = await configures(runtime, `text:${JSON.stringify({ handlers: { own: { class: `${path}#Own` } } })}`, []);
      assert.deepEqual(issuesIn(result), [
        {
          path: "handlers.own.class",
          message: `Cannot load Own of ${path} as an ES module: Deno needs the permission --allow-read=${path}`,
        },
      ]);
      assert.doesNotMatch(result.stdout, /it runs/);
    },
  );

  test(`a relative ES module of a text on ${runtime} makes Deno ask for nothing`, { timeout, skip: skip || skipNext() }, async () => {
    const text = `text:${JSON.stringify({ handlers: { own: { class: "./own.js#Own" } } })}`;
    assert.match(issuesIn(await configures(runtime, text, []))[0]!.message, /Deno needs the permission --allow-read=\S*own\.js$/);
  });

  test(`every permission that is missing on ${runtime} is told at once`, { timeout, skip: skip || skipNext() }, async () => {
    const config = {
      root: { level: "${SEQLOG_LEVEL}", handlers: ["log"] },
      handlers: {
        log: { class: "file", filename: "/no/app.log" },
        seq: { class: "seq", server_url: "${SEQLOG_URL}", api_key: "${file:/no/key}" },
      },
    };
    const flags = issuesIn(await configures(runtime, `text:${JSON.stringify(config)}`, [])).map((
      { path, message },
    ) => [path, message.match(/--allow-\S+/g)]);
    assert.deepEqual(Object.fromEntries(flags), {
      "root.level": ["--allow-env=SEQLOG_LEVEL"],
      "handlers.log.filename": ["--allow-read=/no/app.log", "--allow-write=/no/app.log:"],
      "handlers.seq.server_url": ["--allow-env=SEQLOG_URL"],
      "handlers.seq.api_key": ["--allow-read=/no/key"],
    });
  });

  test(
    `a file of Python's on ${runtime} ships with --allow-net for Seq's address alone`,
    { timeout, skip: skip || skipNext() },
    async () => {
      await using seq = await serveCollector({ port: 0 });
      const config = {
        root: { level: "INFO", handlers: ["seq"] },
        handlers: { seq: { class: "seqlog.structured_logging.SeqLogHandler", server_url: seq.url, json_encoder_class: "a.b.C" } },
        captureConsole: true,
      };
      const { code, stdout } = await configures(runtime, `text:${JSON.stringify(config)}`, [`--allow-net=127.0.0.1:${seq.port}`]);
      assert.doesNotMatch(stdout, prompt);
      assert.deepEqual([code, seq.events.map(({ message, properties }) => [message, properties.LoggerName])], [0, [
        ["Event 1", "configures"],
        ["The last line", "console"],
      ]]);
    },
  );

  test(
    `a program on ${runtime} that watches its file ends by itself, and Deno asks for nothing`,
    { timeout, skip: skip || skipNext() },
    async () => {
      using folder = new Folder();
      const path = folder.at("log.json");
      writeFileSync(path, memory("info"));
      assertTaken(await configures(runtime, path, [`--allow-read=${path}`], { options: { watch: true } }));
    },
  );

  test(`a missing YAML package on ${runtime} is an issue, and Deno asks for nothing`, {
    timeout,
    skip: skip || skipNext(),
  }, async () => {
    using folder = new Folder();
    const result = await configures(runtime, "text:{}", ["--no-config", "--no-lock"], {
      parser: "yaml",
      cwd: folder.path,
      env: { DENO_NO_PACKAGE_JSON: "1" },
      timeoutMs: 300_000,
    });
    assert.deepEqual(issuesIn(result).map(({ path }) => path), ["parseYaml"]);
  });
}
