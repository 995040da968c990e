import { testThreads } from "../threads.ts";

testThreads("deno");
