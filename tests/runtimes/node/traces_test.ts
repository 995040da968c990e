/** One request, seen across three services on three runtimes: one trace. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type TraceNode, traceTree } from "../../../src/collector/trace_tree.ts";
import { type CollectedEvent, serveCollector } from "../../support/collector.ts";
import { findRuntime, type Program, type RuntimeName, startProgram } from "../../support/runtimes.ts";

const file = "tests/runtimes/programs/serves_traces.ts";
const runtimes: readonly RuntimeName[] = ["node", "deno", "bun"];
const missing = runtimes.filter((name) => findRuntime(name) === undefined);

/** Starts a service. Returns it with its URL. */
async function start(runtime: RuntimeName, env: Record<string, string>): Promise<{ readonly program: Program; readonly url: string }> {
  const program = startProgram(runtime, file, { env });
  await program.waitFor("Listening on ");
  await program.waitFor("\n");
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+\//.exec(program.output()) ?? [];
  return { program, url };
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

/** Spans that begin before the one around them, or end after it, where that waits for them. */
function notNested(node: TraceNode): string[] {
  const within = node.children.filter((child): child is TraceNode => "children" in child);
  const isAsked = (child: TraceNode): boolean => child.span?.clef["@sk"] !== "Consumer"; // a job outlives who has handed it over
  const [start, end] = [String(node.span?.clef["@st"]), String(node.span?.clef["@t"])];
  const wrong = within.filter((child) =>
    String(child.span?.clef["@st"]) < start || (isAsked(child) && String(child.span?.clef["@t"]) > end)
  );
  return [...wrong.map((child) => `${child.span?.message} in ${node.span?.message}`), ...within.flatMap(notNested)];
}

test(
  "services on Node, Deno and Bun that call one another and hand a job over make one trace, with every event in its span",
  { timeout: 120_000, skip: missing.length > 0 && `not installed: ${missing.join(", ")}` },
  async () => {
    await using seq = await serveCollector({ port: 0 });
    const worker = await start("bun", { SEQ_URL: seq.url, NAME: "worker" });
    const stock = await start("deno", { SEQ_URL: seq.url, NAME: "stock", JOBS: worker.url });
    const shop = await start("node", { SEQ_URL: seq.url, NAME: "shop", NEXT: stock.url });
    try {
      assert.equal(await (await fetch(shop.url)).text(), "end");
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
      assert.deepEqual(notNested(top as TraceNode), []);
    } finally {
      for (const { program } of [shop, stock, worker]) program.kill("SIGTERM");
      await Promise.all([shop, stock, worker].map(({ program }) => program.ended));
    }
  },
);
