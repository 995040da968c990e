import { testDurableEvents } from "../durable_events.ts";

testDurableEvents("deno", 12);
testDurableEvents("deno2.1", 5);
