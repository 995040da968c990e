/** What a service of several does, whatever server it stands behind: it works within spans, asks the next one, and hands a job over. */

import { getLogger } from "../../../mod.ts";
import { tracedFetch, traceHeaders, withSpan, withTrace } from "../../../src/tracing/tracing.ts";

/** A service's name, and the URLs of the service that it asks and of that which does its jobs. */
export interface ServiceOptions {
  readonly NAME?: string | undefined;
  readonly NEXT?: string | undefined;
  readonly JOBS?: string | undefined;
}

/** A job as a broker would pass it: the trace is a field next to its payload. */
export interface Job {
  readonly id: number;
  readonly traceparent: string;
}

/** The work of a request, and that of a job. */
export interface Service {
  work(): Promise<string>;
  /** Does a job outside of the request that brought it; settles when it is done. */
  doJob(job: Job): Promise<void>;
}

/** Makes the service. */
export function createService({ NAME = "", NEXT, JOBS }: ServiceOptions): Service {
  const logger = getLogger(NAME);
  const ask = tracedFetch();
  return {
    async work() {
      logger.info("{Service} begins", { Service: NAME });
      return await withSpan(logger, "Work of {Service}", { Service: NAME }, async () => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (JOBS !== undefined) {
          await withSpan(logger, "Job handed over", {}, { kind: "Producer" }, async () => {
            await (await fetch(JOBS, { method: "POST", body: JSON.stringify({ id: 7, ...traceHeaders() }) })).text();
          });
        }
        logger.info("{Service} has worked", { Service: NAME });
        return NEXT === undefined ? "end" : await (await ask(NEXT)).text();
      });
    },
    doJob: (job) =>
      withTrace({ ...job }, () =>
        withSpan(logger, "Job {Id} done", { Id: job.id }, { kind: "Consumer" }, async () => {
          await null;
          logger.info("Job {Id} runs", { Id: job.id });
        })),
  };
}
