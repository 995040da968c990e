/** What a program has in hand of a span. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { getLogger, withContext } from "../../mod.ts";
import { runInContext } from "../../src/context.ts";
import { LoggedSpan, SilentSpan } from "../../src/tracing/span_handle.ts";
import { hearDiagnostics, remember } from "../support/seq.ts";

const logger = getLogger("handle");
logger.level = "info";

test("SilentSpan does nothing, and passes on the logger as it is", () => {
  using heard = remember(logger);
  using span = new SilentSpan(logger);
  span.set({ A: 1 });
  span.setError(new Error("x"));
  span.end({ B: 2 });
  assert.deepEqual([span.context, span.logger, heard.events], [undefined, logger, []]);
});

test("LoggedSpan is over with its first end, also by `using`", () => {
  using heard = remember(logger);
  {
    using span = new LoggedSpan({ logger, level: "info", kind: "Internal", template: "x" });
    span.end({ A: 1 });
    span.end({ A: 2 });
    span.setError("late");
  }
  assert.deepEqual([heard.event.properties, heard.event.level], [{ A: 1 }, "info"]);
});

test("LoggedSpan keeps nothing of the contexts around it but their properties, however many began within each other", () => {
  using heard = remember(logger);
  using diagnostics = hearDiagnostics();
  const begin = (): LoggedSpan => new LoggedSpan({ logger, level: "info", kind: "Internal", template: "x" });
  let span = withContext({ JobId: 7 }, begin);
  for (let i = 0; i < 20_000; i++) span = runInContext(span, begin, "");
  runInContext(span, () => logger.info("inside"), "");
  assert.deepEqual(heard.events.map(({ properties }) => properties), [{ JobId: 7 }]);
  assert.deepEqual(diagnostics.heard, []);
});

test("an error keeps a level above error", () => {
  using heard = remember(logger);
  const span = new LoggedSpan({ logger, level: "fatal", kind: "Internal", template: "x" });
  span.setError(new Error("No paper"));
  span.end();
  assert.equal(heard.event.level, "fatal");
});
