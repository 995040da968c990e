import { testEndMatrix } from "../end_matrix.ts";

testEndMatrix("deno");
