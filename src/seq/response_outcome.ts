/** What a response of Seq, or of something before it, means: the one table of statuses, and what a person is told of each. */

import type { Accepted, Failed, Notice, Rejected } from "../delivery/outcome.ts";
import { isForeign } from "../runtime/page_events.ts";
import { harmless } from "../harmless_text.ts";

/** Seq has taken the events; `minimumLevel` is the least level that it wants, where it names one. */
export interface SeqAccepted extends Accepted {
  readonly minimumLevel: string | null;
}

/** The request failed; `status` is there if the server has answered. */
export interface SeqFailed extends Failed {
  readonly status?: number;
}

/** What became of a request to Seq. */
export type SeqOutcome = SeqAccepted | Rejected | SeqFailed;

/** Where the request went, and what it carried. */
export interface RequestInfo {
  readonly url: string;
  /** Whether it carried an API key. */
  readonly hasKey: boolean;
  readonly nowMs: number;
  /** Takes the request's secrets out of a text. */
  readonly conceal: (text: string) => string;
}

/** The most characters of a text from outside that people are shown. */
const maxShown = 200;

/** What a status means: whether the body or the credentials are at fault, and what can be done. */
interface StatusRule {
  readonly fault?: "body" | "size" | "key";
  readonly hint: string;
}

const keyHint = "Check the option apiKey and that the key has the permission Ingest";
const bodyHint = "Look at the ingestion log of Seq, which names the reason";
const addressHint = "Check the options serverUrl and endpoint: what answers there does not take events";
const serverHint = "Something is wrong with Seq or with what stands before it: look at its log";

/** The statuses that mean something of their own; ranges stand below. */
const rules: Readonly<Record<number, StatusRule>> = {
  400: { fault: "body", hint: bodyHint },
  401: { fault: "key", hint: keyHint },
  403: { fault: "key", hint: keyHint },
  407: { hint: "A proxy asks for a password" },
  408: { hint: serverHint },
  413: { fault: "size", hint: "Lower maxBatchBytes, or raise the limit of what stands before Seq" },
  422: { fault: "body", hint: bodyHint },
  429: { hint: "Seq, or what stands before it, asks for fewer requests" },
};

function ruleOf(status: number): StatusRule {
  const known = rules[status];
  if (known !== undefined) return known;
  if (status < 400) return { hint: "Requests are not redirected: set the option serverUrl to the address of Seq itself" };
  return { hint: status < 500 ? addressHint : serverHint };
}

/** Returns what a response means, as far as its reply has been read. */
export function judgeResponse({ status, headers }: Response, reply: string, request: RequestInfo): SeqOutcome {
  if (status >= 200 && status < 300) return judgeAccepted(reply, request);
  const { fault, hint } = ruleOf(status);
  const said = shorten(request.conceal(readError(reply) ?? reply));
  const location = status < 400 ? headers.get("location")?.replace(/[?#].*/s, "").replace(/\/\/[^/@]*@/, "//") : undefined;
  const reason = `HTTP ${status}${location === undefined ? "" : ` to ${shorten(request.conceal(location))}`}${
    said === "" ? "" : `: ${said}`
  }`;
  const at = originOf(request.url);
  if (fault === "key") {
    const isMissing = status === 401 && !request.hasKey;
    const message = isMissing ? `Seq asks for an API key, and none was sent (${reason})` : `Seq refuses the API key (${reason})`;
    const notice = { code: "refused", message, hint: isMissing ? "Set the option apiKey" : hint };
    return { kind: "failed", reason, isRefused: true, notice, status };
  }
  const notice = { code: "unreachable", message: `The server at ${at} answers, but takes no events (${reason})`, hint };
  if (fault !== undefined) return { kind: "rejected", reason, isTooLarge: fault === "size", notice };
  const retryAfterMs = readRetryAfter(headers.get("retry-after"), request.nowMs);
  return { kind: "failed", reason, isRefused: false, notice, status, retryAfterMs };
}

/** Returns the outcome of a request that has no response. */
export function unanswered(reason: string, url: string, hint: string = adviceOn(reason, url)): SeqFailed {
  const message = `Seq cannot be reached at ${originOf(url)} (${reason})`;
  return { kind: "failed", reason, isRefused: false, notice: { code: "unreachable", message, hint } };
}

function adviceOn(reason: string, url: string): string {
  const isCertificate = /certificate|\bcert|\btls\b|\bssl\b|self.signed/i.test(reason);
  if (isCertificate) return "Check the certificate of Seq, that this program trusts it, and https or http in the option serverUrl";
  if (isForeign(url)) return "Check the option serverUrl, that Seq is running, and that it allows requests of this page (CORS)";
  return "Check the option serverUrl and that Seq is running";
}

/** Reads the reply to an accepted request; an empty one, and one without a level, say nothing. */
function judgeAccepted(reply: string, { url, conceal }: RequestInfo): SeqAccepted {
  const doubt = (message: string, hint: string): Notice => ({ code: "odd-reply", message, hint });
  try {
    const { MinimumLevelAccepted: level } = JSON.parse(reply || "{}");
    const error = readError(reply);
    const notice = error === undefined ? undefined : doubt(
      `Events were accepted at ${originOf(url)}, but the reply names an error, and they may be lost: ${shorten(conceal(error))}`,
      "Look at the ingestion log of Seq, which names the reason",
    );
    return { kind: "accepted", minimumLevel: typeof level === "string" ? level : null, ...(notice && { notice }) };
  } catch {
    const message = `Events were accepted at ${originOf(url)}, but the reply is not one of Seq's`;
    const notice = doubt(message, "Check that serverUrl is the address of Seq, and not of something before it");
    return { kind: "accepted", minimumLevel: null, notice };
  }
}

/** Returns the error that a reply names, whatever the case of its name: Seq and its forwarders differ. */
function readError(reply: string): string | undefined {
  try {
    const { Error: error, error: other } = JSON.parse(reply);
    return [error, other].find((text) => typeof text === "string");
  } catch {
    return undefined; // no JSON: a proxy's page, or nothing
  }
}

/** Reads a Retry-After header (RFC 9110 §10.2.3), seconds or a date, as milliseconds from now; `undefined` where it is neither. */
export function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = /[a-z]{3}/i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** Returns a text from outside on one line, harmless to show and cut off where it is long. */
export function shorten(text: string): string {
  return harmless(text.slice(0, 10 * maxShown).replace(/\s+/g, " ").trim().slice(0, maxShown));
}

/** Returns the address without what may be secret: credentials and query. */
function originOf(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//").replace(/\?.*/s, "");
}
