import { testExits } from "../exits.ts";

for (const runtime of ["node20", "node"] as const) testExits(runtime);
