/** What this runtime is and lends: the one file that knows runtimes by name. */

type Listener = (...args: never[]) => void;

interface ProcessLike {
  readonly pid?: number;
  readonly argv?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdout?: { readonly isTTY?: boolean };
  readonly send?: unknown;
  getBuiltinModule?(name: string): unknown;
  on?(event: string, listener: Listener): unknown;
}

interface Counted {
  readonly count: number;
}

/** The process where its end can be heard. */
interface EndingProcess extends ProcessLike {
  readonly pid: number;
  exitCode: number;
  prependListener(event: string, listener: Listener): unknown;
  off(event: string, listener: Listener): unknown;
  listeners(event: string): readonly Listener[];
  hasUncaughtExceptionCaptureCallback?(): boolean;
  readonly __signal_exit_emitter__?: Counted;
  kill(pid: number, signal: string): unknown;
  exit(code: number): never;
}

/** What adds and removes listeners of signals on Deno, which cannot be asked who listens. */
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

/** Deno's event of an error, or of a rejection, that nobody has caught. */
export interface UncaughtEvent {
  readonly type: string;
  readonly defaultPrevented: boolean;
  readonly error?: unknown;
  readonly reason?: unknown;
  preventDefault(): void;
}

const world = globalThis as unknown as {
  readonly process?: ProcessLike;
  readonly Deno?: DenoLike;
  readonly Bun?: { inspect(thing: unknown, options: object): string };
  readonly EdgeRuntime?: unknown;
  readonly WebSocketPair?: unknown;
  readonly document?: unknown;
  readonly WorkerGlobalScope?: unknown;
  readonly navigator?: { readonly userAgent?: string };
};

let instanceId: string | undefined;

/** A module of the runtime's own, such as `node:http`, or `undefined` where there is none; synchronous, and seen by no bundler. */
export function builtin<T>(name: string): T | undefined {
  try {
    return world.process?.getBuiltinModule?.(name) as T | undefined;
  } catch {
    return undefined; // workerd throws for a module that its flags leave out: the same answer as none
  }
}

