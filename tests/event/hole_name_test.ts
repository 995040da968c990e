import assert from "node:assert/strict";
import { test } from "node:test";
import { isHoleName, isHolePath } from "../../src/event/hole_name.ts";
import { parseTemplate } from "../../mod.ts";

test("isHoleName() and isHolePath() know the names of holes, in any script", () => {
  for (const name of ["a", "_", "Id_2", "Länge", "Имя", "名前", "a٣"]) {
    assert.deepEqual([isHoleName(name), isHolePath(name)], [true, false]);
  }
  for (const path of ["a.b", "a._b.c1", "User.Имя"]) assert.deepEqual([isHoleName(path), isHolePath(path)], [false, true]);
  for (const other of ["", ".", "a.", ".a", "a..b", "1", "1a", "a.1", "a b", "a-b", "é-", "a.é ", "a\n", "€"]) {
    assert.deepEqual([isHoleName(other), isHolePath(other)], [false, false], other);
  }
});

test("a hole of plain ASCII and one of any script follow the same rules", () => {
  for (
    const [hole, isHole] of [["N", true], ["@N,-5:0.0", true], ["$N.M", true], ["N.1", false], ["N.", false], ["1", true], [
      "1a",
      false,
    ]] as const
  ) {
    assert.equal(parseTemplate(`{${hole}}`).holes.length, Number(isHole), hole);
    assert.equal(parseTemplate(`{${hole.replace("N", "Ñ").replace("1", "١")}}`).holes.length, Number(isHole), hole);
    assert.equal(parseTemplate(`{${hole}:é}`).holes.length, Number(isHole), hole);
  }
});
