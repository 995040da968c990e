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

/** The same response; when its body has ended, was left, or has failed, that is told, once. */
export function followBody(response: Response, whenOver: (end: BodyEnd) => void): Response {
  const { headers, body } = response; // in this order: on Bun the type is lost once the body was touched
  headers.get("content-type");
  if (body === null) {
    whenOver({ bytes: 0 });
    return response;
  }
  const reader = body.getReader();
  let bytes = 0;
  const followed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          whenOver({ bytes });
          return controller.close();
        }
        bytes += value.byteLength ?? new TextEncoder().encode(String(value)).length; // Bun takes texts, too
        controller.enqueue(value);
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
  return new Response(followed, response);
}
