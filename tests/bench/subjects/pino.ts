/** pino, with its default fields (time, pid, hostname); its lines are dropped, or posted as they are by the hand-made batcher. */

import { hostname } from "node:os";
import process from "node:process";
import { pino } from "pino";
import { createBatcher } from "../batcher.ts";
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

export function create({ url }: SubjectOptions): Subject {
  const batcher = url === undefined ? undefined : createBatcher(url, "\n");
  let dropped = 0;
  const destination = { write: batcher === undefined ? (): void => void dropped++ : (line: string): void => batcher.push(line) };
  const base = { pid: process.pid, hostname: hostname(), Application: application };
  const logger = pino({ name: loggerName, level: "info", base }, destination);
  const child = logger.child(bound);
  return {
    plain: (id) => logger.info({ OrderId: id, City: cityOf(id), Price: priceOf(id) }, template),
    bound: (id) => child.info({ OrderId: id, City: cityOf(id), Price: priceOf(id) }, template),
    nested: (id) =>
      logger.info({ OrderId: id, City: cityOf(id), Price: priceOf(id), Customer: customerOf(id), Tags: tagsOf(id) }, template),
    disabled: (id) => logger.debug({ OrderId: id, City: cityOf(id), Price: priceOf(id) }, template),
    dropped: () => dropped,
    settle: () => batcher?.settle() ?? Promise.resolve(),
  };
}
