/** The events that the page asks for: found by a filter, a bounded number of them at a time. */

import { parseRank } from "../../event/level.ts";
import { writeClef } from "../clef_text.ts";
import type { CollectedEvent } from "../collected_event.ts";
import { type EventFilter, parseFilter } from "../filter.ts";
import { elapsedMs, levelName } from "../filter_values.ts";
import type { Journal } from "../received_events.ts";

/** An event as the page has it; arrays are half as long as objects. */
type Row = readonly [
  number: number,
  timestampMs: number,
  rank: number,
  level: string,
  message: string,
  template: string,
  logger: string,
  elapsedMs: number | null,
  hasException: boolean,
  traceId: string | null,
  clef: string,
];

/** What the page gets. */
export interface PageEvents {
  /** Another one means that all that was sent before is forgotten. */
  readonly epoch: string;
  /** How many events have been taken in. */
  readonly total: number;
  /** Where to go on: the number of the first event that was not looked at, or of the last one when the newest come first. */
  readonly next: number;
  /** Whether nothing is left to be looked at. */
  readonly isDone: boolean;
  /** The events, in the order in which they were looked at. */
  readonly events: readonly Row[];
}

/** What the page asks for. */
export interface PageQuery {
  /** The number of the first event to look at. */
  readonly from?: number | undefined;
  /** Looks at the events before this number, the newest first. By default at all there are. */
  readonly before?: number | undefined;
  readonly passes: (event: CollectedEvent) => boolean;
}

/** How many events one request looks at, how many it finds, and how many characters of CLEF it finds: so that others are served in between. */
const most = { looks: 20_000, found: 500, characters: 500_000 };
/** How long a request waits for events. */
const longestWaitMs = 20_000;

/** The properties that say how long something took, in milliseconds. */
const durationNames = ["Elapsed", "ElapsedMs", "ElapsedMilliseconds", "DurationMs", "Duration"];

function durationOf(event: CollectedEvent): number | null {
  const property = durationNames.map((name) => event.properties[name]).find((value) => typeof value === "number");
  return elapsedMs(event) ?? (property as number | undefined) ?? null;
}

const loggerOf = ({ properties }: CollectedEvent): string =>
  ["SourceContext", "LoggerName"].map((name) => properties[name]).find((name): name is string => typeof name === "string") ?? "";

function toRow(event: CollectedEvent, number: number): Row {
  const rank = Math.min(parseRank(event.level) ?? 2, 5);
  return [
    number,
    event.timestampMs,
    rank,
    levelName(event.level),
    event.message,
    event.messageTemplate,
    loggerOf(event),
    durationOf(event),
    event.exception !== undefined,
    event.traceId ?? null,
    writeClef(event),
  ];
}

/** Finds events from a number on, or before one; the number of an event is how many came before it. */
export function findEvents(journal: Journal<CollectedEvent>, epoch: string, { from, before, passes }: PageQuery): PageEvents {
  const { items, total } = journal;
  const first = total - items.length; // older ones are forgotten
  const step = from === undefined ? -1 : 1;
  let next = from === undefined ? Math.min(before ?? total, total) - 1 : Math.max(from, first);
  const events: Row[] = [];
  let characters = 0;
  for (let looks = 0; looks < most.looks && next >= first && next < total; looks++, next += step) {
    const event = items[next - first]!;
    if (!passes(event)) continue;
    const row = toRow(event, next);
    events.push(row);
    characters += row[4].length + row[10].length;
    if (events.length === most.found || characters > most.characters) {
      next += step;
      break;
    }
  }
  return { epoch, total, next: step > 0 ? next : next + 1, isDone: next < first || next >= total, events };
}

/** Reads what a request asks for. Throws a FilterSyntaxError where the filter cannot be read. */
export function readQuery(parameters: URLSearchParams, nowMs: number): PageQuery {
  const filter: EventFilter = parseFilter(parameters.get("filter") ?? "");
  const number = (name: string): number | undefined => {
    const text = parameters.get(name);
    return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  const [rank = 0, since, start = 0, end = Infinity] = ["rank", "since", "start", "end"].map(number);
  const least = since === undefined ? start : Math.max(start, nowMs - since);
  const isInTime = ({ timestampMs }: CollectedEvent): boolean => timestampMs >= least && timestampMs < end;
  const isSevere = ({ level }: CollectedEvent): boolean => rank === 0 || (parseRank(level) ?? 2) >= rank;
  return { from: number("from"), before: number("before"), passes: (event) => isInTime(event) && isSevere(event) && filter(event, nowMs) };
}

/** Finds events; where there is none from a number on, it waits for the next ones, until the client goes away or the time is over. */
export async function waitForEvents(
  journal: Journal<CollectedEvent>,
  epoch: () => string,
  query: PageQuery,
  signal: AbortSignal,
): Promise<PageEvents> {
  const deadlineMs = Date.now() + longestWaitMs;
  const asked = epoch();
  let found = findEvents(journal, asked, query);
  while (query.from !== undefined && found.events.length === 0 && found.isDone && epoch() === asked && !signal.aborted) {
    const leftMs = deadlineMs - Date.now();
    if (leftMs <= 0) break;
    await journal.change(leftMs, signal);
    found = findEvents(journal, epoch(), { ...query, from: found.next });
  }
  return found;
}
