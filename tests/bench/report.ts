/** Summarises and prints figures. */

/** What the project has promised of its speed, and what came of it: a row of the closing table. */
export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly figure: string;
  readonly isMet: boolean;
}

/** The names of the subjects, by their files. */
export const titles: Readonly<Record<string, string>> = {
  seqlog: "@x/seqlog",
  seqlog_durable: "@x/seqlog, queue on disk",
  pino: "pino",
  logtape: "LogTape",
  seq_logging: "seq-logging",
  bare: "bare loop",
};

/** Measures every subject in turn, and that several times, so that what disturbs the machine disturbs all alike. */
export async function inTurns<Figures>(
  subjects: readonly string[],
  times: number,
  measure: (subject: string) => Promise<Figures>,
): Promise<Map<string, Figures[]>> {
  const all = new Map<string, Figures[]>(subjects.map((subject) => [subject, []]));
  for (let i = 0; i < times; i++) for (const subject of subjects) all.get(subject)!.push(await measure(subject));
  return all;
}

/** The middle of the samples. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Rows as lines of equal columns: the first to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)).join("   ");
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join("\n");
}

/** A number for people. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 2 : 0;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Bytes as MiB. */
export function formatMiB(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}
