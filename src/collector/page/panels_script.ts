/** Fills the side panel of the page: an event, the templates, the slowest operations, and traces. */

/** This part of the script. */
export const panelsScript: string = String.raw`
const panels = ["event", "templates", "slowest", "trace"];
const mostItems = 100;

function showPanel(name) {
  const isNew = state.panel !== name || byId("side").hidden;
  state.panel = name;
  byId("side").hidden = false;
  for (const one of panels) {
    const tab = byId("tab-" + one);
    tab.setAttribute("aria-selected", String(one === name));
    tab.tabIndex = one === name ? 0 : -1;
  }
  byId("panel").setAttribute("aria-labelledby", "tab-" + name);
  fillPanel();
  if (isNew) byId("panel").scrollTop = 0;
}

function hidePanel() {
  byId("side").hidden = true;
  state.selected = null;
  changed();
}

let filledWith;
let filledAt = 0;
/** The query whose events the panel shows, once all of them are loaded. */
let filledQuery = 0;
/** Refills the panel after new events, at most once a second. While the reader uses the panel, only a new query refills it. */
function refreshPanel() {
  const isSteady = state.panel === "event" || (state.panel === "trace" && shownTrace() !== null);
  const isUsed = filledQuery === state.query && byId("panel").matches(":hover, :focus-within");
  if (isSteady || byId("side").hidden || isUsed) return;
  if (performance.now() - filledAt < 1000) return void setTimeout(changed, 1000);
  if (filledWith !== state.panel + state.rows.length + "." + state.rows.at(-1)?.number) fillPanel();
}

function fillPanel() {
  filledWith = state.panel + state.rows.length + "." + state.rows.at(-1)?.number;
  filledAt = performance.now();
  if (!state.isLoading) filledQuery = state.query;
  const panel = byId("panel");
  if (state.panel === "templates") return void panel.replaceChildren(...templateParts());
  if (state.panel === "slowest") return void panel.replaceChildren(...slowestParts());
  if (state.panel === "trace") return void showTrace(panel);
  if (state.selected === null) return void panel.replaceChildren(make("p", "dim", "Choose an event: click it, or press j and k."));
  panel.replaceChildren(...eventParts(state.selected));
}

function item(parts, title, act) {
  const button = make("button", "item");
  button.append(...parts);
  button.title = title;
  button.addEventListener("click", act);
  return button;
}

function templateParts() {
  const counts = new Map();
  for (const { template, rank } of state.rows) {
    const found = counts.get(template);
    if (found === undefined) counts.set(template, { count: 1, rank });
    else {
      found.count++;
      found.rank = Math.max(found.rank, rank);
    }
  }
  const sorted = [...counts].sort(([, a], [, b]) => b.count - a.count);
  const parts = sorted.slice(0, mostItems).map(([template, { count, rank }]) =>
    item([make("span", "number", count.toLocaleString("en")), make("span", "level l" + rank, shortNames[rank]), make("span", "what", template || "(no template)")],
      "Show the events of this template; the worst of them is of level " + levelNames[rank], () => applyFilter(conjunction(state.filter, termOf("@MessageTemplate", template, true))))
  );
  return [make("h3", "", countText(sorted.length, "template") + " in the events that are shown, the most frequent first"), ...parts];
}

/** Shows the events with the longest durations. */
function longest() {
  const found = [];
  for (const row of state.rows) {
    if (row.took === null || (found.length === 100 && row.took <= found[99].took)) continue;
    let at = found.length;
    while (at > 0 && found[at - 1].took < row.took) at--;
    found.splice(at, 0, row);
    if (found.length > 100) found.pop();
  }
  return found;
}

function slowestParts() {
  const parts = longest().map((row) =>
    item([make("span", "number", durationText(row.took)), make("span", "level l" + row.rank, shortNames[row.rank]), make("span", "what", row.message.slice(0, 300))],
      "Show this event", () => select(row, true, "event"))
  );
  const what = "spans, and properties such as Elapsed and DurationMs, in milliseconds";
  if (parts.length === 0) return [make("p", "dim", "No event that is shown says how long something took (" + what + ").")];
  return [make("h3", "", "What took longest in the events that are shown"), make("p", "dim", "Of " + what + "."), ...parts];
}

/** Counts the values of a property in the shown events, a few events at a time to keep the page responsive. */
async function showValues(names, path) {
  const panel = byId("panel");
  const counts = new Map();
  const { rows, query, selected } = state;
  const written = [names[0].replace(/^@/, "@@"), ...names.slice(1)]; // CLEF escapes such a name in this way
  let missing = 0;
  for (let at = 0; at < rows.length; at++) {
    if (at % 1000 === 0) {
      panel.replaceChildren(make("p", "dim", "Counting the values of " + path + "… " + Math.round(at / rows.length * 100) + " %"));
      await pause(0);
      if (state.query !== query || state.panel !== "event" || state.selected !== selected) return;
    }
    const clef = parseClef(rows[at].line);
    let value = clef;
    for (const name of written) value = typeof value === "object" && value !== null && Object.hasOwn(value, name) ? value[name] : undefined;
    if (value === undefined || typeof value === "object" && value !== null) missing++;
    else counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const parts = sorted.slice(0, mostItems).map(([value, count]) =>
    item([make("span", "number", count.toLocaleString("en")), make("span", "what", String(value).slice(0, 300))],
      "Show only events that have this value", () => applyFilter(conjunction(state.filter, termOf(path, value, true))))
  );
  const title = path + ": " + countText(sorted.length, "value") + " in the events that are shown, the most frequent first";
  const without = make("p", "dim", missing === 0 ? "" : countText(missing, "event") + " without it");
  const actions = make("div", "actions");
  actions.append(action("Back to the event", "Shows the event again", () => fillPanel()));
  panel.replaceChildren(make("h3", "", title), without, ...parts, actions);
  panel.scrollTop = 0;
}

// ---- traces ----

/** The trace selected in the list of traces. */
let chosenTrace = null;
const shownTrace = () => state.selected?.traceId ?? chosenTrace;

/** Shows the traces of the shown events, newest first. */
function traceParts() {
  const traces = new Map();
  for (const { traceId, t, took, rank, message } of state.rows) {
    if (traceId === null) continue;
    const found = traces.get(traceId) ?? { count: 0, start: Infinity, end: -Infinity, rank: 0, longest: -1, message };
    traces.delete(traceId);
    traces.set(traceId, found); // the last one is the newest
    const start = t - (took ?? 0);
    if ((took ?? 0) > found.longest) Object.assign(found, { longest: took ?? 0, message });
    Object.assign(found, { count: found.count + 1, start: Math.min(found.start, start), end: Math.max(found.end, t), rank: Math.max(found.rank, rank) });
  }
  if (traces.size === 0) return [make("p", "dim", "No event that is shown is part of a trace.")];
  const parts = [...traces].reverse().slice(0, mostItems).map(([id, { count, start, end, rank, message }]) =>
    item([make("span", "number", durationText(end - start)), make("span", "level l" + rank, shortNames[rank]), make("span", "what", message.slice(0, 200)),
      make("span", "dim", countText(count, "event"))], "Show trace " + id, () => {
      state.selected = null;
      chosenTrace = id;
      showPanel("trace");
    })
  );
  return [make("h3", "", countText(traces.size, "trace") + " in the events that are shown, the newest first"), ...parts];
}

/** Returns all events of a trace, whatever the filter is. */
async function eventsOfTrace(id) {
  const found = [];
  for (let before; found.length < 2000;) {
    const reply = await request({ filter: "@TraceId = " + quoted(id), ...(before === undefined ? {} : { before }) });
    found.push(...reply.events);
    if (reply.isDone) break;
    before = reply.next;
  }
  return found.reverse();
}

/** Returns spans and events in tree order, each with its depth and its time. */
function treeOf(events) {
  const nodes = events.map((event) => {
    const clef = parseClef(event.line);
    const start = Date.parse(clef["@st"]);
    const isSpan = typeof clef["@sp"] === "string" && !Number.isNaN(start);
    return { event, isSpan, id: clef["@sp"], parentId: isSpan ? clef["@ps"] : clef["@sp"], start: isSpan ? start : event.t, end: event.t, children: [] };
  });
  const spans = new Map(nodes.filter(({ isSpan }) => isSpan).map((node) => [node.id, node]));
  const roots = nodes.filter((node) => {
    const parent = spans.get(node.parentId);
    if (parent === undefined || parent === node) return true;
    parent.children.push(node);
    return false;
  });
  const ordered = [];
  const seen = new Set();
  const add = (node, depth) => {
    if (seen.has(node)) return;
    seen.add(node);
    ordered.push({ ...node, depth });
    for (const child of node.children.sort((a, b) => a.start - b.start)) add(child, depth + 1);
  };
  for (const root of roots.sort((a, b) => a.start - b.start)) add(root, 0);
  for (const node of nodes) add(node, 0); // spans that name one another as parents
  return ordered;
}

function traceItem({ event, isSpan, start, end, depth }, from, length) {
  const name = make("span", "what", (isSpan ? "" : "· ") + event.message.slice(0, 200));
  name.style.paddingLeft = Math.min(depth, 12) * 14 + "px";
  const lane = make("span", "lane");
  const bar = make("i", "b" + event.rank + (isSpan ? "" : " point"));
  bar.style.left = "min(100% - 6px, " + (start - from) / length * 100 + "%)";
  if (isSpan) bar.style.width = (end - start) / length * 100 + "%";
  lane.append(bar);
  const number = make("span", "number", isSpan ? durationText(end - start) : "+" + durationText(start - from));
  const found = item([name, lane, number], momentOf(start, true), () => select(event, true, "event"));
  if (isSelected(event)) found.classList.add("here");
  return found;
}

async function showTrace(panel) {
  const id = shownTrace();
  if (id === null) return void panel.replaceChildren(...traceParts());
  let tree;
  try {
    tree = treeOf(await eventsOfTrace(id));
  } catch (error) {
    return void say(error.message);
  }
  if (state.panel !== "trace" || shownTrace() !== id) return;
  const from = Math.min(...tree.map(({ start }) => start));
  const length = Math.max(1, Math.max(...tree.map(({ end }) => end)) - from);
  const actions = make("div", "actions");
  actions.append(
    action("All traces", "Shows the list of traces", () => {
      chosenTrace = state.selected = null;
      showPanel("trace");
      changed();
    }),
    action("Only this trace", "Shows its events in the list", () => applyFilter("@TraceId = " + quoted(id))),
    action("Again", "Looks for what has arrived since", () => showPanel("trace")),
  );
  const spans = tree.filter(({ isSpan }) => isSpan).length;
  const title = countText(spans, "span") + ", " + countText(tree.length - spans, "event") + ", " + durationText(length);
  panel.replaceChildren(make("h2", "", title), make("p", "dim mono", id), actions, ...tree.map((node) => traceItem(node, from, length)));
}
`;
