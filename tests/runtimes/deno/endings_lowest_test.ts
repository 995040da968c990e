import { testEndings } from "../endings.ts";

testEndings("deno2.1");
