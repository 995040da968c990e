/**
 * Logs, and ends in some way that is not natural, or waits for a signal.
 *
 * Argument: what it does, as JSON, see `Plan`. It says "Ready" when it waits.
 */

import process from "node:process";
import type { SeqOptions } from "../../../mod.ts";

/** What the program itself may listen to. */
export type Listening =
  | "on SIGTERM"
  | "once SIGTERM"
  | "Deno SIGTERM"
  | "modest SIGTERM"
  | "modest uncaughtException"
  | "domain"
  | "capture"
  | "on uncaughtException"
  | "once uncaughtException"
  | "on unhandledRejection"
  | "Deno error"
  | "Deno unhandledrejection"
  | "on exit";

/** How it ends. */
export type Ending =
  | "naturally"
  | "process.exit"
  | "Deno.exit"
  | "process.exit in a request"
  | "process.exit after shutdown"
  | "throw"
  | "throw late"
  | "throw a text late"
  | "throw null late"
  | "throw twice"
  | "reject"
  | "reject late"
  | "reject last"
  | "reject, and go on"
  | "wait";

/** What the program does. */
export interface Plan {
  /** The options of the shorthand; without them nothing of the library is loaded. */
  readonly options?: SeqOptions;
  /** How many events are logged. */
  readonly count?: number;
  /** Which ends are handled. */
  readonly handles?: readonly ("handleSignals" | "handleUncaught")[];
  /** How long their delivery may take. */
  readonly timeoutMs?: number;
  /** What the program listens to by itself, before the library or after it. */
  readonly before?: readonly Listening[];
  readonly after?: readonly Listening[];
  readonly ending: Ending;
}

const { Deno: deno } = globalThis as unknown as {
  Deno: { exit(code: number): void; addSignalListener(signal: string, listener: () => void): void };
};
const plan: Plan = JSON.parse(process.argv[2] ?? "");
const hold = setInterval(() => {}, 60_000);
let log = (_count: number): void => {};
let shutdown = (): Promise<unknown> => Promise.resolve();
let stats = (): object => ({});

/** The program receives an event, and ends naturally. */
const hear = (what: string) => (): void => {
  console.log(`Heard ${what}`);
  process.exitCode = 7;
  clearInterval(hold);
};
const take = (event: Event): void => {
  event.preventDefault();
  hear(event.type)();
};

const listeners: Readonly<Record<Listening, () => unknown>> = {
  "on SIGTERM": () => process.on("SIGTERM", hear("SIGTERM")),
  "once SIGTERM": () => process.once("SIGTERM", hear("SIGTERM")),
  "Deno SIGTERM": () => deno.addSignalListener("SIGTERM", hear("SIGTERM")),
  "modest SIGTERM": () => { // as the package signal-exit does
    Object.defineProperty(globalThis, Symbol.for("signal-exit emitter"), { value: { count: 1 } });
    const modest = (): void => {
      if (process.listenerCount("SIGTERM") > 1) return;
      process.off("SIGTERM", modest);
      console.log("Alone with SIGTERM");
      process.kill(process.pid, "SIGTERM");
    };
    process.on("SIGTERM", modest);
  },
  "modest uncaughtException": () =>
    process.on("uncaughtException", () => process.listenerCount("uncaughtException") === 1 && hear("an exception alone")()),
  domain: () => process.getBuiltinModule("node:domain"),
  capture: () => process.setUncaughtExceptionCaptureCallback(hear("an error")),
  "on uncaughtException": () => process.on("uncaughtException", hear("an exception")),
  "once uncaughtException": () => process.once("uncaughtException", hear("an exception")),
  "on unhandledRejection": () => process.on("unhandledRejection", hear("a rejection")),
  "Deno error": () => addEventListener("error", take),
  "Deno unhandledrejection": () => addEventListener("unhandledrejection", take),
  "on exit": () =>
    process.on("exit", (code) => {
      log(2);
      console.log(`Exit ${code} ${JSON.stringify(stats())}`);
    }),
};

const endings: Readonly<Record<Ending, () => unknown>> = {
  naturally: () => clearInterval(hold),
  "process.exit": () => process.exit(3),
  "Deno.exit": () => deno.exit(3),
  "process.exit in a request": () => {},
  "process.exit after shutdown": () => void shutdown().then(endings["process.exit"]),
  throw: () => {
    throw new Error("Crash");
  },
  "throw late": () => void setTimeout(endings.throw),
  "throw a text late": () =>
    void setTimeout(() => {
      throw "Crash";
    }),
  "throw null late": () =>
    void setTimeout(() => {
      throw null;
    }),
  "throw twice": () => {
    setTimeout(endings.throw);
    setTimeout(endings.throw);
  },
  reject: () => void Promise.reject(new Error("Crash")),
  "reject late": () => void setTimeout(endings.reject),
  wait: () => console.log("Ready"),
  "reject, and go on": () =>
    void setTimeout(() => {
      endings.reject();
      setTimeout(endings.naturally);
    }),
  "reject last": () =>
    void setTimeout(() => {
      endings.naturally();
      endings.reject();
    }),
};

for (const one of plan.before ?? []) listeners[one]();
if (plan.options !== undefined) {
  const library = await import("../../../mod.ts");
  const processEnd = await import("../../../src/process/exit_hooks.ts");
  const { fetch } = globalThis;
  const exiting = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    setTimeout(() => process.exit(3));
    return await fetch(input, init);
  };
  library.configure({ ...(plan.ending === "process.exit in a request" && { fetch: exiting as typeof fetch }), ...plan.options });
  for (const option of plan.handles ?? []) processEnd[option](library.flush, plan.timeoutMs);
  let n = 0;
  log = (count) => {
    for (let i = 0; i < count; i++) library.getLogger("exits").info("Event {N}", { N: ++n });
  };
  ({ shutdown } = library);
  stats = () => library.stats().seq?.lost ?? {};
}
log(plan.count ?? 0);
for (const one of plan.after ?? []) listeners[one]();
endings[plan.ending]();
