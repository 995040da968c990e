/** Provides the page script's tools: elements, times, and stored settings. */

import { rowHeight } from "./page_style.ts";

/** The first part of the script. */
export const toolsScript: string = String.raw`
const rowHeight = ${rowHeight};
/** Most events that the page keeps; the oldest events are dropped. */
const mostRows = 100000;
const levelNames = ["Verbose", "Debug", "Information", "Warning", "Error", "Fatal"];
const shortNames = ["VRB", "DBG", "INF", "WRN", "ERR", "FTL"];

const byId = (id) => document.getElementById(id);

/** Creates an element. Content of events reaches the document only as text. */
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (tag === "button") element.type = "button";
  return element;
}

const state = {
  /** The shown events, in order of arrival. */
  rows: [],
  /** The events that arrived while the page was paused. */
  held: [],
  isPaused: false,
  isFollowing: true,
  selected: null,
  panel: "templates",
  filter: "",
  rank: 0,
  sinceMs: 0,
  /** The time range selected in the histogram. */
  range: null,
  /** Changes with every new query, so that replies to an earlier query are ignored. */
  query: 0,
  /** Events before this number were cleared. */
  floor: 0,
  epoch: "",
  isLoading: true,
  /** Whether the selected event must be scrolled into view once it is loaded. */
  isSeeking: false,
};

const pad = (number, digits) => String(number).padStart(digits, "0");

/** Returns the local time of day. */
function timeOf(ms, hasMillis) {
  const time = new Date(ms);
  const text = pad(time.getHours(), 2) + ":" + pad(time.getMinutes(), 2) + ":" + pad(time.getSeconds(), 2);
  return hasMillis ? text + "." + pad(time.getMilliseconds(), 3) : text;
}

/** Returns the local date and time. */
function momentOf(ms, hasMillis) {
  const time = new Date(ms);
  return time.getFullYear() + "-" + pad(time.getMonth() + 1, 2) + "-" + pad(time.getDate(), 2) + " " + timeOf(ms, hasMillis);
}

function durationText(ms) {
  if (ms < 10) return Math.round(ms * 100) / 100 + " ms";
  if (ms < 1000) return Math.round(ms) + " ms";
  return ms < 60000 ? (ms / 1000).toFixed(2) + " s" : (ms / 60000).toFixed(1) + " min";
}

const countText = (count, noun) => count.toLocaleString("en") + " " + noun + (count === 1 ? "" : "s");

/** Parses a line of CLEF. A whole number that would be rounded stays exact if the browser supports it. */
function parseClef(line) {
  return JSON.parse(line, (_name, value, context) => {
    const source = context && context.source;
    return typeof value === "number" && source && String(value) !== source && /^-?\d{16,40}$/.test(source) ? BigInt(source) : value;
  });
}

/** The stored settings; a browser may forbid storage. */
const memory = {
  get(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem("collector." + name)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem("collector." + name, JSON.stringify(value));
    } catch {
      // nothing is stored
    }
  },
};

let silence;
/** Shows a short message, which screen readers announce. */
function say(text) {
  byId("said").textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => byId("said").textContent = "", 4000);
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // browsers offer the clipboard only to local and https addresses
    const area = make("textarea", "hidden", text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say("Copied " + what);
}

// ---- filters ----

const reserved = /^(?:and|or|not|like|in|is|ci|true|false|null)$/i;
const isName = (name) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !reserved.test(name);
const quoted = (text) => "'" + text.replaceAll("'", "''") + "'";

/** Returns a property as a filter writes it, from its path of names. */
function pathOf(names) {
  const [first, ...others] = names;
  const start = isName(first) ? first : "@Properties[" + quoted(first) + "]";
  return start + others.map((name) => typeof name === "number" ? "[" + name + "]" : isName(name) ? "." + name : "[" + quoted(name) + "]").join("");
}

/** Returns the filter for events with the value, or without it. */
function termOf(path, value, isWanted) {
  if (value === null) return path + (isWanted ? " is null" : " is not null");
  const term = path + " = " + (typeof value === "string" ? quoted(value) : String(value));
  return isWanted ? term : "not " + term;
}

/** Returns a filter in which the operators of other languages are replaced by operators of this language. */
function repaired(filter) {
  const signs = { "==": "=", "===": "=", "!=": "<>", "!==": "<>", "&&": "and", "||": "or" };
  return filter.replace(/'(?:[^']|'')*'|"([^"]*)"|[=!]==?|&&|\|\|/g, (found, text) => text !== undefined ? quoted(text) : signs[found] ?? found);
}

/** Returns a filter that combines two filters. */
function conjunction(filter, term) {
  const given = filter.trim();
  if (given === "" || given === term) return term;
  if (given.split(" and ").includes(term)) return given;
  if (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(given) && !reserved.test(given)) return '"' + given + '" and ' + term;
  return (/\bor\b/i.test(given) ? "(" + given + ")" : given) + " and " + term;
}
`;
