/** The fault matrix through queues on disk: statuses, connections, replies, rejections. */

import "./faults_network_test.ts";
import "./faults_poison_test.ts";
import "./faults_reply_test.ts";
import "./faults_status_test.ts";
import { useDurableQueues } from "../support/fault_matrix.ts";

useDurableQueues();
