/** The reports of the delivery: each code with its message and a hint, and a thousand repetitions reported once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Diagnostic, getLogger, onDiagnostic, SeqHandler, type SeqHandlerOptions } from "../../mod.ts";
import { isFull, rounds } from "../support/effort.ts";
import { QuickClock } from "../support/quick_clock.ts";
import { hearConsole, hearDiagnostics } from "../support/seq.ts";

/** How something comes to be said, and in which words. */
interface Row {
  readonly options?: Partial<SeqHandlerOptions>;
  /** Answers the requests in their order, the last for ever; a text is the error of a fetch that fails. */
  readonly answers: readonly (number | string | (() => Response))[];
  /** How many events are logged, one after the other, each in a tick of its own. */
  readonly events?: number;
  readonly then?: (seq: SeqHandler, log: () => void) => unknown;
  readonly code: string;
  readonly message: RegExp;
  readonly hint: RegExp;
  readonly count?: number;
}

let name = 0;
const quick = { minBackoffMs: 10, maxBackoffMs: 10, periodMs: 0 };

/** Plays a row so many times, under a new name of the handler, because the console limits its reports by name. */
async function play({ options, answers, events = 1, then }: Row, times: number): Promise<string> {
  const clock = new QuickClock();
  let asked = 0;
  const fetch = (): Promise<Response> => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    if (typeof answer === "string") return Promise.reject(new TypeError(answer));
    return Promise.resolve(typeof answer === "number" ? new Response("", { status: answer }) : answer());
  };
  const seq = new SeqHandler({ serverUrl: "http://seq.test:5341/base", clock, fetch, ...quick, ...options });
  seq.name = `seq${++name}`;
  const logger = getLogger(`diagnostics.${name}`);
  using _ = logger.addHandler(seq);
  const log = (): void => logger.error("Hello");
  for (let round = 0; round < times; round++) {
    for (let i = 0; i < events; i++) log();
    await clock.advance(25);
  }
  await then?.(seq, log);
  if (seq.stats().state !== "closed") {
    using _silent = onDiagnostic(() => {});
    await seq.close();
  }
  return seq.name;
}

