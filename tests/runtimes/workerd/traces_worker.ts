/** A Worker that is a service of several; it also begins spans at its module scope, and makes ids by the dozen. */

import { configure, getLogger, type LogEvent, logRequests, MemoryHandler, onDiagnostic } from "../../../mod.ts";
import { startSpan, type TraceContext, traceHeaders, withSpan } from "../../../src/tracing/tracing.ts";
import { createService, type ServiceOptions } from "../programs/trace_service.ts";

declare const SERVER_URL: string;

const told: string[] = [];
onDiagnostic(({ code, message }) => told.push(`${code}: ${message}`));
configure({ serverUrl: SERVER_URL, resource: { "service.name": "stock" } });
const logger = getLogger("early");
const memory = new MemoryHandler();
logger.addHandler(memory);

// no random value may be drawn here
const early = startSpan(logger, "Early and late");
early.logger.info("Early event");
withSpan(logger, "Early", () => logger.info("Early, within"));
const atStart = { ...traceHeaders(early), traceId: early.context?.traceId };

const idsOf = (place: TraceContext | undefined): object => ({ traceId: place?.traceId, spanId: place?.spanId });
const seen = ({ message, traceId, spanId, spanStart, timestampMs }: LogEvent): object => ({
  message,
  traceId,
  spanId,
  spanStart,
  timestampMs,
});

const worker: { readonly fetch: (request: Request, env: ServiceOptions) => Promise<Response> } = {
  fetch: logRequests(async (request: Request, env: ServiceOptions): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/ids") {
      const spans = Array.from({ length: Number(searchParams.get("count")) }, () => startSpan(logger, "Drawn", {}, { parent: null }));
      return Response.json(spans.map(({ context }) => idsOf(context)));
    }
    if (pathname === "/early") {
      early.end();
      startSpan(logger, "Late", {}, { parent: early }).end();
      return Response.json({ atStart, told, events: memory.events.map(seen) });
    }
    if (pathname === "/by-hand") {
      const span = startSpan(logger, "By hand");
      await new Promise((resolve) => setTimeout(resolve, 1));
      span.logger.info("Handed on");
      span.end();
      return Response.json({ span: idsOf(span.context), told, events: memory.events.map(seen) });
    }
    return new Response(await createService({ NAME: "stock", ...env }).work());
  }),
};

export default worker;
