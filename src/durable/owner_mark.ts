/** Identifies this process, so that another process on the same machine can be certain that this process has ended. */

import { builtin } from "../runtime/detect.ts";
import { processId } from "../runtime/host_properties.ts";
import { isGranted } from "../runtime/permissions.ts";

/** The part of node:fs that is used here. */
interface ProcessFiles {
  readFileSync(path: string, encoding: "utf8"): string;
  readlinkSync(path: string): string;
  statfsSync(path: string): { readonly type: number | bigint };
}

/**
 * Types of Linux file systems that only one machine mounts at a time (statfs(2)): ext, xfs, btrfs, f2fs, tmpfs, overlay.
 *
 * On other file systems, two machines restored from one memory image may share a folder, each with the other's marks.
 */
const localTypes: readonly number[] = [0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x01021994, 0x794c7630];

/** The permissions of Deno's flag `-A`. Without all of them, Deno refuses /proc. (Imports cannot be queried before Deno 2.5.) */
const everything: readonly string[] = ["read", "write", "net", "env", "sys", "run", "ffi"];

/** Fields 3 and 22 of proc(5)'s stat, counted after the process name, which may contain anything: state and start time. */
const stateField = 0;
const startField = 19;

const bootId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Mark {
  /** Id of the machine's current boot. */
  readonly boot: string;
  /** Namespaces that the process id and the start time belong to. */
  readonly namespace: string;
  readonly pid: number;
  /** Start time in the machine's ticks. A later process with the same id has a later start time. */
  readonly start: string;
}

/** Returns the mark of this process, or `""` if it is unknown: on other systems than Linux, and on Deno without `-A`. */
export function processMark(): string {
  const mark = ownMark();
  return mark === undefined ? "" : JSON.stringify(mark);
}

let known: { readonly pid: number; readonly mark: Mark | undefined } | undefined;

/** Reads the mark once, and again in a forked process. */
function ownMark(): Mark | undefined {
  const pid = processId();
  if (known?.pid !== pid) known = { pid, mark: readMark() };
  return known.mark;
}

function readMark(): Mark | undefined {
  const files = processFiles();
  const pid = processId();
  try {
    if (files === undefined || files.readlinkSync("/proc/self") !== `${pid}`) return undefined; // /proc belongs to another pid namespace
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
    return numbers; // before Linux 5.6, there was no time namespace
  }
}

/** Returns node:fs if reading cannot prompt: Deno permits /proc only with all permissions, and may prompt otherwise. */
function processFiles(): ProcessFiles | undefined {
  return everything.every((name) => isGranted({ name })) ? builtin<ProcessFiles>("node:fs") : undefined;
}

function statusOf(files: ProcessFiles, pid: number): string[] {
  const status = files.readFileSync(`/proc/${pid}/stat`, "utf8");
  return status.slice(status.lastIndexOf(")") + 2).split(" ");
}

/** Whether the process of the mark, which left a folder at the path, has certainly ended; false in any doubt. */
export function hasEnded(mark: string, path: string): boolean {
  const own = ownMark();
  if (own === undefined || mark === "") return false;
  const files = processFiles()!;
  try {
    const { boot, namespace, pid, start } = JSON.parse(mark) as Mark;
    if (!localTypes.includes(Number(files.statfsSync(path).type))) return false;
    if (boot !== own.boot) return bootId.test(boot); // the disk belongs to this machine, which has rebooted since
    if (namespace !== own.namespace) return false;
    return !isAlive(pid) || hasOtherLife(files, pid, start);
  } catch {
    return false; // a foreign mark, or a process that may not be inspected
  }
}

/** Whether the process has ended (it is a zombie), or is another process that started at another time. */
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
