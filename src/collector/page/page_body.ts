/** Decides the HTML of the page before its script fills it. */

const levels = ["All levels", "Debug and above", "Information and above", "Warning and above", "Error and above", "Fatal"];
const spans: readonly (readonly [ms: number, label: string])[] = [
  [0, "All times"],
  [60_000, "Last minute"],
  [300_000, "Last 5 minutes"],
  [900_000, "Last 15 minutes"],
  [3_600_000, "Last hour"],
  [86_400_000, "Last day"],
];

const keys: readonly (readonly [key: string, meaning: string])[] = [
  ["/", "go to the filter"],
  ["j k", "next and previous event (also arrows, Page Up, Page Down)"],
  ["Home End", "first event; last event, and follow what arrives"],
  ["space", "pause and go on"],
  ["c", "copy the event as CLEF"],
  ["t", "the trace of the event"],
  ["d", "show or hide the side panel"],
  ["Esc", "leave the filter; close the side panel"],
  ["?", "this help"],
];

const filters: readonly (readonly [filter: string, meaning: string])[] = [
  ["timeout", "a word in message or exception"],
  ['"no carrier"', "a text in message or exception"],
  ["StatusCode >= 500 and Elapsed > 100", "comparisons: = <> < <= > >=, with and, or, not"],
  ["City = 'oslo' ci", "text stands in single quotes; ci: case does not count"],
  ["Path like '/orders/%'", "% stands for any characters, _ for one"],
  ["@Level >= 'Warning'", "also @Message, @MessageTemplate, @Exception, @TraceId"],
  ["@Timestamp > Now() - 5m", "durations: 500ms, 30s, 5m, 2h, 1d"],
  ["User.Name = 'ada' and Tags[0] = 'a'", "paths; also Headers['x-id']"],
  ["Has(OrderId) and not Has(City)", "what an event has"],
  ["StatusCode in [500, 503]", "also is null, Contains(), StartsWith(), Length()"],
];

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const rows = (pairs: readonly (readonly [string, string])[], tag: string): string =>
  pairs.map(([name, meaning]) => `<dt><${tag}>${escape(name)}</${tag}></dt><dd>${escape(meaning)}</dd>`).join("");
const options = (pairs: readonly (readonly [number, string])[]): string =>
  pairs.map(([value, label]) => `<option value="${value}">${label}</option>`).join("");

const tabs = [["event", "Event"], ["templates", "Templates"], ["slowest", "Slowest"], ["trace", "Trace"]] as const;

/** The body of the document. */
export const body: string = `<body>
<header>
  <h1>Collector</h1>
  <form id="search" role="search">
    <label for="filter" class="hidden">Filter</label>
    <input id="filter" type="text" spellcheck="false" autocomplete="off" autocapitalize="off" maxlength="4000" aria-describedby="problem"
      placeholder="Filter: a word, or StatusCode &gt;= 500 and Elapsed &gt; 100   ( / )">
    <button id="unfilter" type="button" aria-label="Clear the filter" title="Clear the filter" hidden>×</button>
    <button id="recent" type="button" aria-label="Earlier filters" title="Earlier filters (or ↑ in the filter)" aria-expanded="false" aria-controls="history">▾</button>
    <ul id="history" aria-label="Earlier filters" hidden></ul>
  </form>
  <label for="rank" class="hidden">Level</label>
  <select id="rank" title="The least severe level">${options(levels.map((label, rank) => [rank, label]))}</select>
  <label for="since" class="hidden">Time</label>
  <select id="since" title="How far back">${options(spans)}</select>
  <button id="pause" type="button" aria-pressed="false" title="Pause (space)"><span id="pause-sign" aria-hidden="true">❚❚</span> <span id="pause-word">Pause</span></button>
  <button id="clear" type="button" title="Empties this page; the collector keeps its events">Clear</button>
  <button id="export" type="button" title="Saves the events that are shown as a .clef file">Export</button>
  <button id="details" type="button" title="Shows or hides the side panel (d)">Details</button>
  <button id="theme" type="button" title="Colours">Theme: auto</button>
  <button id="help" type="button" aria-label="Help" title="Help (?)">?</button>
</header>
<div id="problem" role="alert" hidden></div>
<section id="histogram" aria-label="Events over time, by level">
  <div id="bars" role="group" aria-label="Parts of the time; choose one to see only its events"></div>
  <div id="axis"><span id="axis-start"></span><button id="range" type="button" hidden>All times</button><span id="axis-end"></span></div>
</section>
<main>
  <section id="stream" aria-label="Events">
    <div id="list" role="listbox" tabindex="0" aria-label="Events"><div id="spacer" role="presentation"><div id="window" role="presentation"></div></div></div>
    <div id="empty" hidden></div>
    <button id="follow" type="button" hidden>↓ Follow</button>
  </section>
  <aside id="side" aria-label="Details">
    <div id="tabs" role="tablist" aria-label="Details">
      ${
  tabs.map(([id, label]) =>
    `<button id="tab-${id}" role="tab" type="button" aria-controls="panel" aria-selected="false" tabindex="-1">${label}</button>`
  ).join("\n      ")
}
      <button id="close" type="button" aria-label="Close the details" title="Close (Esc)">×</button>
    </div>
    <div id="panel" role="tabpanel" tabindex="0"></div>
  </aside>
</main>
<footer>
  <span id="connection">Connecting…</span>
  <span id="count"></span>
  <span id="said" role="status"></span>
</footer>
<dialog id="helping" aria-labelledby="helping-title">
  <h2 id="helping-title">Filters and keys</h2>
  <dl class="filters">${rows(filters, "code")}</dl>
  <dl class="keys">${rows(keys, "kbd")}</dl>
  <button id="helped" type="button">Close</button>
</dialog>
</body>`;
