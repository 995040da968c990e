import { testDurableEvents } from "../durable_events.ts";

testDurableEvents("bun", 12);
