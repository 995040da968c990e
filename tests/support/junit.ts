/** Reads the JUnit reports that the test runners of all runtimes can write. */

/** How many tests ended how. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const testcase = /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;
const ownFailure = /<(?:failure(?! message="\d+ test steps? failed")|error)\b/;

/** Counts the tests of a report. Deno lists the parent of subtests as a test too: it is left out, unless it failed by itself. */
export function countTests(report: string): TestCounts {
  const cases = Array.from(report.matchAll(testcase), ([, attributes = "", content = ""]) => {
    return { name: /\bname="([^"]*)"/.exec(attributes)?.[1] ?? "", content };
  });
  const parents = new Set(cases.map(({ name }) => name.split(" &gt; ").slice(0, -1).join(" &gt; ")));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, content } of cases) {
    if (ownFailure.test(content)) counts.failed++;
    else if (parents.has(name)) continue;
    else if (content.includes("<skipped")) counts.skipped++;
    else counts.passed++;
  }
  return counts;
}
