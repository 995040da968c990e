/** This library with the queue on disk, in a folder of its own that goes with the process. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { durableQueue } from "../../../src/durable/durable.ts";
import type { Subject, SubjectOptions } from "../order.ts";
import { create as createInMemory } from "./seqlog.ts";

export function create(options: SubjectOptions): Subject {
  const path = mkdtempSync(join(tmpdir(), "seqlog-bench-"));
  process.on("exit", () => rmSync(path, { recursive: true, force: true }));
  return createInMemory(options, { queue: durableQueue({ path }) });
}
