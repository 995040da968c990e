/** The body of a response that is streamed: it is handed on, and its end is told. */

import { isBun, isStreamOfBun, losesLength } from "../runtime/response_quirks.ts";

/** How a body ended. */
export interface BodyEnd {
  readonly bytes: number;
  readonly error?: unknown;
  readonly isAborted?: boolean;
}

/** Types of what is sent bit by bit. */
const streamed = /^(?:text\/event-stream|application\/(?:x-ndjson|x-jsonlines|jsonl|json-seq)|multipart\/x-mixed-replace)/;
/** Types of what may be a stream or not. A text of a program's own (`new Response("…")`) has another spelling than these. */
const perhaps = /^(?:text\/plain(?!; ?charset=UTF-8$)|application\/octet-stream|audio\/|video\/)/;

/** Whether the body is a stream whose end is to be waited for, as far as that can be known; a body that is none is left as it is. */
export function isStreamed(response: Response): boolean {
  const { headers } = response;
  if (headers.has("content-length") || headers.has("content-encoding")) return false; // workerd would unpack it and pack it otherwise
  if (headers.has("transfer-encoding") || headers.get("x-accel-buffering") === "no") return true;
  const type = headers.get("content-type");
  if (type !== null && streamed.test(type)) return true;
  return (type === null || perhaps.test(type)) && (isBun() || losesLength() || isProgramsOwn(response.body));
}

/** Whether a program has made the stream, and not the runtime: the runtimes' own are byte streams, those of programs mostly are not. The length of none is known. */
function isProgramsOwn(body: ReadableStream | null): boolean {
  if (body === null) return true;
  try {
    body.getReader({ mode: "byob" }).releaseLock();
    return false;
  } catch {
    return !body.locked;
  }
}

/** Whether a body can be followed at all. */
export function canFollow(response: Response): boolean {
  return (!isBun() || isStreamOfBun(response)) && hasStreams();
}

let known: boolean | undefined;

/** Whether programs may make streams: Workers with a date before 2022-11-30 may not. */
function hasStreams(): boolean {
  if (known !== undefined) return known;
  try {
    new ReadableStream({});
    return (known = true);
  } catch {
    return (known = false);
  }
}

/** How many turns of microtasks a body that is there already may take until it is read. */
const turns = 30;

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = Awaited<ReturnType<Reader["read"]>>;

/** What was read of a body at once. */
interface Begun {
  readonly chunks: Uint8Array[];
  /** A read that is still to come. */
  pending?: Promise<Read> | undefined;
  readonly isWhole?: boolean;
}

/**
 * The same response; when its body has ended, was left, or has failed, that is told, once. On Deno what is there at once is no stream, and keeps its length.
 */
export function followBody(response: Response, whenOver: (end: BodyEnd) => void): Response | Promise<Response> {
  const { body } = response;
  if (body === null) {
    whenOver({ bytes: 0 });
    return response;
  }
  const reader = body.getReader();
  const follow = (begun: Begun): Response => new Response(followed(reader, begun, whenOver), response);
  if (!losesLength()) return follow({ chunks: [] });
  return readNow(reader).then((begun) => {
    if (!begun.isWhole) return follow(begun);
    const [bytes = new Uint8Array(0)] = begun.chunks;
    whenOver({ bytes: bytes.byteLength });
    return new Response(bytes as Uint8Array<ArrayBuffer>, response);
  });
}

/** Reads what is there at once: all of a body that is no stream, or the beginning of one. */
async function readNow(reader: Reader): Promise<Begun> {
  const chunks: Uint8Array[] = [];
  while (chunks.length < 2) {
    const pending = reader.read();
    let read: Read | undefined;
    pending.then((one) => (read = one), () => {}); // a failure is met by whoever reads on
    for (let turn = 0; turn < turns && read === undefined; turn++) await null;
    if (read === undefined) return { chunks, pending };
    if (read.done) return { chunks, isWhole: true };
    chunks.push(read.value);
  }
  return { chunks };
}

/** A stream of what the reader reads, after what it has read already. */
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
        bytes += value!.byteLength ?? new TextEncoder().encode(String(value)).length; // Bun takes texts, too
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
