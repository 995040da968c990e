/** Failures that a collector shows on request. */

import { refusal } from "./answer.ts";
import type { Answer } from "./answer.ts";

/** The answer that a request gets in place of the usual one. */
export interface AnswerFault {
  /** The HTTP status, 200 to 599; with 2xx the events are taken in, with any other they are not. Default: as without the fault. */
  readonly status?: number;
  /** The body: text as it is, anything else as JSON. Default: the usual one with 2xx, `{"Error": …}` with any other. */
  readonly body?: unknown;
  /** Headers of the answer, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer waits after the events are in, in milliseconds. */
  readonly delayMs?: number;
  /** How many requests meet this fault. Default 1; `Infinity` is until `recover()`. */
  readonly times?: number;
}

/** A connection that breaks: before the body is read, or when the events are in but nothing is answered. */
export interface ResetFault {
  /** `"before"` or `"after"` the events are in. */
  readonly reset: "before" | "after";
  /** How many requests meet this fault. Default 1; `Infinity` is until `recover()`. */
  readonly times?: number;
}

/** A request that is read, taken nowhere and never answered, until the client or the server hangs up. */
export interface HangFault {
  /** That the request hangs. */
  readonly hang: true;
  /** How many requests meet this fault. Default 1; `Infinity` is until `recover()`. */
  readonly times?: number;
}

/** A failure that ingestion requests meet instead of being served. */
export type Fault = AnswerFault | ResetFault | HangFault;

/** Thrown by the fetch handler in place of an answer: whoever listens must break the connection. */
export class ConnectionReset extends Error {
  /** `"ConnectionReset"`. */
  override readonly name: string = "ConnectionReset";

  /** Makes the error of a connection that breaks before or after the events are in. */
  constructor(when: "before" | "after") {
    super(`The collector was told to break the connection ${when} the events are in`);
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

/** The answer that replaces ingestion, where the fault keeps the events out; that of a hang is never sent. */
export function failureOf(fault: Fault): Answer | undefined {
  const status = "hang" in fault ? 504 : isAnswer(fault) ? (fault.status ?? 0) : 0;
  if (status < 300) return undefined;
  const usual = refusal(status, `The collector was told to answer ${status}`);
  return isAnswer(fault) ? altered(usual, fault) : usual;
}

/** The answer to accepted events, changed as the fault asks. */
export function altered(usual: Answer, fault: Fault): Answer {
  if (!isAnswer(fault)) return usual;
  return { status: fault.status ?? usual.status, body: fault.body ?? usual.body, headers: fault.headers ?? {} };
}

/** How long the answer waits, in milliseconds; a hang waits for ever. */
export function delayOf(fault: Fault): number {
  return isAnswer(fault) ? (fault.delayMs ?? 0) : "hang" in fault ? Infinity : 0;
}

/** The faults to come, in order, each for as many requests as it says. */
export class FaultQueue {
  readonly #faults: { fault: Fault; left: number }[] = [];

  add(faults: readonly Fault[]): void {
    faults.forEach(check);
    this.#faults.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** The fault of the next request, if any. */
  next(): Fault | undefined {
    const first = this.#faults[0];
    if (first !== undefined && --first.left <= 0) this.#faults.shift();
    return first?.fault;
  }
}
