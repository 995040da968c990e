import { testExits } from "../exits.ts";

testExits("deno");
