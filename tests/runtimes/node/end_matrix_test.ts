import { testEndMatrix } from "../end_matrix.ts";

for (const runtime of ["node20", "node"] as const) testEndMatrix(runtime);
