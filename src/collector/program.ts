/** Decides what the collector does as a program: it shows events from clients, files and standard input in a terminal. */

import { parseRank } from "../event/level.ts";
import { harmless, harmlessJson } from "../harmless_text.ts";
import { hasColourTerminal, writeConsole } from "../runtime/console.ts";
import { exitProcess, setExitCode } from "../runtime/end_process.ts";
import { fileSystem, resolvePath, writeAll } from "../runtime/files.ts";
import { environmentVariable } from "../runtime/permissions.ts";
import { onOutputGone, readBytes } from "../runtime/standard_streams.ts";
import { type OtherLine, readClefLines } from "./clef_lines.ts";
import { writeClef } from "./clef_text.ts";
import type { CollectedEvent } from "./collected_event.ts";
import { FilterSyntaxError } from "./filter_tokens.ts";
import { formatCollectedEvent } from "./format_collected_event.ts";
import { type RunningCollector, serveCollector } from "./http_server.ts";
import { TraceGroups } from "./trace_groups.ts";
import { formatTrace } from "./trace_tree.ts";
import { help, type ProgramOptions, readProgramOptions } from "./program_options.ts";

/** The program's environment; each member defaults to the runtime's own. */
export interface ProgramWorld {
  /** Writes a line to standard output. */
  readonly write: (text: string) => void;
  /** Writes a line to standard error. */
  readonly warn: (text: string) => void;
  /** Returns the bytes of a file, or of standard input for `-`. */
  readonly read: (path: string) => AsyncIterable<Uint8Array>;
  /** Whether the output supports colours, unless an option decides. */
  readonly hasColours: () => boolean;
  /** The port in the environment. */
  readonly defaultPort: string | undefined;
  /** Sets the exit code of the process. */
  readonly setExitCode: (code: number) => void;
}

function ownWorld(): ProgramWorld {
  return {
    write: (text) => void writeConsole("log", text),
    warn: (text) => void writeConsole("error", text),
    read: readBytes,
    hasColours: hasColourTerminal,
    defaultPort: environmentVariable("PORT"),
    setExitCode,
  };
}

/** Returns a function that stores events in a file. It reports a failure once, because later attempts would fail as well. */
function keeper(path: string, warn: (text: string) => void): (event: CollectedEvent) => void {
  const files = fileSystem();
  if (files === undefined) throw new Error(`Cannot keep events in ${path}: this runtime has no files`);
  const encoder = new TextEncoder();
  const descriptor = files.openSync(path, "a", 0o600);
  let isBroken = false;
  return (event) => {
    if (isBroken) return;
    try {
      writeAll(files, descriptor, encoder.encode(`${writeClef(event)}\n`));
    } catch (error) {
      isBroken = true;
      warn(`Cannot keep events in ${path} any more: ${(error as Error).message}`);
    }
  };
}

/** The consumer of events. */
interface Output {
  /** Accepts an event. */
  readonly onEvent: (event: CollectedEvent) => void;
  /** Shows the events still held. */
  readonly end: () => void;
}

function makeOutput(options: ProgramOptions, { write, warn, hasColours }: ProgramWorld): Output {
  const { passes, rank, json, keep, full, traces } = options;
  const colour = options.colour ?? hasColours();
  const keepEvent = keep === undefined ? undefined : keeper(keep, warn);
  const isWanted = (event: CollectedEvent): boolean => (parseRank(event.level) ?? 2) >= rank && passes(event);
  const groups = new TraceGroups((events, traceId) => {
    if (events.some(isWanted)) write(formatTrace(events, traceId, { colour }));
  });
  const onEvent = (event: CollectedEvent): void => {
    keepEvent?.(event);
    if ((traces && groups.add(event)) || !isWanted(event)) return;
    write(json ? harmlessJson(writeClef(event)) : formatCollectedEvent(event, { colour, foldExceptions: !full }));
  };
  return { onEvent, end: () => groups.end() };
}

/** Reads files in order. Passes on the events of each chunk together, and shows other lines unchanged. */
async function readFiles(
  { files, json, keep }: ProgramOptions,
  { read, write, warn }: ProgramWorld,
  onEvents: (events: readonly CollectedEvent[]) => Promise<void>,
): Promise<void> {
  const showOther = (file: string, { text, problem }: OtherLine): void => {
    if (problem !== undefined) warn(`${file}: ${harmless(problem)}`);
    else if (!json) write(harmless(text));
  };
  for (const file of files) {
    if (keep !== undefined && file !== "-" && resolvePath(file) === resolvePath(keep)) {
      throw new TypeError(`Cannot keep events in ${file}, because the program reads this file: name another`);
    }
    for await (const lines of readClefLines(read(file))) {
      let events: CollectedEvent[] = [];
      const handOver = async (): Promise<void> => {
        if (events.length > 0) await onEvents(events);
        events = [];
      };
      for (const line of lines) {
        if (line.event !== undefined) events.push(line.event);
        else {
          await handOver(); // keeps the order of arrival
          showOther(file, line);
        }
      }
      await handOver();
    }
  }
}

/** Listens, shows the events that arrive, and ingests the events of the files like those of a client. */
async function listen(options: ProgramOptions, world: ProgramWorld, onEvent: (event: CollectedEvent) => void): Promise<RunningCollector> {
  const { port, hostname, pageHosts, json } = options;
  const say = json ? world.warn : world.write; // so that standard output contains only JSON
  const collector = await serveCollector({
    port,
    hostname,
    pageHosts,
    onEvent,
    onRequest: ({ method, path, status, error }) => {
      if (error !== null) say(harmless(`Answered ${status} to ${method} ${path}: ${error}`));
    },
  });
  say(`Collector for Seq's API listens on ${collector.url}; events are shown here and, in a browser, at that address; Ctrl+C ends it`);
  const takeIn = async (events: readonly CollectedEvent[]): Promise<void> => {
    const body = events.map(writeClef).join("\n");
    const { ok } = await collector.fetch(new Request("http://localhost/ingest/clef", { method: "POST", body }));
    if (!ok && events.length > 1) { for (const event of events) await takeIn([event]); } // one oversized event rejects its whole request
  };
  await readFiles(options, world, takeIn);
  return collector;
}

/** Returns an error's message; for a filter, with its text and a mark below the position. */
function describeProblem(error: unknown): string {
  if (!(error instanceof FilterSyntaxError)) return (error as Error).message;
  const filter = error.filter.replace(/\s/g, " ");
  return `${error.message}\n  ${filter}\n  ${" ".repeat(error.position)}^`;
}

/**
 * Runs the collector as a program; `--help` lists its options.
 *
 * A problem is written to standard error, and the process ends with exit code 1.
 *
 * @param given The arguments after the program's own name.
 * @param world The program's environment; by default the process's own.
 * @returns The collector, if the program listens.
 */
export async function runCollector(given: readonly string[], world: Partial<ProgramWorld> = {}): Promise<RunningCollector | undefined> {
  if (world.write === undefined) onOutputGone(() => exitProcess(0));
  const whole = { ...ownWorld(), ...world };
  try {
    const options = readProgramOptions(given, whole.defaultPort);
    if (options.help) return void whole.write(help);
    const { onEvent, end } = makeOutput(options, whole);
    if (options.port !== undefined) return await listen(options, whole, onEvent);
    await readFiles(options, whole, (events) => Promise.resolve(events.forEach(onEvent)));
    end();
    return undefined;
  } catch (error) {
    whole.warn(describeProblem(error));
    whole.setExitCode(1);
    return undefined;
  }
}
