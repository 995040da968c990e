/** Lets the programs of examples/ find the frameworks, which are installed for the tests only. */

import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./install.ts";

/** The packages that the examples import, in addition to those of the root. */
const names = ["@hono", "@logtape", "elysia", "express", "fastify", "hono", "itty-router", "koa", "pino", "winston"];

/** Links them into examples/node_modules; what is there already stays. */
export function linkPackages(): void {
  const folder = join(repository, "examples/node_modules");
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const target = join(repository, "tests/node_modules", name);
    const link = join(folder, name);
    if (!existsSync(link)) replace(link, target);
  }
}

function replace(link: string, target: string): void {
  rmSync(link, { force: true }); // it may lead to nowhere
  try {
    symlinkSync(target, link, "junction");
  } catch (error) {
    if (!existsSync(link)) throw error; // another test has linked it meanwhile
  }
}
