/** Seq's HTTP ingestion: one batch, one POST, one outcome. */

import { isForeign } from "../runtime/page.ts";
import { type Clock, type Timer, unref } from "../runtime/clock.ts";
import { readException } from "../event/exception.ts";
import { missingNetPermission } from "../runtime/permissions.ts";
import { readRetryAfter } from "../delivery/request_schedule.ts";

/** What became of a POST. */
export type Outcome =
  /** Any 2xx: with the least level that the server wants, if it names one; `isOdd` where the reply is none of Seq's. */
  | { readonly kind: "accepted"; readonly minimumLevel: string | null; readonly isOdd: boolean }
  /** 400, 413 or 422: something in the body is at fault, or, with 413, its size. */
  | { readonly kind: "rejected"; readonly reason: string; readonly isTooLarge: boolean }
  /** Everything else: to be tried again. `refused` is the key's fault (401, 403); `status` is there if the server has answered. */
  | {
    readonly kind: "failed";
    readonly reason: string;
    readonly refused: boolean;
    readonly status?: number;
    readonly retryAfterMs?: number;
  };

/** A request that is to be tried again. */
export type Failed = Outcome & { readonly kind: "failed" };

/** A text, or a function that is asked before each request. */
export type Asked<T> = T | (() => T | Promise<T>);

/** Where and how to post. */
export interface IngestionSettings {
  readonly url: string;
  readonly apiKey?: Asked<string | undefined | null>;
  readonly headers?: Asked<Readonly<Record<string, string>>>;
  readonly requestTimeoutMs: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Whether the request outlives the page that sends it. Default: false. */
  readonly keepalive?: boolean;
}

/** The media type that selects CLEF on every version of Seq. */
const contentType = "application/vnd.serilog.clef";
/** How much of a reply is read. */
const maxReplyBytes = 65_536;

/** Posts a body and says what became of it; never throws. An aborted signal makes it fail at once. */
export async function post(body: Uint8Array<ArrayBuffer>, settings: IngestionSettings, signal?: AbortSignal): Promise<Outcome> {
  const { clock, requestTimeoutMs } = settings;
  const controller = new AbortController();
  let timer: Timer | undefined;
  let stop = (): void => {};
  /** What the head of the reply has said; the rest only tells more of it. */
  let early: Outcome | undefined;
  const given = new Promise<Outcome>((resolve) => {
    const giveUp = (reason: string): void => {
      controller.abort();
      resolve(early ?? { kind: "failed", reason, refused: false });
    };
    stop = () => giveUp("The request was given up");
    timer = unref(clock.setTimeout(() => giveUp(`No reply within ${requestTimeoutMs} ms`), requestTimeoutMs));
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
  });
  try {
    const sent = send(body, settings, controller.signal, (outcome) => (early = outcome));
    return await Promise.race([sent, given]); // a fetch that was handed in may ignore its signal
  } finally {
    if (timer !== undefined) clock.clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

async function send(
  body: Uint8Array<ArrayBuffer>,
  settings: IngestionSettings,
  signal: AbortSignal,
  answered: (early: Outcome) => void,
): Promise<Outcome> {
  try {
    const flag = settings.fetch === undefined ? missingNetPermission(settings.url) : undefined;
    if (flag !== undefined) return { kind: "failed", reason: `Deno needs the permission ${flag}`, refused: false };
    const made = makeHeaders(settings);
    // a page's begins at once where that can be: a frame that is removed ends with its last listener. Deno 2.1 never ends if one is given up as it begins
    const headers = settings.keepalive && made instanceof Headers ? made : await made;
    const fetch = settings.fetch ?? globalThis.fetch; // called as a plain function: workerd refuses any other receiver
    const { url, keepalive } = settings;
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal, ...(keepalive && { keepalive }) });
    const early = judge(response, "", settings.clock.now());
    answered(early);
    const reply = await readReply(response).catch(() => undefined); // cut off, or not encoded as it says: the status stands
    return reply === undefined ? early : judge(response, reply, settings.clock.now());
  } catch (error) {
    return { kind: "failed", reason: failure(error), refused: false };
  }
}

function makeHeaders({ apiKey, headers }: IngestionSettings): Headers | Promise<Headers> {
  if (typeof headers !== "function" && typeof apiKey !== "function") return headersOf(headers, apiKey);
  return askHeaders(headers, apiKey);
}

