/** Decides which properties a completion event has, apart from those known only at the end. */

import { redactQuery } from "../event/http_text.ts";
import { describeThrown } from "../event/plain_data.ts";
import { report } from "../diagnostic.ts";
import { parseTraceContext, type TraceContext } from "../event/trace_context.ts";
import type { RequestAbout } from "./request_log.ts";
import { addressOf, clientAddressOf, type ClientFacts } from "./client_address.ts";
import type { RequestLogSettings } from "./request_options.ts";

/** A request as it arrives. */
export interface RequestFacts extends ClientFacts {
  readonly method: string;
  /** The path, with the query if there is one. */
  readonly target: string;
  /** The protocol, such as `"HTTP/1.1"`, if it is known. */
  readonly protocol?: string | undefined;
}

/** Serilog's template, so that the events look like those of C# services. */
const template = "HTTP {RequestMethod} {RequestPath} responded {StatusCode} in";
/** The duration's format. A runtime that binds work to a request has a clock of whole milliseconds. */
const elapsedShown = { fine: "{Elapsed:0.0000} ms", whole: "{Elapsed:0} ms" };
/** Joined only once: a text joined for each request would be hashed for each as well. */
const templates = { fine: `${template} ${elapsedShown.fine}`, whole: `${template} ${elapsedShown.whole}` };

/** The format of a caller's id; an id in any other format is not logged. */
const sane = /^[\w.:/+=@-]{1,128}$/;

/** Returns what is logged about an HTTP request. */
export function aboutRequest(facts: RequestFacts, settings: RequestLogSettings): RequestAbout {
  const { method, target, protocol } = facts;
  const { requestIdHeader, trustedProxies, isSecret, clock } = settings;
  const query = target.indexOf("?");
  const given = requestIdHeader ? facts.header(requestIdHeader) : undefined;
  const clientIp = clientAddressOf(facts, trustedProxies);
  const userAgent = facts.header("user-agent");
  const path = (query < 0 ? target : target.slice(0, query)) || "/";
  const properties: Record<string, unknown> = {}; // no spread: each takes some microseconds
  if (query >= 0 && query < target.length - 1) properties["QueryString"] = redactQuery(target.slice(query), isSecret);
  if (protocol) properties["Protocol"] = protocol;
  if (clientIp) properties["ClientIp"] = clientIp;
  if (userAgent) properties["UserAgent"] = userAgent;
  return {
    id: given && sane.test(given) ? given : makeId(settings),
    method,
    path: path.includes(";") ? redactQuery(path, isSecret) : path, // such as `/cart;jsessionid=…`
    template: templates[clock],
    kind: "Server",
    parent: parentOf(facts, settings),
    properties,
    ending: endingOfRequest,
  };
}

function endingOfRequest({ method, path }: RequestAbout, statusCode: number): Record<string, unknown> {
  return { RequestMethod: method, RequestPath: path, StatusCode: statusCode };
}

/** Returns the place in the caller's trace, if it is trusted. */
function parentOf(facts: RequestFacts, { spans, trustsTrace }: RequestLogSettings): TraceContext | undefined {
  try {
    const given = spans ? facts.header("traceparent") : undefined;
    const parent = given ? parseTraceContext(given, facts.header("tracestate")) : undefined;
    return parent !== undefined && trustsTrace(facts) ? parent : undefined;
  } catch (failure) {
    report({ code: "request-log-failed", message: `The function trustTrace of a request log failed: ${describeThrown(failure)}` });
    return undefined;
  }
}

/** The arguments of a Worker's handlers other than requests. */
interface Invocation {
  readonly cron?: string;
  readonly queue?: string;
  readonly messages?: readonly unknown[];
}

/** Returns what is logged about other work, such as a Worker's `scheduled` and `queue`. Such work has an outcome instead of a status. */
export function aboutInvocation(handler: string, first: unknown, settings: RequestLogSettings): RequestAbout {
  const { cron, queue, messages } = Object(first) as Invocation;
  const id = makeId(settings);
  const ends = `ended with {Outcome} in ${elapsedShown[settings.clock]}`;
  const ending = (_about: RequestAbout, statusCode: number): { Outcome: string } => ({
    Outcome: statusCode < 500 ? "ok" : "exception", // Cloudflare's words
  });
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

/** Creates an id. If the program's function fails, that is reported. */
function makeId({ makeRequestId }: RequestLogSettings): string {
  try {
    return String(makeRequestId());
  } catch (failure) {
    report({ code: "request-log-failed", message: `The function makeRequestId of a request log failed: ${describeThrown(failure)}` });
    return crypto.randomUUID();
  }
}

/** Returns whether the value is a Request of any implementation. */
export function isRequest(thing: unknown): thing is Request {
  const { url, method, headers } = Object(thing) as Partial<Request>;
  return typeof url === "string" && typeof method === "string" && typeof headers?.get === "function";
}

/** Returns a request's data. It is read at once, because some runtimes do not have it later. */
export function factsOf(request: Request, rest: readonly unknown[]): RequestFacts {
  const { url, method, headers } = request;
  const path = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2); // without a host, Bun's URL is only a path
  const hash = url.indexOf("#");
  const target = path < 0 ? "/" : url.slice(path, hash < 0 ? undefined : hash);
  const { httpProtocol } = Object((request as { readonly cf?: unknown }).cf) as { readonly httpProtocol?: string };
  return { method, target, protocol: httpProtocol, clientAddress: addressOf(request, ...rest), header: (name) => headers.get(name) };
}
