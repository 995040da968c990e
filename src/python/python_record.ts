/** Presents an event as a LogRecord of Python's logging. */

import { levels } from "../event/level.ts";
import type { LogEvent } from "../event/log_event.ts";
import { currentThread, processId } from "../runtime/host_properties.ts";
import type { Getter } from "./placeholder.ts";
import { emptyTuple, Float } from "./python_value.ts";

const levelNames = ["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
const levelNumbers = [5, 10, 20, 30, 40, 50];

/** When the module was loaded. At a Worker's module scope the clock shows 0; the time of the first event is used instead. */
let startMs = Date.now();
let thread: ReturnType<typeof currentThread> | undefined;
const here = (): ReturnType<typeof currentThread> => (thread ??= currentThread());
let pid: number | undefined;

/** Returns milliseconds since 1970, with the ticks as their fraction. */
function timeOf({ timestampMs, ticks = 0 }: LogEvent): number {
  return timestampMs + ticks / 10_000;
}

/** Returns the whole milliseconds within the second. Python drops the fraction, since its rounding turned 999.9 into 1000. */
export function msecsOf({ timestampMs }: LogEvent): number {
  return Math.floor(timestampMs) - Math.floor(timestampMs / 1000) * 1000;
}

function relativeMs(event: LogEvent): number {
  if (startMs === 0) startMs = event.timestampMs;
  return timeOf(event) - startMs;
}

/** The attributes of a record except `asctime`. Those about the caller have the values that Python uses for an unknown caller. */
export const recordAttributes: ReadonlyMap<string, Getter> = new Map<string, Getter>([
  ["name", ({ loggerName }) => (loggerName === "" ? "root" : loggerName)],
  ["msg", ({ messageTemplate }) => messageTemplate],
  ["message", ({ message }) => message],
  ["args", () => emptyTuple],
  ["levelname", ({ level }) => levelNames[levels.indexOf(level)] ?? level],
  ["levelno", ({ level }) => levelNumbers[levels.indexOf(level)] ?? 0],
  ["created", (event) => new Float(timeOf(event) / 1000)],
  ["msecs", (event) => new Float(msecsOf(event))],
  ["relativeCreated", (event) => new Float(relativeMs(event))],
  ["process", () => (pid ??= processId())],
  ["processName", () => "MainProcess"],
  ["thread", () => here().id],
  ["threadName", () => here().name],
  ["taskName", () => null],
  ["exc_info", ({ exception }) => exception ?? null],
  ["exc_text", ({ exception }) => exception ?? null],
  ["stack_info", () => null],
  ["pathname", () => "(unknown file)"],
  ["filename", () => "(unknown file)"],
  ["module", () => "(unknown file)"],
  ["lineno", () => 0],
  ["funcName", () => "(unknown function)"],
]);
