/**
 * Configured by a YAML file: `npx tsx examples/yaml.ts`, `deno run -A examples/yaml.ts` or `bun examples/yaml.ts`.
 *
 * Without a Seq, start the collector first: `npm run collector`.
 */

import { explain, getLogger } from "@x/seqlog";
import { configureFromFile } from "@x/seqlog/yaml";

await using _logging = await configureFromFile(new URL("logging.yml", import.meta.url));

getLogger("shop.orders").info("Order {OrderId} shipped to {City}", { OrderId: 42, City: "Oslo", AccessToken: "abc" });
getLogger("shop.audit").debug("Order {OrderId} was checked by {User}", { OrderId: 42, User: "ada" });
getLogger("shop.orders").debug("Not logged: debug is below INFO");

console.log(`\nWhere do they go?\n${explain("shop.audit")}`);
