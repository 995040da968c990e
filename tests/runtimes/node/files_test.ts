import { testFiles } from "../files.ts";

for (const runtime of ["node20", "node"] as const) testFiles(runtime);
