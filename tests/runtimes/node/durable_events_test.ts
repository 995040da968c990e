import { testDurableEvents } from "../durable_events.ts";

testDurableEvents("node20", 5);
testDurableEvents("node", 56);
