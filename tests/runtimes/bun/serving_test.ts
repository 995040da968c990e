import { testServing } from "../serving.ts";

testServing("bun", ["bun", "node", "hono", "express"]);
