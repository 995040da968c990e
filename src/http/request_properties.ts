/** What a completion event tells of its request beside how it ended. */

import { redactQuery } from "../event/http_text.ts";
import { describeThrown } from "../event/plain_data.ts";
import { report } from "../diagnostic.ts";
import { parseTraceContext, type TraceContext } from "../event/trace_context.ts";
import type { RequestAbout } from "./request_log.ts";
import { addressOf, clientAddressOf, type ClientFacts } from "./client_address.ts";
import type { RequestLogSettings } from "./request_options.ts";

/** What is known of a request when it comes. */
export interface RequestFacts extends ClientFacts {
  readonly method: string;
  /** The path, with the query if there is one. */
  readonly target: string;
  /** Such as `"HTTP/1.1"`, where it is known. */
  readonly protocol?: string | undefined;
}

/** Serilog's own, so that the services in C# and these read alike. */
const template = "HTTP {RequestMethod} {RequestPath} responded {StatusCode} in";
/** How the time is shown: where work is bound to a request, the clock has only whole milliseconds. */
const elapsedShown = { fine: "{Elapsed:0.0000} ms", whole: "{Elapsed:0} ms" };
const templates = { fine: `${template} ${elapsedShown.fine}`, whole: `${template} ${elapsedShown.whole}` };

/** What an id may be that the caller gives; nothing else is logged as one. */
const sane = /^[\w.:/+=@-]{1,128}$/;

/** What is told of a request of HTTP. */
export function aboutRequest(facts: RequestFacts, settings: RequestLogSettings): RequestAbout {
  const { method, target, protocol } = facts;
  const { requestIdHeader, trustedProxies, isSecret, clock } = settings;
  const query = target.indexOf("?");
  const given = requestIdHeader ? facts.header(requestIdHeader) : undefined;
  const clientIp = clientAddressOf(facts, trustedProxies);
  const userAgent = facts.header("user-agent");
  const path = (query < 0 ? target : target.slice(0, query)) || "/";
  const properties: Record<string, unknown> = {}; // filled one by one: spreads take some microseconds
  if (query >= 0 && query < target.length - 1) properties["QueryString"] = redactQuery(target.slice(query), isSecret);
  if (protocol) properties["Protocol"] = protocol;
  if (clientIp) properties["ClientIp"] = clientIp;
  if (userAgent) properties["UserAgent"] = userAgent;
  return {
    id: given && sane.test(given) ? given : makeId(settings),
    method,
    path: path.includes(";") ? redactQuery(path, isSecret) : path, // `/cart;jsessionid=…`
    template: templates[clock],
    kind: "Server",
    parent: parentOf(facts, settings),
    properties,
    ending: (statusCode) => ({ RequestMethod: method, RequestPath: path, StatusCode: statusCode }),
  };
}

/** The place in a trace that the caller hands over, if it is trusted. */
function parentOf(facts: RequestFacts, { spans, trustsTrace }: RequestLogSettings): TraceContext | undefined {
  try {
    const parent = spans ? parseTraceContext(facts.header("traceparent"), facts.header("tracestate")) : undefined;
    return parent !== undefined && trustsTrace(facts) ? parent : undefined;
  } catch (failure) {
    report({ code: "request-log-failed", message: `The option trustTrace of a request log failed: ${describeThrown(failure)}` });
    return undefined;
  }
}

/** What a Worker is called with beside requests. */
interface Invocation {
  readonly cron?: string;
  readonly queue?: string;
  readonly messages?: readonly unknown[];
}

/** What is told of other work, such as a Worker's `scheduled` and `queue`; its outcome stands in place of a status. */
export function aboutInvocation(handler: string, first: unknown, settings: RequestLogSettings): RequestAbout {
  const { cron, queue, messages } = Object(first) as Invocation;
  const id = makeId(settings);
  const ends = `ended with {Outcome} in ${elapsedShown[settings.clock]}`;
  const ending = (statusCode: number): { Outcome: string } => ({ Outcome: statusCode < 500 ? "ok" : "exception" }); // Cloudflare's words
  if (typeof cron === "string") {
    return {
      id,
      ending,
      kind: "Internal",
      method: "SCHEDULED",
      path: cron,
      template: `Scheduled {Cron} ${ends}`,
      properties: { Cron: cron },
    };
  }
  if (typeof queue === "string") {
    const properties = { Queue: queue, MessageCount: messages?.length };
    return {
      id,
      ending,
      kind: "Consumer",
      method: "QUEUE",
      path: queue,
      template: `Queue {Queue} of {MessageCount} messages ${ends}`,
      properties,
    };
  }
  return {
    id,
    ending,
    kind: "Internal",
    method: "CALL",
    path: handler,
    template: `Call of {Handler} ${ends}`,
    properties: { Handler: handler },
  };
}

/** An id of our own; a function of the caller's that fails is told. */
function makeId({ makeRequestId }: RequestLogSettings): string {
  try {
    return String(makeRequestId());
  } catch (failure) {
    report({ code: "request-log-failed", message: `The option makeRequestId of a request log failed: ${describeThrown(failure)}` });
    return crypto.randomUUID();
  }
}

/** What keeps a request alive for work: the context of a Worker's handler, or of Vercel Edge. */
interface WaitUntilOwner {
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
export function waitUntilOf(rest: readonly unknown[]): ((work: Promise<unknown>) => void) | undefined {
  const keeper = rest.find((one) => typeof (Object(one) as Partial<WaitUntilOwner>).waitUntil === "function") as WaitUntilOwner | undefined;
  return keeper && ((work) => keeper.waitUntil(work));
}
