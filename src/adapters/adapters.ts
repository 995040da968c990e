/**
 * Events of other libraries: streams, transports and sinks for pino, winston and LogTape.
 *
 * @example
 * ```ts
 * import { configure } from "@x/seqlog";
 * import { pinoStream } from "@x/seqlog/adapters";
 *
 * const logging = configure({ serverUrl: "http://localhost:5341" });
 * const stream = pinoStream(); // pino({ name: "db" }, stream)
 * stream.write('{"level":40,"time":1767225600000,"name":"db","ms":350,"msg":"Slow query"}\n');
 * await logging.shutdown({ timeoutMs: 100 });
 * ```
 *
 * @module
 */

export type { AdapterOptions } from "./adapter.ts";
export { type LogTapeRecord, logtapeSink } from "./logtape_sink.ts";
export { type PinoOptions, type PinoStream, pinoStream } from "./pino_stream.ts";
export { type WinstonFormat, type WinstonOptions, type WinstonTransport, winstonTransport } from "./winston_transport.ts";
