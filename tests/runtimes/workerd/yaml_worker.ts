/** A Worker that is configured by a YAML text, with its bindings as the environment. Each request logs its path, and answers with what is told. */

import { parse } from "@std/yaml";
import { ConfigError, flush, getLogger } from "../../../mod.ts";
import { configureFromFile, configureFromYaml } from "../../../src/yaml/yaml.ts";

interface Environment {
  readonly SEQ_URL: string;
  readonly [name: string]: unknown;
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

const text = `
version: 1
root: { level: "\${LEVEL:-info}", handlers: [seq] }
handlers:
  seq:
    class: seqlog.structured_logging.SeqLogHandler
    server_url: \${SEQ_URL}
`;

/** What the configuration is refused for. */
async function issuesOf(work: Promise<unknown>): Promise<readonly unknown[]> {
  try {
    await work;
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.issues : [String(error)];
  }
}

let configured: Promise<unknown> | undefined;

export default {
  async fetch(request: Request, env: Environment, context: Context): Promise<Response> {
    await (configured ??= configureFromYaml(text, { parseYaml: parse, env }));
    const { pathname } = new URL(request.url);
    if (pathname === "/mistakes") {
      const withFile = "handlers: { f: { class: file, filename: a.log }, s: { class: seq, server_url: '${file:/run/x}' } }";
      const withModule = "handlers: { m: { class: ./m.js#M } }"; // loaded only where nothing else is wrong
      return Response.json([
        [
          ...await issuesOf(configureFromYaml(withFile, { parseYaml: parse, env })),
          ...await issuesOf(configureFromYaml(withModule, { parseYaml: parse, env })),
        ],
        await issuesOf(configureFromFile("logging.yml", { parseYaml: parse })),
        await issuesOf(configureFromYaml("a: ${SERVICE}", { parseYaml: parse, env: { SERVICE: {} } })),
      ]);
    }
    getLogger("worker").info("{Path} was asked for", { Path: pathname });
    context.waitUntil(flush());
    return new Response("ok");
  },
};
