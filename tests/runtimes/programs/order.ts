/** Ships one event, as small a program as there is. Argument: the address of Seq. */

import process from "node:process";
import { configure, getLogger } from "../../../mod.ts";

configure({ serverUrl: process.argv[2], level: "info", properties: { Application: "shop" } });
getLogger("shop.orders").info("Order {OrderId} shipped to {City}", { OrderId: 42, City: "Oslo" });
