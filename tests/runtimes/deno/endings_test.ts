import { testEndings } from "../endings.ts";

for (const runtime of ["deno"] as const) testEndings(runtime);
