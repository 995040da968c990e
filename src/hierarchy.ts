/** The tree of loggers: names, levels and handlers, as in Python's logging. */

import type { Filter } from "./filter.ts";
import type { Handler } from "./handler.ts";
import type { LevelSwitch } from "./event/level.ts";
import type { Encoder } from "./event/plain_data.ts";
import type { Scope } from "./event/log_event.ts";
import { shared } from "./runtime/global_state.ts";

/** A name in the tree: its own settings, and the settings that result from its position. */
export interface Node {
  readonly name: string;
  /** What all its events have in common. */
  readonly scope: Scope;
  /** Rank of its own level; `undefined` if it inherits. */
  rank: number | undefined;
  /** Handlers set by configure(). */
  handlers: readonly Handler[];
  /** Handlers added by the program; they survive configure(). */
  added: readonly Handler[];
  filters: readonly Filter[];
  propagate: boolean;
  /** Whether a configuration turned it off. */
  disabled: boolean;
  /** Whether it was reported that this logger is turned off and drops its events. */
  isReported: boolean;
  /** Whether the active configuration names it. */
  configured: boolean;
  /** Rank of the least severe level that is logged. */
  threshold: number;
  /** The handlers that its events reach, its own first. */
  reached: readonly Handler[];
  /** The combined encoder of the reached handlers. */
  encoder: Encoder | undefined;
  /** The logger of this name, once it was requested. */
  logger?: unknown;
}

/** The settings of one logger in a configuration. */
export interface NodeSettings {
  /** Rank of its own level; null removes the level, and absent keeps it. */
  readonly rank?: number | null | undefined;
  readonly handlers: readonly Handler[];
  readonly filters: readonly Filter[];
  readonly propagate: boolean;
}

/** Advice on loggers that are turned off. */
export const disabledHint = "Name such a logger under loggers, or leave disableExistingLoggers out";

/** The root's rank until something sets it: warnings and above, as in Python. */
const unconfiguredRank = 3;

/** The loggers of a process, and the state they share. */
export class Hierarchy {
  readonly #nodes = new Map<string, Node>();
  readonly root: Node = this.get("");
  /** Set between a shutdown and the next configuration: the root's rank before the shutdown, and the number of events logged since. */
  ended: { readonly rank: number | undefined; count: number } | undefined;

  /** The root's level, for handlers that steer it. */
  readonly rootSwitch: LevelSwitch;

  constructor() {
    const rank = { get: () => this.root.rank, set: (rank: number | undefined) => this.change(this.root, { rank }) };
    this.rootSwitch = Object.defineProperty({}, "rank", rank) as LevelSwitch;
  }

  /** Returns the node of a name, created on first use. */
  get(name: string): Node {
    if (name === "root") name = ""; // as in Python
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const made: Node = {
      name,
      scope: { loggerName: name, cache: new Map() },
      rank: undefined,
      handlers: [],
      added: [],
      filters: [],
      propagate: true,
      disabled: false,
      isReported: false,
      configured: false,
      threshold: unconfiguredRank,
      reached: [],
      encoder: undefined,
    };
    this.#nodes.set(name, made);
    this.#place(made);
    return made;
  }

  /** Returns the least rank for which `isEnabled` is true. After a shutdown, lesser events that reach no handler are only counted. */
  least({ reached }: Node): number {
    return this.ended !== undefined && reached.length === 0 ? unconfiguredRank : 0;
  }

  /** All nodes, in order of creation. */
  get nodes(): Iterable<Node> {
    return this.#nodes.values();
  }

  /** Changes a node, and updates all others at once. */
  change(node: Node, settings: Partial<Node>): void {
    Object.assign(node, settings);
    for (const handler of settings.added ?? []) handler.placed(this.rootSwitch);
    this.refresh();
  }

  /** Recomputes every node. */
  refresh(): void {
    for (const node of this.#nodes.values()) this.#place(node);
  }

  #place(node: Node): void {
    const reached: Handler[] = [];
    let rank: number | undefined;
    let open = true;
    for (const at of this.lineage(node.name)) {
      rank ??= at.rank;
      if (open) reached.push(...new Set([...at.handlers, ...at.added]));
      open &&= at.propagate;
    }
    node.threshold = node.disabled && node.isReported ? Infinity : (rank ?? this.ended?.rank ?? unconfiguredRank);
    node.reached = reached; // a handler of two of these loggers receives an event twice, as in Python
    node.encoder = chain(node.reached);
  }

  /** Returns the existing nodes from a name up to the root. */
  lineage(name: string): Node[] {
    const line: Node[] = [];
    for (let at = this.#nodes.get(name) ?? this.#parent(name); at !== undefined; at = this.#parent(at.name)) line.push(at);
    return line;
  }

  /** Returns the nearest existing node above a name. */
  #parent(name: string): Node | undefined {
    if (name === "") return undefined;
    for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 1)) {
      const node = this.#nodes.get(name.slice(0, dot));
      if (node !== undefined) return node;
    }
    return this.root;
  }
}

/**
 * Replaces all settings. Returns the names of the loggers that it turned off: those that are neither configured nor below a configured
 * logger. As in Python, a logger below a configured one loses its settings. Any other logger keeps a level that the program set.
 *
 * No method: a program that never configures does not bundle it.
 */
export function replaceSettings(
  tree: Hierarchy,
  settings: ReadonlyMap<string, NodeSettings>,
  { names = [...settings.keys()], disableExisting = false }: { names?: readonly string[]; disableExisting?: boolean | undefined } = {},
): string[] {
  const disabled: string[] = [];
  tree.ended = undefined;
  const isBelow = (name: string, other: string): boolean => other !== "" && `${name}.`.startsWith(`${other}.`);
  for (const node of tree.nodes) {
    const above = names.filter((name) => isBelow(node.name, name));
    const forgets = node.configured || (above.length > 0 && !above.includes(node.name));
    if (forgets) Object.assign(node, { rank: undefined, handlers: [], filters: [], propagate: true, configured: false });
    node.disabled = disableExisting && node.name !== "" && above.length === 0;
    node.isReported = false;
    if (node.disabled) disabled.push(node.name);
  }
  for (const [name, { rank, ...rest }] of settings) {
    const node = tree.get(name);
    Object.assign(node, rest, { configured: true, rank: rank === null ? undefined : (rank ?? node.rank) });
    for (const handler of node.handlers) handler.placed(tree.rootSwitch);
  }
  tree.refresh();
  return disabled;
}

/** Combines the encoders of the handlers: the first that returns a value wins. */
function chain(handlers: readonly Handler[]): Encoder | undefined {
  const encoders = [...new Set(handlers.map(({ encoder }) => encoder).filter((encoder) => encoder !== undefined))];
  if (encoders.length <= 1) return encoders[0];
  return (value, path) => {
    for (const encoder of encoders) {
      const encoded = encoder(value, path);
      if (encoded !== undefined) return encoded;
    }
    return undefined;
  };
}

/** The tree of this process, shared by all copies of the module. */
export function hierarchy(): Hierarchy {
  return shared("hierarchy", () => new Hierarchy());
}
