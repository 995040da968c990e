/**
 * A Worker that is configured by its `env`, in the way that its binding WAY names; each request logs its path.
 *
 * `/other?times=3` calls the wrapper with that many other environments; `/configured` answers how often it was configured.
 */

import { parse } from "@std/yaml";
import { configure, getLogger, logRequests } from "../../../mod.ts";
import { configureFromYaml } from "../../../src/yaml/yaml.ts";

interface Environment {
  readonly WAY: keyof typeof ways;
  readonly SEQ_URL: string;
  readonly SEQ_KEY?: string;
}

let configured = 0;
let begun = 0;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const yaml = "server_url: ${SEQ_URL}\nlevel: ${LEVEL:-info}";

const ways = {
  answers: ({ SEQ_URL }: Environment): object => ({ serverUrl: SEQ_URL }),
  calls: ({ SEQ_URL }: Environment): object => configure({ serverUrl: SEQ_URL }),
  reads: (env: Environment): Promise<object> => configureFromYaml(yaml, { parseYaml: parse, env: { ...env } }),
  misses: ({ SEQ_KEY }: Environment): object => ({ serverUrl: SEQ_KEY }),
  throws({ SEQ_KEY }: Environment): object {
    throw new TypeError(`There is no key: ${SEQ_KEY}`);
  },
  /** The first request that configures never comes back from it. */
  async hangs({ SEQ_URL }: Environment): Promise<object> {
    await (begun++ === 0 ? new Promise(() => setTimeout(() => {}, 60_000)) : pause(1));
    return { serverUrl: SEQ_URL };
  },
};

type Serve = (request: Request, env: Environment, ctx: object) => Promise<Response>;

const serve: Serve = logRequests(async function answer(request: Request, env: Environment, ctx: object): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  for (let n = 0; n < Number(searchParams.get("times")); n++) await serve(new Request("http://worker/inner"), { ...env }, ctx);
  if (pathname === "/configured") return Response.json(configured);
  getLogger("worker").info("Asked for {Path}", { Path: pathname });
  return new Response("ok");
}, {
  configure: (env: Environment) => {
    configured++;
    return ways[env.WAY](env);
  },
  skip: ["/configured"],
});

/** Says how many requests have begun to configure, and configures nothing itself. */
const tell: Serve = (request, env, ctx) =>
  new URL(request.url).pathname === "/begun" ? Promise.resolve(Response.json(begun)) : serve(request, env, ctx);
const worker: { readonly fetch: Serve } = { fetch: tell };

export default worker;
