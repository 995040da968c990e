import { testCluster } from "../cluster.ts";

testCluster("node");
