/** What a configuration is refused for. */

import assert from "node:assert/strict";
import { ConfigError, type Issue } from "../../mod.ts";

/** Does what has to be refused, and answers why; the error is one, and its text has every issue. */
export async function issuesOf(configures: () => unknown): Promise<readonly Issue[]> {
  try {
    await configures();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String((error as Error)?.stack ?? error));
    assert.equal(error.name, "ConfigError");
    assert.ok(error.issues.length > 0);
    for (const { path, message } of error.issues) {
      assert.ok(typeof path === "string" && message.length > 0);
      assert.ok(error.message.includes(path) && error.message.includes(message), "the error's text has every issue");
    }
    return error.issues;
  }
  assert.fail("the configuration was taken");
}

/** The same, where there has to be one issue. */
export async function issueOf(configures: () => unknown): Promise<Issue> {
  const issues = await issuesOf(configures);
  assert.equal(issues.length, 1, JSON.stringify(issues, null, 1));
  return issues[0]!;
}
