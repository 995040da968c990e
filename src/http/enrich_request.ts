/** Adds properties to the event that a request logs when it ends. */

import { currentRequest, hasStorage, reportNoStorage } from "../context.ts";
import { scopeOf } from "./request_log.ts";

/**
 * Adds properties to the completion event of the current request, as Serilog's IDiagnosticContext does.
 *
 * An error among the properties becomes the event's exception, because frameworks that turn an exception into a response hide it from the
 * wrapper. The function uses AsyncLocalStorage, as `withContext` does. If the request itself is passed, it works on every runtime.
 *
 * @param properties The properties, captured at once. A later value of the same name wins.
 * @param request The Request, or Node's IncomingMessage, that the wrapped handler received. Default: the request of the caller's context.
 * @returns Whether the properties were added: the request has a wrapped handler, and its event is not logged yet.
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
    reportNoStorage("enrichRequest does not know the request; pass it as well");
  }
  return scope?.enrich(properties) ?? false;
}
