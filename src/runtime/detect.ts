/** Detects the runtime, declares the globals that this folder reads, and loads built-in modules. */

export type Listener = (...args: never[]) => void;

/** What this library reads of `process`. */
export interface ProcessLike {
  readonly pid?: number;
  geteuid?(): number;
  readonly versions?: Readonly<Record<string, string | undefined>>;
  readonly argv?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdout?: { readonly isTTY?: boolean };
  readonly send?: unknown;
  getBuiltinModule?(name: string): unknown;
  on?(event: string, listener: Listener): unknown;
}

/** Deno's functions for signal listeners. Deno has no function that lists the listeners. */
export interface SignalCalls {
  addSignalListener: (signal: string, listener: () => void) => void;
  removeSignalListener: (signal: string, listener: () => void) => void;
}

interface DenoLike extends SignalCalls {
  readonly noColor?: boolean;
  readonly stdin: { isTerminal(): boolean };
  readonly permissions: { querySync(permission: object): { readonly state: string } };
  unrefTimer?(id: number): void;
  hostname(): string;
}

/** What this library reads of the globals. */
interface World {
  readonly process?: ProcessLike;
  readonly Deno?: DenoLike;
  readonly Bun?: { inspect(thing: unknown, options: object): string };
  readonly EdgeRuntime?: unknown;
  readonly WebSocketPair?: unknown;
  readonly document?: { readonly visibilityState?: string };
  readonly location?: { readonly origin: string };
  readonly WorkerGlobalScope?: unknown;
  readonly navigator?: { readonly userAgent?: string };
  readonly addEventListener?: (type: string, listener: Listener) => void;
  readonly removeEventListener?: (type: string, listener: Listener) => void;
}

/** The globals of the current runtime. */
export const world: World = globalThis as unknown as World;

/** What the process says it is; Deno and Bun call themselves Node as well. */
const versions = world.process?.versions;

/** Deno's own functions. Packages written for Deno define a `Deno` on Node, too, which has only some of them. */
export const deno: World["Deno"] = versions && !versions["deno"] ? undefined : world.Deno;

/** Bun's own functions, likewise. */
export const bun: World["Bun"] = versions && !versions["bun"] ? undefined : world.Bun;

/** Returns a built-in module such as `node:http`, or `undefined`. The call is synchronous, and bundlers do not follow it. */
export function builtin<T>(name: string): T | undefined {
  try {
    return world.process?.getBuiltinModule?.(name) as T | undefined;
  } catch {
    return undefined; // workerd throws if its flags leave the module out
  }
}

/** Imports a built-in module that `getBuiltinModule` lacks, such as `cloudflare:workers`. Returns `{}` if there is none. Never rejects. */
export async function importBuiltin<T extends object>(name: string): Promise<T | Record<never, never>> {
  try {
    return await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name) as T;
  } catch {
    return {};
  }
}

/** Whether this is Cloudflare's workerd, whose module scope allows no I/O, timers or random values. */
export function isWorkerd(): boolean {
  return world.navigator?.userAgent === "Cloudflare-Workers" || typeof world.WebSocketPair === "function";
}

/**
 * Whether work continues after the call that started it (Node, Deno, Bun, browsers), or ends with its request (Cloudflare Workers, Vercel
 * Edge).
 *
 * On an unknown runtime, work counts as ending with its request: then no work starts without a request, which is safe everywhere.
 */
export function workOutlivesCall(): boolean {
  if (isWorkerd() || typeof world.EdgeRuntime === "string") return false;
  return (world.process ?? deno ?? world.document ?? world.WorkerGlobalScope) !== undefined;
}

/** Whether this is Node itself, not a runtime that resembles it. */
export function isNode(): boolean {
  return world.process !== undefined && deno === undefined && bun === undefined && !isWorkerd();
}

/** Whether this is a page or a web worker. */
export function isBrowser(): boolean {
  if (world.document !== undefined) return true;
  return world.WorkerGlobalScope !== undefined && deno === undefined && bun === undefined && workOutlivesCall();
}