async function askHeaders(headers: IngestionSettings["headers"], apiKey: IngestionSettings["apiKey"]): Promise<Headers> {
  const given = typeof headers === "function" ? await headers() : headers;
  return headersOf(given, typeof apiKey === "function" ? await apiKey() : apiKey);
}

function headersOf(given?: Readonly<Record<string, string>>, key?: string | null): Headers {
  const all = new Headers({ "content-type": contentType });
  for (const [name, text] of Object.entries(given ?? {})) all.set(name, text);
  if (key) all.set("x-seq-apikey", key);
  return all;
}

/** Reads the reply to its end, so that the connection is used again; a longer one than any of Seq's is cut off. */
async function readReply(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; bytes < maxReplyBytes;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

function judge({ status, headers }: Response, reply: string, nowMs: number): Outcome {
  if (status >= 200 && status < 300) return { kind: "accepted", ...readAccepted(reply) };
  const said = readError(reply) ?? reply.replace(/\s+/g, " ").trim().slice(0, 200);
  const to = status >= 300 && status < 400 ? headers.get("location")?.replace(/[?#].*/s, "").replace(/\/\/[^/@]*@/, "//") : undefined;
  const reason = `HTTP ${status}${to === undefined ? "" : ` to ${to.slice(0, 200)}`}${said === "" ? "" : `: ${said}`}`;
  if (status === 400 || status === 413 || status === 422) return { kind: "rejected", reason, isTooLarge: status === 413 };
  const refused = status === 401 || status === 403;
  return { kind: "failed", reason, refused, status, retryAfterMs: readRetryAfter(headers.get("retry-after"), nowMs) };
}

/** What the reply to an accepted request says; an empty one, and one without a level, say nothing. */
function readAccepted(reply: string): { minimumLevel: string | null; isOdd: boolean } {
  try {
    const { MinimumLevelAccepted: level } = JSON.parse(reply || "{}");
    return { minimumLevel: typeof level === "string" ? level : null, isOdd: false };
  } catch {
    return { minimumLevel: null, isOdd: true }; // a page of something that is not Seq
  }
}

/** The error that the reply tells of, whatever the case of its name: Seq and its forwarders differ. */
function readError(reply: string): string | undefined {
  try {
    const { Error: error, error: other } = JSON.parse(reply);
    return [error, other].find((text) => typeof text === "string");
  } catch {
    return undefined; // no JSON: a proxy's page, or nothing
  }
}

/** What a failed fetch says; the runtimes put the telling part in different places. A header's value, which some repeat, is left out. */
function failure(error: unknown): string {
  const { code, message, cause } = (error ?? {}) as { code?: unknown; message?: unknown; cause?: { code?: unknown; message?: unknown } };
  const texts = [message, code, cause?.code, cause?.message].filter((text): text is string => typeof text === "string" && text !== "");
  if (texts.length === 0) return readException(error).message;
  const whole = [...new Set(texts)].join(": ").replace(/(https?:\/\/[^\s?)]*)\?[^\s)]*/g, "$1"); // a query may hold the key
  const text = whole.replace(/\s+/g, " ").trim().slice(0, 300);
  return /header/i.test(whole) ? "A header has a value that HTTP does not allow" : text;
}

/** What a person can do about a failure. */
export function adviceOn({ reason, refused, status }: Failed, url: string): string {
  if (refused) return "Check the option apiKey and that the key has the permission Ingest";
  if (status === undefined) {
    const isCertificate = /certificate|\bcert|\btls\b|\bssl\b|self.signed/i.test(reason);
    if (isCertificate) return "Check the certificate of Seq, that this program trusts it, and https or http in the option serverUrl";
    if (isForeign(url)) return "Check the option serverUrl, that Seq is running, and that it allows requests of this page (CORS)";
    return "Check the option serverUrl and that Seq is running";
  }
  if (status < 400) return "Requests are not redirected: set the option serverUrl to the address of Seq itself";
  if (status === 407) return "A proxy asks for a password";
  if (status === 408 || status === 429 || status >= 500) {
    return "Something is wrong with Seq or with what stands before it: look at its log";
  }
  return "Check the options serverUrl and endpoint: what answers there does not take events";
}
