/** What every test runner is asked: whether each event arrives and each deadline holds while it fakes time, and afterwards. */

const assert = require("node:assert/strict");

const { SEQ_URL: serverUrl, DEAD_URL: deadUrl } = process.env;
let round = 0;

/**
 * Logs before, while and after a runner fakes time, and while Seq is down.
 *
 * @param library The library, as the runner has loaded it.
 * @param fake Begins to fake time.
 * @param restore Ends that.
 * @param isStopped Whether the fakes stop Node's own `fetch` as well: then what is logged meanwhile arrives afterwards.
 */
exports.runUnderFakes = async ({ configure, flush, getLogger, shutdown }, { fake, restore, isStopped = false }) => {
  const first = 10 * round++;
  const log = (n) => getLogger("runner").info("Event {N}", { N: first + n });
  const seq = { serverUrl, periodMs: 30, requestTimeoutMs: isStopped ? 500 : 30_000, minBackoffMs: 1, maxBackoffMs: 1 };
  configure(seq);
  log(1);
  assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 });
  fake();
  log(2);
  if (isStopped) assert.deepEqual(await flush({ timeoutMs: 50 }), { delivered: 0, pending: 1, lost: 0 });
  else assert.deepEqual(await flush(), { delivered: 1, pending: 0, lost: 0 });
  log(3);
  restore();
  log(4);
  assert.deepEqual(await flush(), { delivered: isStopped ? 3 : 2, pending: 0, lost: 0 });
  fake();
  configure({ serverUrl: deadUrl, minBackoffMs: 600_000, maxBackoffMs: 600_000 });
  getLogger("runner").info("Never");
  assert.deepEqual(await flush({ timeoutMs: 50 }), { delivered: 0, pending: 1, lost: 0 });
  assert.deepEqual(await shutdown({ timeoutMs: 50 }), { delivered: 0, pending: 0, lost: 1 });
  if (isStopped) restore();
  configure(seq);
  log(5);
  assert.deepEqual(await shutdown(), { delivered: 1, pending: 0, lost: 0 });
  restore();
};

/** Logs by a library that was loaded while time was faked, and is not any more: each event arrives by the period, and not only at the end. */
exports.runAfterFakes = async ({ configure, getLogger, shutdown, stats }) => {
  const first = 10 * round++;
  configure({ serverUrl, periodMs: 30 });
  for (let n = 1; n <= 3; n++) {
    getLogger("runner").info("Event {N}", { N: first + n });
    for (let turn = 0; turn < 500 && stats().seq.delivered < n; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(stats().seq.delivered, n);
  }
  await shutdown();
};

/** All that fakes of sinon's kind may replace. */
exports.everything = [
  ...["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate"],
  ...["queueMicrotask", "nextTick", "Date", "performance", "hrtime"],
];
