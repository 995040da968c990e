/** Queries Deno's permissions without ever prompting. Other runtimes permit everything. */

import { deno, world } from "./detect.ts";

/** Whether Deno has already granted the permission; true on other runtimes. The query never prompts. */
export function isGranted(permission: object): boolean {
  try {
    return deno === undefined || deno.permissions.querySync(permission).state === "granted";
  } catch {
    return false; // an older Deno that does not know this permission
  }
}

/** Returns the flag that Deno needs for a request to the URL, if it is missing, so that the caller can refuse instead of prompting. */
export function missingNetPermission(url: string): string | undefined {
  if (deno === undefined) return undefined;
  const { protocol, hostname, port } = new URL(url);
  const host = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  return isGranted({ name: "net", host }) ? undefined : `--allow-net=${host}`;
}

/** An environment variable; `undefined` if it is not set or Deno has not granted access. */
export function environmentVariable(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? world.process?.env?.[name] : undefined;
}

/** Returns the flag that Deno needs to read the variable, if it is missing. */
export function missingEnvironmentPermission(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? undefined : `--allow-env=${name}`;
}

/**
 * Returns the flag that Deno needs to read or write the path, if it is missing.
 *
 * `"access"` means the use of `accessSync`. On Deno it counts as never permitted, because Deno's `accessSync` refuses access that a process
 * has only as root or through its group.
 */
export function missingFilePermission(kind: "read" | "write" | "access", path: string): string | undefined {
  if (deno === undefined) return undefined;
  return kind !== "access" && isGranted({ name: kind, path }) ? undefined : `--allow-${kind}=${path}`;
}
