/** Python's own filter: by the name of the logger. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { nameFilter } from "../../src/filters/name_filter.ts";

test("nameFilter() lets a logger and those below it pass, and an empty name all", () => {
  const { decides } = nameFilter("shop.cart");
  const passed = ["shop.cart", "shop.cart.items", "shop.cartoon", "shop", ""].filter((name) => decides!(name, "info"));
  assert.deepEqual(passed, ["shop.cart", "shop.cart.items"]);
  assert.equal(nameFilter("").decides!("", "info"), true);
  assert.equal(nameFilter("root").decides!("", "info"), true, "the root is known by that name");
});
