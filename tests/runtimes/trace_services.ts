/** Services on several runtimes that call one another, and what the collector has to hold of a request that goes through all of them. */

import assert from "node:assert/strict";
import { type TraceNode, traceTree } from "../../src/collector/trace_tree.ts";
import type { CollectedEvent, RunningCollector } from "../support/collector.ts";
import { type Program, type RuntimeName, startProgram } from "../support/runtimes.ts";

/** A service that runs. */
export interface RunningService {
  readonly program: Program;
  readonly url: string;
}

/** Starts a service. */
export async function startService(runtime: RuntimeName, env: Record<string, string>): Promise<RunningService> {
  const program = startProgram(runtime, "tests/runtimes/programs/serves_traces.ts", { env });
  await program.waitFor("Listening on ");
  await program.waitFor("\n");
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+\//.exec(program.output()) ?? [];
  return { program, url };
}

/** Ends services. */
export async function stopServices(services: readonly RunningService[]): Promise<void> {
  for (const { program } of services) program.kill("SIGTERM");
  await Promise.all(services.map(({ program }) => program.ended));
}

/** The tree as the names of its services, kinds and messages; what is within a span stands behind it. */
function shapeOf(things: readonly (TraceNode | CollectedEvent)[]): unknown[] {
  return things.flatMap((thing) => {
    if (!("children" in thing)) return [thing.message];
    const { span, children } = thing;
    const { service } = Object(span?.clef["@ra"]) as { readonly service?: { readonly name?: string } };
    const name = span?.message.replace(/ responded.*| http:.*/, "");
    return [`${service?.name} ${span?.clef["@sk"] ?? "Internal"} ${name}`, shapeOf(children)];
  });
}

const unitsOf = (time: unknown): bigint =>
  BigInt(Date.parse(String(time))) * 10_000n + BigInt(/\.\d{3}(\d{4})/.exec(String(time))?.[1] ?? 0);

/** Spans that begin before the one around them, or end after it, where that waits for them. */
function notNested(node: TraceNode, leeway: bigint): string[] {
  const within = node.children.filter((child): child is TraceNode => "children" in child);
  const isAsked = (child: TraceNode): boolean => child.span?.clef["@sk"] !== "Consumer"; // a job outlives who has handed it over
  const [start, end] = [unitsOf(node.span?.clef["@st"]), unitsOf(node.span?.clef["@t"])];
  const wrong = within.filter((child) =>
    unitsOf(child.span?.clef["@st"]) < start - leeway || (isAsked(child) && unitsOf(child.span?.clef["@t"]) > end)
  );
  const say = ({ span }: TraceNode): string => `${span?.message} from ${span?.clef["@st"]} to ${span?.clef["@t"]}`;
  return [
    ...wrong.map((child) => `${say(child)} in ${say(node)}`),
    ...within.flatMap((child) => notNested(child, leeway)),
  ];
}

/**
 * Asks the shop, which asks the stock, which hands a job to the worker, and verifies the trace that this makes.
 *
 * @param leewayMs How much too early a span may begin: a runtime may know whole milliseconds only.
 */
export async function verifyTrace(seq: RunningCollector, shopUrl: string, leewayMs = 0): Promise<void> {
  assert.equal(await (await fetch(shopUrl)).text(), "end");
  const isTop = ({ clef, properties }: CollectedEvent): boolean =>
    properties["SourceContext"] === "http.access" && clef["@ps"] === undefined;
  const isFront = (event: CollectedEvent): boolean => isTop(event) && event.message.startsWith("HTTP GET / ");
  const [front] = await seq.until(isFront, { timeoutMs: 60_000 });
  const isOurs = ({ traceId }: CollectedEvent): boolean => traceId === front?.traceId;
  await seq.until(() => seq.events.filter(isOurs).length >= 12, { timeoutMs: 60_000 }).catch(() => {});
  const [top, ...others] = traceTree(seq.events, front!.traceId!);
  assert.deepEqual(others, []);
  assert.deepEqual(shapeOf([top!]), [
    "shop Server HTTP GET /",
    [
      "shop begins",
      "shop Internal Work of shop",
      [
        "shop has worked",
        "shop Client HTTP GET",
        [
          "stock Server HTTP GET /",
          [
            "stock begins",
            "stock Internal Work of stock",
            ["stock Producer Job handed over", ["worker Consumer Job 7 done", ["Job 7 runs"]], "stock has worked"],
          ],
        ],
      ],
    ],
  ]);
  assert.deepEqual(notNested(top as TraceNode, BigInt(leewayMs) * 10_000n), []);
}
