import { testFreeze } from "../freeze.ts";

testFreeze("bun");
