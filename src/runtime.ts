/** What this runtime is and lends: the one file that knows runtimes by name. */

interface ProcessLike {
  readonly pid?: number;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdout?: { readonly isTTY?: boolean };
  getBuiltinModule?(name: string): unknown;
  on?(event: string, listener: () => void): unknown;
}

interface DenoLike {
  readonly noColor?: boolean;
  unrefTimer?(id: number): void;
  readonly permissions: { querySync(permission: object): { readonly state: string } };
  hostname(): string;
}

const world = globalThis as unknown as {
  readonly process?: ProcessLike;
  readonly Deno?: DenoLike;
  readonly EdgeRuntime?: unknown;
  readonly WebSocketPair?: unknown;
  readonly document?: unknown;
  readonly WorkerGlobalScope?: unknown;
  readonly navigator?: { readonly userAgent?: string };
};

/** A module of the runtime's own, such as `node:http`, or `undefined` where there is none; synchronous, and seen by no bundler. */
export function builtin<T>(name: string): T | undefined {
  try {
    return world.process?.getBuiltinModule?.(name) as T | undefined;
  } catch {
    return undefined; // workerd throws for a module that its flags leave out: the same answer as none
  }
}

/** Whether this is Cloudflare's workerd, whose module scope allows no I/O, timer or random value. */
function isWorkerd(): boolean {
  return world.navigator?.userAgent === "Cloudflare-Workers" || typeof world.WebSocketPair === "function";
}

/**
 * Whether work outlives the call that began it (Node, Deno, Bun, browsers), or only its request does (Cloudflare Workers, Vercel Edge).
 *
 * An unknown runtime is taken to bind work to its request: there nothing starts by itself, which is right everywhere.
 */
export function workOutlivesCall(): boolean {
  if (isWorkerd() || typeof world.EdgeRuntime === "string") return false;
  return [world.process, world.Deno, world.document, world.WorkerGlobalScope].some((mark) => mark !== undefined);
}

/** Whether Deno has already granted the permission; the question itself never prompts. Elsewhere all is granted. */
function isGranted(permission: object): boolean {
  try {
    return world.Deno === undefined || world.Deno.permissions.querySync(permission).state === "granted";
  } catch {
    return false; // an older Deno that does not know the permission's name
  }
}

/** Whether a request to the URL would make Deno ask for permission; it is then refused unasked, and the flag that is missing is answered. */
export function missingNetPermission(url: string): string | undefined {
  if (world.Deno === undefined) return undefined;
  const { protocol, hostname, port } = new URL(url);
  const host = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  return isGranted({ name: "net", host }) ? undefined : `--allow-net=${host}`;
}

/** The machine's and the process's names, where the runtime has them and allows the question: empty in Workers and browsers. */
export function hostProperties(): Record<string, string | number> {
  const properties: Record<string, string | number> = {};
  if (isWorkerd() || world.process === undefined) return properties;
  if (isGranted({ name: "sys", kind: "hostname" })) {
    const hostname = world.Deno?.hostname() ?? builtin<{ hostname(): string }>("node:os")?.hostname();
    if (hostname) properties.MachineName = hostname;
  }
  if (world.process.pid) properties.ProcessId = world.process.pid;
  return properties;
}

/** The process's number; 0 where there is none. */
export function processId(): number {
  return (!isWorkerd() && world.process?.pid) || 0;
}

/** The thread that runs this, by number and by the name that Python would give it: the main one is 0. */
export function currentThread(): { readonly id: number; readonly name: string } {
  const { threadId = 0 } = builtin<{ readonly threadId?: number }>("node:worker_threads") ?? {};
  return { id: threadId, name: threadId === 0 ? "MainThread" : `Thread-${threadId}` };
}

/** A variable of the environment; `undefined` where there is none or Deno has not granted the look. */
export function environmentVariable(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? world.process?.env?.[name] : undefined;
}

/** The flag that Deno misses to show the variable; elsewhere, and where it is granted, `undefined`. */
export function missingEnvironmentPermission(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? undefined : `--allow-env=${name}`;
}

/** Whether the console is a terminal that shows colours (`NO_COLOR` is respected). */
export function hasColourTerminal(): boolean {
  try {
    if (world.Deno?.noColor || world.process?.stdout?.isTTY !== true) return false;
    return !environmentVariable("NO_COLOR");
  } catch {
    return false; // a stdout that cannot be asked is no terminal
  }
}

/** Lets the process end although the timer has not fired; returns the timer. */
export function unref<T>(timer: T): T {
  const { unref } = Object(timer) as { unref?: () => void };
  if (unref !== undefined) unref.call(timer);
  else if (typeof timer === "number") world.Deno?.unrefTimer?.(timer); // Deno before 2.8; elsewhere a number means a browser or a Worker
  return timer;
}

/** Calls the listener whenever the process has nothing left to do but could still begin work (`beforeExit`); elsewhere never. */
export function onNaturalEnd(listener: () => void): void {
  world.process?.on?.("beforeExit", listener);
}

/**
 * Calls the listener when the process ends: it must do its work at once. On Deno, which tells of no crash, also when an error is uncaught;
 * the process may outlive that, and so it is not final. May call more than once; elsewhere never.
 */
export function onExit(listener: (isFinal: boolean) => void): void {
  world.process?.on?.("exit", () => listener(true));
  if (world.Deno === undefined) return;
  const { addEventListener } = globalThis as unknown as { addEventListener(event: string, listener: () => void): void };
  addEventListener("unload", () => listener(true)); // Deno.exit() tells no other
  addEventListener("error", () => listener(false));
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

/** The arguments of the program, without the runtime and the file; the file's path comes first. */
export function programArguments(): readonly string[] {
  return world.process?.argv?.slice(1) ?? [];
}
