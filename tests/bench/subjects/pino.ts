/** pino, with its default fields (time, pid, hostname); its lines are dropped, or posted as they are by the hand-made batcher. */

import { hostname } from "node:os";
import process from "node:process";
import { pino } from "pino";
import { createBatcher } from "../batcher.ts";
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

export function create({ url }: SubjectOptions): Subject {
  const batcher = url === undefined ? undefined : createBatcher(url, "\n");
  let dropped = 0;
  const destination = { write: batcher === undefined ? (): void => void dropped++ : (line: string): void => batcher.push(line) };
  const base = { pid: process.pid, hostname: hostname(), Application: application };
  const logger = pino({ name: loggerName, level: "info", base }, destination);
  const child = logger.child(bound);
  const inRequest = logger.child({ ...boundMore, ...context }); // pino has no ambient context: it carries the same properties
  const { plain } = ordersOf;
  return {
    calls: {
      ...callsWith((properties) => logger.info(properties, template)),
      bound: (id) => child.info(plain(id), template),
      context: (id) => inRequest.info(plain(id), template),
      error: (id) => logger.error({ ...plain(id), err: errorOf(id) }, template),
      disabled: (id) => logger.debug(plain(id), template),
    },
    dropped: () => dropped,
    settle: () => batcher?.settle() ?? Promise.resolve(),
  };
}
