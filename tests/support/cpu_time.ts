/** CPU time of the processes that this one has started: on a busy machine it says more than the time that passes. */

import { readFileSync } from "node:fs";

/** In one second, for all systems on which there is /proc. */
const ticks = 100;

/** Returns how many seconds of CPU the processes took that have ended, with what they had started; undefined where the system does not say so. */
export function cpuOfEnded(): number | undefined {
  try {
    const [, fields = ""] = readFileSync("/proc/self/stat", "utf8").split(") ");
    const [user, system] = fields.split(" ").slice(13, 15).map(Number);
    return (user! + system!) / ticks;
  } catch {
    return undefined;
  }
}

let counted = 0;

/** Returns what the process took that has just ended: the system counts it in that moment, and one after the other. */
export function cpuSinceLast(): number {
  const before = counted;
  counted = cpuOfEnded() ?? 0;
  return counted - before;
}
