import { testExits } from "../exits.ts";

testExits("deno2.1");
