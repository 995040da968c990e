/**
 * Helpers for tests of a program's logging: recorded events with assertions, and a clock that advances only when a test advances it.
 *
 * @example
 * ```ts
 * import { getLogger } from "@x/seqlog";
 * import { recordEvents } from "@x/seqlog/testing";
 * import assert from "node:assert/strict";
 *
 * const log = recordEvents();
 * getLogger("shop").info("Order {Id} shipped", { Id: 42 });
 * assert.equal(log.events.withTemplate("Order {Id} shipped").single().properties.Id, 42);
 * log.dispose();
 * ```
 *
 * @module
 */

export { EventAssertionError, EventList, eventsOf, type TestedEvent, type Wanted } from "./event_list.ts";
export { FakeClock } from "./fake_clock.ts";
export { recordEvents, type Recording, type RecordOptions } from "./record_events.ts";
