import { testThreads } from "../threads.ts";

testThreads("node"); // the worker threads of Node 20 read no TypeScript
