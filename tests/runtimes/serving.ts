/** Servers under real traffic: one event per request, with the right id, and no event with another's. */

import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { test } from "node:test";
import { type CollectedEvent, type RunningCollector, serveCollector } from "../support/collector.ts";
import { isFull } from "../support/effort.ts";
import { findRuntime, type RuntimeName, startProgram } from "../support/runtimes.ts";
import { range } from "../support/shipping.ts";
import { fails, streams } from "./programs/serving_work.ts";

const timeout = 600_000;
const count = isFull ? 10_000 : 1000;
const concurrency = 50;

/** The id that the client gives to a request; every seventh gets one of the server's own. */
const idOf = (n: number): string | undefined => (n % 7 === 0 ? undefined : `client-${n}`);
const pathOf = (n: number): string => (n % 2 === 0 ? `/plain/${n}` : `/routes/${n}`);

/** Sends request n, and checks what is answered. */
function send(url: string, agent: Agent, n: number): Promise<void> {
  const id = idOf(n);
  const headers = { "content-type": "text/plain", ...(id !== undefined && { "x-request-id": id }) };
  return new Promise((resolve, reject) => {
    const sending = request(`${url}${pathOf(n)}`, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => text += piece).on("error", reject).on("end", () => {
        const wanted = fails(n) ? `500 Error: No paper for ${n}` : `200 ${n} Body ${n}`;
        if (`${response.statusCode} ${text}` === wanted) resolve();
        else reject(new Error(`Request ${n} was answered ${response.statusCode} ${text}`));
      });
    });
    sending.on("error", reject).end(`Body ${n}`);
  });
}

/** Sends them all, so many at a time. */
async function sendAll(url: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await send(url, agent, ++next);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  agent.destroy();
}

/** What is wrong with the events of the requests, one line each. */
function faultsOf(events: readonly CollectedEvent[]): string[] {
  const faults: string[] = [];
  const expect = (isSo: boolean, what: string, event: CollectedEvent): void => {
    if (!isSo) faults.push(`${what}: ${JSON.stringify(event)}`);
  };
  const ids = new Map<number, unknown>();
  for (const event of events) {
    const { level, exception, properties } = event;
    if (properties.SourceContext !== "http.access") continue;
    const n = Number(/\d+$/.exec(String(properties.RequestPath)));
    expect(!ids.has(n), "a second event of the request", event);
    ids.set(n, properties.RequestId);
    expect(properties.RequestPath === pathOf(n) && properties.RequestMethod === "POST", "another path", event);
    expect((idOf(n) ?? properties.RequestId) === properties.RequestId, "another id", event);
    expect(properties.Number === n, "what was added is not its own", event);
    expect(properties.StatusCode === (fails(n) ? 500 : 200), "another status", event);
    expect(level === (fails(n) ? "Error" : "Information"), "another level", event);
    expect(fails(n) ? exception?.startsWith(`Error: No paper for ${n}\n`) === true : exception === undefined, "the exception", event);
  }
  for (const n of range(1, count)) if (!ids.has(n)) faults.push(`No event of request ${n}`);
  if (new Set(ids.values()).size !== count) faults.push("Some requests share an id");
  const inner = events.filter(({ properties }) => properties.SourceContext === "inner");
  for (const event of inner) expect(event.properties.RequestId === ids.get(event.properties.N as number), "the context leaks", event);
  return faults;
}

/** How many events there are of each template. */
function counts(events: readonly CollectedEvent[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { messageTemplate } of events) found[messageTemplate] = (found[messageTemplate] ?? 0) + 1;
  return found;
}

function verify({ events }: RunningCollector): void {
  const faults = faultsOf(events);
  assert.equal(faults.length, 0, `${faults.length} faults, such as\n${faults.slice(0, 5).join("\n")}`);
  const each = [
    "Detached {N}",
    "Nested {N}",
    "Done {N}",
    "HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0.0000} ms",
  ];
  const streamed = range(1, count).filter(streams).length;
  assert.deepEqual(counts(events), { ...Object.fromEntries(each.map((template) => [template, count])), "Streamed {N}": streamed });
}

/** Declares the tests of servers under traffic for a runtime: programs/serves_NAME.ts. */
export function testServing(runtime: RuntimeName, names: readonly string[]): void {
  const skip = findRuntime(runtime) === undefined;
  for (const name of names) {
    test(`${name} on ${runtime} serves ${count} requests, ${concurrency} at a time: one event each, and no context leaks`, {
      timeout,
      skip,
    }, async () => {
      await using seq = await serveCollector({ port: 0, keepEvents: 1_000_000 });
      const program = startProgram(runtime, `tests/runtimes/programs/serves_${name}.ts`, {
        env: { SEQ_URL: seq.url },
        timeoutMs: timeout,
      });
      await program.waitFor("\n");
      await sendAll(/http:\S+/.exec(program.output())![0]);
      program.kill("SIGTERM");
      const { code, stdout, stderr } = await program.ended;
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      assert.match(stdout, /\nEnded with 0 pending and 0 lost\n$/);
      verify(seq);
    });
  }
}
