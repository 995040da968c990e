/** One request as the collector keeps it. */

import { apiKeyOf } from "./ingestion_request.ts";

/** A request that the collector has had, of whatever route and outcome. */
export interface CollectedRequest {
  /** The HTTP method, in capitals. */
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The query with its `?`, or `""`. */
  readonly query: string;
  /** The status it was answered with; `null` where it was not: a reset, a hang, a client that went away. */
  readonly status: number | null;
  /** What the answer's `Error` says; `null` where it has none. */
  readonly error: string | null;
  /** The header `Content-Type`. */
  readonly contentType: string | null;
  /** The API key that counted, right or wrong; `null` where there was none. */
  readonly apiKey: string | null;
  /** Where the API key stood. */
  readonly apiKeyFrom: "header" | "query" | null;
  /** Bytes of the body; 0 where it was not read to its end. */
  readonly bytes: number;
  /** Events taken in. */
  readonly count: number;
  /** When the request came, in milliseconds since 1970. */
  readonly atMs: number;
  /** All headers, by their lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request whose outcome is open. */
export type PendingRequest = { -readonly [Field in keyof CollectedRequest]: CollectedRequest[Field] };

/** What is known of a request when it comes. */
export function pendingRequest(request: Request): PendingRequest {
  const { pathname: path, search: query } = new URL(request.url);
  return {
    method: request.method,
    path,
    query,
    status: null,
    error: null,
    contentType: request.headers.get("content-type"),
    ...apiKeyOf(request.headers, query),
    bytes: 0,
    count: 0,
    atMs: Date.now(),
    headers: Object.fromEntries(request.headers),
  };
}
