/** How much each client may do in a minute, and all of them together; and who a client is. */

import { readAddress } from "../http/client_address.ts";

/** What {@linkcode RateLimit} is told. */
export interface RateLimits {
  /** What one client may spend in a minute. */
  readonly perMinute: number;
  /** What all clients may spend in a minute. */
  readonly totalPerMinute: number;
  /** How many clients are told apart. */
  readonly maxClients: number;
}

/** What is left to spend. It fills evenly up to what a minute allows. */
class Allowance {
  readonly #perMinute: number;
  #left: number;
  #atMs: number;

  constructor(perMinute: number, nowMs: number) {
    this.#perMinute = perMinute;
    this.#left = perMinute;
    this.#atMs = nowMs;
  }

  /** How long until a request is admitted; 0 if one is now. */
  waitMs(nowMs: number): number {
    const passedMs = Math.max(0, nowMs - this.#atMs); // a clock that was set back gives nothing, and takes nothing
    this.#left = Math.min(this.#perMinute, this.#left + (passedMs * this.#perMinute) / 60_000);
    this.#atMs = nowMs;
    return Math.max(0, (1 - this.#left) * 60_000) / this.#perMinute;
  }

  has(cost: number, debt: number): boolean {
    return this.#left - cost >= -debt;
  }

  take(cost: number): void {
    this.#left -= cost;
  }
}

/** One request of a client, and what it spends. */
export class Visit {
  readonly #allowances: readonly Allowance[];
  readonly #nowMs: number;

  constructor(allowances: readonly Allowance[], nowMs: number) {
    this.#allowances = allowances;
    this.#nowMs = nowMs;
  }

  /** How long after its time a request of this client is admitted, in milliseconds; 0 if this one is. */
  get waitMs(): number {
    return Math.max(...this.#allowances.map((allowance) => allowance.waitMs(this.#nowMs)));
  }

  /** Spends from the client's allowance and from that of all, or from neither. A debt is paid off before the next request is admitted. */
  spend(cost: number, debt: number): boolean {
    if (!this.#allowances.every((allowance) => allowance.has(cost, debt))) return false;
    for (const allowance of this.#allowances) allowance.take(cost);
    return true;
  }
}

/** The allowances of the clients that came last, and of all clients together; its memory is bounded, whatever addresses come. */
export class RateLimit {
  readonly #limits: RateLimits;
  readonly #total: Allowance;
  readonly #clients = new Map<string, Allowance>();

  constructor(limits: RateLimits, nowMs: number) {
    this.#limits = limits;
    this.#total = new Allowance(limits.totalPerMinute, nowMs);
  }

  /** How many clients are known now. */
  get size(): number {
    return this.#clients.size;
  }

  /** A request of a client; of one that is not known, only what all may spend together is counted. */
  visit(client: string | undefined, nowMs: number): Visit {
    return new Visit(client === undefined ? [this.#total] : [this.#allowanceOf(networkOf(client), nowMs), this.#total], nowMs);
  }

  /** The client's allowance; it becomes the last to be forgotten. */
  #allowanceOf(key: string, nowMs: number): Allowance {
    const { perMinute, maxClients } = this.#limits;
    const known = this.#clients.get(key) ?? new Allowance(perMinute, nowMs);
    this.#clients.delete(key);
    this.#clients.set(key, known);
    if (this.#clients.size > maxClients) this.#clients.delete(this.#clients.keys().next().value!);
    return known;
  }
}

const maxKeyLength = 128;

/** Whom an address stands for: of IPv6 the first 64 bits, for the rest is the client's own choice; anything else is taken as it is. */
export function networkOf(address: string): string {
  const key = address.slice(0, maxKeyLength);
  if (!key.includes(":")) return key;
  const canonical = readAddress(key);
  if (canonical === undefined || !canonical.includes(":")) return canonical ?? key;
  const [head = [], tail = []] = canonical.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const groups = [...head, ...new Array(8 - head.length - tail.length).fill("0"), ...tail];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
