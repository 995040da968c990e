/** The tree of loggers: names, levels and handlers, as Python's logging has them. */

import type { Filter } from "./filter.ts";
import type { Handler } from "./handler.ts";
import type { LevelSwitch } from "./event/level.ts";
import type { Encoder } from "./event/plain_data.ts";
import type { Scope } from "./event/log_event.ts";
import { shared } from "./runtime/global_state.ts";

/** A name in the tree, with what was set for it and what follows from its place. */
export interface Node {
  readonly name: string;
  /** What its events have in common. */
  readonly scope: Scope;
  /** Its own level's rank; `undefined` where it inherits. */
  rank: number | undefined;
  /** The handlers that configure gave it. */
  handlers: readonly Handler[];
  /** The handlers that the program added; they survive configure. */
  added: readonly Handler[];
  filters: readonly Filter[];
  propagate: boolean;
  /** Whether a configuration has turned it off. */
  disabled: boolean;
  /** Whether it was told that it swallows events since it was turned off. */
  isReported: boolean;
  /** Whether the configuration in force names it. */
  configured: boolean;
  /** The least rank that is logged. */
  threshold: number;
  /** The handlers that its events reach, its own first. */
  reached: readonly Handler[];
  /** How those handlers want values taken. */
  encoder: Encoder | undefined;
  /** The logger of that name, once it was asked for. */
  logger?: unknown;
}

/** What a configuration says of one name. */
export interface NodeSettings {
  /** The own level's rank; null where it is to have none, and absent where nothing is said of it. */
  readonly rank?: number | null | undefined;
  readonly handlers: readonly Handler[];
  readonly filters: readonly Filter[];
  readonly propagate: boolean;
}

/** What to do about loggers that are turned off. */
export const disabledHint = "Name it under loggers, or leave disableExistingLoggers out";

/** The root's rank while nothing has set it: warnings and above, as in Python. */
const unconfiguredRank = 3;

/** The loggers of a process and what they share. */
export class Hierarchy {
  readonly #nodes = new Map<string, Node>();
  readonly root: Node = this.get("");
  /** Set by a shutdown until the next configuration: the level that held until then, and how many events came too late. */
  ended: { readonly rank: number | undefined; count: number } | undefined;

  readonly #rootSwitch: LevelSwitch;

  constructor() {
    const rank = { get: () => this.root.rank, set: (rank: number | undefined) => this.change(this.root, { rank }) };
    this.#rootSwitch = Object.defineProperty({}, "rank", rank) as LevelSwitch;
  }

  /** The node of that name, made on first use. */
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

  /** The least rank that is shown of what reaches no handler: after a shutdown, what is below it is only counted. */
  least({ reached }: Node): number {
    return this.ended !== undefined && reached.length === 0 ? unconfiguredRank : 0;
  }

  /** All nodes, in the order in which they came to be. */
  get nodes(): Iterable<Node> {
    return this.#nodes.values();
  }

  /** Changes a node; what follows for all others holds at once. */
  change(node: Node, settings: Partial<Node>): void {
    Object.assign(node, settings);
    for (const handler of settings.added ?? []) handler.placed(this.#rootSwitch);
    this.refresh();
  }

  /** Computes what follows for every node. */
  refresh(): void {
    for (const node of this.#nodes.values()) this.#place(node);
  }

  /**
   * Puts other settings into force; answers the names that are turned off: those that exist and are neither named nor below a named one.
   * As in Python, a name below a named one forgets what was set for it; any other keeps a level that the program set.
   */
  replace(settings: ReadonlyMap<string, NodeSettings>, names: readonly string[] = [...settings.keys()], disableExisting = false): string[] {
    const disabled: string[] = [];
    this.ended = undefined;
    const isBelow = (name: string, other: string): boolean => other !== "" && `${name}.`.startsWith(`${other}.`);
    for (const node of this.#nodes.values()) {
      const above = names.filter((name) => isBelow(node.name, name));
      const forgets = node.configured || (above.length > 0 && !above.includes(node.name));
      if (forgets) Object.assign(node, { rank: undefined, handlers: [], filters: [], propagate: true, configured: false });
      node.disabled = disableExisting && node.name !== "" && above.length === 0;
      node.isReported = false;
      if (node.disabled) disabled.push(node.name);
    }
    for (const [name, { rank, ...rest }] of settings) {
      const node = this.get(name);
      Object.assign(node, rest, { configured: true, rank: rank === null ? undefined : (rank ?? node.rank) });
      for (const handler of node.handlers) handler.placed(this.#rootSwitch);
    }
    this.refresh();
    return disabled;
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
    node.reached = reached; // one that stands on two of them gets an event twice, as in Python
    node.encoder = chain(node.reached);
  }

  /** The node of that name, where there is one, and those above it up to the root. */
  lineage(name: string): Node[] {
    const line: Node[] = [];
    for (let at = this.#nodes.get(name) ?? this.#parent(name); at !== undefined; at = this.#parent(at.name)) line.push(at);
    return line;
  }

  /** The nearest name above that is in the tree. */
  #parent(name: string): Node | undefined {
    if (name === "") return undefined;
    for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 1)) {
      const node = this.#nodes.get(name.slice(0, dot));
      if (node !== undefined) return node;
    }
    return this.root;
  }
}

/** Asks the encoders of the handlers in turn. */
function chain(handlers: readonly Handler[]): Encoder | undefined {
  const encoders = [...new Set(handlers.map(({ encoder }) => encoder).filter((encoder) => encoder !== undefined))];
  if (encoders.length <= 1) return encoders[0];
  return (value, path) => {
    for (const encoder of encoders) {
      const answer = encoder(value, path);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
}

/** The tree of this process: one for all copies of the module. */
export function hierarchy(): Hierarchy {
  return shared("hierarchy", () => new Hierarchy());
}
