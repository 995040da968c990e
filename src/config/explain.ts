/** explain(): finds where the events of a logger go, and why they do not reach the other handlers. */

import type { Filter } from "../filter.ts";
import type { Handler } from "../handler.ts";
import { hierarchy, type Node } from "../hierarchy.ts";
import { textOf } from "../event/plain_data.ts";
import { type Level, levels, quote, type Threshold } from "../event/level.ts";
import { harmlessLines } from "../harmless_text.ts";
import { inForce } from "../lifecycle.ts";
import { replacedMethods } from "../process/console_capture.ts";

/** What happens to the events of one logger. */
export interface Explanation {
  /** The logger's name; `""` is the root. */
  readonly logger: string;
  /** The least severe level that it logs. */
  readonly level: Threshold;
  /** The logger that sets this level; `undefined` if none does and Python's default applies. */
  readonly levelOf?: string;
  /** Whether `disableExistingLoggers` turned it off. */
  readonly disabled: boolean;
  /** Every handler; handlers that the events reach come first. */
  readonly handlers: readonly HandlerExplanation[];
  /** Returns the explanation as text for a terminal. */
  toString(): string;
}

/** Which events of a logger one handler receives. */
export interface HandlerExplanation {
  /** Its name, as in {@linkcode stats}. */
  readonly handler: string;
  /** The logger that has this handler; `undefined` if the events do not reach that logger. */
  readonly on?: string;
  /** The levels of the events that the handler receives. */
  readonly levels: readonly Level[];
  /** Why the handler does not receive the other levels, and what else may hold events back. */
  readonly reasons: readonly string[];
}

/**
 * Explains where the events of a logger go: its effective level, the handlers that events of each level reach, and why they do not reach
 * the others.
 *
 * @param name The logger's name; any other value becomes text. Default: `""`, the root.
 * @returns The explanation; `String()` returns it as text.
 * @example
 * ```ts
 * import { configure, explain, shutdown } from "@x/seqlog";
 * import assert from "node:assert/strict";
 *
 * configure({ serverUrl: null, level: "info", loggers: { "shop.db": "debug" } });
 * assert.equal(
 *   String(explain("shop.db.pool")),
 *   `Logger "shop.db.pool" logs from debug on, the level of "shop.db".
 *   console, on the root: debug, info, warn, error, fatal`,
 * );
 * await shutdown();
 * ```
 */
export function explain(name = ""): Explanation {
  const logger = name === "root" ? "" : textOf(name);
  const line = hierarchy().lineage(logger);
  const setter = line.find(({ rank }) => rank !== undefined);
  const rank = setter?.rank ?? levels.indexOf("warn");
  const node = line[0]?.name === logger ? line[0] : undefined;
  const disabled = node?.disabled ?? false;
  const logged = disabled ? [] : levels.slice(rank);
  const explained = explainHandlers(line, logger, logged, node?.filters ?? []);
  const own: Omit<Explanation, "toString"> = {
    logger,
    level: levels[rank] ?? "off",
    ...(setter && { levelOf: setter.name }),
    disabled,
    handlers: explained,
  };
  return Object.defineProperty(own, "toString", { value: () => print(own) }) as Explanation;
}

function explainHandlers(
  line: readonly Node[],
  logger: string,
  logged: readonly Level[],
  own: readonly Filter[],
): HandlerExplanation[] {
  const names = new Map([...inForce().all()].map(([name, handler]) => [handler as Handler, name]));
  const end = line.findIndex(({ propagate }) => !propagate);
  const open = end < 0 ? line : line.slice(0, end + 1);
  const reached = open.flatMap((node) => [...new Set([...node.handlers, ...node.added])].map((handler) => ({ node, handler })));
  const found = reached.map(({ node, handler }) =>
    explainHandler(handler, names.get(handler) ?? handler.name, node.name, logger, logged, own)
  );
  const others = [...names].filter(([handler]) => !reached.some((one) => one.handler === handler));
  const closed = end < 0 ? [] : line.slice(end + 1);
  return [
    ...found,
    ...others.map(([handler, name]): HandlerExplanation => {
      const behind = closed.find((node) => node.handlers.includes(handler) || node.added.includes(handler));
      const places = line.map((node) => show(node.name)).join(", ") || "the root";
      const why = behind === undefined
        ? `it is on none of ${places}`
        : `it is on ${show(behind.name)}, and ${show(line[end]!.name)} does not propagate`;
      return { handler: name, levels: [], reasons: [why] };
    }),
  ];
}

