import { testEndings } from "../endings.ts";

for (const runtime of ["node20", "node"] as const) testEndings(runtime);
