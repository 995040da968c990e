/** Decides which failures a collector can simulate, and which requests meet them. */

import { refusal } from "./answer.ts";
import type { Answer } from "./answer.ts";

/** A response that replaces the usual one. */
export interface AnswerFault {
  /** The HTTP status, 200 to 599. With 2xx the events are accepted, otherwise they are not. Default: as without the fault. */
  readonly status?: number;
  /** The body: a text unchanged, anything else as JSON. Default: the usual one for 2xx, `{"Error": …}` otherwise. */
  readonly body?: unknown;
  /** Headers of the response, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the response is delayed after the events are accepted, in milliseconds. */
  readonly delayMs?: number;
  /** How many requests meet this fault. Default 1; `Infinity` lasts until `recover()`. */
  readonly times?: number;
}

/** A connection that breaks before the body is read, or after the events are accepted but before the response. */
export interface ResetFault {
  /** Whether it breaks `"before"` or `"after"` the events are accepted. */
  readonly reset: "before" | "after";
  /** How many requests meet this fault. Default 1; `Infinity` lasts until `recover()`. */
  readonly times?: number;
}

/** A request whose events are not accepted. It gets no response until the client or the server disconnects. */
export interface HangFault {
  /** Marks the fault as a hang. */
  readonly hang: true;
  /** How many requests meet this fault. Default 1; `Infinity` lasts until `recover()`. */
  readonly times?: number;
}

/** A failure that ingestion requests meet instead of the usual handling. */
export type Fault = AnswerFault | ResetFault | HangFault;

/** Thrown by the fetch handler instead of a response: the server must break the connection. */
export class ConnectionReset extends Error {
  /** Always `"ConnectionReset"`. */
  override readonly name: string = "ConnectionReset";

  /** Creates the error of a connection that breaks before or after the events are accepted. */
  constructor(when: "before" | "after") {
    super(`A simulated fault breaks the connection ${when} the events are accepted`);
  }
}

function check(fault: Fault): void {
  const times = fault.times ?? 1;
  if (!(times === Infinity || (Number.isInteger(times) && times > 0))) {
    throw new RangeError(`Cannot fail as \`times\` must be a whole number above 0, or Infinity: current value is ${times}`);
  }
  if (!("status" in fault) || fault.status === undefined) return;
  if (!(Number.isInteger(fault.status) && fault.status >= 200 && fault.status <= 599)) {
    throw new RangeError(`Cannot fail as \`status\` must be from 200 to 599: current value is ${fault.status}`);
  }
}

function isAnswer(fault: Fault): fault is AnswerFault {
  return !("reset" in fault || "hang" in fault);
}

/** Returns the response of a fault that rejects the events. A hang's response is never sent. */
export function failureOf(fault: Fault): Answer | undefined {
  const status = "hang" in fault ? 504 : isAnswer(fault) ? (fault.status ?? 0) : 0;
  if (status < 300) return undefined;
  const usual = refusal(status, `A simulated fault answers ${status}`);
  return isAnswer(fault) ? altered(usual, fault) : usual;
}

/** Returns the response to accepted events, changed by the fault. */
export function altered(usual: Answer, fault: Fault): Answer {
  if (!isAnswer(fault)) return usual;
  return { status: fault.status ?? usual.status, body: fault.body ?? usual.body, headers: fault.headers ?? {} };
}

/** Returns the delay of the response in milliseconds; infinite for a hang. */
export function delayOf(fault: Fault): number {
  return isAnswer(fault) ? (fault.delayMs ?? 0) : "hang" in fault ? Infinity : 0;
}

/** The pending faults in order, each for as many requests as its `times` says. */
export class FaultQueue {
  readonly #faults: { fault: Fault; left: number }[] = [];

  add(faults: readonly Fault[]): void {
    faults.forEach(check);
    this.#faults.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** Returns the fault of the next request, if any. */
  next(): Fault | undefined {
    const first = this.#faults[0];
    if (first !== undefined && --first.left <= 0) this.#faults.shift();
    return first?.fault;
  }
}
