import { testSoak } from "../soak.ts";

testSoak("bun");
