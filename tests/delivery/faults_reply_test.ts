/** The fault matrix, replies: the status decides, and no text of a reply causes a loss or a duplicate. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, everySecond, play, type Row, timeout, verify } from "../support/fault_matrix.ts";
import { answer, type RawFault, serveFaulty, taken } from "../support/faulty_server.ts";
import { range, ship } from "../support/shipping.ts";
import { redirectOnce } from "../support/redirect_once.ts";

const page = "<!DOCTYPE html><html><body><h1>It works!</h1></body></html>";
const megabytes = "x".repeat(3_000_000);
const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
const odd: readonly string[] = ["odd-reply"];
const chunked = { "Content-Length": "", "Transfer-Encoding": "chunked" };
/** The events are taken in, and that is answered. */
const accepts = (...says: (string | Uint8Array)[]): RawFault => ({ takes: true, says });
/** The head of an answer whose body is longer than what comes of it. */
const head = (status: number): string => answer(status, "", { "Content-Length": "1000" });

const rows: Record<string, Row> = {
  "201 with a page": { faults: [accepts(answer(201, page))], codes: odd },
  "200 without a body": { faults: [accepts(answer(200))] },
  "204": { faults: [accepts(answer(204, "", { "Content-Length": "" }))] },
  "200 with an error": { faults: [accepts(answer(200, '{"error":"The disk is full"}'))], codes: odd },
  "201 with half a JSON": { faults: [accepts(answer(201, '{"MinimumLevelAccepted":'))], codes: odd },
  "201 with null": { faults: [accepts(answer(201, "null"))], codes: odd },
  "201 with a list": { faults: [accepts(answer(201, "[1,2]"))] },
  "201 with a level that is none": { faults: [accepts(answer(201, '{"MinimumLevelAccepted":{"a":1}}'))] },
  "201 with a level nobody knows": { faults: [accepts(answer(201, '{"MinimumLevelAccepted":"Loud"}'))] },
  "201 with bytes that are no UTF-8": {
    faults: [accepts(answer(201, "", { "Content-Length": "4" }), new Uint8Array([255, 254, 0, 195]))],
    codes: odd,
  },
  "201 with megabytes": { faults: [accepts(answer(201, megabytes))], codes: odd },
  "201 with a reply that never ends": {
    faults: [{ takes: true, says: [head(201).replace("1000", "9000000000")], endless: page }],
    codes: odd,
  },
  "201 with chunks that never end": { faults: [{ takes: true, says: [answer(201, "", chunked)], endless: chunk }], codes: odd },
  "201 in chunks": { faults: [accepts(answer(201, "", chunked), ...["1d", taken, "0", ""].map((line) => `${line}\r\n`))] },
  "201 in chunks that are none": { faults: [accepts(answer(201, "", chunked), "zz\r\nnonsense\r\n")], failures: "any", mayRepeat: true },
  "201 without a length, up to the end": { faults: [accepts(answer(201, "", { "Content-Length": "" }) + taken)] },
  "201 with a media type that is a lie": { faults: [accepts(answer(201, taken, { "Content-Type": "image/png" }))] },
  "201 in HTTP/1.0": { faults: [accepts(answer(201, taken).replace("HTTP/1.1", "HTTP/1.0"))] },
  "201 without a reason": { faults: [accepts(answer(201, taken).replace(" Whatever", ""))] },
  "201 with a hundred headers": {
    faults: [accepts(answer(201, taken, Object.fromEntries(range(1, 90).map((n) => [`X-${n}`, "x".repeat(50)]))))],
  },
  "201 said to be gzip, which it is not": { faults: [accepts(answer(201, taken, { "Content-Encoding": "gzip" }))] },
  "201 said to be br, which it is not": { faults: [accepts(answer(201, taken, { "Content-Encoding": "br" }))] },
  "201 in a coding nobody knows": { faults: [accepts(answer(201, taken, { "Content-Encoding": "morse" }))] },
  "201 and an end within the reply": { faults: [accepts(head(201), "{")] },
  "201 and a reset within the reply": { faults: [{ ...accepts(head(201), "{"), then: "reset" }], failures: "any", mayRepeat: true },
  "201 and then nothing": { faults: [{ ...accepts(head(201), "{"), then: "hang" }] },
  "500 said to be gzip, which it is not": { faults: [{ says: [answer(500, page, { "Content-Encoding": "gzip" })] }], failures: 1 },
  "500 with megabytes": { faults: [{ says: [answer(500, megabytes)] }], failures: 1 },
  "500 that never ends": { faults: [{ says: [answer(500, "", chunked)], endless: chunk }], failures: 1 },
  "500 and then nothing": { faults: [{ says: [head(500), "Sorry"], then: "hang" }], failures: 1 },
  "401 said to be gzip, which it is not": {
    ...{ faults: [{ says: [answer(401, page, { "Content-Encoding": "gzip" })] }], failures: 1, codes: ["refused", "recovered"] },
  },
  "an answer that is no HTTP": { faults: [{ says: ["220 mail.test ESMTP\r\n"] }], failures: 1 },
  "an answer of zeros": { faults: [{ says: [new Uint8Array(5000)] }], failures: 1 },
  "an answer of HTTP/2": { faults: [{ says: [new Uint8Array([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100])] }], failures: 1 },
  "a status of four digits": { faults: [{ says: [answer(2010, taken)] }], failures: 1 },
  "a status that is a word": { faults: [{ says: [answer(201, taken).replace("201", "yes")] }], failures: 1 },
  "a status 999": { faults: [{ says: [answer(999, "What?")] }], failures: 1 },
  "101, as if another protocol had been asked for": { faults: [{ says: [answer(101, "", { Upgrade: "websocket" })] }], failures: 1 },
  "two lengths that differ": { faults: [{ says: [answer(503, "abc").replace("\r\n", "\r\nContent-Length: 5\r\n")] }], failures: 1 },
  "a header of a megabyte": { faults: [{ says: [answer(503, "", { "X-Long": "x".repeat(1_000_000) })] }], failures: 1 },
};

for (const [name, row] of Object.entries(rows)) {
  test(`events survive the reply: ${name}`, { timeout }, async () => void (await play(row)));
}

test("a redirect loop is not walked: one request for each attempt", { timeout }, async () => {
  await redirectOnce();
  await using server = await serveFaulty();
  await using seq = await ship({ ...everySecond, serverUrl: server.url });
  server.behind = seq.collector.fetch;
  for (const status of [301, 302, 303, 307, 308]) {
    server.faults.push({ says: [answer(status, "", { Location: `${server.url}/api/events/raw?clef` })] });
  }
  seq.log(9);
  await arrive(seq);
  verify(seq, 9, { failures: 5 });
  assert.equal(server.requests, 6);
});

test("a server that always lies about gzip gets each event once", { timeout }, async () => {
  const lie = accepts(answer(201, taken, { "Content-Encoding": "gzip" }));
  assert.equal(await play({ faults: [lie, lie, lie], ticks: [12], options: { batchSize: 4 } }), 3);
});

test("a rejection that cannot be read is a rejection: the other events are not held up", { timeout }, async () => {
  await using server = await serveFaulty();
  await using seq = await ship({ ...everySecond, serverUrl: server.url }, { maxEventBytes: 2000 });
  server.behind = async (request) => {
    const response = await seq.collector.fetch(request);
    return response.status === 201 ? response : new Response("{}", { status: response.status, headers: { "content-encoding": "gzip" } });
  };
  seq.log(3);
  seq.log(1, { Text: "x".repeat(3000) });
  seq.log(3);
  await arrive(seq);
  verify(seq, 7, { lost: [4] });
});
