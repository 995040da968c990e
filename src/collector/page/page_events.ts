/** Decides which events a request of the page receives: those that pass a filter, a bounded number at a time. */

import { parseRank } from "../../event/level.ts";
import { writeClef } from "../clef_text.ts";
import type { CollectedEvent } from "../collected_event.ts";
import { type EventFilter, parseFilter } from "../filter.ts";
import { elapsedMs, levelName } from "../filter_values.ts";
import type { Journal } from "../received_events.ts";

/** An event in the page's form, as an array, because an object would be twice as long. */
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

/** The response to the page. */
export interface PageEvents {
  /** The collector's identity; if it changes, everything sent earlier is discarded. */
  readonly epoch: string;
  /** The number of events accepted so far. */
  readonly total: number;
  /** Where to continue: the number of the first event not examined or, with the newest events first, of the last event examined. */
  readonly next: number;
  /** Whether no event is left to examine. */
  readonly isDone: boolean;
  /** The events in the order of examination. */
  readonly events: readonly Row[];
  /** How long the page pauses before it asks again. */
  readonly pauseMs?: number;
}

/** The parameters of a page request. */
export interface PageQuery {
  /** The number of the first event to examine. */
  readonly from?: number | undefined;
  /** Examines the events before this number, newest first. Default: all events. */
  readonly before?: number | undefined;
  readonly passes: (event: CollectedEvent) => boolean;
}

/** How many events one request examines and returns, and how many characters it returns; the limits leave time for other requests. */
const most = { looks: 20_000, found: 500, characters: 500_000 };
/** How long a request waits for new events. */
const longestWaitMs = 20_000;
/** How many requests wait at once. A browser opens six connections to a host for all its tabs, and some must stay free. */
const mostWaiting = 4;
/** How long a page waits before its next request, if too many requests wait already. */
const pauseMs = 1000;

/** The properties that hold a duration in milliseconds. */
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

/** Finds events from a number on, or before a number. An event's number is the count of events before it. */
export function findEvents(journal: Journal<CollectedEvent>, epoch: string, { from, before, passes }: PageQuery): PageEvents {
  const { items, total } = journal;
  const first = total - items.length; // older events were dropped
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

/** Parses the parameters. Throws a FilterSyntaxError if the filter is invalid. */
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

/** What a request waits for. */
export interface EventWait {
  readonly journal: Journal<CollectedEvent>;
  /** Returns the collector's identity. */
  readonly epoch: () => string;
  readonly query: PageQuery;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
  /** How many requests wait at the moment. */
  readonly waiting: { count: number };
}

/**
 * Finds events. If there are none from a number on, waits for new events until the client disconnects or the time is over. If too many
 * requests wait already, asks the page to repeat the request later.
 */
export async function waitForEvents({ journal, epoch, query, signal, waiting }: EventWait): Promise<PageEvents> {
  const deadlineMs = Date.now() + longestWaitMs;
  const asked = epoch();
  let found = findEvents(journal, asked, query);
  const isEmpty = (): boolean => query.from !== undefined && found.events.length === 0 && found.isDone && epoch() === asked;
  if (isEmpty() && waiting.count >= mostWaiting) return { ...found, pauseMs };
  waiting.count++;
  try {
    while (isEmpty() && !signal.aborted) {
      const leftMs = deadlineMs - Date.now();
      if (leftMs <= 0) break;
      await journal.change(leftMs, signal);
      found = findEvents(journal, epoch(), { ...query, from: found.next });
    }
    return found;
  } finally {
    waiting.count--;
  }
}
