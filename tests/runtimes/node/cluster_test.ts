import { testCluster } from "../cluster.ts";

testCluster("node20");
testCluster("node");
