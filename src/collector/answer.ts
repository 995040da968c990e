/** What the collector replies: answers as Seq gives them, and why a request is refused. */

/** An answer before it is a Response; text is sent as it is, anything else as JSON. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer that says why not, as Seq words it: `{"Error": …}`. */
export function refusal(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: { Error: message }, headers };
}

/** The answer to a browser that asks whether a page of another origin may post; the headers it names are allowed, whichever they are. */
export function preflight(request: Request): Answer {
  const asked = request.headers.get("access-control-request-headers") ?? "content-type, x-seq-apikey";
  return {
    status: 204,
    headers: { "access-control-allow-methods": "POST", "access-control-allow-headers": asked, "access-control-max-age": "600" },
  };
}

/** The answer as a Response, with more headers that win over its own. */
export function respond(answer: Answer, more: Readonly<Record<string, string>> = {}): Response {
  const { status, body, headers = {} } = answer;
  const isText = typeof body === "string";
  const all = new Headers();
  if (body !== undefined) all.set("content-type", isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8");
  for (const [name, value] of [...Object.entries(headers), ...Object.entries(more)]) all.set(name, value);
  const isEmpty = body === undefined || [204, 205, 304].includes(status); // which a Response refuses to have a body with
  return new Response(isEmpty ? null : isText ? body : JSON.stringify(body), { status, headers: all });
}

/**
 * The refusal of a request to the collector: what Seq would answer instead of 201.
 *
 * `status` is the HTTP status (400, 401, 413, …) and `message` is what the reply's `Error` says.
 */
export class IngestionError extends Error {
  /** `"IngestionError"`. */
  override readonly name: string = "IngestionError";
  /** The HTTP status of the answer. */
  readonly status: number;

  /** Makes the refusal with this status and this reason. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
