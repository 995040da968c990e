/** The check of a server: can it be reached, does it take the key, which version is it? */

import type { CheckResult } from "../handler_stats.ts";
import { quoteForeign } from "../harmless_text.ts";
import { type IngestionSettings, post } from "./http_post.ts";

/** How long the question for the version may take. */
const versionTimeoutMs = 5000;

/** Posts an empty body, and asks for the version. */
export async function checkServer(settings: IngestionSettings, serverUrl: string): Promise<CheckResult> {
  const outcome = await post(new Uint8Array(0), settings);
  if (outcome.kind === "rejected") {
    return {
      ok: false,
      message: `The server answers, but does not take events as Seq does (${outcome.reason}): check the options serverUrl and endpoint`,
    };
  }
  if (outcome.kind === "failed") {
    const { message, hint } = outcome.notice;
    return { ok: false, message: `${message}. ${hint}` };
  }
  if (outcome.notice !== undefined) {
    return { ok: false, message: "The server answers, but not as Seq does: check that serverUrl is the address of Seq" };
  }
  const version = await readVersion(settings, serverUrl);
  return {
    ok: true,
    message: `Seq ${version === undefined ? "" : `${version} `}accepts events`,
    ...(version !== undefined && { version }),
  };
}

/** What the server says of itself; nothing where it does not, as behind a port for events only. */
async function readVersion(
  { fetch = globalThis.fetch, requestTimeoutMs, clock }: IngestionSettings,
  serverUrl: string,
): Promise<string | undefined> {
  const controller = new AbortController();
  let giveUp = (): void => {};
  const over = new Promise<undefined>((resolve) => giveUp = () => resolve(undefined));
  const timer = clock.setTimeout(() => {
    controller.abort();
    giveUp(); // a fetch that was handed in may ignore its signal
  }, Math.min(requestTimeoutMs, versionTimeoutMs));
  const ask = async (): Promise<string | undefined> => {
    try {
      const response = await fetch(`${serverUrl.replace(/\/*$/, "/")}api`, { signal: controller.signal });
      const { Version } = JSON.parse(await response.text());
      return typeof Version === "string" ? quoteForeign(Version) : undefined;
    } catch {
      return undefined; // it takes events all the same
    }
  };
  try {
    return await Promise.race([ask(), over]);
  } finally {
    clock.clearTimeout(timer);
  }
}
