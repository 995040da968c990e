/** Callbacks that keep their context. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, withContext } from "../../mod.ts";
import { bindContext } from "../../src/tracing/bind_context.ts";
import { withSpan } from "../../src/tracing/start_span.ts";
import { remember } from "../support/seq.ts";

const logger = getLogger("bound");
logger.level = "info";

test("bindContext() keeps properties and span, and passes on this, arguments and result", () => {
  using heard = remember(logger);
  const self = { name: "pool" };
  const [bound, spanId] = withContext(
    { JobId: 7 },
    () =>
      withSpan(logger, "x", (span) =>
        [
          bindContext(function (this: typeof self, a: number, b: number) {
            logger.info("reply", { by: this.name });
            return a + b;
          }),
          span.context?.spanId,
        ] as const),
  );
  assert.equal(withSpan(logger, "other", () => bound.call(self, 1, 2)), 3);
  const reply = heard.events[1];
  assert.deepEqual([reply?.properties, reply?.spanId], [{ by: "pool", JobId: 7 }, spanId]);
});

test("bindContext() outside of every context keeps the caller's away", () => {
  using heard = remember(logger);
  const bound = bindContext(() => logger.info("reply"));
  withContext({ RequestId: "another's" }, () => withSpan(logger, "other", () => bound()));
  assert.deepEqual([heard.events[0]?.properties, heard.events[0]?.traceId], [{}, undefined]);
});
