/**
 * Events of other libraries: streams, transports and loggers for pino, winston, LogTape, bunyan, LogLayer, NestJS, consola, tslog, debug
 * and evlog.
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

export type { AdapterOptions, TextAdapterOptions } from "./adapter.ts";
export { type BunyanOptions, type BunyanStream, bunyanStream } from "./bunyan_stream.ts";
export { type ConsolaLog, type ConsolaOptions, type ConsolaReporter, consolaReporter } from "./consola_reporter.ts";
export { type DebugLog, debugLog, type DebugOptions } from "./debug_log.ts";
export { type EvlogContext, evlogDrain, type EvlogOptions } from "./evlog_drain.ts";
export { type LogLayerOptions, type LogLayerParams, type LogLayerTransport, loglayerTransport } from "./loglayer_transport.ts";
export { type LogTapeRecord, logtapeSink } from "./logtape_sink.ts";
export { type NestLogger, nestLogger, type NestOptions } from "./nest_logger.ts";
export { type PinoOptions, type PinoStream, pinoStream } from "./pino_stream.ts";
export { type SeqSink, seqSink, type SeqSinkOptions } from "./seq_sink.ts";
export { type TslogOptions, tslogTransport } from "./tslog_transport.ts";
export { type WinstonFormat, type WinstonOptions, type WinstonTransport, winstonTransport } from "./winston_transport.ts";
