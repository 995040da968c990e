/** Shows all fields of one event in the page. */

/** This part of the script. */
export const eventScript: string = String.raw`
/** The fields of CLEF; every other name is a property. */
const fields = ["@t", "@m", "@mt", "@l", "@x", "@i", "@r", "@tr", "@sp", "@ps", "@st", "@sk", "@ra", "@sa", "@d"];
/** How many members of a value are shown at once. */
const mostMembers = 200;

/** Shows a value, with buttons that filter for events with or without it. */
function valueRow(label, path, value, names) {
  const row = make("div", "value");
  const text = typeof value === "string" ? value : String(value);
  const shown = text.length > 2000 ? text.slice(0, 2000) + "…" : text;
  const only = make("button", "only", shown === "" ? '""' : shown);
  const without = make("button", "without", "≠");
  const isFilter = text.length <= 500;
  for (const [button, isWanted] of [[only, true], [without, false]]) {
    const term = termOf(path, value, isWanted);
    button.title = isFilter ? "Only events with " + term : "Too long for a filter";
    button.setAttribute("aria-label", label + " " + text.slice(0, 200) + ": only events with " + term.slice(0, 300));
    button.disabled = !isFilter;
    button.addEventListener("click", () => applyFilter(conjunction(state.filter, term)));
  }
  const name = make(names ? "button" : "span", "name", label);
  if (names) {
    name.title = "Count the values of " + path;
    name.addEventListener("click", () => showValues(names, path));
  }
  row.append(name, only, without);
  return row;
}

/** Shows a value of any kind. A value with members can be expanded. */
function valueTree(label, names, value, depth) {
  if (typeof value !== "object" || value === null) return valueRow(label, pathOf(names), value, names);
  const members = Object.keys(value);
  const nested = make("details", "nested");
  const kind = Array.isArray(value) ? "[" + members.length + "]" : "{" + members.length + "}";
  nested.append(make("summary", "", label + " " + kind));
  const fillIn = () => {
    if (nested.children.length > 1) return;
    const inner = make("div");
    for (const name of members.slice(0, mostMembers)) {
      inner.append(valueTree(name, [...names, Array.isArray(value) ? Number(name) : name], value[name], depth + 1));
    }
    if (members.length > mostMembers) inner.append(make("p", "dim", "… and " + countText(members.length - mostMembers, "more member")));
    nested.append(inner);
  };
  nested.addEventListener("toggle", fillIn); // only expanded members become elements
  if (depth === 0 && members.length <= 8) {
    fillIn();
    nested.open = true;
  }
  return nested;
}

function action(label, title, act) {
  const button = make("button", "", label);
  button.title = title;
  button.addEventListener("click", act);
  return button;
}

/** Returns the whole event as elements. */
function eventParts(event) {
  const clef = parseClef(event.line);
  const head = make("p");
  const level = make("strong", "l" + event.rank, event.level);
  head.append(level, make("span", "dim", "  " + momentOf(event.t, true) + (event.logger ? "  " + event.logger : "")));
  head.title = String(clef["@t"]);
  const actions = make("div", "actions");
  actions.append(
    action("Copy as CLEF", "Copies the event as one line of JSON (c)", () => copy(event.line, "the event as CLEF")),
    action("Copy message", "Copies the text of the message", () => copy(event.message, "the message")),
    action("Only this template", "Shows the events of this template", () => applyFilter(conjunction(state.filter, termOf("@MessageTemplate", event.template, true)))),
  );
  if (asksForPart()) actions.append(action("Show around it", "Shows all events, with this one in the middle", showAll));
  if (typeof clef["@tr"] === "string") actions.append(action("Trace", "Shows all of this trace (t)", () => showPanel("trace")));
  const parts = [head, make("h2", "", event.message), actions];
  if (typeof clef["@x"] === "string") {
    const more = action("Copy exception", "Copies the text of the exception", () => copy(clef["@x"], "the exception"));
    parts.push(make("h3", "", "Exception"), make("pre", "exception", clef["@x"]), more);
  }
  parts.push(...propertyParts(clef), ...fieldParts(event, clef));
  return parts;
}

function propertyParts(clef) {
  const names = Object.keys(clef).filter((name) => !fields.includes(name));
  if (names.length === 0) return [make("p", "dim", "This event has no properties.")];
  const values = make("div", "values");
  for (const name of names) {
    const own = name.startsWith("@@") ? name.slice(1) : name;
    values.append(valueTree(own, [own], clef[name], 0));
  }
  return [make("h3", "", "Properties: choose a value to see only its events, a name to count its values"), values];
}

function fieldParts(event, clef) {
  const values = make("div", "values");
  const add = (name, value) => value !== undefined && values.append(valueRow(name, name, value));
  add("@Level", event.level);
  add("@MessageTemplate", event.template);
  add("@TraceId", clef["@tr"]);
  add("@SpanId", clef["@sp"]);
  add("@ParentId", clef["@ps"]);
  add("@SpanKind", clef["@sk"]);
  add("@EventType", clef["@i"]);
  for (const [name, value] of [["@Resource", clef["@ra"]], ["@Scope", clef["@sa"]]]) {
    if (typeof value === "object" && value !== null) {
      for (const key of Object.keys(value)) add(name + (isName(key) ? "." + key : "[" + quoted(key) + "]"), value[key]);
    }
  }
  return [make("h3", "", "Fields"), values];
}
`;
