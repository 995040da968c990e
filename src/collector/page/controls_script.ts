/** Handles filter, buttons and keys in the page, and starts the script. */

/** The last part of the script, which starts it. */
export const controlsScript: string = String.raw`
const input = byId("filter");
const side = byId("side");

// ---- the filter ----

/** Shows what is wrong with a filter and where, or hides that message. */
function showProblem(error, filter) {
  const problem = byId("problem");
  problem.hidden = error === undefined;
  input.setAttribute("aria-invalid", String(error !== undefined));
  if (error === undefined) return void problem.replaceChildren();
  const parts = [make("span", "", error.message)];
  if (error.position !== undefined) parts.push(make("pre", "mono", filter.replace(/\s/g, " ") + "\n" + " ".repeat(error.position) + "▲"));
  const meant = repaired(filter);
  if (meant !== filter) {
    const repair = make("button", "", "Apply " + meant);
    repair.addEventListener("click", () => applyFilter(meant));
    parts.push(repair);
  }
  if (!filter.includes('"')) {
    const search = make("button", "", "Look for this text instead");
    search.addEventListener("click", () => applyFilter('"' + filter.trim() + '"'));
    parts.push(search);
  }
  problem.replaceChildren(...parts);
}

/** Applies a filter; an invalid one only shows its error. */
async function applyFilter(text) {
  const filter = text.trim();
  input.value = input.title = filter; // the field may be too short for it
  byId("unfilter").hidden = filter === "";
  hideHistory();
  try {
    await request({ filter, before: 0 });
  } catch (error) {
    if (error.status !== undefined) return void showProblem(error, filter);
  }
  showProblem();
  state.filter = filter;
  if (filter !== "") memory.set("filters", [filter, ...memory.get("filters", []).filter((one) => one !== filter)].slice(0, 30));
  await apply();
}

/** Starts a new query, and writes it into the address, so that the address can be bookmarked and shared. */
async function apply() {
  const parameters = new URLSearchParams();
  if (state.filter !== "") parameters.set("filter", state.filter);
  if (state.rank > 0) parameters.set("rank", state.rank);
  if (state.sinceMs > 0) parameters.set("since", state.sinceMs);
  const text = String(parameters);
  history.replaceState(null, "", location.pathname + (text === "" ? "" : "?" + text));
  await restart();
}

/** Reads a choice from the address. */
function choose(id, parameters) {
  const value = parameters.get(id);
  if ([...byId(id).options].some((option) => option.value === value)) byId(id).value = value;
  return Number(byId(id).value);
}

function showAll() {
  byId("rank").value = byId("since").value = "0";
  Object.assign(state, { filter: "", rank: 0, sinceMs: 0, range: null });
  applyFilter("");
  fillPanel(); // the panel no longer offers to show all events
}

let recalled = -1;
/** Puts an earlier filter into the input. */
function recall(by) {
  const filters = memory.get("filters", []);
  recalled = Math.max(-1, Math.min(filters.length - 1, recalled + by));
  input.value = recalled < 0 ? state.filter : filters[recalled];
}

function hideHistory() {
  byId("history").hidden = true;
  byId("recent").setAttribute("aria-expanded", "false");
}

byId("recent").addEventListener("click", () => {
  const menu = byId("history");
  if (!menu.hidden) return hideHistory();
  const filters = memory.get("filters", []);
  const items = filters.map((filter) => {
    const line = make("li");
    const button = make("button", "", filter);
    button.addEventListener("click", () => applyFilter(filter));
    line.append(button);
    return line;
  });
  menu.replaceChildren(...(items.length > 0 ? items : [make("li", "dim", "No filter has been used yet.")]));
  menu.hidden = false;
  byId("recent").setAttribute("aria-expanded", "true");
  menu.querySelector("button")?.focus();
});
document.addEventListener("pointerdown", ({ target }) => byId("search").contains(target) || hideHistory());

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  recalled = -1;
  applyFilter(input.value);
});
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    recall(event.key === "ArrowUp" ? 1 : -1);
  } else if (event.key === "Escape") {
    input.value = state.filter;
    showProblem();
    list.focus();
  }
});
byId("unfilter").addEventListener("click", () => applyFilter(""));

byId("rank").addEventListener("change", ({ target }) => {
  state.rank = Number(target.value);
  apply();
});
byId("since").addEventListener("change", ({ target }) => {
  Object.assign(state, { sinceMs: Number(target.value), range: null });
  apply();
});

// ---- the buttons ----

function togglePause() {
  state.isPaused = !state.isPaused;
  byId("pause").setAttribute("aria-pressed", String(state.isPaused));
  byId("pause-word").textContent = state.isPaused ? "Go on" : "Pause";
  byId("pause-sign").textContent = state.isPaused ? "▶" : "❚❚";
  byId("connection").textContent = state.isPaused ? "Paused" : "Live";
  if (!state.isPaused) {
    state.rows = state.rows.concat(state.held);
    state.held = [];
    trim();
  }
  say(state.isPaused ? "Paused: new events are held back" : "New events are shown");
  changed();
}

byId("pause").addEventListener("click", togglePause);
byId("follow").addEventListener("click", follow);
byId("clear").addEventListener("click", () => {
  const last = state.held.at(-1) ?? state.rows.at(-1);
  if (last) state.floor = Math.max(state.floor, last.number + 1);
  Object.assign(state, { rows: [], held: [], selected: null, isFollowing: true });
  say("Cleared: what arrives from now on is shown");
  fillPanel();
  changed();
});
byId("export").addEventListener("click", () => {
  const link = make("a");
  link.href = URL.createObjectURL(new Blob(state.rows.map(({ line }) => line + "\n"), { type: "application/vnd.serilog.clef" }));
  link.download = "events-" + momentOf(Date.now()).replace(/[: ]/g, "-") + ".clef";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  say("Exported " + countText(state.rows.length, "event"));
});

const themes = ["auto", "dark", "light"];
function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = "Theme: " + theme;
}
byId("theme").addEventListener("click", () => {
  const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
  memory.set("theme", next);
  showTheme(next);
});

byId("help").addEventListener("click", () => byId("helping").showModal());
byId("helped").addEventListener("click", () => byId("helping").close());
byId("close").addEventListener("click", hidePanel);
const togglePanel = () => side.hidden ? showPanel(state.panel) : hidePanel();
byId("details").addEventListener("click", togglePanel);
for (const [i, name] of panels.entries()) {
  const tab = byId("tab-" + name);
  tab.addEventListener("click", () => showPanel(name));
  tab.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    const next = panels[(i + by + panels.length) % panels.length];
    showPanel(next);
    byId("tab-" + next).focus();
  });
}

// ---- the keys ----

const pageRows = () => Math.max(1, Math.floor(list.clientHeight / rowHeight) - 1);
const anywhere = {
  "/": () => {
    input.focus();
    input.select();
  },
  "j": () => move(1),
  "k": () => move(-1),
  " ": togglePause,
  "c": () => state.selected ? copy(state.selected.line, "the event as CLEF") : say("Choose an event first: j and k"),
  "t": () => showPanel("trace"),
  "d": togglePanel,
  "?": () => byId("helping").showModal(),
  "Escape": hidePanel,
};
const inList = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(pageRows()),
  PageUp: () => move(-pageRows()),
  Home: () => select(state.rows[0] ?? null),
  End: follow,
  Enter: () => state.selected && byId("panel").focus(),
};

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || byId("helping").open || target.matches("input, select, textarea")) return;
  if (key === " " && target.matches("button, summary")) return;
  if (key === "Escape" && !byId("history").hidden) return hideHistory();
  const isInList = target === list || target === document.body;
  const act = anywhere[key] ?? (isInList ? inList[key] : undefined);
  if (act === undefined) return;
  event.preventDefault();
  act();
});

// ---- the start ----

showTheme(memory.get("theme", "auto"));
setInterval(trim, 1000);
if (matchMedia("(max-width: 900px)").matches) side.hidden = true;
showPanelAtStart();
function showPanelAtStart() {
  const isHidden = side.hidden;
  showPanel("templates");
  side.hidden = isHidden;
}
const asked = new URLSearchParams(location.search);
Object.assign(state, { rank: choose("rank", asked), sinceMs: choose("since", asked) });
applyFilter(asked.get("filter") ?? "").then(() => state.query === 0 && restart());
`;
