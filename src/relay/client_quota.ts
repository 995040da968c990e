/** Limits how much each client, and all clients together, may send per minute, and decides which requests share a client. */

import { readAddress } from "../http/client_address.ts";

/** Limits of {@linkcode RateLimit}. */
export interface RateLimits {
  /** Most events that one client may send per minute. */
  readonly perMinute: number;
  /** Most events that all clients together may send per minute. */
  readonly totalPerMinute: number;
  /** Most clients that are tracked. */
  readonly maxClients: number;
}

/** A budget that refills evenly, up to the amount for one minute. */
class Allowance {
  readonly #perMinute: number;
  #left: number;
  #atMs: number;

  constructor(perMinute: number, nowMs: number) {
    this.#perMinute = perMinute;
    this.#left = perMinute;
    this.#atMs = nowMs;
  }

  /** Returns the time until a request is admitted; 0 if a request is admitted now. */
  waitMs(nowMs: number): number {
    const passedMs = Math.max(0, nowMs - this.#atMs); // a clock that was set back changes nothing
    this.#left = Math.min(this.#perMinute, this.#left + (passedMs * this.#perMinute) / 60_000);
    this.#atMs = nowMs;
    return Math.max(0, (1 - this.#left) * 60_000) / this.#perMinute;
  }

  has(cost: number, debt: number): boolean {
    return this.#left - cost >= -debt;
  }

  spend(cost: number): void {
    this.#left -= cost;
  }
}

/** One request of a client, and the budgets that it spends from. */
export class ClientRequest {
  readonly #allowances: readonly Allowance[];
  readonly #nowMs: number;

  constructor(allowances: readonly Allowance[], nowMs: number) {
    this.#allowances = allowances;
    this.#nowMs = nowMs;
  }

  /** Milliseconds until a request of this client is admitted; 0 if this request is admitted now. */
  get waitMs(): number {
    return Math.max(...this.#allowances.map((allowance) => allowance.waitMs(this.#nowMs)));
  }

  /** Subtracts the cost from the client's budget and the common budget, or from neither. A budget may fall below zero by `debt`. */
  spend(cost: number, debt: number): boolean {
    if (!this.#allowances.every((allowance) => allowance.has(cost, debt))) return false;
    for (const allowance of this.#allowances) allowance.spend(cost);
    return true;
  }
}

/** The budgets of the most recent clients, and of all clients together. Its memory is bounded, for any number of addresses. */
export class RateLimit {
  readonly #limits: RateLimits;
  readonly #total: Allowance;
  readonly #clients = new Map<string, Allowance>();

  constructor(limits: RateLimits, nowMs: number) {
    this.#limits = limits;
    this.#total = new Allowance(limits.totalPerMinute, nowMs);
  }

  /** Number of clients tracked now. */
  get size(): number {
    return this.#clients.size;
  }

  /** Returns a request of a client. An unknown client only spends from the common budget. */
  request(client: string | undefined, nowMs: number): ClientRequest {
    return new ClientRequest(client === undefined ? [this.#total] : [this.#allowanceOf(networkOf(client), nowMs), this.#total], nowMs);
  }

  /** Returns the client's budget and marks it as most recently used. */
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

/** Returns the network of an address: the first 64 bits of IPv6, because each client chooses the rest; other texts as they are. */
export function networkOf(address: string): string {
  const key = address.slice(0, maxKeyLength);
  if (!key.includes(":")) return key;
  const canonical = readAddress(key);
  if (canonical === undefined || !canonical.includes(":")) return canonical ?? key;
  const [head = [], tail = []] = canonical.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const groups = [...head, ...new Array(8 - head.length - tail.length).fill("0"), ...tail];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
