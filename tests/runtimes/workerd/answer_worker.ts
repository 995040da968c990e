/** A Worker that answers, and hands on what the server named in `?from=` answers. */
export default {
  async fetch(request: Request): Promise<Response> {
    const from = new URL(request.url).searchParams.get("from");
    const text = from === null ? "" : await (await fetch(from)).text();
    return Response.json({
      agent: navigator.userAgent,
      process: typeof globalThis.process,
      text,
    });
  },
};
