import { testServing } from "../serving.ts";

testServing("bun", ["bun", "hono"]);
