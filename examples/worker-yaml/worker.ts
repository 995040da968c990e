/**
 * A Cloudflare Worker that is configured by a YAML file: `npx wrangler dev` in this folder, then `curl http://localhost:8787/orders/42`.
 *
 * wrangler.jsonc makes the file a text in the bundle; `${NAME}` in it is filled in from the Worker's variables and secrets.
 */

import { parse } from "@std/yaml";
import { getLogger, logRequests } from "@x/seqlog";
import { configureFromYaml, type Environment } from "@x/seqlog/yaml";
import text from "./logging.yml";

const logger = getLogger("shop.orders");

function serve(request: Request): Response {
  logger.info("{Method} {Path}", { Method: request.method, Path: new URL(request.url).pathname });
  return new Response("Shipped\n");
}

const worker: { fetch(request: Request): Response } = {
  fetch: logRequests(serve, { configure: (env: Environment) => configureFromYaml(text, { parseYaml: parse, env }) }),
};

export default worker;
