/** seq-logging, with its defaults. It has no levels and no loggers, and makes JSON only when it sends. */

import { Logger } from "seq-logging";
import {
  application,
  bound,
  cityOf,
  customerOf,
  loggerName,
  priceOf,
  type Subject,
  type SubjectOptions,
  tagsOf,
  template,
} from "../order.ts";

export function create({ url = "http://127.0.0.1" }: SubjectOptions): Subject {
  const errors: unknown[] = [];
  const logger = new Logger({ serverUrl: url, onError: (error) => void errors.push(error) });
  const emit = (properties: object): void =>
    logger.emit({ timestamp: new Date(), level: "Information", messageTemplate: template, properties });
  const SourceContext = loggerName;
  const Application = application;
  return {
    plain: (id) => emit({ OrderId: id, City: cityOf(id), Price: priceOf(id), SourceContext, Application }),
    bound: (id) => emit({ OrderId: id, City: cityOf(id), Price: priceOf(id), ...bound, SourceContext, Application }),
    nested: (id) =>
      emit({ OrderId: id, City: cityOf(id), Price: priceOf(id), Customer: customerOf(id), Tags: tagsOf(id), SourceContext, Application }),
    async settle() {
      await logger.flush();
      if (errors.length > 0) throw new Error(`seq-logging has failed ${errors.length} times: ${errors[0]}`);
    },
  };
}
