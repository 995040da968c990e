/** Declares the outcome of a request and the function that makes one. Delivery knows nothing else about the server. */

/** A report for people: a stable code, a sentence, and what to do. */
export interface Notice {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** The server accepted the body. */
export interface Accepted {
  readonly kind: "accepted";
  /** Present if the reply looks doubtful. The notice is reported once. */
  readonly notice?: Notice;
}

/** The server rejected the body, because of an event in it or (with `isTooLarge`) its size. */
export interface Rejected {
  readonly kind: "rejected";
  readonly reason: string;
  readonly isTooLarge: boolean;
  /** Reported if the server turns out to reject everything. */
  readonly notice: Notice;
}

/** The request failed and is repeated later. */
export interface Failed {
  readonly kind: "failed";
  readonly reason: string;
  /** Whether the server refused the credentials. */
  readonly isRefused: boolean;
  readonly notice: Notice;
  /** Whether no reply came: the server cannot be reached, or the request was not sent. */
  readonly isUnanswered?: boolean;
  /** Whether the request timed out. */
  readonly isTimeout?: boolean;
  /** How long the server asked the client to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** Outcome of a request. */
export type Outcome = Accepted | Rejected | Failed;

export interface SendOptions {
  /** Aborts the request, which then counts as failed. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the request continues after its page has ended. */
  readonly keepalive?: boolean | undefined;
}

/** Sends a body. An empty body checks whether the server accepts events at all. Never rejects. */
export type Send = (body: Uint8Array<ArrayBuffer>, options: SendOptions) => Promise<Outcome>;
