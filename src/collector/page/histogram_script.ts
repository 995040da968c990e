/** Shows the number of events over time in the page, by level. */

/** This part of the script. */
export const histogramScript: string = String.raw`
const barCount = 60;
/** The possible durations of one bar. */
const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 216e5, 432e5, 864e5];
const bars = Array.from({ length: barCount }, (_, i) => {
  const bar = make("button");
  bar.parts = levelNames.map((_name, rank) => {
    const part = make("i", "b" + rank);
    bar.append(part);
    return part;
  });
  bar.tabIndex = i === 0 ? 0 : -1;
  bar.addEventListener("click", () => chooseRange(bar));
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -barCount, End: barCount }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const last = bars.findLastIndex(({ hidden }) => !hidden);
    const next = bars[Math.max(0, Math.min(last, i + by))];
    for (const one of bars) one.tabIndex = one === next ? 0 : -1;
    next.focus();
  });
  byId("bars").append(bar);
  return bar;
});

/** Returns the first and the last moment: of the selected time, or of the events. */
function extentOf(rows) {
  if (state.range) return [state.range.start, state.range.end];
  let [start, end] = [Infinity, -Infinity];
  for (const { t } of rows) {
    if (t < start) start = t;
    if (t > end) end = t;
  }
  if (state.sinceMs > 0) return [Date.now() - state.sinceMs, Math.max(end, Date.now())];
  return [start, Math.max(end, start + 10000)]; // otherwise a few events would fill the whole width
}

let drawnAt = 0;
let later;
/** Redraws the bars, at most four times a second. */
function drawHistogram() {
  clearTimeout(later);
  const leftMs = drawnAt + 250 - performance.now();
  if (leftMs > 0) return void (later = setTimeout(drawHistogram, leftMs));
  drawnAt = performance.now();
  const { rows } = state;
  const [start, end] = extentOf(rows);
  byId("histogram").hidden = rows.length === 0 && !state.range;
  const range = byId("range");
  range.hidden = !state.range;
  if (state.range) range.textContent = "Only " + timeOf(start, true) + " – " + timeOf(end, true) + " ×";
  if (!Number.isFinite(end - start)) return;
  const step = steps.find((one) => end - start < one * (barCount - 1)) ?? Math.ceil((end - start) / (barCount - 1) / 864e5) * 864e5;
  const first = Math.floor(start / step) * step;
  const counts = new Uint32Array(barCount * 6);
  for (const { t, rank } of rows) {
    const at = Math.floor((t - first) / step);
    if (at >= 0 && at < barCount) counts[at * 6 + rank]++;
  }
  const used = Math.min(barCount, Math.floor((end - first) / step) + 1);
  let most = 1;
  const totals = bars.map((_bar, i) => counts.subarray(i * 6, i * 6 + 6).reduce((sum, count) => sum + count, 0));
  for (const total of totals) most = Math.max(most, total);
  bars.forEach((bar, i) => {
    bar.hidden = i >= used;
    drawBar(bar, { start: first + i * step, end: first + (i + 1) * step }, counts.subarray(i * 6, i * 6 + 6), totals[i], most);
  });
  const isLong = end - start > 864e5;
  byId("axis-start").textContent = isLong ? momentOf(first) : timeOf(first, step < 1000);
  byId("axis-end").textContent = isLong ? momentOf(first + step * used) : timeOf(first + step * used, step < 1000);
}

function drawBar(bar, range, counts, total, most) {
  bar.range = range;
  bar.parts.forEach((part, rank) => part.style.height = counts[rank] === 0 ? "0" : "max(2px, " + counts[rank] / most * 100 + "%)");
  const levels = levelNames.map((name, rank) => counts[rank] === 0 ? "" : ", " + counts[rank] + " " + name).join("");
  const label = timeOf(range.start, true) + " – " + timeOf(range.end, true) + ": " + countText(total, "event") + levels;
  bar.setAttribute("aria-label", label);
  bar.title = label;
}

function chooseRange({ range }) {
  if (!range) return;
  state.range = { start: Math.round(range.start), end: Math.round(range.end) };
  restart();
}

byId("range").addEventListener("click", () => {
  state.range = null;
  restart();
});
`;
