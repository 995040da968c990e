import { testServing } from "../serving.ts";

testServing("deno", ["deno", "node", "hono", "express"]);
