import { testThreads } from "../threads.ts";

testThreads("bun");
