import { testCluster } from "../cluster.ts";

testCluster("bun");
