import { testCluster } from "../cluster.ts";

testCluster("deno");
