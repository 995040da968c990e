/** Decides whether a response's body is a stream, and notices how the stream ends. */

import { isBun, isStreamOfBun, losesLength } from "../runtime/response_quirks.ts";

/** How a body ended. */
export interface BodyEnd {
  readonly bytes: number;
  readonly error?: unknown;
  readonly isAborted?: boolean;
}

/** Media types that are always streamed. */
const streamed = /^(?:text\/event-stream|application\/(?:x-ndjson|x-jsonlines|jsonl|json-seq)|multipart\/x-mixed-replace)/;
/** Media types that may be streamed or not. The type of a text response (`new Response("…")`) is spelled differently. */
const perhaps = /^(?:text\/plain(?!; ?charset=UTF-8$)|application\/octet-stream|audio\/|video\/)/;

/** Returns whether the body is a stream whose end the event should wait for, as far as the response shows it. */
export function isStreamed(response: Response): boolean {
  const { headers } = response;
  if (headers.has("content-length") || headers.has("content-encoding")) return false; // workerd would compress it differently
  if (headers.has("transfer-encoding") || headers.get("x-accel-buffering") === "no") return true;
  const type = headers.get("content-type");
  if (type !== null && streamed.test(type)) return true;
  return (type === null || perhaps.test(type)) && (isBun() || losesLength() || isProgramsOwn(response.body));
}

/** Returns whether the program, and not the runtime, created the stream: runtimes create byte streams, and programs mostly do not. */
function isProgramsOwn(body: ReadableStream | null): boolean {
  if (body === null) return true;
  try {
    body.getReader({ mode: "byob" }).releaseLock();
    return false;
  } catch {
    return !body.locked;
  }
}

/** Returns whether the end of a body can be noticed at all. */
export function canFollow(response: Response): boolean {
  return (!isBun() || isStreamOfBun(response)) && hasStreams();
}

let known: boolean | undefined;

/** Returns whether programs may create streams; Workers with a compatibility date before 2022-11-30 may not. */
function hasStreams(): boolean {
  try {
    known ??= Boolean(new ReadableStream({}));
  } catch {
    known = false;
  }
  return known;
}

/** Most turns of the microtask queue that reading a body takes if the whole body is available at once. */
const turns = 30;

type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel">;
type Read = Awaited<ReturnType<Reader["read"]>>;

/** The part of a body that was read at once. */
interface Begun {
  readonly chunks: Uint8Array[];
  /** A pending read. */
  pending?: Promise<Read> | undefined;
  readonly isWhole?: boolean;
}

/** Runs what reads or cancels a body, in the context of the request: the code of the program that makes the body runs in it, too. */
type RunWithin = <T>(work: () => T) => T;

/**
 * Returns the same response, and calls back once when its body has ended, was cancelled, or has failed. On Deno, a body that is available
 * at once keeps its length.
 */
export function followBody(response: Response, whenOver: (end: BodyEnd) => void, runWithin: RunWithin): Response | Promise<Response> {
  const { body } = response;
  if (body === null) {
    whenOver({ bytes: 0 });
    return response;
  }
  const own = body.getReader();
  const reader: Reader = {
    read: () => runWithin(() => own.read()),
    cancel: (reason) => runWithin(() => own.cancel(reason)),
  };
  const follow = (begun: Begun): Response => new Response(followed(reader, begun, whenOver), response);
  if (!losesLength()) return follow({ chunks: [] });
  return readNow(reader).then((begun) => {
    if (!begun.isWhole) return follow(begun);
    const [bytes = new Uint8Array(0)] = begun.chunks;
    whenOver({ bytes: bytes.byteLength });
    return new Response(bytes as Uint8Array<ArrayBuffer>, response);
  });
}

/** Reads what is available at once: a complete body that is not streamed, or the beginning of a stream. */
async function readNow(reader: Reader): Promise<Begun> {
  const chunks: Uint8Array[] = [];
  while (chunks.length < 2) {
    const pending = reader.read();
    let read: Read | undefined;
    pending.then((one) => (read = one), () => {}); // the next reader sees the failure
    for (let turn = 0; turn < turns && read === undefined; turn++) await null;
    if (read === undefined) return { chunks, pending };
    if (read.done) return { chunks, isWhole: true };
    chunks.push(read.value);
  }
  return { chunks };
}

/** Returns a stream of the chunks that were read already, followed by the reader's other chunks. */
function followed(
  reader: Reader,
  begun: Begun,
  whenOver: (end: BodyEnd) => void,
): ReadableStream<Uint8Array> {
  let bytes = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const chunk = begun.chunks.shift();
        const { done, value } = chunk === undefined ? await (begun.pending ?? reader.read()) : { done: false, value: chunk };
        if (chunk === undefined) begun.pending = undefined;
        if (done) {
          whenOver({ bytes });
          return controller.close();
        }
        bytes += value!.byteLength ?? new TextEncoder().encode(String(value)).length; // Bun accepts texts, too
        controller.enqueue(value!);
      } catch (error) {
        whenOver({ bytes, error });
        controller.error(error);
      }
    },
    cancel(reason) {
      whenOver({ bytes, isAborted: true });
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
