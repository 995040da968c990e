/** LogTape, with a sink that makes a line of CLEF, which is dropped or posted by the hand-made batcher: it has none for Seq. */

import { configureSync, getLogger, type LogRecord } from "@logtape/logtape";
import { createBatcher } from "../batcher.ts";
import { application, bound, callsWith, loggerName, ordersOf, type Subject, type SubjectOptions, template } from "../order.ts";

export function create({ url }: SubjectOptions): Subject {
  const batcher = url === undefined ? undefined : createBatcher(url);
  let dropped = 0;
  configureSync({
    sinks: {
      seq: batcher === undefined
        ? (record) => void (dropped += Math.sign(toClef(record).length))
        : (record) => batcher.push(toClef(record)),
    },
    loggers: [{ category: [], sinks: ["seq"], lowestLevel: "info" }, { category: ["logtape", "meta"], lowestLevel: "error" }],
  });
  const logger = getLogger(loggerName.split("."));
  const child = logger.with(bound);
  return {
    calls: {
      ...callsWith((properties) => logger.info(template, properties)),
      bound: (id) => child.info(template, ordersOf.plain(id)),
      disabled: (id) => logger.debug(template, ordersOf.plain(id)),
    },
    dropped: () => dropped,
    settle: () => batcher?.settle() ?? Promise.resolve(),
  };
}

/** The line; the application's name is added here, because a logger that is bound to it costs more. */
function toClef({ timestamp, level, category, rawMessage, properties }: LogRecord): string {
  const SourceContext = category.join(".");
  const line = { "@t": new Date(timestamp).toISOString(), "@mt": rawMessage, ...properties, SourceContext, Application: application };
  return JSON.stringify(level === "info" ? line : { ...line, "@l": level });
}
