import { testDurable } from "../durable.ts";

testDurable("node20", 10);
testDurable("node", 25);
