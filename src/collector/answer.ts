/** Decides the form of the collector's responses: the same as of Seq's responses, also for errors. */

/** A response before it is encoded: a text is sent unchanged, anything else as JSON. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns a refusal with its reason in Seq's form: `{"Error": …}`. */
export function refusal(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: { Error: message }, headers };
}

/** Returns the response to a CORS preflight request; it allows every requested header. */
export function preflight(request: Request): Answer {
  const asked = request.headers.get("access-control-request-headers") ?? "content-type, x-seq-apikey";
  return {
    status: 204,
    headers: { "access-control-allow-methods": "POST", "access-control-allow-headers": asked, "access-control-max-age": "600" },
  };
}

/** Encodes the response. Additional headers win over the headers of the response. */
export function respond(answer: Answer, more: Readonly<Record<string, string>> = {}): Response {
  const { status, body, headers = {} } = answer;
  const isText = typeof body === "string";
  const all = new Headers();
  if (body !== undefined) all.set("content-type", isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8");
  for (const [name, value] of [...Object.entries(headers), ...Object.entries(more)]) all.set(name, value);
  const isEmpty = body === undefined || [204, 205, 304].includes(status); // a Response with these statuses cannot have a body
  return new Response(isEmpty ? null : isText ? body : JSON.stringify(body), { status, headers: all });
}

/**
 * The refusal of a request to the collector: the response that Seq would give instead of 201.
 *
 * `status` is the HTTP status (400, 401, 413, …) and `message` becomes the response's `Error`.
 */
export class IngestionError extends Error {
  /** Always `"IngestionError"`. */
  override readonly name: string = "IngestionError";
  /** The HTTP status of the response. */
  readonly status: number;

  /** Creates the refusal with this status and this reason. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
