import { test } from "node:test";
import { logsByYaml, passes, serves, starts } from "../../support/examples.ts";

for (const name of ["bun", "elysia", "itty"]) test(`examples/${name}.ts serves`, () => serves("bun", `examples/${name}.ts`));

test("examples/yaml.ts logs by its file on bun", () => logsByYaml("bun"));

test("examples/start.ts prints 31 events on bun", async () => void (await starts("bun")));

test("examples/testing.ts passes on bun", () => passes("bun", "test"));
