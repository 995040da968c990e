/** Seq's HTTP ingestion: sends one batch in one POST and returns one outcome. */

import type { SendOptions } from "../delivery/outcome.ts";
import { isCredentialHeader } from "../event/credential_names.ts";
import { readException } from "../event/exception.ts";
import { quoteForeign } from "../harmless_text.ts";
import { lazyPattern } from "../lazy_pattern.ts";
import { type Clock, type Timer, unref, within } from "../runtime/clock.ts";
import { endConnecting, watchConnections } from "../runtime/open_connections.ts";
import { missingNetPermission } from "../runtime/permissions.ts";
import { failedByRedirect, redirectMode } from "../runtime/response_quirks.ts";
import { judgeResponse, type RequestInfo, secretParts, type SeqOutcome, unanswered } from "./response_outcome.ts";

/** A value, or a function that returns it before each request. */
export type Asked<T> = T | (() => T | Promise<T>);

/** Where and how requests are posted. */
export interface IngestionSettings {
  readonly url: string;
  readonly apiKey?: Asked<string | undefined | null>;
  readonly headers?: Asked<Readonly<Record<string, string>>> | undefined;
  readonly requestTimeoutMs: number;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly clock: Clock;
}

/** The media type that selects CLEF on every version of Seq. */
const contentType = "application/vnd.serilog.clef";
/** Most bytes read of a reply. */
const maxReplyBytes = 65_536;
/** If a timer is more than 100 ms late, the program was busy and may not have read the reply yet. The request then gets 250 ms more. */
const lateMs = 100;
const graceMs = 250;
/** How long to wait for the body of a reply once its status is known. */
const bodyMs = 1000;
/** The parts of a secret that are searched for in a text. A shorter part would match other words by chance. */
const secretPart = lazyPattern("[\\p{L}\\p{N}]{4,}", "gu");
/** Replaces a secret. */
const hidden = "[hidden]";
/** Plain words, names of errors, and statuses. A longer word, or a word with other characters, may be a secret. */
const harmlessWord = /^["'`([]*(?:[a-z]{1,12}(?:['\u2019-][a-z]{1,12})?|\d{1,3}|[a-z]{1,20}error)["'`)\].,:;!?\u2026]*$/i;

/** Posts a body and returns the outcome; never rejects. An aborted signal ends the request immediately. */
export async function post(
  body: Uint8Array<ArrayBuffer>,
  settings: IngestionSettings,
  { signal, keepalive }: SendOptions = {},
): Promise<SeqOutcome> {
  const { clock, requestTimeoutMs, url } = settings;
  const controller = new AbortController();
  let timer: Timer | undefined;
  let stop = (): void => {};
  if (settings.fetch === undefined) watchConnections();
  const request = new PostRequest(body, settings, { signal: controller.signal, keepalive });
  const begunMs = clock.now();
  const given = new Promise<SeqOutcome>((resolve) => {
    const giveUp = (outcome: SeqOutcome): void => {
      controller.abort();
      endConnecting(url);
      resolve(request.early ?? outcome);
    };
    const giveUpLate = (): void => giveUp({ ...unanswered(`No reply within ${requestTimeoutMs} ms`, url), isTimeout: true });
    stop = () => giveUp(unanswered("The request was aborted", url));
    timer = unref(clock.setTimeout(() => {
      // A late timer means that the program was busy: the reply may have arrived without being read yet.
      const isLate = clock.now() - begunMs > requestTimeoutMs + lateMs;
      if (isLate) timer = unref(clock.setTimeout(giveUpLate, graceMs));
      else giveUpLate();
    }, requestTimeoutMs));
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
  });
  try {
    return await Promise.race([request.send(), given]); // a fetch from the options may ignore its signal
  } finally {
    if (timer !== undefined) clock.clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    if (request.isCut) controller.abort(); // stops reading the rest of the reply
  }
}

class PostRequest {
  /** Outcome according to the response's status and headers; the body can only add details. */
  early: SeqOutcome | undefined;
  /** Whether the body of the response did not arrive in time. */
  isCut = false;
  readonly #body: Uint8Array<ArrayBuffer>;
  readonly #settings: IngestionSettings;
  readonly #options: SendOptions;
  #headers: Headers | undefined;

  constructor(body: Uint8Array<ArrayBuffer>, settings: IngestionSettings, options: SendOptions) {
    this.#body = body;
    this.#settings = settings;
    this.#options = options;
  }

  async send(): Promise<SeqOutcome> {
    const { url } = this.#settings;
    try {
      const flag = this.#settings.fetch === undefined ? missingNetPermission(url) : undefined;
      if (flag !== undefined) return unanswered(`Deno needs the permission ${flag}`, url, `Run Deno with ${flag}`);
      const made = makeHeaders(this.#settings);
      // On a page, a request starts synchronously if possible, because a removed frame stops after its last listener. Elsewhere it starts
      // later, because Deno 2.1 never exits if a request is aborted as it begins.
      this.#headers = this.#options.keepalive && made instanceof Headers ? made : await made;
      return await this.#fetch(this.#headers);
    } catch (error) {
      // Without headers, a function of the program threw, and any word of its message could be the key.
      return unanswered(describeFailure(error, this.#headers === undefined ? keepWords : (text) => this.#conceal(text)), url);
    }
  }

  async #fetch(headers: Headers): Promise<SeqOutcome> {
    const { url, clock, fetch = globalThis.fetch } = this.#settings; // called without `this`: workerd refuses other objects
    const { signal, keepalive } = this.#options;
    const send = async (): Promise<Response> =>
      await fetch(url, {
        method: "POST",
        headers,
        body: this.#body,
        redirect: redirectMode(),
        signal: signal!, // fetch accepts undefined, but its type does not
        ...(keepalive && { keepalive }),
      });
    const response = await send().catch((error) => failedByRedirect(error) ? send() : Promise.reject(error));
    const request: RequestInfo = { url, hasKey: headers.has("x-seq-apikey"), nowMs: clock.now(), conceal: (text) => this.#conceal(text) };
    this.early = judgeResponse(response, "", request);
    const reply = await within(readReply(response), { clock, ms: bodyMs }).catch(() => undefined); // if the reply is unreadable, the status decides
    this.isCut = reply === undefined;
    return reply === undefined ? this.early : judgeResponse(response, reply, request);
  }

  /**
   * Removes the values of the request's headers and query, and secret parts of its path, from a text, because a server or proxy may repeat
   * the key, in another case, escaped, or in part.
   */
  #conceal(text: string): string {
    const { searchParams, pathname } = new URL(this.#settings.url);
    const carried = [...searchParams.values(), ...(pathname.match(secretParts) ?? [])];
    for (const [name, value] of this.#headers ?? []) if (name !== "content-type") carried.push(value);
    const all = carried.join(" ").toLowerCase();
    const parts = all.match(secretPart()) ?? [];
    const isSecret = (part: string): boolean => all.includes(part) || parts.some((one) => part.includes(one));
    return text.replace(/[^\s"'<>()[\]{},;=]+/g, (word) => (word.toLowerCase().match(secretPart())?.some(isSecret) ? hidden : word));
  }
}

/** Keeps only plain words of a text, and hides a word that follows a credential's name, as in `password: rosebud`. */
function keepWords(text: string): string {
  let isNamed = false;
  const words = text.slice(0, 2000).split(/\s+/).map((word) => {
    const isKept = !isNamed && harmlessWord.test(word);
    isNamed = /[:=]["'`]?$/.test(word) && isCredentialHeader(word);
    return isKept ? word : hidden;
  });
  return words.join(" ");
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

/** Reads the reply to its end, so that the connection can be reused. Cuts a reply that is longer than Seq's replies are. */
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

/** Returns the reason of a failed fetch, which runtimes store in different places. Removes header values, which some runtimes repeat. */
function describeFailure(error: unknown, conceal: (text: string) => string): string {
  const texts: string[] = [];
  try {
    const { code, message, cause } = (error ?? {}) as { code?: unknown; message?: unknown; cause?: { code?: unknown; message?: unknown } };
    for (const text of [message, code, cause?.code, cause?.message]) if (typeof text === "string" && text !== "") texts.push(text);
  } catch {
    // reading a property of the error threw: only its name is used
  }
  if (texts.length === 0) return quoteForeign(conceal(readException(error).message));
  const whole = conceal([...new Set(texts)].join(": ")).slice(0, 2000); // cut last: half a secret would not be found
  if (/header/i.test(whole)) return "A header has a value that HTTP does not allow";
  return quoteForeign(whole.replace(/(https?:\/\/[^\s?)]*)\?[^\s)]*/g, "$1")); // a query may hold the key
}
