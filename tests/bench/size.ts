/** What a user's bundle carries of this library. */

import { weigh } from "./bundle.ts";
import { formatNumber, formatTable, type Target } from "./report.ts";

const wantedBytes = 9000;

const programs: Readonly<Record<string, string>> = {
  "configure + getLogger": 'export { configure, getLogger } from "./mod.ts";',
  "everything of mod.ts": 'export * from "./mod.ts";',
};

/** Weighs both bundles, and prints it. */
export async function benchSize(): Promise<Target[]> {
  const sizes = await Promise.all(Object.values(programs).map(weigh));
  const rows = Object.keys(programs).map((title, i) => [title, formatNumber(sizes[i]!.bytes), formatNumber(sizes[i]!.gzipped)]);
  console.log(`\nA bundle, in bytes\n\n${formatTable([["", "minified", "gzipped"], ...rows])}`);
  const { gzipped } = sizes[0]!;
  const wanted = `< ${formatNumber(wantedBytes)}`;
  return [{ what: "bundle of configure + getLogger, bytes", wanted, figure: formatNumber(gzipped), isMet: gzipped < wantedBytes }];
}
