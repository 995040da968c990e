/** The body of a response that is streamed: what counts as one, and how its end is noticed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type BodyEnd, canFollow, followBody, isStreamed } from "../../src/http/response_body.ts";

const stream = (...chunks: string[]): ReadableStream<Uint8Array> => {
  const left = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(next);
    },
  });
};
const within = <T>(work: () => T): T => work();
const of = (type: string, more: Record<string, string> = {}): Response =>
  new Response(stream("x"), { headers: { "content-type": type, ...more } });

test("isStreamed() decides by the headers of the response", () => {
  for (const type of ["text/event-stream", "application/x-ndjson; charset=utf-8", "multipart/x-mixed-replace; boundary=a"]) {
    assert.equal(isStreamed(of(type)), true, type);
    assert.equal(isStreamed(of(type, { "content-length": "1" })), false, type);
    assert.equal(isStreamed(of(type, { "content-encoding": "gzip" })), false, type);
  }
  assert.equal(isStreamed(of("text/html")), false);
  assert.equal(isStreamed(of("text/html", { "x-accel-buffering": "no" })), true);
  assert.equal(isStreamed(of("video/mp4")), true, "a stream of the program's own");
});

test("followBody() passes on the same body, and reports its bytes once it has ended", async () => {
  const ends: BodyEnd[] = [];
  const response = of("text/event-stream");
  assert.equal(canFollow(response), true);
  const followed = await followBody(
    new Response(stream("ab", "cde"), { status: 201, headers: { "x-a": "1" } }),
    (end) => ends.push(end),
    within,
  );
  assert.deepEqual([followed.status, followed.headers.get("x-a"), await followed.text(), ends], [201, "1", "abcde", [{ bytes: 5 }]]);
});

test("followBody() reports a body that is left, and one that fails", async () => {
  const ends: BodyEnd[] = [];
  const left = await followBody(new Response(stream("a", "b", "c", "d")), (end) => ends.push(end), within);
  const reader = left.body!.getReader();
  await reader.read();
  await reader.cancel();
  const failure = new Error("Gone");
  const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(failure) });
  const broken = await followBody(new Response(failing), (end) => ends.push(end), within);
  await assert.rejects(broken.text());
  assert.equal(ends[0]!.isAborted, true);
  assert.equal(ends.at(-1)!.error, failure);
});

test("followBody() leaves a response without a body as it is", () => {
  const ends: BodyEnd[] = [];
  const response = new Response(null, { status: 204 });
  assert.equal(followBody(response, (end) => ends.push(end), within), response);
  assert.deepEqual(ends, [{ bytes: 0 }]);
});
