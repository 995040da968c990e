/** Loads events in the page: the newest events first, then older events and new events at the same time. */

/** This part of the script. */
export const feedScript: string = String.raw`
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let leaving = new AbortController();

function toRow(given) {
  const [number, t, rank, level, message, template, logger, took, isThrown, traceId, line] = given;
  return { number, t, rank, level, message, template, logger, took, isThrown, traceId, line };
}

/** Sends a request to the collector. */
async function request(parameters, signal) {
  const response = await fetch("page/events?" + new URLSearchParams(parameters), { signal, cache: "no-store" });
  const reply = await response.json();
  if (!response.ok) throw Object.assign(new Error(reply.Error), { status: response.status, position: reply.Position });
  return { ...reply, events: reply.events.map(toRow) };
}

/** Requests events by the current query. Throws an AbortError if another query has replaced it meanwhile. */
async function ask(parameters) {
  const given = { filter: state.filter, rank: state.rank, ...parameters };
  if (state.sinceMs > 0) given.since = state.sinceMs;
  if (state.range) Object.assign(given, state.range);
  const { signal } = leaving;
  const reply = await request(given, signal);
  signal.throwIfAborted();
  return reply;
}

/** Repeats a request until there is a reply, because the collector may be restarting. */
async function insist(parameters) {
  for (let waitMs = 500;; waitMs = Math.min(waitMs * 2, 8000)) {
    try {
      const reply = await ask(parameters());
      showConnection(true);
      return reply;
    } catch (error) {
      if (error.name === "AbortError" || error.status !== undefined) throw error;
      showConnection(false);
      await pause(waitMs);
    }
  }
}

function showConnection(isThere) {
  const connection = byId("connection");
  connection.className = isThere ? "live" : "";
  connection.textContent = isThere ? (state.isPaused ? "Paused" : "Live") : "The collector does not respond; trying again…";
}

/** Adds new events. */
function addNew(events) {
  const wanted = events.filter(({ number }) => number >= state.floor);
  if (wanted.length === 0) return;
  (state.isPaused ? state.held : state.rows).push(...wanted);
  const surplus = state.held.length - mostRows;
  if (surplus > 0) state.held.splice(0, surplus);
  trim();
  changed();
}

/** Drops the oldest events beyond the limit of the page, and events outside of the selected time. */
function trim() {
  const { rows } = state;
  let gone = Math.max(0, rows.length - mostRows);
  if (state.sinceMs > 0 && !state.isPaused) {
    const least = Date.now() - state.sinceMs;
    while (gone < rows.length && rows[gone].t < least) gone++;
  }
  if (gone === 0) return;
  rows.splice(0, gone);
  keepPlace(-gone);
  changed();
}

/** Loads older events until none are left or the page is full. */
async function loadOlder(query, before) {
  for (let isDone = false; !isDone && query === state.query && state.rows.length < mostRows;) {
    const reply = await insist(() => ({ before }));
    if (query !== state.query || reply.epoch !== state.epoch) return;
    const older = reply.events.filter(({ number }) => number >= state.floor).reverse();
    if (older.length > 0) {
      state.rows = older.concat(state.rows);
      keepPlace(older.length);
      trim();
      seek();
      changed();
    }
    isDone = reply.isDone || before <= state.floor;
    before = reply.next;
    await pause(0); // keeps the page responsive
  }
  if (query !== state.query) return;
  if (state.isSeeking) Object.assign(state, { isSeeking: false, isFollowing: true });
  state.isLoading = false;
  changed();
}

/** Loads new events, without end. */
async function loadNew(query, from) {
  while (query === state.query) {
    const reply = await insist(() => ({ from }));
    if (query !== state.query) return;
    if (reply.epoch !== state.epoch) return void restart();
    from = reply.next;
    addNew(reply.events);
    if (reply.pauseMs) await pause(reply.pauseMs); // too many other tabs wait already
  }
}

/** Starts over with the current query. */
async function restart() {
  const query = ++state.query;
  leaving.abort();
  leaving = new AbortController();
  try {
    const reply = await insist(() => ({}));
    if (query !== state.query) return;
    if (reply.epoch !== state.epoch) state.floor = 0;
    Object.assign(state, { epoch: reply.epoch, isLoading: true, held: [], isSeeking: state.selected !== null });
    state.rows = reply.events.filter(({ number }) => number >= state.floor).reverse();
    state.isFollowing = !state.isSeeking;
    filledAt = 0;
    seek();
    changed();
    await Promise.all([loadOlder(query, reply.next), loadNew(query, reply.total)]);
  } catch (error) {
    if (error.name !== "AbortError") say(error.message);
  }
}
`;
