/** Load for servers of several processes: clients that ask for one order after the other. */

import assert from "node:assert/strict";
import { get } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import type { CollectedEvent, RunningCollector } from "../../src/collector/serve.ts";
import { isFull } from "./effort.ts";
import { range } from "./shipping.ts";

/** So many clients, each of which rests between two requests. */
export const atOnce = 10;
const restMs = isFull ? 10 : 150;
/** How many events may be on their way: clients wait for more, so that a machine that is busy has no more to deliver than one that is not. */
const maxUnderway = 60;

/** How long a client waits: a connection that was handed to a process just before it was killed is never answered, nor closed. */
const answerMs = 20_000;

/** A port that is not in use. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks for an order, on a connection of its own; answers the process that has shipped it, or nothing where the request failed. */
function ask(port: number, order: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get({ port, path: `/orders/${order}`, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => body += text);
      response.on("close", () => resolve(response.complete ? Number(/^Shipped by (\d+)\n$/.exec(body)?.[1]) : undefined));
    });
    request.on("error", () => resolve(undefined));
    request.setTimeout(answerMs, () => request.destroy());
  });
}

/** Clients that ask for one order after the other, so many at once. */
export class Load {
  readonly port: number;
  readonly #seq: RunningCollector;
  /** By the order: the process that has answered. */
  readonly answered: Map<number, number> = new Map();
  /** The orders whose requests failed. */
  readonly failed: number[] = [];
  #last = 0;
  #forgiven = 0;

  /** @param seq Has two events of each request. */
  constructor(port: number, seq: RunningCollector) {
    this.port = port;
    this.#seq = seq;
  }

  /** How many events of what was answered Seq has not. */
  get underway(): number {
    return 2 * this.answered.size - this.#seq.events.length - this.#forgiven;
  }

  /** Waits no longer for events that are under way, for they may be lost. */
  forgive(): void {
    this.#forgiven += Math.max(0, this.underway);
  }

  /** The processes that have answered since some order. */
  since(order = 0): Set<number> {
    return new Set([...this.answered].filter(([one]) => one > order).map(([, pid]) => pid));
  }

  get last(): number {
    return this.#last;
  }

  /** Asks until it is over, and at least once. */
  async run(isOver: () => boolean): Promise<void> {
    const client = async (): Promise<void> => {
      do {
        const order = ++this.#last;
        const pid = await ask(this.port, order);
        if (pid === undefined) this.failed.push(order);
        else this.answered.set(order, pid);
        do await new Promise((resolve) => setTimeout(resolve, restMs)); while (this.underway > maxUnderway && !isOver());
      } while (!isOver());
    };
    await Promise.all(range(1, atOnce).map(client));
  }
}

/** Fails unless each answered request has its own event and that of the access log, once, of three processes or threads. */
export function assertTwoEventsEach({ events }: RunningCollector, { answered }: Load, name: "ProcessId" | "InstanceId"): void {
  const orderOf = ({ properties: { Order, RequestPath } }: CollectedEvent): string => String(Order ?? RequestPath).split("/").at(-1)!;
  const orders = [...answered.keys()].sort((a, b) => a - b);
  for (const kind of ["shop.orders", "http.access"]) {
    const found = events.filter(({ properties }) => properties.SourceContext === kind).map(orderOf);
    assert.deepEqual(found.map(Number).sort((a, b) => a - b), orders, kind);
  }
  assert.equal(new Set(events.map(({ properties }) => properties[name])).size, 3);
}
