/** Properties for the event that tells of a request's completion, added while it is served. */

import { currentRequest, hasStorage, reportNoStorage } from "../context.ts";
import { scopeOf } from "./request_log.ts";

/**
 * Adds properties to the completion event of the request that is being served, as Serilog's IDiagnosticContext does.
 *
 * An error among them fills the event's exception: frameworks that turn what is thrown into a response keep it from the wrapper. It rests on
 * AsyncLocalStorage, as `withContext` does; with the request itself it works everywhere.
 *
 * @param properties The properties; taken at once, later ones of the same name winning.
 * @param request The Request, or Node's IncomingMessage, that the wrapped handler was called with. Default: that of the caller's context.
 * @returns Whether there is such a request, served by a handler that is wrapped, whose event is not logged yet.
 * @example
 * ```ts
 * import { enrichRequest, getLogger, logRequests, MemoryHandler } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * const memory = new MemoryHandler();
 * const added = getLogger("http.access").addHandler(memory);
 * const serve = logRequests((_request: Request) => {
 *   enrichRequest({ UserId: 7, error: new Error("No paper") });
 *   return new Response("Sorry", { status: 500 });
 * });
 * await serve(new Request("http://localhost/print"));
 * assert.equal(memory.events[0]?.properties.UserId, 7);
 * assert.match(memory.events[0]?.exception ?? "", /^Error: No paper/);
 * added.dispose();
 * ```
 */
export function enrichRequest(properties: object, request?: object): boolean {
  const scope = scopeOf(request) ?? currentRequest();
  if (scope === undefined && !request && !hasStorage()) {
    reportNoStorage("enrichRequest does not know the request; hand it over as well");
  }
  return scope?.enrich(properties) ?? false;
}
