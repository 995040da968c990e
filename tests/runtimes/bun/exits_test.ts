import { testExits } from "../exits.ts";

testExits("bun");
