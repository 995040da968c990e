/** Decides which outgoing requests become spans and carry the trace. */

import { requireFunction } from "../diagnostic.ts";
import { readException } from "../event/exception.ts";
import { redactUrl } from "../event/http_text.ts";
import { getLogger } from "../logger.ts";
import type { Logger } from "../logger_face.ts";
import { list, must, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { isTracedElsewhere } from "../span.ts";
import { isInOwnRequest } from "../runtime/async_context.ts";
import { pageOrigin } from "../runtime/page_events.ts";
import { traceHeaders } from "./propagation.ts";
import { withSpan } from "./start_span.ts";

/** The options of a traced fetch. */
export interface TracedFetchOptions {
  /** The logger of the spans, or its name. Default: `"http.client"`. */
  readonly logger?: Logger | string | undefined;
  /** The origins that receive the trace's headers. Default: every origin; in a page, only the page's own. */
  readonly origins?: readonly string[] | undefined;
}

const readOptions: Reader<TracedFetchOptions> = options<TracedFetchOptions>({
  logger: must("a logger, or the name of one", (given: unknown) => {
    return typeof given === "string" || typeof (given as Logger | null)?.write === "function" ? given : undefined;
  }),
  origins: list(text),
});

/**
 * Creates a `fetch` whose requests are Client spans and carry the trace to the services they call.
 *
 * The span ends with the response's headers; from status 500 on, or if fetch rejects, its level is error. In a page only the page's own
 * origin and listed origins receive the headers, because others would need CORS and would learn of the trace. If OpenTelemetry creates the
 * spans, requests go to the given `fetch` unchanged.
 *
 * @param fetch The fetch that sends the requests. Default: the runtime's.
 * @param given The logger, and the origins that receive the headers.
 * @returns A function with the signature of `fetch`.
 * @throws {TypeError} If `fetch` is not a function.
 * @throws {ConfigError} If an option is wrong.
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import { tracedFetch } from "@x/seqlog/tracing";
 * import assert from "node:assert/strict";
 *
 * getLogger("http.client").level = "info";
 * const fetch = tracedFetch(async (_input, init) => new Response(new Headers(init?.headers).get("traceparent")));
 * const response = await fetch("http://stock.internal/42");
 * assert.match(await response.text(), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
 * getLogger("http.client").level = undefined;
 * ```
 */
export function tracedFetch(fetch: typeof globalThis.fetch = globalThis.fetch, given: TracedFetchOptions = {}): typeof globalThis.fetch {
  requireFunction(fetch, "tracedFetch", "fetch");
  const { logger = "http.client", ...rest } = requireOptions(readOptions, given, "tracedFetch");
  const log = typeof logger === "string" ? getLogger(logger) : logger;
  const own = pageOrigin();
  const origins = rest.origins ?? (own === undefined ? undefined : [own]);
  return ((input: Request | URL | string, init?: RequestInit): Promise<Response> => {
    if (isInOwnRequest() || isTracedElsewhere()) return fetch(input, init);
    const request = typeof input === "object" && "url" in input ? input : undefined;
    const asked = request?.url ?? String(input);
    const url = toUrl(asked, own);
    const uri = redactUrl(url === undefined ? asked : `${url.origin}${url.pathname}${url.search}`);
    const properties = { RequestMethod: (init?.method ?? request?.method ?? "GET").toUpperCase(), RequestUri: uri };
    const sent = withSpan(log, "HTTP {RequestMethod} {RequestUri}", properties, { kind: "Client" }, async (span) => {
      const isKnown = origins === undefined || (url !== undefined && [...origins, own].includes(url.origin));
      try {
        const response = await fetch(input, isKnown ? withHeaders(request, init) : init);
        const { status } = response;
        span.set({ StatusCode: status });
        if (status >= 500) span.setError(`The service responded with ${status}`);
        return { response };
      } catch (error) {
        const { text } = readException(error);
        span.setError(text.includes(asked) && asked !== uri ? text.replaceAll(asked, () => uri) : error); // fetch repeats the URL with credentials
        return { error };
      }
    });
    return sent.then(({ response, error }) => {
      if (response === undefined) throw error;
      return response;
    });
  }) as typeof globalThis.fetch;
}

function toUrl(text: string, base: string | undefined): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined; // fetch itself reports it
  }
}

/** Returns the init with the trace's headers; headers that the program has set win. */
function withHeaders(request: Request | undefined, init: RequestInit | undefined): RequestInit {
  const headers = new Headers(init?.headers ?? request?.headers);
  for (const [name, value] of Object.entries(traceHeaders())) if (!headers.has(name)) headers.set(name, value);
  return { ...init, headers };
}
