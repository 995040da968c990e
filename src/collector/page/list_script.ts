/** Shows the list of events in the page; only visible rows become elements. */

/** This part of the script. */
export const listScript: string = String.raw`
const list = byId("list");
/** The elements of rows, reused in turn, so that scrolling changes only the elements of newly visible events. */
const pool = [];
let isDirty = false;
/** Whether more than the scroll position has changed. */
let isChanged = false;
/** Number of rows removed at the top, minus rows added there. With this number, an event keeps its element. */
let base = 0;

/** Returns the index of an event in the list, which is sorted by number; -1 if it is not there. */
function indexOf(event) {
  let [low, high] = [0, state.rows.length];
  while (event !== null && low < high) {
    const middle = (low + high) >> 1;
    if (state.rows[middle].number < event.number) low = middle + 1;
    else high = middle;
  }
  return event !== null && state.rows[low]?.number === event.number ? low : -1;
}

const isSelected = (event) => event !== undefined && event.number === state.selected?.number;

/** The scroll position at the last check. */
let lastTop = 0;

/** Redraws the list in the next frame. */
function changed() {
  isChanged = true;
  moved();
}

/** Draws the rows of a new scroll position in the next frame. */
function moved() {
  if (isDirty) return;
  isDirty = true;
  requestAnimationFrame(() => {
    isDirty = false;
    draw();
    if (isChanged) drawAround();
    isChanged = false;
  });
}

/** Sets the height of the list to the height of all rows, and returns it. */
function setHeight() {
  const height = state.rows.length * rowHeight;
  if (list.rowsHeight !== height) byId("spacer").style.height = (list.rowsHeight = height) + "px";
  return height;
}

/** Corrects the scroll position after rows were added or removed above, so that the visible rows stay in place. */
function keepPlace(count) {
  base -= count;
  if (Math.abs(base) > 100000) base = 0; // positions beyond some millions of pixels are inexact
  if (state.isFollowing) return;
  setHeight();
  list.scrollTop += count * rowHeight;
  lastTop = list.scrollTop;
}

function makeRow() {
  const row = make("div", "row");
  row.setAttribute("role", "option");
  row.parts = ["time", "level", "logger", "message", "took", "mark"].map((name) => {
    const part = make("span", name);
    row.append(part);
    return part;
  });
  row.addEventListener("click", () => select(row.event, false));
  return row;
}

function fill(element, event, index) {
  if (element.event !== event) {
    const { t, rank, logger, message, took, isThrown } = event;
    const [time, level, name, text, duration, mark] = element.parts;
    element.event = event;
    element.id = "row-" + event.number;
    element.className = "row" + (rank >= 4 ? " bad" : rank === 3 ? " warned" : "");
    time.textContent = timeOf(t, true);
    level.textContent = shortNames[rank];
    level.className = "level l" + rank;
    name.textContent = logger;
    name.hidden = logger === "";
    text.textContent = message.slice(0, 1000).replace(/\s+/g, " ");
    duration.textContent = took === null ? "" : durationText(took);
    duration.hidden = took === null;
    mark.textContent = isThrown ? "exception" : "";
    mark.hidden = !isThrown;
  }
  const isChosen = isSelected(event);
  if (element.index !== index || element.size !== state.rows.length || element.isChosen !== isChosen) {
    Object.assign(element, { index, size: state.rows.length, isChosen });
    element.setAttribute("aria-posinset", index + 1);
    element.setAttribute("aria-setsize", state.rows.length);
    element.setAttribute("aria-selected", String(isChosen));
  }
  const top = (base + index) * rowHeight;
  if (element.top !== top) {
    element.top = top;
    element.style.transform = "translateY(" + top + "px)";
  }
}

const margin = 8;

function draw() {
  const { rows } = state;
  const height = setHeight();
  if (state.isFollowing) list.scrollTop = height;
  lastTop = list.scrollTop;
  const seen = Math.ceil(list.clientHeight / rowHeight) + 2 * margin;
  while (pool.length < seen) {
    pool.push(makeRow());
    byId("window").append(pool.at(-1));
    for (const element of pool) element.event = undefined; // each event gets another element from now on
  }
  const first = Math.max(0, Math.min(rows.length - 1, Math.floor(lastTop / rowHeight) - margin));
  byId("window").style.transform = "translateY(" + -base * rowHeight + "px)";
  for (let i = 0; i < pool.length; i++) {
    const index = first + i;
    const element = pool[(((base + index) % pool.length) + pool.length) % pool.length];
    const isThere = index < rows.length;
    if (element.hidden === isThere) element.hidden = !isThere;
    if (isThere) fill(element, rows[index], index);
    else element.event = undefined;
  }
  const isSeen = pool.some(({ event, hidden }) => !hidden && isSelected(event));
  const active = isSeen ? "row-" + state.selected.number : "";
  if (list.active !== active) list.setAttribute("aria-activedescendant", list.active = active);
}

/** Returns whether the query excludes any events. */
const asksForPart = () => state.filter !== "" || state.rank > 0 || state.sinceMs > 0 || state.range !== null;

/** Updates the parts of the page around the list. */
function drawAround() {
  const { rows, held } = state;
  byId("follow").hidden = state.isFollowing || rows.length === 0;
  byId("follow").textContent = state.isPaused && held.length > 0 ? "▶ Go on (" + countText(held.length, "new event") + ")" : "↓ Follow";
  const asks = asksForPart();
  byId("count").textContent = countText(rows.length, "event") + (asks ? " found" : "") + (state.isLoading ? "…" : "") +
    (rows.length >= mostRows ? " (the newest)" : "") + (held.length > 0 ? ", " + held.length.toLocaleString("en") + " held back" : "");
  showEmpty(rows.length === 0 && !state.isLoading, asks);
  drawHistogram();
  refreshPanel();
}

let emptySaid = "";
function showEmpty(isEmpty, asks) {
  const empty = byId("empty");
  const says = isEmpty ? (asks ? "filter " + state.filter : "nothing") : "";
  empty.hidden = !isEmpty;
  if (says === emptySaid) return;
  emptySaid = says;
  if (isEmpty && asks) {
    const all = make("button", "", "Show all events");
    all.addEventListener("click", showAll);
    const hint = /'/.test(state.filter) && !/\bci\b/.test(state.filter) ? " Upper and lower case count; ci after a comparison ignores them." : "";
    empty.replaceChildren(make("h2", "", "No event is found"), make("p", "dim", "New events that pass are shown as they arrive." + hint), all);
  } else if (isEmpty) {
    const code = 'import { configure, getLogger } from "@x/seqlog";\n\nconfigure({ serverUrl: "' + location.origin + location.pathname.replace(/\/$/, "") +
      '" });\ngetLogger("shop").info("Order {OrderId} shipped to {City}", { OrderId: 42, City: "Oslo" });';
    const copies = make("button", "", "Copy");
    copies.addEventListener("click", () => copy(code, "the program"));
    const box = make("div");
    box.append(copies);
    empty.replaceChildren(make("h2", "", "Waiting for events"), make("p", "dim", "Any client of Seq may send them here, such as:"), make("pre", "", code), box);
  }
}

list.addEventListener("scroll", () => {
  const top = list.scrollTop;
  const wasFollowing = state.isFollowing;
  const isAtEnd = top + list.clientHeight >= list.scrollHeight - 2;
  if (top < lastTop - 1) state.isFollowing = false; // the reader has scrolled up
  else if (top > lastTop && isAtEnd && !state.isPaused) state.isFollowing = true;
  lastTop = top;
  if (state.isFollowing !== wasFollowing) changed();
  else moved();
}, { passive: true });
new ResizeObserver(() => changed()).observe(list);

/** Selects an event, shows it in the side panel, and brings it into view. */
function select(event, moves = true, panel = state.panel === "trace" ? "trace" : "event") {
  state.selected = event;
  const index = indexOf(event);
  if (index >= 0) {
    state.isFollowing = false;
    const top = index * rowHeight;
    if (moves && top < list.scrollTop) list.scrollTop = top;
    else if (moves && top + rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + rowHeight - list.clientHeight;
    lastTop = list.scrollTop;
  }
  if (event !== null) showPanel(panel);
  changed();
}

/** After a new query, scrolls the selected event into the middle once it is loaded, to show the events before and after it. */
function seek() {
  const index = state.isSeeking ? indexOf(state.selected) : -1;
  if (index < 0) return;
  state.isSeeking = false;
  setHeight();
  list.scrollTop = lastTop = (index + 0.5) * rowHeight - list.clientHeight / 2;
}

/** Moves the selection by a number of rows. */
function move(by) {
  const { rows } = state;
  if (rows.length === 0) return;
  const at = indexOf(state.selected);
  const seen = Math.min(rows.length, Math.floor((list.scrollTop + list.clientHeight) / rowHeight)) - 1; // the last visible row
  select(rows[at < 0 ? seen : Math.max(0, Math.min(rows.length - 1, at + by))]);
}

function follow() {
  if (state.isPaused) togglePause();
  state.isFollowing = true;
  changed();
}
`;
