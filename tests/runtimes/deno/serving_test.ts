import { testServing } from "../serving.ts";

testServing("deno", ["deno", "hono"]);
