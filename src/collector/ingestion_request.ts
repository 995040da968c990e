/** What Seq reads off an ingestion request before it looks at the events. */

import { IngestionError } from "./ingestion_error.ts";

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
