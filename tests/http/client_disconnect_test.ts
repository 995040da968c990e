/** Clients that leave before there is a response. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { endWatching, watchLeaving } from "../../src/http/client_disconnect.ts";

test("watchLeaving() notices once that a client leaves, by the signal of its request", () => {
  const leaving = new AbortController();
  let aborted = 0;
  const served = { abort: () => void aborted++ };
  const watched = watchLeaving(new Request("http://shop.test/", { signal: leaving.signal }), [], served);
  assert.equal(aborted, 0);
  leaving.abort();
  assert.equal(aborted, 1);
  endWatching(watched);
});

test("watchLeaving() reads no signal at once where the server passes Deno's info, and endWatching() forgets the request", () => {
  let asked = 0;
  const request = {
    get signal(): AbortSignal {
      asked++;
      return new AbortController().signal;
    },
  } as unknown as Request;
  const watched = [1, 2, 3].map(() => watchLeaving(request, [{ completed: Promise.resolve() }], { abort: () => {} }));
  assert.deepEqual(watched.map((one) => one?.at), [0, 1, 2]);
  for (const one of [...watched, watched[0]]) endWatching(one);
  assert.equal(watchLeaving(request, [{ completed: Promise.resolve() }], { abort: () => {} })?.at, 0);
  assert.equal(asked, 0);
});

test("watchLeaving() accepts requests without a signal", () => {
  watchLeaving({} as Request, [undefined, 1], { abort: () => assert.fail() });
});
