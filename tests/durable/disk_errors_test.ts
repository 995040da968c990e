/** The fault matrix through queues on disk: statuses, connections, replies, rejections. */

import { isFull } from "../support/effort.ts";
import { useDurableQueues } from "../support/fault_matrix.ts";

useDurableQueues();
await import("../delivery/faults_status_test.ts");
if (isFull) {
  await import("../delivery/faults_network_test.ts");
  await import("../delivery/faults_poison_test.ts");
  await import("../delivery/faults_reply_test.ts");
}
