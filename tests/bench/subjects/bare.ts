/** No logger at all: `JSON.stringify` of each event, and one fetch per 1 000. */

import { createBatcher } from "../batcher.ts";
import { application, callsWith, loggerName, type Subject, type SubjectOptions, template } from "../order.ts";

export function create({ url = "" }: SubjectOptions): Subject {
  const batcher = createBatcher(url);
  const log = (messageTemplate: string, properties: object): void =>
    batcher.push(JSON.stringify({ "@t": new Date().toISOString(), "@mt": messageTemplate, ...properties }));
  return {
    calls: callsWith((properties) => log(template, { ...properties, SourceContext: loggerName, Application: application })),
    settle: () => batcher.settle(),
  };
}
