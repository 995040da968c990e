/** What Deno permits; the other runtimes permit everything. No question here makes Deno prompt. */

import { world } from "./detect.ts";

/** Whether Deno has already granted the permission; the question itself never prompts. Elsewhere all is granted. */
export function isGranted(permission: object): boolean {
  try {
    return world.Deno === undefined || world.Deno.permissions.querySync(permission).state === "granted";
  } catch {
    return false; // an older Deno that does not know the permission's name
  }
}

/** Whether a request to the URL would make Deno ask for permission; returns the missing flag, so that the caller refuses without asking. */
export function missingNetPermission(url: string): string | undefined {
  if (world.Deno === undefined) return undefined;
  const { protocol, hostname, port } = new URL(url);
  const host = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  return isGranted({ name: "net", host }) ? undefined : `--allow-net=${host}`;
}

/** A variable of the environment; `undefined` where there is none or Deno has not granted the look. */
export function environmentVariable(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? world.process?.env?.[name] : undefined;
}

/** The flag that Deno misses to show the variable; elsewhere, and where it is granted, `undefined`. */
export function missingEnvironmentPermission(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? undefined : `--allow-env=${name}`;
}

/**
 * The flag that Deno misses to read or write the path, which would make it ask; elsewhere, and where it is granted, `undefined`.
 *
 * `"access"` is the question whether a file may be written, and on Deno always missing: its node:fs forbids what only root or the group may.
 */
export function missingFilePermission(kind: "read" | "write" | "access", path: string): string | undefined {
  if (world.Deno === undefined) return undefined;
  return kind !== "access" && isGranted({ name: kind, path }) ? undefined : `--allow-${kind}=${path}`;
}
