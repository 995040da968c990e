import { testProcessEnds } from "../process_ends.ts";

testProcessEnds("deno");
