/** A Worker that answers with bodies of all kinds, and whose requests are logged; below `/bare` they are not. */

import { configure as configureLogging, logRequests } from "../../../mod.ts";

const text = "Shipped";
const bytes = new TextEncoder().encode(text);

/** A body that the runtime pipes, as Workers did before they could make streams. */
function piped(): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  void writer.write(bytes).then(() => writer.close());
  return readable;
}

const of = (type: string): ResponseInit => ({ headers: { "content-type": type } });

const bodies: Readonly<Record<string, () => Response>> = {
  "/text": () => new Response(text),
  "/bytes": () => new Response(bytes),
  "/blob": () => new Response(new Blob([text])),
  "/plain": () => new Response(text, of("text/plain")),
  "/octets": () => new Response(bytes, of("application/octet-stream")),
  "/video": () => new Response(bytes, of("video/mp4")),
  "/html": () => new Response(text, of("text/html")),
  "/events": () => new Response(piped(), of("text/event-stream")),
  "/piped": () => new Response(piped(), of("application/octet-stream")),
};

const answer = (request: Request): Response => bodies[`/${request.url.split("/").at(-1)}`]!();
const configure = ({ SEQ_URL: serverUrl }: { readonly SEQ_URL: string }): unknown => configureLogging({ serverUrl });
const logged = logRequests(answer, { configure });

export default {
  fetch(request: Request, env: unknown, ctx: unknown): Response | Promise<Response> {
    const wrapped = logged as (request: Request, env: unknown, ctx: unknown) => Response;
    return request.url.includes("/bare/") ? answer(request) : wrapped(request, env, ctx);
  },
};
