/** The fault matrix through queues on disk: statuses, connections, replies, rejections. */

import { isFull } from "../support/effort.ts";
import { useDurableQueues } from "../support/fault_matrix.ts";

useDurableQueues();
await import("./faults_status_test.ts");
if (isFull) {
  await import("./faults_network_test.ts");
  await import("./faults_poison_test.ts");
  await import("./faults_reply_test.ts");
}