/** A module of the runtime's own, such as `cloudflare:workers`, that only an import finds; `{}` where there is none. Never rejects. */
export async function importBuiltin<T extends object>(name: string): Promise<T | Record<never, never>> {
  try {
    return await import(name) as T;
  } catch {
    return {}; // the same answer as a module that has nothing
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
export function isGranted(permission: object): boolean {
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

/**
 * The names of the machine, the process, the worker of a `node:cluster` and the thread, where the runtime has them and allows the question: empty in
 * Workers and browsers.
 */
export function hostProperties(): Record<string, string | number> {
  const properties: Record<string, string | number> = {};
  if (isWorkerd() || world.process === undefined) return properties;
  if (isGranted({ name: "sys", kind: "hostname" })) {
    const hostname = world.Deno?.hostname() ?? builtin<{ hostname(): string }>("node:os")?.hostname();
    if (hostname) properties.MachineName = hostname;
  }
  const { pid, send } = world.process;
  if (pid) properties.ProcessId = pid;
  const cluster = send === undefined ? undefined : builtin<{ readonly worker?: { readonly id: number } }>("node:cluster"); // only a child has one
  if (cluster?.worker) properties.WorkerId = cluster.worker.id;
  const { id } = currentThread();
  if (id > 0) properties.ThreadId = id;
  else if (world.Deno && world.WorkerGlobalScope) properties.InstanceId = instanceId ??= crypto.randomUUID().slice(0, 8); // each says it is thread 0
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

/** Whether this is Bun, whose servers take answers that are no responses. */
export const isBun = (): boolean => world.Bun !== undefined;

/** Whether a response of Bun's has a stream for a body. It cannot be asked: a body that was touched has lost its type, and a file its range. */
export function isStreamOfBun(response: object): boolean {
  return /^ {2}ReadableStream/m.test(world.Bun?.inspect(response, { depth: 0 }) ?? "");
}

/** Whether a body that was touched has no length any more, be it a stream or not: Deno. */
export const losesLength = (): boolean => world.Deno !== undefined;

/** Whether this thread ends without `beforeExit`, as worker threads of Deno do: only what they still wait for keeps them alive. */
export function endsUnheard(): boolean {
  return world.Deno !== undefined && currentThread().id > 0;
}

/** Calls the listener whenever the process has nothing left to do but could still begin work (`beforeExit`); elsewhere never. */
export function onNaturalEnd(listener: () => void): void {
  world.process?.on?.("beforeExit", listener);
}

/**
 * Calls the listener when the process ends: it must do its work at once. On Deno, which tells of no crash, also when nobody has caught an error or a
 * rejection, and nobody has taken it yet; the process may outlive that, and so it is not final. May call more than once; elsewhere never.
 */
export function onExit(listener: (isFinal: boolean) => void): void {
  world.process?.on?.("exit", () => listener(true));
  onGlobal("unload", () => listener(true)); // Deno.exit() tells no other
  onUncaughtEvent((_, isTaken) => void (isTaken || listener(false)));
}

/** Listens to an event of Deno's global scope; answers what undoes it, and elsewhere nothing. */
function onGlobal(type: string, listener: (event: UncaughtEvent) => void): (() => void) | undefined {
  if (world.Deno === undefined) return undefined;
  const { addEventListener, removeEventListener } = globalThis as unknown as Record<string, (type: string, listener: Listener) => void>;
  addEventListener!(type, listener);
  return () => removeEventListener!(type, listener);
}

/** On Deno, calls the listener with the event of an error that nobody has caught, and whether somebody has taken it; elsewhere never, and answers nothing. */
export function onUncaughtEvent(listener: (event: UncaughtEvent, isTaken: boolean) => void): (() => void) | undefined {
  const hear = (event: UncaughtEvent): void => {
    const isRejection = event.type === "unhandledrejection";
    const hasTaker = countListeners("uncaughtException") > 0 || (isRejection && countListeners("unhandledRejection") > 0); // these come last
    listener(event, event.defaultPrevented || hasTaker);
  };
  const undo = [onGlobal("error", hear), onGlobal("unhandledrejection", hear)];
  return undo[0] && (() => undo.forEach((one) => one?.()));
}

/** Whether this is a page, or a worker of one. */
export function isBrowser(): boolean {
  if (world.document !== undefined) return true;
  return world.WorkerGlobalScope !== undefined && world.Deno === undefined && world.Bun === undefined && workOutlivesCall();
}

/** Whether the end of the process can be heard of and kept off: not in a browser, not in a worker thread, not where work is bound to a request. */
export function isProcessOurs(): boolean {
  const { process, WorkerGlobalScope } = world;
  if (isWorkerd() || WorkerGlobalScope !== undefined) return false;
  return typeof (process as { readonly listenerCount?: unknown } | undefined)?.listenerCount === "function" && currentThread().id === 0;
}

/** Listens to an event of the process, before those who listen to it already; answers what undoes it. Only where {@linkcode isProcessOurs}. */
export function onProcess(event: string, listener: Listener): () => void {
  const process = world.process as EndingProcess;
  process.prependListener(event, listener);
  return () => void process.off(event, listener);
}

/**
 * How many listeners an event of the process has that decide what becomes of it. Of signals, the package signal-exit is left out: it counts as this does,
 * and ends the process only where nobody else listens.
 */
export function countListeners(event: string): number {
  const { listeners, __signal_exit_emitter__: early } = world.process as EndingProcess;
  const late = (globalThis as unknown as Record<symbol, Counted | undefined>)[Symbol.for("signal-exit emitter")];
  const modest = event.startsWith("SIG") ? (early?.count ?? 0) + (late?.count ?? 0) : 0;
  return listeners.call(world.process, event).filter(decides).length - modest;
}

/** Whether the listener is more than what Node adds for its module `domain`. */
export function decides(listener: unknown): boolean {
  return (listener as { readonly name?: string } | undefined)?.name !== "domainUncaughtExceptionClear";
}

/** Whether a function of the program's, and no listener, has the errors that nobody catches. */
export function hasCapture(): boolean {
  return (world.process as EndingProcess).hasUncaughtExceptionCaptureCallback?.() ?? false;
}

/** Deno's calls for signals; elsewhere `undefined`. */
export function signalCalls(): SignalCalls | undefined {
  return world.Deno;
}

/** What becomes of a process in which a rejection is not handled, by the flag `--unhandled-rejections`; `"end"` is what Bun does without it. */
export function rejectionMode(): string {
  const isBun = world.Bun !== undefined;
  const flags = [isBun ? "" : environmentVariable("NODE_OPTIONS"), ...(world.process?.execArgv ?? [])].join(" ");
  const given = Array.from(flags.matchAll(/--unhandled-rejections[= ]([\w-]+)/g)).at(-1)?.[1];
  return given ?? (isBun ? "end" : "throw");
}

/** Sends the process a signal; where that is forbidden, ends it with the exit code that a shell shows for the signal. */
export function raise(signal: string, number: number): void {
  const process = world.process as EndingProcess;
  const wouldAsk = world.Deno !== undefined && !isGranted({ name: "run" }) && world.Deno.stdin.isTerminal(); // Deno up to 2.8.0
  try {
    if (!wouldAsk) return void process.kill(process.pid, signal);
  } catch {
    // such a Deno, with nobody to ask
  }
  exitProcess(128 + number);
}

/** Sets the exit code with which the process ends, if it ends by itself. */
export function setExitCode(code: number): void {
  (world.process as EndingProcess).exitCode = code;
}

/** Ends the process at once. */
export function exitProcess(code: number): void {
  (world.process as EndingProcess).exit(code);
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
