/** What a delivery calls of the program. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { callOnFailure, type DeliverySettings } from "../../src/delivery/delivery_contract.ts";
import { turn } from "../support/fake_clock.ts";
import { hearDiagnostics } from "../support/seq.ts";

const settings = (onFailure?: (error: Error) => unknown): DeliverySettings => ({ name: "seq", onFailure }) as unknown as DeliverySettings;

test("callOnFailure() hands the reason over as an error, and does nothing without the option", () => {
  const reasons: string[] = [];
  callOnFailure("HTTP 503", settings((error) => reasons.push(error.message)));
  callOnFailure("HTTP 503", settings());
  assert.deepEqual(reasons, ["HTTP 503"]);
});

test("callOnFailure() reports a function that throws or rejects", async () => {
  using diagnostics = hearDiagnostics();
  callOnFailure(
    "x",
    settings(() => {
      throw new Error("broken");
    }),
  );
  callOnFailure("x", settings(() => Promise.reject(new Error("broken, later"))));
  await turn();
  assert.deepEqual(diagnostics.heard.map(({ code, handler }) => [code, handler]), [["callback-failed", "seq"], ["callback-failed", "seq"]]);
});
