/** This library, with its defaults but for the bounds of the queue where nothing may be dropped. */

import { configure, flush, getLogger, type SeqOptions, stats, withContext } from "../../../mod.ts";
import {
  application,
  bound,
  boundMore,
  callsWith,
  context,
  errorOf,
  loggerName,
  ordersOf,
  type Subject,
  type SubjectOptions,
  template,
} from "../order.ts";

export function create({ url = "http://127.0.0.1", isRoomy = false }: SubjectOptions, more: Partial<SeqOptions> = {}): Subject {
  const bounds = isRoomy ? { queueSize: 2_000_000, maxQueueBytes: 1_073_741_824 } : {};
  configure({ serverUrl: url, level: "info", properties: { Application: application }, ...bounds, ...more });
  const logger = getLogger(loggerName);
  const child = logger.with(bound);
  const inRequest = logger.with(boundMore);
  const { plain } = ordersOf;
  return {
    calls: {
      ...callsWith((properties) => logger.info(template as string, properties)),
      bound: (id) => child.info(template as string, plain(id)),
      context: (id) => inRequest.info(template as string, plain(id)),
      error: (id) => logger.error(errorOf(id), template as string, plain(id)),
      disabled: (id) => logger.debug(template as string, plain(id)),
    },
    around: (variant, run) => variant === "context" ? withContext(context, run) : run(),
    counts,
    async settle() {
      const { pending } = await flush({ timeoutMs: 60_000 });
      const { lost } = counts();
      if (pending + lost > 0) throw new Error(`${pending} events are still queued and ${lost} are lost`);
    },
  };
}

function counts(): { queued: number; queuedBytes: number; lost: number } {
  const { queued = 0, queuedBytes = 0, lost = {} } = stats()["seq"] ?? {};
  return { queued, queuedBytes, lost: Object.values(lost).reduce((sum, count) => sum + count, 0) };
}
