/** Decides what a request's URL, headers and size mean before its events are read. */

import { IngestionError } from "./answer.ts";

const clefMediaType = "application/vnd.serilog.clef";

/** Returns the values of a query parameter in order, ignoring the case of names as ASP.NET does. `null` is a name without `=`. */
function queryValues(search: string, name: string): (string | null)[] {
  const parts = search.replace(/^\?/, "").split("&");
  return parts.flatMap((part) => {
    const [entry] = new URLSearchParams(part);
    if (entry?.[0].toLowerCase() !== name.toLowerCase()) return [];
    return [part.includes("=") ? entry[1] : null];
  });
}

/**
 * Returns whether a body on `/api/events/raw` is CLEF: by exactly one `?clef`, `?clef=true` or `?clef=clef` (not `?clef=`), or by its media
 * type.
 */
export function isClef(search: string, contentType: string | null): boolean {
  const flags = queryValues(search, "clef");
  const isFlagged = flags.length === 1 && (flags[0] === null || flags[0] === "clef" || flags[0]?.toLowerCase() === "true");
  return isFlagged || (contentType?.toLowerCase().startsWith(clefMediaType) ?? false);
}

/** Returns a request's API key and its source. The header `X-Seq-ApiKey`, unless it is blank, wins over `apiKey` in the query. */
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
 * Reads a request's body completely, but no more than the limit.
 *
 * @throws {IngestionError} With status 413 if the body, or its declared length, exceeds the limit.
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
      void reader?.cancel().catch(() => undefined); // the body is no longer needed; a failure to cancel it does not matter
      throw tooLarge();
    }
  }
  return concatenate(chunks, length);
}

/** A request to the collector, on any route and with any outcome. */
export interface CollectedRequest {
  /** The HTTP method in upper case. */
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The query with its `?`, or `""`. */
  readonly query: string;
  /** The response's status; `null` without a response: after a reset or a hang, or if the client disconnected. */
  readonly status: number | null;
  /** The `Error` of the response; `null` if the response has none. */
  readonly error: string | null;
  /** The header `Content-Type`. */
  readonly contentType: string | null;
  /** The API key that was used, right or wrong; `null` if there was none. */
  readonly apiKey: string | null;
  /** Where the API key was found. */
  readonly apiKeyFrom: "header" | "query" | null;
  /** The bytes of the body; 0 if it was not read completely. */
  readonly bytes: number;
  /** The number of accepted events. */
  readonly count: number;
  /** When the request arrived, in milliseconds since 1970. */
  readonly atMs: number;
  /** All headers by their lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request without an outcome yet. */
export type PendingRequest = { -readonly [Field in keyof CollectedRequest]: CollectedRequest[Field] };

/** Records what is known about a request when it arrives. */
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