function explainHandler(
  handler: Handler,
  name: string,
  on: string,
  logger: string,
  logged: readonly Level[],
  own: readonly Filter[],
): HandlerExplanation {
  const reasons = new Set<string>();
  const filters = [
    ...own.map((filter) => ({ filter, whose: "the logger's" })),
    ...handler.filters.map((filter) => ({ filter, whose: "its" })),
  ];
  const passes = (level: Level): boolean => {
    const isAccepted = handler.accepts(levels.indexOf(level));
    if (!isAccepted) reasons.add(whyRefused(handler, level));
    return isAccepted && filters.every(({ filter, whose }) => {
      const decided = filter.decides?.(logger, level);
      if (decided !== true) {
        reasons.add(`${whose} filter${nameOf(filter)} ${decided === false ? "stops some" : "decides about each event"}`);
      }
      return decided !== false;
    });
  };
  const passed = logged.filter(passes);
  const { state = "ok", lastError, waiting } = handler.stats() ?? {};
  if (state !== "ok") reasons.add(`it is ${state}${lastError === undefined ? "" : `: ${lastError}`}`);
  if (waiting !== undefined) reasons.add(`of other processes, ${waiting.bytes} bytes in ${waiting.folders} folders wait to be taken over`);
  return { handler: name, on, levels: passed, reasons: [...reasons] };
}

/** Returns why a handler accepts no event of a level: its own level, or the server's. */
function whyRefused(handler: Handler & { readonly askedLevel?: Threshold }, level: Level): string {
  const { askedLevel } = handler;
  const isOwn = askedLevel === undefined || handler.level === "off" || levels.indexOf(level) < levels.indexOf(handler.level);
  return isOwn ? `its level is ${handler.level}` : `Seq asks for ${askedLevel}`;
}

/** Returns ` "name"` of a filter that the configuration names. */
function nameOf(filter: unknown): string {
  const [name] = Object.entries(inForce().filters).find(([, one]) => one === filter) ?? [];
  return name === undefined ? "" : ` ${quote(name)}`;
}

function show(name: string): string {
  return name === "" ? "the root" : quote(name);
}

function print({ logger, level, levelOf, disabled, handlers }: Omit<Explanation, "toString">): string {
  const name = logger === "" ? "The root logger" : `Logger ${quote(logger)}`;
  const source = levelOf === undefined
    ? "the default of a root without a level"
    : levelOf === logger
    ? "its own level"
    : `the level of ${show(levelOf)}`;
  const head = disabled
    ? `${name} is turned off by disableExistingLoggers: name it under loggers, or remove that option.`
    : `${name} ${level === "off" ? "logs nothing" : `logs from ${level} on`}, ${source}.`;
  const isReached = handlers.some(({ on }) => on !== undefined);
  const lastResort = isReached || disabled ? [] : ["no handler is reached: only warnings and above are shown, on the console"];
  const replaced = logger === "console" ? replacedMethods().map((method) => `console.${method}`).join(", ") : "";
  const console = replaced === "" ? [] : [`somebody has replaced ${replaced} since the capture began: configure after that`];
  const lines = handlers.map(({ handler, on, levels, reasons }) => {
    const place = on === undefined ? "" : `, on ${show(on)}`;
    const why = reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
    return `${handler}${place}: ${levels.join(", ") || "nothing"}${why}`;
  });
  return harmlessLines([head, ...console, ...lastResort, ...lines].join("\n  "));
}
