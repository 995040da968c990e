/** The body of a response that is streamed: it is handed on, and its end is told. */

import { isSizedByBun } from "../runtime.ts";

/** How a body ended. */
export interface BodyEnd {
  readonly bytes: number;
  readonly error?: unknown;
  readonly isAborted?: boolean;
}

/** Types of what is sent bit by bit. A text of a program's own (`new Response("…")`) has another spelling than these. */
const streamed =
  /^(?:text\/event-stream|text\/plain(?!; ?charset=UTF-8$)|application\/(?:x-ndjson|x-jsonlines|jsonl|json-seq|octet-stream)|multipart\/x-mixed-replace|audio\/|video\/)/;

/**
 * Whether the response is likely to be a stream. That cannot be known without touching its body, which costs other responses their length.
 */
export function isStreamed(response: Response): boolean {
  const { headers } = response;
  if (headers.has("content-length") || headers.has("content-encoding")) return false; // workerd would unpack it and pack it otherwise
  if (headers.has("transfer-encoding") || headers.get("x-accel-buffering") === "no") return true;
  const type = headers.get("content-type");
  return type === null ? !isSizedByBun(response) : streamed.test(type);
}

/** How many turns of microtasks a body that is there already may take until it is read. */
const turns = 30;

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = Awaited<ReturnType<Reader["read"]>>;

/** What was read of a body at once. */
interface Begun {
  readonly chunks: Uint8Array[];
  /** A read that is still to come. */
  pending?: Promise<Read>;
  readonly isWhole?: boolean;
}

/**
 * The same response; when its body has ended, was left, or has failed, that is told, once. A response without a type may be bytes as well as a stream: what
 * is there at once is no stream, and keeps its length.
 */
export function followBody(response: Response, whenOver: (end: BodyEnd) => void): Response | Promise<Response> {
  const { headers } = response; // before the body: on Bun the type is lost once that was touched
  const isTyped = headers.get("content-type") !== null;
  const { body } = response;
  if (body === null) {
    whenOver({ bytes: 0 });
    return response;
  }
  const reader = body.getReader();
  const follow = (begun: Begun): Response => new Response(followed(reader, begun, whenOver), response);
  if (isTyped) return follow({ chunks: [] });
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
