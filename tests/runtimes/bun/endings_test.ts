import { testEndings } from "../endings.ts";

for (const runtime of ["bun"] as const) testEndings(runtime);
