/** What became of a request, and the function that makes one: all that delivery knows of the server. */

/** What a person is told: a stable code, a sentence, and what can be done. */
export interface Notice {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** The server has taken the body. */
export interface Accepted {
  readonly kind: "accepted";
  /** There where the reply raises a doubt; it is reported once. */
  readonly notice?: Notice;
}

/** The body is at fault: an event in it or, where `isTooLarge`, its size. */
export interface Rejected {
  readonly kind: "rejected";
  readonly reason: string;
  readonly isTooLarge: boolean;
  /** What is reported where the server turns out to reject everything. */
  readonly notice: Notice;
}

/** The request failed and is tried again. */
export interface Failed {
  readonly kind: "failed";
  readonly reason: string;
  /** Whether the server refuses the credentials. */
  readonly isRefused: boolean;
  readonly notice: Notice;
  /** Whether the body was not answered in time. */
  readonly isTimeout?: boolean;
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** What became of a request. */
export type Outcome = Accepted | Rejected | Failed;

/** How one request is to be made. */
export interface SendOptions {
  /** Ends the request, which then has failed. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the request outlives the page that makes it. */
  readonly keepalive?: boolean | undefined;
}

/** Sends a body; an empty one asks whether the server takes events at all. Never rejects. */
export type Send = (body: Uint8Array<ArrayBuffer>, options: SendOptions) => Promise<Outcome>;
