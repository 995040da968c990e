import { testFiles } from "../files.ts";

for (const runtime of ["bun"] as const) testFiles(runtime);