const rejecting = (): Response => new Response('{"Error":"No @t"}', { status: 400 });
let rejections = 0;
const rows: Record<string, Row> = {
  "Seq is away": {
    answers: ["fetch failed"],
    events: 3,
    ...{ code: "unreachable", hint: /serverUrl.*Seq is running/ },
    message:
      /^Seq cannot be reached at http:\/\/seq\.test:5341\/base\/api\/events\/raw \(fetch failed\); 3 events are kept and tried again$/,
  },
  "the certificate is not trusted": {
    answers: ["self-signed certificate"],
    ...{ code: "unreachable", message: /self-signed certificate/, hint: /certificate.*https or http/ },
  },
  "another server answers 404": {
    answers: [404],
    code: "unreachable",
    message: /\(HTTP 404\); 1 event is kept/,
    hint: /serverUrl and endpoint/,
  },
  "the server fails": { answers: [500], code: "unreachable", message: /\(HTTP 500\)/, hint: /look at its log/ },
  "the server has too much to do": { answers: [429], code: "unreachable", message: /\(HTTP 429\)/, hint: /asks for fewer requests/ },
  "the server redirects": {
    answers: [() => new Response("", { status: 301, headers: { location: "https://user:pass@logs.test/seq?key=abc" } })],
    ...{ code: "unreachable", message: /\(HTTP 301 to https:\/\/logs\.test\/seq\)/, hint: /not followed: set serverUrl/ },
  },
  "a proxy asks for a password": { answers: [407], code: "unreachable", message: /\(HTTP 407\)/, hint: /proxy/ },
  "a key is asked for, and none was sent": {
    answers: [401],
    code: "refused",
    message: /^Seq asks for an API key, and none was sent \(HTTP 401\); 1 event is kept/,
    hint: /Set the option apiKey/,
  },
  "the key may not ingest": { answers: [403], code: "refused", message: /^Seq refuses the API key \(HTTP 403\)/, hint: /apiKey.*Ingest/ },
  "Seq is back": { answers: [503, 503, 201], code: "recovered", message: /^Seq accepts events again$/, hint: /failed: 2/ },
  "an event is rejected": {
    answers: [() => (++rejections % 3 === 2 ? new Response("{}", { status: 201 }) : rejecting())], // the empty body is taken
    ...{ code: "rejected", message: /^Seq rejected an event, which is lost: HTTP 400: No @t$/, hint: /onRejected or fallback/ },
  },
  "the queue is full": {
    options: { queueSize: 5 },
    answers: ["fetch failed"],
    events: 9,
    ...{
      code: "overflow",
      message: /^The queue is full, and events are dropped; stats\(\) counts them$/,
      hint: /queueSize or maxQueueBytes/,
    },
    count: 4,
  },
  "a page answers": {
    answers: [() => new Response("<html>", { status: 200 })],
    ...{
      code: "odd-reply",
      message: /^Events were accepted at http:\S+raw, but the reply is not Seq's$/,
      hint: /serverUrl.*address of Seq/,
    },
  },
  "events are given up": {
    answers: ["fetch failed"],
    events: 3,
    then: (seq) => seq.close(),
    ...{
      code: "lost",
      message: /^\d+ events could not be delivered and are lost \(closed\): fetch failed$/,
      hint: /Remove the cause, or keep events in a queue on disk/,
    },
    count: 3,
  },
  "a closed handler is logged to": {
    answers: [201],
    then: async (seq, log) => {
      await seq.close();
      for (let i = 0; i < 1000; i++) log();
    },
    ...{
      code: "closed",
      message: /^An event was logged to a handler that is closed, and is lost$/,
      hint: /[Ss]hut down after the last log call/,
    },
  },
};

const codes = new Set<string>();

for (const [what, row] of Object.entries(rows)) {
  const { code, message, hint, count = 1 } = row;
  const isFirst = !codes.has(code);
  codes.add(code);

  test(`a diagnostic says it, and what to do: ${what}`, async () => {
    using diagnostics = hearDiagnostics();
    const handler = await play(row, code === "recovered" ? 3 : 1);
    const [said, ...others]: Diagnostic[] = diagnostics.heard.filter((one) => one.code === code);
    assert.ok(said !== undefined, JSON.stringify(diagnostics.heard));
    assert.deepEqual(others, []);
    assert.match(said.message, message);
    assert.match(said.hint ?? "", hint);
    assert.deepEqual([said.handler, said.count], [handler, count]);
  });

  if (!isFirst) continue;
  test(`a diagnostic that would be said a thousand times is said once: ${what}`, async () => {
    using onConsole = hearConsole();
    const begunMs = performance.now();
    const handler = await play(row, rounds(1000));
    const periods = Math.ceil((performance.now() - begunMs) / 10_000); // each, a line is repeated
    const said = onConsole.heard.filter(({ text }) => text.includes(`[${code}, ${handler}`));
    assert.deepEqual([...new Set(said.map(({ method }) => method))], ["warn"]);
    assert.ok(said.length <= periods, onConsole.heard.map(({ text }) => text).join("\n"));
    assert.match(said[0]!.text, hint);
    assert.ok(onConsole.heard.length <= 4 * periods, onConsole.heard.map(({ text }) => text).join("\n"));
  });
}

test("changes of state are reported once each, however many requests each lasts", async () => {
  using diagnostics = hearDiagnostics();
  const times = isFull ? 300 : 50;
  const states = [...[503, 401, 500].flatMap((status) => Array<number>(times).fill(status)), 201];
  await play({ answers: states, code: "", message: /x/, hint: /x/ }, states.length);
  assert.deepEqual(diagnostics.heard.map(({ code }) => code), ["unreachable", "refused", "unreachable", "recovered"]);
});
