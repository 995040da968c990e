import { testFreeze } from "../freeze.ts";

testFreeze("deno");
