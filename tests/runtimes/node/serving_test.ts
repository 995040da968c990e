import { testServing } from "../serving.ts";

testServing("node20", ["node"]); // which takes twice as long
testServing("node", ["node", "hono", "express"]);
