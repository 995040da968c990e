import { testEndings } from "../endings.ts";

testEndings("node20.16");
