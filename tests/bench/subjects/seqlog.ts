/** This library, with its defaults but for the bounds of the queue where nothing may be dropped. */

import { configure, flush, getLogger, stats } from "../../../mod.ts";
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

export function create({ url = "http://127.0.0.1", isRoomy = false }: SubjectOptions): Subject {
  const bounds = isRoomy ? { queueSize: 1_000_000, maxQueueBytes: 1_073_741_824 } : {};
  configure({ serverUrl: url, level: "info", properties: { Application: application }, ...bounds });
  const logger = getLogger(loggerName);
  const child = logger.with(bound);
  return {
    plain: (id) => logger.info(template, { OrderId: id, City: cityOf(id), Price: priceOf(id) }),
    bound: (id) => child.info(template, { OrderId: id, City: cityOf(id), Price: priceOf(id) }),
    nested: (id) =>
      logger.info(template, { OrderId: id, City: cityOf(id), Price: priceOf(id), Customer: customerOf(id), Tags: tagsOf(id) }),
    disabled: (id) => logger.debug(template, { OrderId: id, City: cityOf(id), Price: priceOf(id) }),
    counts,
    async settle() {
      const { pending } = await flush({ timeoutMs: 60_000 });
      const { lost } = counts();
      if (pending + lost > 0) throw new Error(`${pending} events are still queued and ${lost} are lost`);
    },
  };
}

function counts(): { queued: number; queuedBytes: number; lost: number } {
  const { queued = 0, queuedBytes = 0, lost = {} } = stats().seq ?? {};
  return { queued, queuedBytes, lost: Object.values(lost).reduce((sum, count) => sum + count, 0) };
}
