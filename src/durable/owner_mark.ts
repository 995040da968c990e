/** The mark of this process, by which another on the same machine can be certain that it has ended. */

import { builtin } from "../runtime/detect.ts";
import { processId } from "../runtime/host_properties.ts";
import { isGranted } from "../runtime/permissions.ts";

/** What is used of node:fs. */
interface ProcessFiles {
  readFileSync(path: string, encoding: "utf8"): string;
  readlinkSync(path: string): string;
  statfsSync(path: string): { readonly type: number | bigint };
}

/**
 * Linux's numbers of file systems that only one machine has at a time (statfs(2)): ext, xfs, btrfs, f2fs, tmpfs, overlay.
 *
 * On any other, two machines that were copied from one memory image may meet, each with the other's marks.
 */
const localTypes: readonly number[] = [0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x01021994, 0x794c7630];

/** What `-A` grants on Deno; it grants imports, too, but before 2.5 that cannot be asked, and where they lack, /proc is refused unasked. */
const everything: readonly string[] = ["read", "write", "net", "env", "sys", "run", "ffi"];

/** Fields 3 and 22 of the status in proc(5), counted behind the name, which may hold anything: the state, and when the process began. */
const stateField = 0;
const startField = 19;

const bootId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Mark {
  /** The machine since it was started. */
  readonly boot: string;
  /** What the process's number, and the time of its beginning, are counted in. */
  readonly namespace: string;
  readonly pid: number;
  /** When it began, in the machine's ticks: another process of the same number began later. */
  readonly start: string;
}

/** The mark of this process; `""` where it cannot be known: elsewhere than on Linux, and on Deno without `-A`. */
export function processMark(): string {
  const mark = ownMark();
  return mark === undefined ? "" : JSON.stringify(mark);
}

let known: { readonly pid: number; readonly mark: Mark | undefined } | undefined;

/** The mark is asked for once: it changes only where a process is copied. */
function ownMark(): Mark | undefined {
  const pid = processId();
  if (known?.pid !== pid) known = { pid, mark: readMark() };
  return known.mark;
}

function readMark(): Mark | undefined {
  const files = processFiles();
  const pid = processId();
  try {
    if (files === undefined || files.readlinkSync("/proc/self") !== `${pid}`) return undefined; // a /proc of others, who count in another way
    const boot = files.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return { boot, namespace: namespaceOf(files), pid, start: statusOf(files, pid)[startField]! };
  } catch {
    return undefined; // not Linux
  }
}

function namespaceOf(files: ProcessFiles): string {
  const numbers = files.readlinkSync("/proc/self/ns/pid");
  try {
    return `${numbers} ${files.readlinkSync("/proc/self/ns/time")}`;
  } catch {
    return numbers; // before Linux 5.6 all count time alike
  }
}

/** Files that may be read unasked: Deno shows /proc to nobody who has less than everything, and may ask before it says so. */
function processFiles(): ProcessFiles | undefined {
  return everything.every((name) => isGranted({ name })) ? builtin<ProcessFiles>("node:fs") : undefined;
}

function statusOf(files: ProcessFiles, pid: number): string[] {
  const status = files.readFileSync(`/proc/${pid}/stat`, "utf8");
  return status.slice(status.lastIndexOf(")") + 2).split(" ");
}

/** Whether the process of that mark, which has left a folder at the path, has ended for certain; false in any doubt. */
export function hasEnded(mark: string, path: string): boolean {
  const own = ownMark();
  if (own === undefined || mark === "") return false;
  const files = processFiles()!;
  try {
    const { boot, namespace, pid, start } = JSON.parse(mark) as Mark;
    if (!localTypes.includes(Number(files.statfsSync(path).type))) return false;
    if (boot !== own.boot) return bootId.test(boot); // only one machine has that disk, and it was started anew since
    if (namespace !== own.namespace) return false;
    return !isAlive(pid) || hasOtherLife(files, pid, start);
  } catch {
    return false; // somebody else's mark, or a process that may not be looked at
  }
}

/** Whether the process of that number is a zombie, which nobody has reaped yet, or began at another time. */
function hasOtherLife(files: ProcessFiles, pid: number, start: string): boolean {
  const fields = statusOf(files, pid);
  return fields[startField] !== start || fields[stateField] === "Z" || fields[stateField] === "X";
}

function isAlive(pid: number): boolean {
  try {
    builtin<{ kill(pid: number, signal: 0): void }>("node:process")!.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}
