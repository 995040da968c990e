/** Why the collector refuses. */

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
