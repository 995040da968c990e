/** Which runtime this is, its globals as this folder reads them, and its built-in modules. */

/** A listener of the process. */
export type Listener = (...args: never[]) => void;

/** What is read of the process. */
export interface ProcessLike {
  readonly pid?: number;
  geteuid?(): number;
  readonly argv?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdout?: { readonly isTTY?: boolean };
  readonly send?: unknown;
  getBuiltinModule?(name: string): unknown;
  on?(event: string, listener: Listener): unknown;
}

/** Deno's calls that add and remove listeners of signals; Deno does not say who listens. */
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

/** What is read of the runtimes' globals. */
interface World {
  readonly process?: ProcessLike;
  readonly Deno?: DenoLike;
  readonly Bun?: { inspect(thing: unknown, options: object): string };
  readonly EdgeRuntime?: unknown;
  readonly WebSocketPair?: unknown;
  readonly document?: unknown;
  readonly WorkerGlobalScope?: unknown;
  readonly navigator?: { readonly userAgent?: string };
}

/** The globals of whichever runtime this is. */
export const world: World = globalThis as unknown as World;

/** A module of the runtime's own, such as `node:http`, or `undefined` where there is none; synchronous, and seen by no bundler. */
export function builtin<T>(name: string): T | undefined {
  try {
    return world.process?.getBuiltinModule?.(name) as T | undefined;
  } catch {
    return undefined; // workerd throws if its flags leave the module out
  }
}

/** A module of the runtime's own, such as `cloudflare:workers`, that only an import finds; `{}` where there is none. Never rejects. */
export async function importBuiltin<T extends object>(name: string): Promise<T | Record<never, never>> {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ name) as T;
  } catch {
    return {};
  }
}

/** Whether this is Cloudflare's workerd, whose module scope allows no I/O, timer or random value. */
export function isWorkerd(): boolean {
  return world.navigator?.userAgent === "Cloudflare-Workers" || typeof world.WebSocketPair === "function";
}

/**
 * Whether work outlives the call that began it (Node, Deno, Bun, browsers), or only its request does (Cloudflare Workers, Vercel Edge).
 *
 * An unknown runtime is assumed to bind work to its request: nothing starts by itself there, which is safe everywhere.
 */
export function workOutlivesCall(): boolean {
  if (isWorkerd() || typeof world.EdgeRuntime === "string") return false;
  return [world.process, world.Deno, world.document, world.WorkerGlobalScope].some((mark) => mark !== undefined);
}

/** Whether this is Node itself, and none of those that resemble it. */
export function isNode(): boolean {
  return world.process !== undefined && world.Deno === undefined && world.Bun === undefined && !isWorkerd();
}

/** Whether this is a page, or a worker of one. */
export function isBrowser(): boolean {
  if (world.document !== undefined) return true;
  return world.WorkerGlobalScope !== undefined && world.Deno === undefined && world.Bun === undefined && workOutlivesCall();
}
