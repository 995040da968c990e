/** The check of a server: can it be reached, does it take the key, which version is it? */

import type { CheckResult } from "../handler.ts";
import { type IngestionSettings, post } from "./ingestion.ts";

/** Posts an empty body, and asks for the version. */
export async function checkServer(settings: IngestionSettings, serverUrl: string): Promise<CheckResult> {
  const outcome = await post(new Uint8Array(0), settings);
  if (outcome.kind === "rejected") {
    return {
      ok: false,
      message: `The server answers, but does not take events as Seq does (${outcome.reason}): check serverUrl and endpoint`,
    };
  }
  if (outcome.kind === "failed") {
    const { refused, reason } = outcome;
    const message = refused
      ? `Seq refuses the API key (${reason}): check apiKey, and that the key has the permission Ingest`
      : `Seq cannot be reached (${reason}): check serverUrl, and that Seq is running`;
    return { ok: false, message };
  }
  if (outcome.isOdd) return { ok: false, message: "The server answers, but not as Seq does: check that serverUrl is the address of Seq" };
  const version = await readVersion(settings, serverUrl);
  return {
    ok: true,
    message: `Seq ${version === undefined ? "" : `${version} `}accepts events`,
    ...(version !== undefined && { version }),
  };
}

/** What the server says of itself; nothing where it does not, as behind a port for events only. */
async function readVersion(
  { fetch = globalThis.fetch, requestTimeoutMs }: IngestionSettings,
  serverUrl: string,
): Promise<string | undefined> {
  try {
    const response = await fetch(`${serverUrl.replace(/\/*$/, "/")}api`, { signal: AbortSignal.timeout(Math.min(requestTimeoutMs, 5000)) });
    const { Version } = JSON.parse(await response.text());
    return typeof Version === "string" ? Version : undefined;
  } catch {
    return undefined; // it takes events all the same
  }
}
