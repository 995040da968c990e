/** seq-logging, with its defaults. It has no levels and no loggers, and makes JSON only when it sends. */

import { Logger } from "seq-logging";
import { application, bound, callsWith, loggerName, ordersOf, type Subject, type SubjectOptions, template } from "../order.ts";

export function create({ url = "http://127.0.0.1" }: SubjectOptions): Subject {
  const errors: unknown[] = [];
  const logger = new Logger({ serverUrl: url, onError: (error) => void errors.push(error) });
  const emit = (properties: object): void =>
    logger.emit({ timestamp: new Date(), level: "Information", messageTemplate: template, properties });
  const SourceContext = loggerName;
  const Application = application;
  return {
    calls: {
      ...callsWith((properties) => emit({ ...properties, SourceContext, Application })),
      bound: (id) => emit({ ...ordersOf.plain(id), ...bound, SourceContext, Application }),
    },
    async settle() {
      await logger.flush();
      if (errors.length > 0) throw new Error(`seq-logging has failed ${errors.length} times: ${errors[0]}`);
    },
  };
}
