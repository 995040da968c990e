/** A Worker whose requests are logged, the collector that it ships to, and what is asked of both. */

import assert from "node:assert/strict";
import { type CollectedEvent, type RunningCollector, serveCollector } from "../../support/collector.ts";
import { startWorker, type TestWorker, type WorkerOptions } from "../../support/workerd.ts";

const middle: WorkerOptions = { compatibilityDate: "2026-04-01" };

/** Every kind of Worker on one of the workerds. */
const kindsOf = (workerd: "old" | "new"): Record<string, WorkerOptions> => ({
  [`without flags on the ${workerd} workerd`]: { ...middle, workerd },
  [`with nodejs_als on the ${workerd} workerd`]: { ...middle, workerd, compatibilityFlags: ["nodejs_als"] },
  [`with nodejs_compat on the ${workerd} workerd`]: { ...middle, workerd, compatibilityFlags: ["nodejs_compat"] },
  [`of an old date on the ${workerd} workerd`]: { workerd, compatibilityDate: "2023-01-01" },
  [`of the newest date on the ${workerd} workerd`]: { workerd },
});

/** The Workers that are tried, by their differences. */
export const kinds: Readonly<Record<string, WorkerOptions>> = { ...kindsOf("old"), ...kindsOf("new") };

/** One of each workerd, without flags. */
export const bare: Readonly<Record<string, WorkerOptions>> = {
  "on the old workerd": { ...middle, workerd: "old" },
  "on the new workerd": { ...middle, workerd: "new" },
};

/** Whether such a Worker has an AsyncLocalStorage. */
export const hasContext = ({ workerd, compatibilityDate, compatibilityFlags }: WorkerOptions): boolean =>
  compatibilityFlags !== undefined || (workerd === "new" && compatibilityDate === undefined); // since 2026-09 nodejs_compat is the default

/** What a test sees. */
export interface Stage {
  readonly seq: RunningCollector;
  readonly worker: TestWorker;
  /** Sends a request, and answers with the text of the response, which has to be of that status. */
  ask(path: string, init?: RequestInit, status?: number): Promise<string>;
  /** What `/stats` answers. */
  stats(): Promise<Stats>;
}

/** What the Worker says of itself. */
export interface Stats {
  readonly queued: number;
  readonly delivered: number;
  readonly lost: Readonly<Record<string, number>>;
  readonly told: readonly string[];
  readonly configured: number;
}

/** Starts a Worker and its collector for the test; it must write nothing of what workerd says where requests get in each other's way. */
export async function onStage(name: string, options: WorkerOptions, act: (stage: Stage) => Promise<void>): Promise<void> {
  await using seq = await serveCollector({ port: 0 });
  await using worker = await startWorker(`tests/runtimes/workerd/${name}_worker.ts`, {
    ...options,
    bindings: { SEQ_URL: seq.url, ...options.bindings },
  });
  const ask = async (path: string, init: RequestInit = {}, status = 200): Promise<string> => {
    const response = await worker.dispatchFetch(`http://worker${path}`, { redirect: "manual", ...init });
    const text = await response.text();
    assert.equal(response.status, status, text);
    return text;
  };
  await act({ seq, worker, ask, stats: async () => JSON.parse(await ask("/stats")) as Stats });
  assert.doesNotMatch(worker.output.join("\n"), /different request|since ended|never settle|would never|hung|global scope|canceled/i);
}

/** The events that the program has logged itself, not those of the requests' completion. */
export const inner = ({ events }: RunningCollector): CollectedEvent[] => events.filter(({ properties }) => properties.N !== undefined);

/** The completion events of requests. */
export const access = ({ events }: RunningCollector): CollectedEvent[] =>
  events.filter(({ properties }) => properties.SourceContext === "http.access");

/** Waits for one event, by the beginning of its message. */
export async function arrival({ seq }: Stage, message: string): Promise<CollectedEvent> {
  const [event] = await seq.until((one) => one.message.startsWith(message));
  return event!;
}

/** Waits for the completion of requests. */
export const completion = ({ seq }: Stage, count: number): Promise<CollectedEvent[]> =>
  seq.until(({ properties }) => properties.SourceContext === "http.access", { count });
