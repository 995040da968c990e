/** What a user's bundle carries of this library. */

import { weigh } from "./bundle.ts";
import { judge } from "./goals.ts";
import type { Stage } from "./processes.ts";
import { formatNumber, formatTable, type Target } from "./report.ts";

const programs: Readonly<Record<string, string>> = {
  "getLogger": 'export { getLogger } from "./mod.ts";',
  "SeqHandler + getLogger": 'export { SeqHandler, getLogger } from "./mod.ts";',
  "configure + getLogger": 'export { configure, getLogger } from "./mod.ts";',
  "everything of mod.ts": 'export * from "./mod.ts";',
};

/** Weighs the bundles, and prints it. */
export async function benchSize({ runtime }: Stage): Promise<Target[]> {
  const sizes = await Promise.all(Object.values(programs).map(weigh));
  const titles = Object.keys(programs);
  const rows = titles.map((title, i) => [title, formatNumber(sizes[i]!.bytes), formatNumber(sizes[i]!.gzipped)]);
  console.log(`\nA bundle, in bytes\n\n${formatTable([["", "minified", "gzipped"], ...rows])}`);
  return titles.flatMap((title, i) => judge(`bytes ${title}`, sizes[i]!.gzipped, runtime));
}
