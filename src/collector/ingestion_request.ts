/** A request as the collector keeps it, and what Seq reads off it before it looks at the events. */

import { IngestionError } from "./answer.ts";

const clefMediaType = "application/vnd.serilog.clef";

/** The values of a query's parameter, in order; names count in any case, as ASP.NET has it. `null` is a name without `=`. */
function queryValues(search: string, name: string): (string | null)[] {
  const parts = search.replace(/^\?/, "").split("&");
  return parts.flatMap((part) => {
    const [entry] = new URLSearchParams(part);
    if (entry?.[0].toLowerCase() !== name.toLowerCase()) return [];
    return [part.includes("=") ? entry[1] : null];
  });
}

/** Whether a body on `/api/events/raw` is CLEF: by exactly one `?clef`, `?clef=true` or `?clef=clef` (`?clef=` says no), or by the start of its media type. */
export function isClef(search: string, contentType: string | null): boolean {
  const flags = queryValues(search, "clef");
  const isFlagged = flags.length === 1 && (flags[0] === null || flags[0] === "clef" || flags[0]?.toLowerCase() === "true");
  return isFlagged || (contentType?.toLowerCase().startsWith(clefMediaType) ?? false);
}

/** The API key of a request and where it stood: the header `X-Seq-ApiKey`, unless blank, wins over the query's `apiKey`. */
export function apiKeyOf(headers: Headers, search: string): { apiKey: string | null; apiKeyFrom: "header" | "query" | null } {
  const header = headers.get("x-seq-apikey")?.trim();
  if (header) return { apiKey: header, apiKeyFrom: "header" };
  const query = queryValues(search, "apiKey").at(-1)?.trim();
  return query ? { apiKey: query, apiKeyFrom: "query" } : { apiKey: null, apiKeyFrom: null };
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/**
 * Reads a request's body whole, and no further than the limit.
 *
 * @throws {IngestionError} With status 413 where the body, or the length that its header names, is above the limit.
 */
export async function readBody(request: Request, maxPayloadBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new IngestionError(413, `Maximum raw payload content length of ${maxPayloadBytes} bytes exceeded`);
  if (Number(request.headers.get("content-length") ?? 0) > maxPayloadBytes) throw tooLarge();
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    chunks.push(read.value);
    length += read.value.length;
    if (length > maxPayloadBytes) {
      void reader?.cancel().catch(() => undefined); // the body is no more of interest, nor is whether it could be given up
      throw tooLarge();
    }
  }
  return concatenate(chunks, length);
}

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
