/** Collects what a configuration file knows by name: Python's classes, files, filters, the durable queue, and references. */

import { maker } from "../config/built_in_classes.ts";
import type { ConfigParts } from "../config/logging_config.ts";
import { prepareReferences } from "../config/references.ts";
import { readDurableOptions } from "../durable/durable_options.ts";
import { durableQueue } from "../durable/durable_queue.ts";
import { FileHandler } from "../file/file_handler.ts";
import { readFileOptions } from "../file/file_options.ts";
import { rateLimitFilter, readRateLimitOptions } from "../filters/rate_limit_filter.ts";
import { readRedactOptions, redactFilter } from "../filters/redact_filter.ts";
import { readSampleOptions, sampleFilter } from "../filters/sample_filter.ts";
import { pythonClasses } from "../python/register_python.ts";

/**
 * What a configuration file knows in addition to the built-in classes: the class names of Python's logging and seqlog, the handler `file`,
 * the filters `sample`, `rateLimit` and `redact`, the durable queue, and references such as `cfg://`.
 *
 * Configuration files use it by default; pass it for a configuration object: `configure(object, pythonParts)`.
 *
 * @example
 * ```ts
 * import { configure, getLogger } from "@x/seqlog";
 * import { pythonParts } from "@x/seqlog/yaml";
 *
 * const logging = configure({
 *   version: 1,
 *   root: { level: "INFO", handlers: ["console"] },
 *   handlers: { console: { class: "logging.StreamHandler", formatter: "plain", stream: "ext://sys.stdout" } },
 *   formatters: { plain: { format: "[%(levelname)s] %(name)s: %(message)s" } },
 * }, pythonParts);
 * getLogger("shop").info("Order {OrderId} shipped", { OrderId: 42 }); // [INFO] shop: Order 42 shipped
 * await logging.shutdown();
 * ```
 */
export const pythonParts: ConfigParts = {
  handlers: { ...pythonClasses.handlers, file: maker(readFileOptions, (known) => new FileHandler(known)) },
  filters: {
    ...pythonClasses.filters,
    sample: maker(readSampleOptions, sampleFilter),
    rateLimit: maker(readRateLimitOptions, rateLimitFilter),
    redact: maker(readRedactOptions, redactFilter),
  },
  formatters: pythonClasses.formatters,
  queue: maker(readDurableOptions, durableQueue),
  prepare: prepareReferences,
};
