/** Checks a server: whether it can be reached, whether it accepts the key, and which version it is. */

import type { CheckResult } from "../handler_stats.ts";
import { quoteForeign } from "../harmless_text.ts";
import { within } from "../runtime/clock.ts";
import { type IngestionSettings, post } from "./http_post.ts";
import { addressHint } from "./response_outcome.ts";

/** Time-out of the request for the version. */
const versionTimeoutMs = 5000;

/** Posts an empty body, and asks for the version. */
export async function checkServer(settings: IngestionSettings, serverUrl: string): Promise<CheckResult> {
  const outcome = await post(new Uint8Array(0), settings);
  const { kind, notice } = outcome;
  if (notice !== undefined) {
    const message = kind === "accepted" ? "The server answers, but not as Seq does" : notice.message;
    return { ok: false, message: `${message}. ${kind === "rejected" ? addressHint : notice.hint}` };
  }
  const version = await readVersion(settings, serverUrl);
  return {
    ok: true,
    message: `Seq ${version === undefined ? "" : `${version} `}accepts events`,
    ...(version !== undefined && { version }),
  };
}

/** Returns the version of the server, or `undefined` if it is unknown, as on Seq's ingestion-only port. */
async function readVersion(
  { fetch = globalThis.fetch, requestTimeoutMs, clock }: IngestionSettings,
  serverUrl: string,
): Promise<string | undefined> {
  const controller = new AbortController();
  const ask = async (): Promise<string | undefined> => {
    try {
      const response = await fetch(`${serverUrl.replace(/\/*$/, "/")}api`, { signal: controller.signal });
      const { Version } = JSON.parse(await response.text());
      return typeof Version === "string" ? quoteForeign(Version) : undefined;
    } catch {
      return undefined; // the server accepts events nevertheless
    }
  };
  const version = await within(ask(), { clock, ms: Math.min(requestTimeoutMs, versionTimeoutMs), holds: true });
  controller.abort(); // without an effect once the reply is read
  return version;
}
