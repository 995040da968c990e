/** Decides what a response of Seq, or of a proxy before it, means: the only table of statuses, with advice on each of them. */

import type { Accepted, Failed, Notice, Rejected } from "../delivery/outcome.ts";
import { isForeign } from "../runtime/page_events.ts";
import { quoteForeign } from "../harmless_text.ts";

/** Seq accepted the events. `minimumLevel` is the least severe level it wants, if the reply names one. */
export interface SeqAccepted extends Accepted {
  readonly minimumLevel: string | null;
}

/** The request failed; `status` is set if the server answered. */
export interface SeqFailed extends Failed {
  readonly status?: number;
}

/** Outcome of a request to Seq. */
export type SeqOutcome = SeqAccepted | Rejected | SeqFailed;

export interface RequestInfo {
  readonly url: string;
  /** Whether the request carried an API key. */
  readonly hasKey: boolean;
  readonly nowMs: number;
  /** Removes the request's secrets from a text. */
  readonly conceal: (text: string) => string;
}

/** What a status means: whether the body or the credentials are at fault, and what to do. */
interface StatusRule {
  readonly fault?: "body" | "size" | "key";
  readonly hint: string;
}

const keyHint = "Check the option apiKey, and the key's permission Ingest";
const bodyHint = "See the ingestion log of Seq for the reason";
/** Advice if the address is not the address of a Seq server. */
export const addressHint = "Check the options serverUrl and endpoint";
const serverHint = "Seq, or a proxy in front of it, has failed: look at its log";

/** Statuses with a meaning of their own; `ruleOf` handles the ranges. */
const rules: Readonly<Record<number, StatusRule>> = {
  400: { fault: "body", hint: bodyHint },
  401: { fault: "key", hint: keyHint },
  403: { fault: "key", hint: keyHint },
  407: { hint: "A proxy asks for a password: exempt Seq from it" },
  408: { hint: serverHint },
  413: { fault: "size", hint: "Lower maxBatchBytes, or raise the limit of Seq or of the proxy" },
  422: { fault: "body", hint: bodyHint },
  429: { hint: "Seq, or a proxy in front of it, asks for fewer requests: raise periodMs" },
};

function ruleOf(status: number): StatusRule {
  const known = rules[status];
  if (known !== undefined) return known;
  if (status < 400) return { hint: "Redirects are not followed: set serverUrl to the address of Seq itself" };
  return { hint: status < 500 ? addressHint : serverHint };
}

/** Returns what a response means, from its status and the part of the reply that was read. */
export function judgeResponse({ status, headers }: Response, reply: string, request: RequestInfo): SeqOutcome {
  if (status >= 200 && status < 300) return judgeAccepted(reply, request);
  const { fault, hint } = ruleOf(status);
  const said = quoteForeign(request.conceal(readError(reply) ?? reply));
  const location = status < 400 ? headers.get("location") : null;
  const reason = `HTTP ${status}${location === null ? "" : ` to ${quoteForeign(request.conceal(addressOf(location)))}`}${
    said === "" ? "" : `: ${said}`
  }`;
  const at = addressOf(request.url);
  if (fault === "key") {
    const isMissing = status === 401 && !request.hasKey;
    const message = isMissing ? `Seq asks for an API key, and none was sent (${reason})` : `Seq refuses the API key (${reason})`;
    const notice = { code: "refused", message, hint: isMissing ? "Set the option apiKey" : hint };
    return { kind: "failed", reason, isRefused: true, notice, status };
  }
  const notice = { code: "unreachable", message: `The server at ${at} answers, but does not accept events (${reason})`, hint };
  if (fault !== undefined) return { kind: "rejected", reason, isTooLarge: fault === "size", notice };
  const retryAfterMs = readRetryAfter(headers.get("retry-after"), request.nowMs);
  return { kind: "failed", reason, isRefused: false, notice, status, retryAfterMs };
}

/** Returns the outcome of a request that received no response. */
export function unanswered(reason: string, url: string, hint: string = adviceOn(reason, url)): SeqFailed {
  const message = `Seq cannot be reached at ${addressOf(url)} (${reason})`;
  return { kind: "failed", reason, isRefused: false, isUnanswered: true, notice: { code: "unreachable", message, hint } };
}

function adviceOn(reason: string, url: string): string {
  const isCertificate = /certificate|\bcert|\btls\b|\bssl\b|self.signed/i.test(reason);
  if (isCertificate) return "Check that this program trusts the certificate of Seq, and https or http in the option serverUrl";
  if (isForeign(url)) return "Check the option serverUrl, that Seq is running, and that it allows requests of this page (CORS)";
  return "Check the option serverUrl and that Seq is running";
}

/** Reads the reply to an accepted request. A reply may be empty, and need not name a level. */
function judgeAccepted(reply: string, { url, conceal }: RequestInfo): SeqAccepted {
  const doubt = (message: string, hint: string): Notice => ({ code: "odd-reply", message, hint });
  try {
    const { MinimumLevelAccepted: level } = JSON.parse(reply || "{}");
    const error = readError(reply);
    const notice = error === undefined ? undefined : doubt(
      `Events were accepted at ${addressOf(url)}, but the reply names an error, and they may be lost: ${quoteForeign(conceal(error))}`,
      bodyHint,
    );
    return { kind: "accepted", minimumLevel: typeof level === "string" ? level : null, ...(notice && { notice }) };
  } catch {
    const message = `Events were accepted at ${addressOf(url)}, but the reply is not Seq's`;
    const notice = doubt(message, "Check that serverUrl is the address of Seq itself");
    return { kind: "accepted", minimumLevel: null, notice };
  }
}

/** Returns the error that a reply names. Seq and its forwarders write `Error` or `error`. */
function readError(reply: string): string | undefined {
  try {
    const { Error: error, error: other } = JSON.parse(reply);
    return [error, other].find((text) => typeof text === "string");
  } catch {
    return undefined; // the reply is empty, or a proxy's page
  }
}

/** Reads a Retry-After header (RFC 9110 §10.2.3) in seconds or as a date. Returns milliseconds from now, or `undefined`. */
export function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = /[a-z]{3}/i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** Returns the address without credentials, query and parts of the path that may be secret. */
export function addressOf(url: string): string {
  return url.replace(/[?#].*/s, "").replace(/\/\/[^/@]*@/, "//").replace(secretParts, (part) => part[0] === ":" ? part : "/***");
}

/** Matches the host, and long parts of a path with a digit, which may be secret, such as the key that some proxies want there. */
export const secretParts: RegExp = /:\/\/[^/]*|\/(?=[^/]*\d)[^/]{16,}/g;
