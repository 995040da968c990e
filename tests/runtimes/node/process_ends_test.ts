import { testProcessEnds } from "../process_ends.ts";

for (const runtime of ["node20", "node"] as const) testProcessEnds(runtime);
