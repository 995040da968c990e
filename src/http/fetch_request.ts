/** What fetch handlers are called with: a Request, and what each runtime hands over beside it. */

import { addressOf } from "./client_address.ts";
import type { RequestFacts } from "./request_facts.ts";

/** What keeps a request alive for work: the context of a Worker's handler, or of Vercel Edge. */
interface Keeper {
  waitUntil(work: Promise<unknown>): void;
}

/** Whether the thing is a Request of any make. */
export function isRequest(thing: unknown): thing is Request {
  const { url, method, headers } = Object(thing) as Partial<Request>;
  return typeof url === "string" && typeof method === "string" && typeof headers?.get === "function";
}

/** What a request says of itself; taken now, for later some runtimes know it no more. */
export function factsOf(request: Request, rest: readonly unknown[]): RequestFacts {
  const { url, method, headers } = request;
  const path = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2); // Bun knows no more of a request without a host
  const hash = url.indexOf("#");
  const target = path < 0 ? "/" : url.slice(path, hash < 0 ? undefined : hash);
  const { httpProtocol } = Object((request as { readonly cf?: unknown }).cf) as { readonly httpProtocol?: string };
  return { method, target, protocol: httpProtocol, clientAddress: addressOf(request, ...rest), header: (name) => headers.get(name) };
}

/** What keeps the request alive for work, if it came with such a thing. */
export function keeperOf(rest: readonly unknown[]): ((work: Promise<unknown>) => void) | undefined {
  const keeper = rest.find((one) => typeof (Object(one) as Partial<Keeper>).waitUntil === "function") as Keeper | undefined;
  return keeper && ((work) => keeper.waitUntil(work));
}
