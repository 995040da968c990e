import { testFreeze } from "../freeze.ts";

testFreeze("node20");
