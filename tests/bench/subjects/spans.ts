/** Spans of this library, and the log call that they are compared with; in one process, in turns, so that both see the same machine. */

import { configure, flush, getLogger } from "../../../mod.ts";
import { configureTracing, startSpan, withSpan } from "../../../src/tracing/tracing.ts";
import { application, loggerName, ordersOf, template } from "../order.ts";

/** What is measured by one name: what a round runs, and what is set up around it. */
export interface SpanSubject {
  readonly run: (id: number) => unknown;
  readonly around?: (round: () => Promise<void>) => Promise<void>;
}

/** Makes the subjects by their names; `settle` empties the queue. */
export function createSpans(url: string): { readonly subjects: Readonly<Record<string, SpanSubject>>; settle(): Promise<void> } {
  configure({ serverUrl: url, level: "info", properties: { Application: application } });
  const logger = getLogger(loggerName);
  const { plain } = ordersOf;
  const text: string = template;
  const work = (): void => {};
  const begin = (id: number): void => startSpan(logger, text, plain(id)).end();
  return {
    subjects: {
      "log call": { run: (id) => logger.info(text, plain(id)) },
      "span, startSpan": { run: begin },
      "span, withSpan": { run: (id) => withSpan(logger, text, plain(id), work) },
      "span, withSpan async": { run: (id) => withSpan(logger, text, plain(id), async () => {}) },
      "child span, startSpan": { run: begin, around: (round) => withSpan(logger, "Root", round) },
      "child span, withSpan": { run: (id) => withSpan(logger, text, plain(id), work), around: (round) => withSpan(logger, "Root", round) },
      "unsampled span": {
        run: begin,
        around: async (round) => {
          configureTracing({ sample: 0 });
          await round();
          configureTracing({});
        },
      },
      "disabled span": { run: (id) => startSpan(logger, text, plain(id), { level: "debug" }).end() },
    },
    settle: async () => void (await flush({ timeoutMs: 60_000 })),
  };
}
