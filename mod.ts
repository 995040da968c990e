/**
 * Structured logging to Seq, from every JavaScript runtime.
 *
 * @example
 * ```ts
 * import { configure, getLogger } from "@x/seqlog";
 *
 * await using _logging = configure({ serverUrl: "http://localhost:5341", level: "info" });
 * getLogger("shop.orders").info("Order {OrderId} shipped to {City}", { OrderId: 42, City: "Oslo" });
 * ```
 *
 * @module
 */
export { type Level, parseLevel, type Threshold } from "./src/event/level.ts";
export { rateLimitFilter, type RateLimitFilterOptions } from "./src/filters/rate_limit_filter.ts";
export { type ClefShape, encodeClef } from "./src/event/clef.ts";
export { redactFilter, type RedactFilterOptions } from "./src/filters/redact_filter.ts";
export { sampleFilter, type SampleFilterOptions } from "./src/filters/sample_filter.ts";
export { type Diagnostic, type Disposable, onDiagnostic } from "./src/diagnostic.ts";
export { type ClefDecoderOptions, ClefDecoderStream } from "./src/event/clef_decoder_stream.ts";
export { type AsyncDisposable, flush, type Logging, ready, shutdown, stats } from "./src/lifecycle.ts";
export { ConsoleHandler, type ConsoleOptions } from "./src/handlers/console_handler.ts";
export { stackInfo } from "./src/event/stack_info.ts";
export { flushAfter, type FlushAfterOptions } from "./src/http/flush_after.ts";
export { enrichRequest } from "./src/http/enrich_request.ts";
export { type ContextStorage, withContext } from "./src/context.ts";
export { Handler } from "./src/handler.ts";
export { explain, type Explanation, type HandlerExplanation } from "./src/config/explain.ts";
export { SeqHandler } from "./src/seq/seq_handler.ts";
export { type Hole, type MessageTemplate, parseTemplate, renderMessage, type TextToken } from "./src/event/message_template.ts";
export { MemoryHandler, type MemoryOptions } from "./src/handlers/memory_handler.ts";
export { templateFilter, type TemplateFilterOptions } from "./src/filters/template_filter.ts";
export { configure } from "./src/config/configure.ts";
export { ConfigError, type Issue } from "./src/option_schema.ts";
export { propertyFilter, type PropertyFilterOptions, type Scalar } from "./src/filters/property_filter.ts";
export { levelFilter, type LevelFilterOptions } from "./src/filters/level_filter.ts";
export { logRequests } from "./src/http/log_requests.ts";
export { logNodeRequests } from "./src/http/log_node_requests.ts";
export { globalProperties, type GlobalPropertiesAccess } from "./src/global_properties.ts";
export { getLogger } from "./src/logger.ts";
export type {
  AnyFilter,
  ClassNames,
  ConfigParts,
  DescribedByMaker,
  DescribedByName,
  EndingOptions,
  FilterConfig,
  FormatterConfig,
  HandlerCommon,
  HandlerConfig,
  LevelName,
  LoggerConfig,
  LoggingConfig,
  Maker,
  NoParts,
  PossibleOptions,
  SeqHandlerConfig,
  SeqOptions,
} from "./src/config/logging_config.ts";
export type { Logger } from "./src/logger_face.ts";
export type {
  CheckAlone,
  CheckSecond,
  CheckSecondOfThree,
  CheckThird,
  CollectedArguments,
  LevelMethod,
  LogArgument,
  LogAtLevel,
  LogMethod,
  LogTypes,
  MissingProperty,
  NonText,
} from "./src/log_method.ts";
export type { SpanInit, SpanKind } from "./src/event/span_fields.ts";
export type { LogEvent, LogEventInit } from "./src/event/log_event.ts";
export type { CheckResult, FlushOptions, FlushResult, HandlerStats } from "./src/handler_stats.ts";
export type { SeqHandlerOptions } from "./src/seq/seq_options.ts";
export type { Filter } from "./src/filter.ts";
export type { Formatter } from "./src/text_formatter.ts";
export type { Encoder } from "./src/event/plain_data.ts";
export type { CallerFacts, CompletedRequest, RequestLogOptions } from "./src/http/request_options.ts";
export type { Asked } from "./src/seq/http_post.ts";
export type { Overflow, Queue, QueueFactory } from "./src/delivery/queue.ts";
export type { Clock, Timer } from "./src/runtime/clock.ts";
