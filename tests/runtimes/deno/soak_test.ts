import { testSoak } from "../soak.ts";

testSoak("deno");
