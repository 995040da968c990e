/** Seq's HTTP ingestion: one batch, one POST, one outcome. */

import type { SendOptions } from "../delivery/outcome.ts";
import { isCredentialHeader } from "../event/credential_names.ts";
import { readException } from "../event/exception.ts";
import { type Clock, type Timer, unref } from "../runtime/clock.ts";
import { endConnecting, watchConnections } from "../runtime/open_connections.ts";
import { missingNetPermission } from "../runtime/permissions.ts";
import { judgeResponse, type RequestInfo, type SeqOutcome, shorten, unanswered } from "./response_outcome.ts";

/** A value, or a function that is asked before each request. */
export type Asked<T> = T | (() => T | Promise<T>);

/** Where and how to post. */
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
/** How much of a reply is read. */
const maxReplyBytes = 65_536;
/** A timer that is so late says that the program was busy, and how long a reply may then still take to be read. */
const lateMs = 100;
const graceMs = 250;
/** How long the body of a reply is waited for once its status is known. */
const bodyMs = 1000;
/** A shorter value of a header would be found in texts by chance. */
const minSecretLength = 4;
/** What stands in the place of a secret. */
const hidden = "[hidden]";
/** Words of a language, names of errors, and statuses: a word that is longer, or is made of other characters, may be a secret. */
const harmlessWord = /^["'`([]*(?:[a-z]{1,12}(?:['’-][a-z]{1,12})?|\d{1,3}|[a-z]{1,20}error)["'`)\].,:;!?…]*$/i;

/** Posts a body and says what became of it; never rejects. An aborted signal makes it fail at once. */
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
    stop = () => giveUp(unanswered("The request was given up", url));
    timer = unref(clock.setTimeout(() => {
      // A timer that fires late means that the program was busy: the reply may be there, and has not been read yet.
      const isLate = clock.now() - begunMs > requestTimeoutMs + lateMs;
      if (isLate) timer = unref(clock.setTimeout(giveUpLate, graceMs));
      else giveUpLate();
    }, requestTimeoutMs));
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
  });
  try {
    return await Promise.race([request.send(), given]); // a fetch that was handed in may ignore its signal
  } finally {
    if (timer !== undefined) clock.clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    if (request.isCut) controller.abort(); // nobody reads the rest of its reply
  }
}

/** One POST. */
class PostRequest {
  /** What the head of the response has said; the rest only tells more of it. */
  early: SeqOutcome | undefined;
  /** Whether the body of the response was not waited for. */
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
      // A page's request begins at once where that can be: a frame that is removed ends with its last listener. Elsewhere it must not: Deno 2.1 never ends
      // if a request is given up as it begins.
      this.#headers = this.#options.keepalive && made instanceof Headers ? made : await made;
      return await this.#fetch(this.#headers);
    } catch (error) {
      // Without headers, a function of the program's has failed, and nobody knows which of its words are the key.
      return unanswered(describeFailure(error, this.#headers === undefined ? keepWords : (text) => this.#conceal(text)), url);
    }
  }

  async #fetch(headers: Headers): Promise<SeqOutcome> {
    const { url, clock, fetch = globalThis.fetch } = this.#settings; // called as a plain function: workerd refuses any other receiver
    const { signal, keepalive } = this.#options;
    const response = await fetch(url, {
      method: "POST",
      headers,
      body: this.#body,
      redirect: "manual",
      signal: signal!, // fetch reads undefined as none; its type does not say so
      ...(keepalive && { keepalive }),
    });
    const request: RequestInfo = { url, hasKey: headers.has("x-seq-apikey"), nowMs: clock.now(), conceal: (text) => this.#conceal(text) };
    this.early = judgeResponse(response, "", request);
    const reply = await this.#within(bodyMs, readReply(response)).catch(() => undefined); // cut off, silent, or not encoded as it says: the status stands
    this.isCut = reply === undefined;
    return reply === undefined ? this.early : judgeResponse(response, reply, request);
  }

  /** Returns what a promise resolves to, or `undefined` where that takes longer. */
  async #within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
    const { clock } = this.#settings;
    let timer: Timer | undefined;
    const late = new Promise<undefined>((resolve) => timer = unref(clock.setTimeout(() => resolve(undefined), ms)));
    try {
      return await Promise.race([work, late]);
    } finally {
      if (timer !== undefined) clock.clearTimeout(timer);
    }
  }

  /** Returns a text from outside without the values of the request's headers: a server, or what stands before it, may repeat the key. */
  #conceal(text: string): string {
    const secrets = [...this.#headers ?? []].flatMap((
      [name, value],
    ) => (name === "content-type" ? [] : [value, ...value.split(/[\s,;=]+/)]))
      .filter(({ length }) => length >= minSecretLength)
      .sort((one, other) => other.length - one.length); // a secret may begin with another
    return secrets.reduce((concealed, secret) => concealed.replaceAll(secret, hidden), text);
  }
}

/** Returns a text in which only plain words are left, and none that follows the name of a credential, as in `password: rosebud`. */
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

/** Returns what a failed fetch says; the runtimes put the meaning in different places. A header's value, which some repeat, is left out. */
function describeFailure(error: unknown, conceal: (text: string) => string): string {
  const texts: string[] = [];
  try {
    const { code, message, cause } = (error ?? {}) as { code?: unknown; message?: unknown; cause?: { code?: unknown; message?: unknown } };
    for (const text of [message, code, cause?.code, cause?.message]) if (typeof text === "string" && text !== "") texts.push(text);
  } catch {
    // its own code throws: what it is called remains
  }
  if (texts.length === 0) return shorten(conceal(readException(error).message));
  const whole = conceal([...new Set(texts)].join(": ")).slice(0, 2000); // cut only afterwards: half a secret would not be found
  if (/header/i.test(whole)) return "A header has a value that HTTP does not allow";
  return shorten(whole.replace(/(https?:\/\/[^\s?)]*)\?[^\s)]*/g, "$1")); // a query may hold the key
}
