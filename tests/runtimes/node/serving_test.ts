import { testServing } from "../serving.ts";

testServing("node20", ["node"]);
testServing("node", ["hono", "express"]);
