import { testDurable } from "../durable.ts";

testDurable("bun", 20);
