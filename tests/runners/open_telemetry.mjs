/** Logs within a span, under OpenTelemetry: that of Node's packages, or what Deno has built in. Prints the spans that ended. */

import process from "node:process";

const { SEQ_URL: serverUrl, LIBRARY } = process.env;
const spans = [];
const { trace } = await import("@opentelemetry/api");
if (globalThis.Deno === undefined) await instrument();
const inSpan = (work) =>
  trace.getTracer("program").startActiveSpan("request", (span) => work(span.spanContext()).finally(() => span.end()));

async function instrument() {
  const { NodeTracerProvider, SimpleSpanProcessor } = await import("@opentelemetry/sdk-trace-node");
  const { UndiciInstrumentation } = await import("@opentelemetry/instrumentation-undici");
  const { HttpInstrumentation } = await import("@opentelemetry/instrumentation-http");
  const exporter = { export: (ended, done) => (spans.push(...ended.map(({ name }) => name)), done({ code: 0 })), shutdown: async () => {} };
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  for (const one of [new UndiciInstrumentation(), new HttpInstrumentation()]) {
    one.setTracerProvider(provider);
    one.enable();
  }
}

const { configure, flush, getLogger, shutdown } = await import(`${LIBRARY}/seqlog.mjs`);
configure({ serverUrl, periodMs: 10, minBackoffMs: 10, maxBackoffMs: 10 });
await inSpan(async ({ traceId, spanId }) => {
  const Ids = `${traceId} ${spanId}`;
  getLogger("traced").info("Event {N}", { N: 1, Ids });
  await flush();
  await fetch(`${serverUrl}/program`).then((response) => response.text());
  getLogger("traced").info("Event {N}", { N: 2, Ids });
});
await shutdown();
console.log(JSON.stringify(spans));
