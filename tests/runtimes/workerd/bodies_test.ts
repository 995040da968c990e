/** Bodies of responses in Workers of every age: they pass as they would without the wrapper. */

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { oneOfThree } from "../../support/effort.ts";
import { access, completion, onStage } from "./request_stage.ts";

const timeout = 600_000;
const paths = ["/text", "/bytes", "/blob", "/plain", "/octets", "/video", "/html", "/events", "/piped"];

const ages: readonly (readonly [date: string | undefined, ...flags: string[]])[] = [
  ["2021-11-03"],
  ["2022-06-01"],
  ["2022-06-01", "streams_enable_constructors"],
  ["2022-12-01"],
  [undefined],
];

/** A response as it stands on the wire: its status, what says how long it is and of what type, and its text. */
function raw(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, async (response) => {
      const { "content-length": length, "content-type": type, "transfer-encoding": encoding } = response.headers;
      const text = (await response.toArray()).join("");
      resolve([response.statusCode, length, type, encoding, text].join(" "));
    });
    sent.on("error", reject).end();
  });
}

for (const workerd of ["old", "new"] as const) {
  const skipNext = oneOfThree(workerd);
  for (const [compatibilityDate, ...compatibilityFlags] of ages) {
    const age = [compatibilityDate ?? "the newest date", ...compatibilityFlags].join(" with ");
    test(`bodies pass as they are in a Worker of ${age} on the ${workerd} workerd`, { timeout, skip: skipNext() }, async () => {
      await onStage("bodies", { workerd, ...(compatibilityDate && { compatibilityDate, compatibilityFlags }) }, async (stage) => {
        for (const path of paths) {
          const [bare, wrapped] = await Promise.all(["/bare", ""].map((below) => raw(new URL(below + path, stage.worker.url))));
          assert.equal(wrapped, bare, path);
        }
        if ((compatibilityDate ?? "2026") < "2022-11-30" && compatibilityFlags.length === 0) return; // no streams, and so no delivery
        await completion(stage, paths.length);
        assert.deepEqual(access(stage.seq).map(({ properties }) => properties.StatusCode), paths.map(() => 200));
      });
    });
  }
}
