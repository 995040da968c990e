/** The hand-made way to Seq, for loggers that have none: one fetch per 1 000 lines, one at a time. */

const linesPerRequest = 1000;

/** Takes lines and posts them. */
export interface Batcher {
  push(line: string): void;
  /** Posts what is left; settles when the server has taken everything, and rejects if it has not. */
  settle(): Promise<void>;
}

/**
 * @param url The base URL of Seq.
 * @param end What every line ends with already: a line break or nothing.
 */
export function createBatcher(url: string, end: "\n" | "" = ""): Batcher {
  const between = end === "" ? "\n" : "";
  let lines: string[] = [];
  let sent = Promise.resolve();
  const send = (): void => {
    const body = lines.join(between);
    lines = [];
    sent = sent.then(() => postLines(url, body));
    sent.catch(() => {}); // settle() reports a failure
  };
  return {
    push(line) {
      if (lines.push(line) === linesPerRequest) send();
    },
    settle() {
      if (lines.length > 0) send();
      return sent;
    },
  };
}

/** One request; its reply is read to the end. */
export async function postLines(url: string, body: string): Promise<void> {
  const headers = { "content-type": "application/vnd.serilog.clef" };
  const response = await fetch(`${url}/api/events/raw?clef`, { method: "POST", headers, body });
  const reply = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${reply}`);
}
